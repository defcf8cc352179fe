"""What the `array` commands print, write and refuse: arrays.py CHUNKMARK. The arrays are written and read here by hand."""

import gzip
import json
import pathlib
import struct
import tempfile
import unittest

from command import run

ROWS, COLUMNS, CHUNK = 5, 4, (2, 3)


def write_array(folder, codecs=()):
    """int16 of 5 x 4, 0 to 19, in chunks of 2 x 3; the last row of chunks is not stored and reads as 7."""
    document = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [ROWS, COLUMNS],
        "data_type": "int16",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(CHUNK)}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 7,
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, *codecs],
        "attributes": {"units": "K"},
        "dimension_names": ["y", None],
    }
    folder.mkdir(parents=True)
    (folder / "zarr.json").write_text(json.dumps(document))
    for i in range(2):
        for j in range(2):
            (folder / f"c/{i}").mkdir(parents=True, exist_ok=True)
            (folder / f"c/{i}/{j}").write_bytes(chunk(i, j, *CHUNK))


def chunk(i, j, height, width):
    values = []
    for y in range(i * height, (i + 1) * height):
        for x in range(j * width, (j + 1) * width):
            values.append(y * COLUMNS + x if y < 4 and x < COLUMNS else 7)
    return struct.pack(f"<{len(values)}h", *values)


class Arrays(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.array = self.folder / "a.zarr"
        write_array(self.array)

    def ok(self, *words):
        result = run("array", *map(str, words))
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def refused(self, status, *words):
        result = run("array", *map(str, words))
        self.assertEqual(result.returncode, status)
        self.assertEqual(result.stdout, "")
        return result.stderr

    def test_info_tells_the_array_and_what_it_takes(self):
        self.assertEqual(
            self.ok("info", self.array).splitlines(),
            [
                "format      zarr3",
                "shape       5 x 4",
                "type        int16",
                "chunks      2 x 3",
                "codecs      bytes (endian little)",
                "fill value  7",
                'names       ["y",null]',
                "array       40 B",
                "stored      48 B, 1.200 of the array, in 4 of 6 objects",
                'attribute   units = "K"',
            ],
        )
        facts = json.loads(self.ok("info", self.array, "--json"))
        self.assertEqual((facts["stored_bytes"], facts["stored_objects"], facts["objects"]), (48, 4, 6))
        self.assertEqual((facts["shape"], facts["chunks"], facts["shards"]), ([5, 4], [2, 3], None))

    def test_info_of_a_group_lists_its_members(self):
        group = self.folder / "g"
        write_array(group / "sub/t")
        for path in (group, group / "sub"):
            (path / "zarr.json").write_text('{"zarr_format":3,"node_type":"group"}')
        self.assertEqual(self.ok("info", group), "group of 1 member\ngroup       sub\n")
        self.assertEqual(
            json.loads(self.ok("info", group / "sub", "--json"))["members"], [{"name": "t", "kind": "array"}]
        )

    def test_cat_prints_regions_as_text_and_as_lists(self):
        self.assertEqual(self.ok("cat", self.array, "[0:2]"), "0 1 2 3\n4 5 6 7\n")
        self.assertEqual(self.ok("cat", self.array, "3:5,2"), "14\n7\n")
        self.assertEqual(
            json.loads(self.ok("cat", self.array, "--json"))[2:], [[8, 9, 10, 11], [12, 13, 14, 15], [7] * 4]
        )
        self.assertEqual(json.loads(self.ok("cat", self.array, "1:1", "--json")), [[]])
        told = self.refused(2, "cat", self.array, "0:9")
        self.assertIn("region 0:9: expected a stop of at most 5 on axis 0, found 9 (the shape is 5 x 4)", told)

    def test_copy_changes_format_chunks_and_codec_and_keeps_the_rest(self):
        copy = self.folder / "v2.zarr"
        said = self.ok("copy", self.array, copy, "--format", "zarr2", "--chunks", "5,2", "--codec", "gzip")
        self.assertIn("5 x 4, chunks of 5 x 2", said)
        document = json.loads((copy / ".zarray").read_text())
        self.assertEqual(
            (document["chunks"], document["fill_value"], document["compressor"]["id"]), ([5, 2], 7, "gzip")
        )
        self.assertEqual(json.loads((copy / ".zattrs").read_text()), {"units": "K"})
        self.assertEqual(
            gzip.decompress((copy / "0.1").read_bytes()), struct.pack("<10h", 2, 3, 6, 7, 10, 11, 14, 15, 7, 7)
        )
        self.assertEqual(self.ok("cat", copy), self.ok("cat", self.array))

    def test_copy_into_shards_writes_an_index_that_finds_every_chunk(self):
        copy = self.folder / "s.zarr"
        facts = json.loads(self.ok("copy", self.array, copy, "--shards", "4,6", "--json"))
        self.assertEqual((facts["shards"], facts["chunks"]), ([4, 6], [2, 3]))
        shard = (copy / "c/0/0").read_bytes()
        index = struct.unpack("<8Q", shard[-68:-4])
        for k, (i, j) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
            offset, size = index[2 * k : 2 * k + 2]
            self.assertEqual(shard[offset : offset + size], chunk(i, j, *CHUNK), (i, j))
        self.assertEqual(self.ok("cat", copy), self.ok("cat", self.array))
        self.assertEqual(self.ok("cat", copy, "1:3,2"), "6\n10\n")
        back = self.folder / "b.zarr"
        self.ok("copy", copy, back, "--chunks", "2,3")
        self.assertEqual((back / "c/1/1").read_bytes(), (self.array / "c/1/1").read_bytes())

    def test_nothing_is_overwritten_without_being_asked(self):
        other = self.folder / "notes"
        other.mkdir()
        (other / "letter.txt").write_text("dear")
        self.assertIn("expected nothing there, found objects", self.refused(2, "copy", self.array, other))
        told = self.refused(2, "copy", self.array, other, "--overwrite")
        self.assertIn("expected a Zarr array to overwrite, found other objects", told)
        self.assertEqual((other / "letter.txt").read_text(), "dear")
        copy = self.folder / "c.zarr"
        self.ok("copy", self.array, copy)
        self.assertIn("--overwrite removes them", self.refused(2, "copy", self.array, copy, "--chunks", "1,1"))
        self.ok("copy", self.array, copy, "--chunks", "5,4", "--overwrite")
        self.assertEqual(
            sorted(p.relative_to(copy).as_posix() for p in copy.rglob("*") if p.is_file()), ["c/0/0", "zarr.json"]
        )

    def test_the_source_is_never_removed(self):
        (self.folder / "zarr.json").write_text('{"zarr_format":3,"node_type":"group"}')
        for to in (self.array, self.folder, f"{self.folder}/./a.zarr/"):
            told = self.refused(2, "copy", self.array, to, "--overwrite", "--chunks", "1,1")
            self.assertIn("expected another place than that of", told)
        self.assertEqual(self.ok("cat", self.array, "0,1"), "1\n")

    def test_what_cannot_be_is_refused_by_name(self):
        nowhere = self.folder / "nowhere"
        for status, words, told in [
            (1, ("info", nowhere), "found neither zarr.json nor .zarray"),
            (1, ("cat", nowhere), "found neither zarr.json nor .zarray"),
            (
                2,
                ("copy", self.array, nowhere, "--chunks", "3"),
                "--chunks: expected 2 extents as the array has, found 1",
            ),
            (
                2,
                ("copy", self.array, nowhere, "--shards", "3,3"),
                "expected inner chunks that divide shards of (3, 3), found (2, 3)",
            ),
            (2, ("copy", self.array, nowhere, "--chunks", "0,1"), "expected chunk extents of at least 1, found (0, 1)"),
            (
                2,
                ("copy", self.array, nowhere, "--format", "zarr2", "--shards", "4,6"),
                "expected nothing that Zarr v2 cannot say, found shards",
            ),
        ]:
            with self.subTest(words=words):
                self.assertIn(told, self.refused(status, *words))
        self.assertFalse(nowhere.exists())


if __name__ == "__main__":
    unittest.main()
