"""What `chunkmark copies` prints and refuses: command_line.py CHUNKMARK"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

CHUNKMARK = sys.argv.pop(1)
SMALL = ["--shape", "64,64", "--repeat", "1"]
PUBLISHED = ["--repeat", "0", "--format", "zarr2", "--engine", "chunkmark"]  # the published array is the default one


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)

    def tearDown(self):
        self.temporary.cleanup()

    def copies(self, *words, status=0, **environment):
        # No peers here: an empty cache.
        store = [] if "--store" in words else ["--store", str(self.folder)]
        result = subprocess.run(
            [CHUNKMARK, "copies", "--out", str(self.folder / "runs"), *store, *words],
            capture_output=True,
            text=True,
            env={**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache"), **environment},
        )
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def test_json_is_one_document_and_the_run_that_was_kept(self):
        result = self.copies(*SMALL, "--json")
        run = json.loads(result.stdout)
        kept = list((self.folder / "runs").glob("*/run.json"))
        self.assertEqual([json.loads(path.read_text()) for path in kept], [run])
        self.assertEqual(run["schema"], "chunkmark.run/1")
        self.assertEqual(len(run["results"]), 8)
        for row in run["results"]:
            self.assertEqual(row["seconds"]["repeat"], 1)
            for path in (row["capture"], row["report"]):
                self.assertTrue((kept[0].parent / path).is_file(), path)

    def test_published_rows_stand_beside_their_cells(self):
        run = json.loads(self.copies(*PUBLISHED, "--json").stdout)
        self.assertEqual(
            [(row["operation"], row["codec"], row["extra_copies"]) for row in run["published"]],
            [("write", "none", 0), ("write", "blosc", 2), ("read", "none", 1), ("read", "blosc", 1)],
        )
        for row in run["published"]:
            self.assertEqual(
                (row["source"], row["engine"], row["zarr_python"], row["filesystem"]),
                ("memray-array", "zarr-python-2", "2.18.5", "local"),
            )
            self.assertIn("memray-array", row["url"])
            self.assertTrue(row["published"])

    def test_nothing_is_published_of_another_array(self):
        for words in (
            ["--shape", "64,64"],
            ["--data", "smooth"],
            ["--chunks", "2500,5000"],
            ["--dtype", "int32"],
            ["--shape", "5000,5001"],
            ["--shape", "2500,5000", "--dtype", "float64"],
        ):
            with self.subTest(words=words):
                run = json.loads(self.copies(*PUBLISHED, *words, "--codec", "none", "--json").stdout)
                self.assertEqual(run["published"], [])

    def test_table_is_plain_and_narrow(self):
        for words, columns in [([], 80), (["--slope"], 93)]:
            table = self.copies(*SMALL, *words).stdout
            self.assertNotIn("\033", table)
            self.assertEqual([line for line in table.splitlines() if len(line) > columns], [])

    def test_an_interrupt_leaves_nothing(self):
        for number, after, status in [
            (signal.SIGINT, 0.1, 130),
            (signal.SIGINT, 1, 130),
            (signal.SIGTERM, 1, 130),
            (signal.SIGKILL, 1, -9),
        ]:
            with self.subTest(number=number, after=after):
                words = [
                    CHUNKMARK,
                    "copies",
                    "--engine",
                    "chunkmark",
                    "--out",
                    str(self.folder / "runs"),
                    "--store",
                    str(self.folder / "store"),
                    "--shape",
                    "4000,4000",
                ]
                with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
                    time.sleep(after)
                    process.send_signal(number)
                    errors = process.communicate()[1]
                # Between two traced runs the signal does what it does by itself.
                self.assertIn(process.returncode, (status, -number))
                self.assertNotIn("Traceback", errors)
                until = time.monotonic() + 10
                while any(self.folder.glob("store/*")) or any(self.folder.glob("runs/*")):
                    self.assertLess(time.monotonic(), until, list(self.folder.glob("*/*")))
                    time.sleep(0.05)

    def test_what_is_named_twice_is_measured_once(self):
        run = json.loads(
            self.copies(
                *SMALL, "--engine", "chunkmark,chunkmark", "--codec", "none,none", "--format", "zarr3,zarr3", "--json"
            ).stdout
        )
        self.assertEqual(len(run["results"]), 2)

    def test_large_numbers_stay_apart(self):
        table = self.copies("--shape", "16,16", "--repeat", "0", "--codec", "gzip", "--engine", "chunkmark").stdout
        rows = [line.split() for line in table.splitlines() if line.startswith("  chunkmark ")]
        self.assertEqual([len(row) for row in rows], [10] * 4)  # the unit of "files" is a word of its own
        for row in rows:
            self.assertGreater(int(row[3]), 10)
            self.assertGreater(float(row[4]), 10)

    def test_table_shows_what_is_published(self):
        table = self.copies(*PUBLISHED, "--codec", "none").stdout
        self.assertRegex(table, r"\nwrite, zarr2, none\n  zarr-python 2.18.5 +□    0  ")

    def test_tables_begin_with_the_array(self):
        for words, first in [
            (["--shape", "64,64"], "float32 array of 64 x 64, 16.4 kB, one chunk, random"),
            (
                ["--shape", "9", "--chunks", "4", "--dtype", "int8", "--data", "smooth"],
                "int8 array of 9, 9 B, chunks of 4, smooth",
            ),
        ]:
            for form in ([], ["--markdown"]):
                with self.subTest(words=words, form=form):
                    lines = self.copies(*words, *form, "--repeat", "0", "--codec", "none").stdout.splitlines()
                    self.assertEqual(lines[:2], [first, ""])

    def test_small_arrays_are_told_apart_from_copies(self):
        for shape, told in [("2500,2500", False), ("2500,2499", True)]:
            with self.subTest(shape=shape):
                table = self.copies("--shape", shape, "--repeat", "0", "--codec", "none").stdout
                self.assertEqual("below 25.0 MB fixed buffers weigh more" in table, told)

    def test_markdown_is_two_tables(self):
        lines = self.copies(*SMALL, "--markdown").stdout.splitlines()
        self.assertEqual([line for line in lines if line.startswith("#")], ["### Writes", "### Reads"])
        head = "| Filesystem | Engine | Zarr format | Uncompressed | Compressed (blosc) |"
        self.assertEqual(lines.count(head), 2)
        rows = [line for line in lines if line.startswith("| Local")]
        self.assertEqual({line.count("|") for line in rows}, {head.count("|")})
        self.assertEqual(sum("chunkmark" in line for line in rows), 4)

    def test_a_store_is_a_folder_or_a_file_url(self):
        self.copies(*SMALL, "--codec", "none", "--store", f"file://{self.folder}/deeper")
        self.assertEqual(list((self.folder / "deeper").iterdir()), [])  # made, used, and left empty

    def test_only_the_operations_asked_for(self):
        run = json.loads(self.copies(*SMALL, "--json", "--operation", "read").stdout)
        self.assertEqual({row["operation"] for row in run["results"]}, {"read"})

    def test_types_and_chunks(self):
        for dtype, chunks in [("int8", "64,64"), ("uint16", "30,64"), ("float64", "10,10"), ("int64", "64,1")]:
            with self.subTest(dtype=dtype):
                run = json.loads(
                    self.copies(
                        *SMALL, "--json", "--codec", "blosc", "--format", "zarr3", "--dtype", dtype, "--chunks", chunks
                    ).stdout
                )
                self.assertEqual((run["settings"]["dtype"], len(run["results"])), (dtype, 2))

    def test_missing_peers_are_named_with_what_installs_them(self):
        errors = self.copies(*SMALL, "--codec", "none").stderr
        for words in ("zarr-python-2", "zarr-python-3", "obstore", "tensorstore", "zarrs", "icechunk", "./dev peers"):
            self.assertIn(words, errors)

    def test_an_engine_that_fails_leaves_the_others(self):
        folder = self.folder / "cache" / "chunkmark" / "venvs" / "zarrs"
        (folder / "bin").mkdir(parents=True)
        (folder / "stamp").touch()
        python = folder / "bin" / "python"
        for script, cells, seconds in [
            ("exit 3", ["chunkmark"], [1]),
            # Traced it works, as ours; timed it does not.
            (
                f'[ "${{@: -1}}" = --time ] && exit 3; exec "{CHUNKMARK}" copy-case "$CASE" "$6"',
                ["zarrs", "chunkmark"],
                [None, 1],
            ),
        ]:
            with self.subTest(script=script):
                python.write_text(f"#!/bin/bash\n{script}\n")
                python.chmod(0o755)
                case = {
                    "operation": "write",
                    "filesystem": "local",
                    "engine": "chunkmark",
                    "format": "zarr3",
                    "codec": "none",
                    "data": "random",
                    "dtype": "float32",
                    "shape": [64, 64],
                    "chunks": [64, 64],
                }
                result = self.copies(
                    *SMALL,
                    "--json",
                    "--codec",
                    "none",
                    "--format",
                    "zarr3",
                    "--operation",
                    "write",
                    "--engine",
                    "zarrs,chunkmark",
                    status=1,
                    CASE=json.dumps(case),
                )
                run = json.loads(result.stdout)
                self.assertEqual([row["engine"] for row in run["results"]], cells)
                self.assertEqual([row["seconds"] and row["seconds"]["repeat"] for row in run["results"]], seconds)
                self.assertEqual({row["case"] for row in run["failures"]}, {"write-local-zarr3-none-zarrs"})
                self.assertIn("chunkmark: not measured: write-local-zarr3-none-zarrs: ", result.stderr)

    def test_refusals(self):
        for words, status, told in [
            (["--engine", "zarrs"], 1, "zarrs: not installed; ./dev peers installs it"),
            (["--engine", "netcdf"], 2, "netcdf"),
            (["--codec", "lz4"], 2, "lz4"),
            (["--dtype", "complex64"], 2, "expected an integer type, float32 or float64, found complex64"),
            (["--chunks", "8"], 2, "expected 2 extents as --shape has, found 1"),
            (["--shape", "0"], 2, "0"),
            (["--store", "s3://bucket/prefix"], 2, "expected a folder or a file:// URL, found s3://bucket/prefix"),
            (["--shape", "1099511627776,8"], 2, "--shape: expected an array that fits into the"),
            (["--json", "--markdown"], 2, "--markdown"),
            (["--durability", "power_loss", "--engine", "zarrs"], 2, "durability none only, found power_loss"),
        ]:
            with self.subTest(words=words):
                result = self.copies(*words, status=status)
                self.assertEqual(result.stdout, "")
                self.assertIn(told, result.stderr)

    def test_a_durable_run_measures_ours_alone(self):
        run = json.loads(self.copies(*SMALL, "--json", "--durability", "power_loss", "--codec", "none").stdout)
        self.assertEqual({row["engine"] for row in run["results"]}, {"chunkmark"})
        self.assertEqual(run["settings"]["durability"], "power_loss")


if __name__ == "__main__":
    unittest.main()
