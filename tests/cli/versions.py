"""The transaction study by the engines of the program itself: versions.py CHUNKMARK. (The Python ones: study/versions.py.)"""

import json
import pathlib
import tempfile
import unittest

from command import run

OURS = ["--engine", "chunkmark,hdf5", "--transactions", "12", "--chunk-size", "512", "--reads", "2", "--trace", "0"]


class Versions(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def versions(self, *words):
        (self.folder / "files").mkdir(exist_ok=True)
        places = ["--store", str(self.folder / "files"), "--out", str(self.folder / "runs")]
        return run("versions", *words, *places)

    def test_every_workload_and_mode_reads_back_as_written(self):
        for mode in ("described", "published"):
            result = self.versions(*OURS, "--mode", mode, "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            record = json.loads(result.stdout)
            self.assertEqual((record["kind"], record["settings"]["mode"], record["failures"]), ("versions", mode, []))
            self.assertEqual(len(record["results"]), 10)
            for row in record["results"]:
                with self.subTest(workload=row["workload"], engine=row["engine"]):
                    self.assertEqual(len(row["per_version_ms"]), 12)
                    self.assertEqual(row["versioned"], row["engine"] == "chunkmark")
                    self.assertEqual(row["read_all_seconds"] is None, row["engine"] == "hdf5")
                    self.assertGreater(row["file_bytes"], 10_000)
        self.assertEqual(list((self.folder / "files").iterdir()), [])  # nothing is left but the run
        self.assertEqual(len(list((self.folder / "runs").glob("versions-*/run.json"))), 2)

    def test_the_table_has_a_line_for_each_engine(self):
        result = self.versions(*OURS, "--workload", "mostly_appends_dense", "--compression", "gzip")
        self.assertIn("mostly_appends_dense, 12 transactions, chunks of 512, gzip", result.stdout)
        lines = [line.split()[0] for line in result.stdout.splitlines() if line.startswith("  ")]
        self.assertEqual(lines[-2:], ["chunkmark", "hdf5"])
        self.assertTrue(all(len(line) <= 80 for line in result.stdout.splitlines()))

    def test_what_an_engine_has_not_is_told_and_costs_no_other(self):
        result = self.versions(*OURS, "--workload", "small_fraction_changes", "--compression", "lzf", "--json")
        self.assertEqual(result.returncode, 1)
        self.assertIn("hdf5: expected a compression that it has (none, gzip), found lzf", result.stderr)
        record = json.loads(result.stdout)
        self.assertEqual([row["engine"] for row in record["results"]], ["chunkmark"])
        self.assertEqual(len(record["failures"]), 1)

    def test_memory_and_bytes_come_from_a_traced_replay_whose_capture_is_kept(self):
        words = ["--workload", "small_fraction_changes", "--trace", "5", "--durability", "none,power_loss", "--json"]
        record = json.loads(self.versions(*OURS[:-2], *words).stdout)
        run_folder = self.folder / "runs" / record["id"]
        self.assertEqual([row["durability"] for row in record["results"]], ["none", "power_loss", "none"])
        for row in record["results"]:
            with self.subTest(engine=row["engine"], durability=row["durability"]):
                self.assertEqual(row["traced_transactions"], 5)
                self.assertGreater(row["peak_heap_bytes"], 100)
                self.assertGreater(row["bytes_moved"]["out"], 100)
                self.assertEqual(run("inspect", str(run_folder / row["capture"])).returncode, 0)
        ours, _, plain = record["results"]
        self.assertLess(ours["padding_bytes"], ours["file_bytes"] - ours["metadata_bytes"])
        self.assertLess(plain["metadata_bytes"], ours["metadata_bytes"])

    def test_the_run_has_a_report_and_the_site_shows_it(self):
        record = json.loads(self.versions(*OURS, "--workload", "mostly_appends_dense", "--json").stdout)
        folder = self.folder / "runs" / record["id"]
        page = (folder / "report.html").read_text()
        self.assertIn(f'"id":"{record["id"]}"', page)
        again = run("report", str(folder), "-o", str(self.folder / "again.html"))  # holds the record to its schema
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual((self.folder / "again.html").read_text(), page)
        site = run("site", "-o", str(self.folder / "site"), "--runs", str(self.folder / "runs"))
        self.assertEqual(site.returncode, 0, site.stderr)
        self.assertEqual(
            json.loads((self.folder / "site/runs/index.json").read_text())["runs"],
            [
                {
                    "id": record["id"],
                    "kind": "versions",
                    "created": record["created"],
                    "array_bytes": None,
                    "results": len(record["results"]),
                    "engines": ["chunkmark", "hdf5"],
                    "stores": [],
                }
            ],
        )
        self.assertTrue((self.folder / "site/versions.html").exists())
        self.assertTrue((self.folder / f"site/runs/{record['id']}/report.html").exists())

    def test_what_no_engine_offers_is_refused(self):
        result = self.versions("--engine", "hdf5", "--durability", "power_loss")
        self.assertEqual(result.returncode, 2)
        self.assertIn("expected an engine that offers what is asked for, found none", result.stderr)
        self.assertEqual(list(self.folder.glob("runs/*")), [])

    def test_wrong_words_are_refused(self):
        for words in (["--workload", "all"], ["--mode", "other"], ["--transactions", "0"], ["--engine", "sqlite"]):
            with self.subTest(words=words):
                self.assertEqual(self.versions(*words).returncode, 2)


if __name__ == "__main__":
    unittest.main()
