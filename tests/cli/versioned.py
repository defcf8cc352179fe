"""What the `h5` commands print and refuse, on a file by versioned-hdf5: versioned.py CHUNKMARK KINDS_H5

The file has one version, r1, with "names" (variable-length strings a, é, it's), "bytes" (fixed-length strings, one of them
not ASCII), "pairs" (a compound) and "grid" (3 x 5 halves of 0 to 14, in chunks of 2 x 3).
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHUNKMARK, KINDS = sys.argv.pop(1), sys.argv.pop(1)
BYTES = [b"plain", b"caf\xe9", b"it's\\\n"]


def h5(command, *words):
    return subprocess.run([CHUNKMARK, "h5", command, KINDS, *words], text=True, capture_output=True)


class Versioned(unittest.TestCase):
    def test_shapes_and_types_are_in_the_same_words_everywhere(self):
        for command in ("show", "dump"):
            with self.subTest(command):
                said = h5(command).stdout
                self.assertIn("  grid  3 x 5  <f8  ", said)
                self.assertIn("  names  3  variable-length string  ", said)
        one = h5("show", "r1:grid").stdout
        self.assertIn("shape       3 x 5\n", one)
        self.assertIn("chunks      2 x 3 ", one)

    def test_elements_of_every_kind_are_shown(self):
        for path, lines in [
            ("names", ['"a" "é" "it\'s"']),
            ("bytes", [r"b'plain' b'caf\xe9' b'it\'s\\\x0a'"]),
            ("pairs", ["(1 2.5) (2 3.5)"]),
            ("grid", ["  0 0.5   1 1.5   2", "2.5   3 3.5   4 4.5", "  5 5.5   6 6.5   7"]),
        ]:
            with self.subTest(path):
                result = h5("show", f"r1:{path}")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(result.stdout.split("\n\n")[1].splitlines(), lines)

    def test_bytes_in_json_can_be_had_back(self):
        data = json.loads(h5("show", "r1:bytes", "--json").stdout)["data"]
        self.assertEqual(data, ["plain", r"caf\xe9", r"it's\\\x0a"])
        self.assertEqual([text.encode().decode("unicode_escape").encode("latin-1") for text in data], BYTES)
        self.assertIn(r"\xHH", h5("show", "--help").stdout)

    def test_a_region_beyond_the_end_names_the_extent(self):
        for region, told in [
            ("0:9", "expected a stop of at most 3 on axis 0, found 9"),
            ("0,7", "expected an index below 5 on axis 1, found 7"),
            ("2:1", "expected a start of at most 1 on axis 0, found 2"),
            ("0:1,0:1,0:1", "expected at most 2 ranges, found more"),
            ("0:1,", "expected START:STOP on axis 1, found nothing"),
            ("a:1", 'expected START:STOP on axis 0, found "a:1"'),
        ]:
            with self.subTest(region):
                result = h5("show", "r1:grid", "--region", region)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertIn(f"region {region}: {told} (the shape is 3 x 5)", result.stderr)

    def test_an_export_is_what_its_name_says(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for path, wrong, right in [("names", "n.npy", "n.json"), ("grid", "g.json", "g.npy")]:
                with self.subTest(path):
                    refused = h5("export", f"r1:{path}", "-o", str(folder / wrong))
                    self.assertEqual(refused.returncode, 2)
                    self.assertIn(f"expected a name such as {folder / right}", refused.stderr)
                    self.assertFalse((folder / wrong).exists())
                    self.assertEqual(h5("export", f"r1:{path}", "-o", str(folder / right)).returncode, 0)
            self.assertEqual(json.loads((folder / "n.json").read_text()), {"shape": [3], "data": ["a", "é", "it's"]})
            self.assertTrue((folder / "g.npy").read_bytes().startswith(b"\x93NUMPY"))
            self.assertEqual(h5("export", "r1", "-o", str(folder / "all")).returncode, 0)
            self.assertEqual(
                sorted(file.name for file in (folder / "all").iterdir()),
                ["bytes.npy", "grid.npy", "names.json", "pairs.npy"],
            )


if __name__ == "__main__":
    unittest.main()
