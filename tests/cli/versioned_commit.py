"""What `h5 commit` writes, prints and refuses: versioned_commit.py CHUNKMARK"""

import fcntl
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

CHUNKMARK = str(pathlib.Path(sys.argv.pop(1)).resolve())


def npy(descr, shape, data, order="False"):
    header = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


class Commit(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file("x.npy", npy("<i4", "(5,)", struct.pack("<5i", *range(5))))
        self.file("more.npy", npy("<i4", "(2,)", struct.pack("<2i", 7, 8)))

    def file(self, name, data):
        (self.folder / name).write_bytes(data)

    def h5(self, *words, status=0):
        result = subprocess.run([CHUNKMARK, "h5", *words], text=True, capture_output=True, cwd=self.folder)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def commit(self, *words, status=0):
        return self.h5("commit", "f.h5", *words, status=status)

    def data(self, where):
        return json.loads(self.h5("show", "f.h5", where, "--json").stdout)["data"]

    def test_versions_are_made_changed_and_branched(self):
        self.commit("r1", "--new", "--set", "/group/x=@x.npy", "--message", "the first")
        said = json.loads(self.commit("r2", "--append", "/group/x=@more.npy", "--json").stdout)
        self.assertEqual(said["prev_version"], "r1")
        self.assertEqual((said["chunks_written"], said["durability"]), (1, "power_loss"))
        self.commit("r1b", "--parent", "r1", "--set", "/group/x=@more.npy", "--not-current")
        self.commit("r3", "--delete", "/group", "--set", "/copy=@f.h5:r1:/group/x")
        for where, expected in [
            ("r1:group/x", [0, 1, 2, 3, 4]),
            ("r2:group/x", [0, 1, 2, 3, 4, 7, 8]),
            ("r1b:group/x", [7, 8]),
            ("r3:copy", [0, 1, 2, 3, 4]),
        ]:
            self.assertEqual(self.data(where), expected)
        dump = json.loads(self.h5("dump", "f.h5", "--json").stdout)
        self.assertEqual(dump["current_version"], "r3")
        self.assertEqual(dump["versions"]["r1"]["attrs"]["message"], "the first")
        self.assertNotIn("message", dump["versions"]["r2"]["attrs"])
        log = {v["name"]: v["message"] for v in json.loads(self.h5("log", "f.h5", "--json").stdout)["versions"]}
        self.assertEqual(log, {"r1": "the first", "r1b": "", "r2": "", "r3": ""})
        self.assertRegex(self.h5("log", "f.h5").stdout, r"(?m)^r1 .*  first$\n    the first$")
        self.assertEqual({n: v["prev_version"] for n, v in dump["versions"].items()}["r3"], "r2")
        self.h5("verify", "f.h5")
        self.assertFalse((self.folder / "f.h5-journal").exists())

    def test_every_kind_of_source(self):
        self.file("grid.csv", b"1,2.5\n-3,4e2\r\n")
        self.file("whole.csv", b"1\n2\n\n3\n")
        self.file("raw.bin", struct.pack(">4h", 1, 2, 3, 4))
        self.file("fortran.npy", npy("<f8", "(2, 3)", struct.pack("<6d", 0, 3, 1, 4, 2, 5), "True"))
        sets = ["/grid=@grid.csv", "/whole=@whole.csv", "/fortran=@fortran.npy", "/x=@x.npy"]
        self.commit("r1", "--new", *[word for one in sets for word in ("--set", one)])
        self.commit("r2", "--set", "/raw=@raw.bin", "--dtype", ">i2", "--shape", "2,2", "--chunks", "1,2")
        for where, expected in [
            ("grid", [[1, 2.5], [-3, 400]]),
            ("whole", [1, 2, 3]),
            ("fortran", [[0, 1, 2], [3, 4, 5]]),
            ("raw", [[1, 2], [3, 4]]),
        ]:
            flat = [value for row in expected for value in (row if isinstance(row, list) else [row])]
            found = self.data(f"r2:{where}")
            self.assertEqual([v for row in found for v in (row if isinstance(row, list) else [row])], flat)
        self.h5("verify", "f.h5")

    def test_compressed_and_edge_compressed_datasets_read_the_same(self):
        big = struct.pack("<5000d", *range(5000))
        self.file("big.npy", npy("<f8", "(5000,)", big))
        for number, words in enumerate(
            [
                ["--compression", "gzip:3"],
                ["--compression", "lzf"],
                ["--compression", "zstd"],
                ["--compression", "blosc"],
                ["--edge-compression", "trim"],
                ["--edge-compression", "deflate"],
            ]
        ):
            with self.subTest(words):
                self.commit(f"r{number}", "--new", "--set", f"/d{number}=@big.npy", *words)
        found = json.loads(self.h5("dump", "f.h5", "--json").stdout)["versions"]["r5"]["datasets"]
        self.assertEqual({facts["sha256"] for facts in found.values()}, {hashlib.sha256(big).hexdigest()})
        self.assertEqual(len(found), 6)
        self.h5("verify", "f.h5")

    def test_what_cannot_be_is_refused_and_leaves_nothing(self):
        self.commit("r1", "--new", "--set", "/x=@x.npy")
        before = (self.folder / "f.h5").read_bytes()
        self.file("f8.npy", npy("<f8", "(1,)", struct.pack("<d", 1)))
        self.file("bad.csv", b"1,2\n3,x\n")
        self.file("cut.npy", npy("<f8", "(3,)", struct.pack("<d", 1)))
        for words, status, told in [
            (["r1"], 1, "version r1 is there already"),
            (["a/b"], 2, "no slash"),
            (["r2", "--parent", "r9"], 1, "no version r9"),
            (["r2", "--append", "/y=@x.npy"], 1, "no dataset y to append to"),
            (["r2", "--append", "/x=@f8.npy"], 2, "x: expected elements of type <i4, f8.npy has <f8"),
            (["r2", "--set", "/y=@bad.csv"], 2, 'bad.csv: line 2: expected a number, found "x"'),
            (["r2", "--set", "/y=@cut.npy"], 2, "cut.npy: expected 24 bytes of elements, found 8"),
            (["r2", "--set", "/y=@nothing.npy"], 1, "nothing.npy"),
            (["r2", "--set", "/y=@x.raw"], 2, "expected --dtype"),
            (["r2", "--set", "y"], 2, 'expected /PATH=@FILE, found "y"'),
            (["r2", "--set", "/versions=@x.npy"], 2, "versions"),
            (["r2", "--set", "/x/y=@x.npy"], 1, "x is a dataset"),
            (["r2", "--delete", "/y"], 1, "nothing at y"),
            (["r2", "--set", "/y=@x.npy", "--compression", "best"], 2, "expected none, gzip"),
            (["r2", "--durability", "some"], 2, "found some"),
            (["r2", "--time", "noon"], 2, "found noon"),
        ]:
            with self.subTest(words):
                self.assertIn(told, self.commit(*words, status=status).stderr)
                self.assertEqual((self.folder / "f.h5").read_bytes(), before)

    def test_writers_that_make_the_file_at_once_lose_nothing(self):
        for attempt in range(4):
            words = [CHUNKMARK, "h5", "commit", f"n{attempt}.h5", "--new", "--wait", "60", "--set", "/x=@x.npy"]
            writers = [
                subprocess.Popen([*words, f"r{n}"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                for n in range(6)
            ]
            for writer in writers:
                _, errors = writer.communicate()
                self.assertEqual(writer.returncode, 0, errors)
            log = json.loads(self.h5("log", f"n{attempt}.h5", "--json").stdout)
            self.assertEqual({version["name"] for version in log["versions"]}, {f"r{n}" for n in range(6)})
            self.h5("verify", f"n{attempt}.h5")

    def test_a_second_writer_is_told(self):
        self.commit("r1", "--new", "--set", "/x=@x.npy")
        with open(self.folder / "f.h5", "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            refused = self.commit("r2", "--set", "/x=@more.npy", "--wait", "0.1", status=1)
            self.assertIn("expected to be its only writer", refused.stderr)
            self.assertEqual(self.data("r1:x"), [0, 1, 2, 3, 4])  # readers go on
        self.commit("r2", "--set", "/x=@more.npy")

    def test_the_help_teaches(self):
        said = self.h5("commit", "--help").stdout
        for told in ("chunkmark h5 commit prices.h5 r2 --append", "SOURCE", "--durability", "--parent"):
            self.assertIn(told, said)


if __name__ == "__main__":
    unittest.main()
