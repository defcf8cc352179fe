"""Runs made small to be published: trim.py CHUNKMARK"""

import json
import pathlib
import sys
import tempfile
import unittest

from command import run


def figures(capture):
    """What inspect says, but for the lists of single buffers."""
    told = json.loads(run("inspect", "--json", str(capture)).stdout)
    return {key: value for key, value in told.items() if not isinstance(value, list)}


class Trim(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def test_a_run_keeps_its_figures_and_the_site_makes_its_reports(self):
        words = ("--engine", "chunkmark", "--shape", "1000,1000", "--chunks", "1000,1000", "--codec", "none,zstd")
        store = self.folder / "store"
        store.mkdir()
        result = run("copies", *words, "--repeat", "1", "--store", str(store), "--out", str(self.folder / "runs"))
        self.assertEqual(result.returncode, 0, result.stderr)
        (whole,) = (self.folder / "runs").iterdir()
        small = self.folder / "small" / whole.name
        self.assertEqual(run("trim", str(whole), "-o", str(small)).returncode, 0)
        self.assertEqual((small / "run.json").read_bytes(), (whole / "run.json").read_bytes())
        rows = json.loads((whole / "run.json").read_text())["results"]
        self.assertGreater(len(rows), 3)
        for row in rows:
            self.assertEqual(figures(small / row["capture"]), figures(whole / row["capture"]))
            self.assertFalse((small / row["report"]).exists())
        site = self.folder / "site"
        result = run("site", "--runs", str(small.parent), "-o", str(site))
        self.assertEqual(result.returncode, 0, result.stderr)
        for row in rows:
            self.assertIn("trimmed: of what happened before", (site / "runs" / whole.name / row["report"]).read_text())

    def test_a_record_names_no_file_outside_its_folder(self):
        capture = self.folder / "outside.cmk"
        run("trace", "-o", str(capture), "--", sys.executable, "-c", "pass")
        folder = self.folder / "runs" / "a"
        folder.mkdir(parents=True)
        row = {"operation": "write", "filesystem": "local", "engine": "x", "format": "zarr3", "codec": "none"}
        row |= {"array_bytes": 8, "extra_copies": None, "extra_heap": None, "report": "../../written.html"}
        for name in ("../../outside.cmk", str(capture)):
            record = {
                "schema": "chunkmark.run/1",
                "id": "a",
                "kind": "copies",
                "created": "2026-01-01",
                "host": "native",
            }
            record |= {"version": "0.1.0", "results": [{**row, "capture": name}]}
            (folder / "run.json").write_text(json.dumps(record))
            result = run("trim", str(folder), "-o", str(self.folder / "trimmed"))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual([path.name for path in (self.folder / "trimmed").iterdir()], ["run.json"])
            result = run("site", "--force", "--runs", str(folder.parent), "-o", str(self.folder / "site"))
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(list(self.folder.rglob("written.html")), [])

    def test_what_cannot_be_trimmed_is_told(self):
        capture, out = self.folder / "a.cmk", self.folder / "b.cmk"
        run("trace", "-o", str(capture), "--", sys.executable, "-c", "pass")
        result = run("trim", str(capture), "-o", str(out))
        self.assertEqual(result.returncode, 2)
        self.assertIn('the mark "begin"', result.stderr)
        self.assertNotEqual(run("trim", str(capture), "-o", str(capture)).returncode, 0)
        self.assertGreater(capture.stat().st_size, 0)
        self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main()
