"""What `h5` shows of a file without versions: plain.py CHUNKMARK PLAIN_FILE"""

import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

from range_server import RangeServer

PLAIN_FILE = str(pathlib.Path(sys.argv.pop(2)).resolve())
CHUNKMARK = str(pathlib.Path(sys.argv.pop(1)).resolve())


class Plain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        subprocess.run([PLAIN_FILE, "plain.h5"], cwd=cls.temporary.name, check=True)

    def h5(self, *words, status=0):
        result = subprocess.run([CHUNKMARK, "h5", *words], text=True, capture_output=True, cwd=self.temporary.name)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def file(self, name):
        return pathlib.Path(self.temporary.name) / name

    def test_dump(self):
        document = json.loads(self.h5("dump", "plain.h5", "--json").stdout)
        self.assertEqual((document["groups"], document["unreadable"]), (["/group"], {}))
        self.assertEqual(sorted(document["datasets"]), ["/colors", "/group/x", "/lists", "/none", "/rows"])
        self.assertEqual(document["attrs"], {"/": {"number": {"dtype": "<i4", "shape": [], "data": [9]}}})
        self.assertEqual(
            document["links"],
            {"/linked": "/group", "/nowhere": "/gone", "/outside": "/a of other.h5", "/same": "/group/x"},
        )
        x = document["datasets"]["/group/x"]
        self.assertEqual(x["sha256"], hashlib.sha256(struct.pack("<24i", *range(24))).hexdigest())
        self.assertEqual(
            [x[fact] for fact in ("shape", "dtype", "chunks", "layout", "filters")],
            [[4, 6], "<i4", [2, 4], "chunked", [1]],
        )
        self.assertEqual(x["attrs"]["unit"]["data"], [7])
        self.assertIsNone(document["datasets"]["/none"]["shape"])
        text = self.h5("dump", "plain.h5").stdout
        self.assertIn("  /group/x  4 x 6  <i4  ", text)
        self.assertIn("  /lists  2  sequence of <i4  not hashed\n", text)
        self.assertIn("  /outside -> /a of other.h5\n", text)

    def test_show(self):
        self.assertEqual(
            self.h5("show", "plain.h5").stdout,
            "no versions\n"
            "attribute   number = 9\n"
            "  colors  2  enum |i1 (RED 0, GREEN -1)\n"
            "  group/x  4 x 6  <i4  chunks of 2 x 4  gzip 1\n"
            "  lists  2  sequence of <i4\n"
            "  none  no shape  <i4\n"
            "  rows  2  {id <i4, value <f8}\n"
            "  linked -> /group\n"
            "  nowhere -> /gone\n"
            "  outside -> /a of other.h5\n"
            "  same -> /group/x\n",
        )
        for name in ("group/x", "/group/x", ":group/x", "same"):
            shown = json.loads(self.h5("show", "plain.h5", name, "--region", "1:3,4:6", "--json").stdout)
            self.assertEqual(shown["data"], [10, 11, 16, 17])
        text = self.h5("show", "plain.h5", "group/x").stdout
        self.assertIn("attribute   unit = 7\n", text)
        self.assertIn("filters     gzip 1\n", text)
        self.assertEqual(
            self.h5("show", "plain.h5", "/group/").stdout, "  group/x  4 x 6  <i4  chunks of 2 x 4  gzip 1\n"
        )
        self.assertIn("  linked/x  4 x 6  ", self.h5("show", "plain.h5", "linked").stdout)
        content = self.file("plain.h5").read_bytes()
        self.file("named.h5").write_bytes(content.replace(b"number\0", b"chunks\0"))  # as versioned files name theirs
        self.assertIn("attribute   chunks = 9\n", self.h5("show", "named.h5").stdout)
        group = json.loads(self.h5("show", "plain.h5", "group", "--json").stdout)
        self.assertEqual((list(group["datasets"]), group["links"], group["attrs"]), (["group/x"], {}, {}))
        self.assertTrue(self.h5("show", "plain.h5", "rows").stdout.endswith("\n(0 2.5) (1 -1)\n"))

    def test_what_is_stands_above_why_it_cannot_be_read(self):
        content = bytearray(self.file("plain.h5").read_bytes())
        at = content.index(b"deflate\0")
        content[at - 8 : at - 6] = (4711).to_bytes(2, "little")
        self.file("filter.h5").write_bytes(content)
        result = self.h5("show", "filter.h5", "group/x", status=1)
        self.assertIn("shape       4 x 6\n", result.stdout)
        self.assertIn("filters     deflate\n", result.stdout)
        self.assertIn("filter 4711 (deflate) cannot be undone", result.stderr)
        dumped = json.loads(self.h5("dump", "filter.h5", "--json").stdout)["datasets"]["/group/x"]
        self.assertEqual((dumped["shape"], dumped.get("sha256")), ([4, 6], None))
        self.assertIn("filter 4711", dumped["error"])
        out = json.loads(self.h5("export", "filter.h5", "-o", "left", "--json", status=1).stdout)
        self.assertEqual(len(out["files"]), 4)
        self.assertIn("filter 4711", out["left_out"][0])

    def test_what_is_not_there(self):
        said = self.h5("show", "plain.h5", "group/y", status=1).stderr
        self.assertIn("plain.h5: nothing at group/y; did you mean group/x, group?", said)
        said = self.h5("show", "plain.h5", "nowhere", status=1).stderr
        self.assertIn("nowhere: a link to /gone, where nothing is", said)
        said = self.h5("show", "plain.h5", "outside", status=1).stderr
        self.assertIn("an external link, to /a of other.h5; open that file", said)
        self.assertIn("--region needs a dataset", self.h5("show", "plain.h5", "--region", "0:1", status=2).stderr)
        said = self.h5("log", "plain.h5", status=1).stderr
        self.assertIn("it has no group /_version_data; chunkmark h5 show and h5 dump read it all the same", said)
        self.assertIn("expected another file to compare it with", self.h5("diff", "plain.h5", status=2).stderr)
        self.assertIn("nothing at /group/y", self.h5("export", "plain.h5", "/group/y", "-o", "y.npy", status=1).stderr)

    def test_export(self):
        self.h5("export", "plain.h5", "/group/x", "-o", "x.npy")
        content = self.file("x.npy").read_bytes()
        self.assertTrue(content.startswith(b"\x93NUMPY"))
        self.assertTrue(content.endswith(struct.pack("<24i", *range(24))))
        written = json.loads(self.h5("export", "plain.h5", "/group", "-o", "out", "--json").stdout)
        self.assertEqual(written, {"files": ["out/group/x.npy"], "left_out": []})
        self.assertEqual(self.file("out/group/x.npy").read_bytes(), content)
        written = json.loads(self.h5("export", "plain.h5", "linked/", "-o", "out", "--json").stdout)
        self.assertEqual(written["files"], ["out/linked/x.npy"])
        self.h5("export", "plain.h5", "/lists", "-o", "lists.json")
        self.assertEqual(json.loads(self.file("lists.json").read_text()), {"shape": [2], "data": [[0, 1, 2], []]})

    def test_sequences_are_shown(self):
        shown = self.h5("show", "plain.h5", "lists").stdout
        self.assertIn("type        sequence of <i4", shown)
        self.assertIn("(0 1 2)", shown)

    def test_verify(self):
        said = self.h5("verify", "plain.h5").stdout
        self.assertIn("plain.h5: no versions, 1 group, 5 datasets (0 with checksums), 4 chunks: sound", said)
        content = bytearray(self.file("plain.h5").read_bytes())
        heap = content.index(b"GCOL")
        content[heap : heap + 4] = b"GONE"
        self.file("damaged.h5").write_bytes(content)
        report = json.loads(self.h5("verify", "damaged.h5", "--json", status=1).stdout)
        self.assertFalse(report["sound"])
        self.assertEqual([finding["object"] for finding in report["findings"]], ["/lists"])

    def test_diff(self):
        content = bytearray(self.file("plain.h5").read_bytes())
        self.file("same.h5").write_bytes(content)
        self.assertIn("no difference", self.h5("diff", "plain.h5", "same.h5").stdout)
        content = content.replace(b"unit\0", b"size\0")
        self.file("other.h5").write_bytes(content)
        self.assertIn("~ /group/x  attrs", self.h5("diff", "plain.h5", "other.h5", status=1).stdout)
        self.file("other.h5").write_bytes(content.replace(b"number\0", b"figure\0").replace(b"/gone", b"/away"))
        said = self.h5("diff", "plain.h5", "other.h5", status=1).stdout
        self.assertIn("~ /  attrs\n", said)
        self.assertIn("~ /nowhere  link\n", said)
        changes = json.loads(self.h5("diff", "plain.h5", "other.h5", "--json", status=1).stdout)["changes"]
        self.assertIn({"path": "/nowhere", "change": "changed", "differs": ["link"]}, changes)

    def test_index_far_away(self):
        subprocess.run([PLAIN_FILE, "many.h5", "many"], cwd=self.temporary.name, check=True)
        server = RangeServer(self.temporary.name)
        self.addCleanup(server.close)
        there = server.url + "/many.h5"
        words = [("show",), ("show", "group50/x", "--region", "4998:5000")]
        plain = [self.h5(of, there, *more).stdout for of, *more in words]
        self.assertEqual(len(plain[0].splitlines()), 201)
        self.assertEqual(plain[1].splitlines()[-2], "4998 4999")
        self.assertGreater(len(server.take()), 20)  # without an index
        self.h5("index", "many.h5")
        for (of, *more), said, most in zip(words, plain, (2, 3)):
            self.assertEqual(self.h5(of, there, *more).stdout, said)
            asked = server.take()
            self.assertLessEqual(len(asked), most, asked)
            self.assertLess(sum(sent for _, _, sent in asked), 250000, asked)
        content = bytearray(self.file("many.h5").read_bytes())
        content[64:1000] = reversed(content[64:1000])  # of the same size, with another beginning
        self.file("many.h5").write_bytes(content)
        self.assertIn("stale", self.h5("show", there, status=1).stderr)

    def test_index(self):
        self.file("indexed.h5").write_bytes(self.file("plain.h5").read_bytes())
        self.h5("index", "indexed.h5")
        self.assertTrue(self.file("indexed.h5.idx").exists())
        for words in (("dump", "--json"), ("show", "group/x")):
            plain, indexed = (self.h5(words[0], name, *words[1:]) for name in ("plain.h5", "indexed.h5"))
            self.assertEqual((plain.stdout, indexed.stderr), (indexed.stdout, ""))
        with self.file("indexed.h5").open("ab") as file:
            file.write(b"more")
        self.assertIn("stale", self.h5("dump", "indexed.h5").stderr)


if __name__ == "__main__":
    unittest.main()
