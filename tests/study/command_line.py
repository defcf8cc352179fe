"""What `chunkmark copies` prints and refuses: command_line.py CHUNKMARK PEERS_FOLDER"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import fake_engine

CHUNKMARK, PEERS = sys.argv.pop(1), sys.argv.pop(1)
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
            ["--shards", "5000,5000", "--format", "zarr2,zarr3"],
            ["--dtype", "int32"],
            ["--shape", "5000,5001"],
            ["--shape", "2500,5000", "--dtype", "float64"],
        ):
            with self.subTest(words=words):
                run = json.loads(self.copies(*PUBLISHED, *words, "--codec", "none", "--json").stdout)
                self.assertEqual(run["published"], [])

    def test_table_is_plain_and_narrow(self):
        for words in ([], ["--slope"]):
            result = self.copies(*SMALL, *words)
            self.assertNotIn("\033", result.stdout)
            for line in result.stdout.splitlines() + result.stderr.splitlines():
                if not line.startswith("chunkmark: wrote "):  # a path may be longer
                    self.assertLessEqual(len(line), 80, line)

    def test_rows_of_a_slope_stay_apart_and_narrow(self):
        table = self.copies("--repeat", "1", "--codec", "none,blosc", "--slope", "--engine", "chunkmark").stdout
        self.assertEqual([line for line in table.splitlines() if len(line) > 80], [])
        self.assertRegex(table, r"\n  zarr-python 3\.0\.6 +□▯▯  2 +1\.9\d+   published \S+, zstd\n")
        self.assertRegex(table, r"\n  obstore/zarr 3\.0\.7-dev +□")
        rows = [line.split() for line in table.splitlines() if line.startswith("  chunkmark ")]
        self.assertEqual({(len(row), row[-1]) for row in rows}, {(13, "zero")})

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
                    str(self.folder / "store" / "deeper"),
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
                while left := os.listdir(self.folder):  # the folders that it made are gone, too
                    self.assertLess(time.monotonic(), until, left)
                    time.sleep(0.05)

    def test_a_signal_to_the_whole_group_leaves_nothing_either(self):
        words = [CHUNKMARK, "copies", *SMALL, "--engine", "chunkmark", "--out", str(self.folder / "runs")]
        for try_number in range(150):  # while it starts, from its first instruction to its first case
            with subprocess.Popen(
                words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
            ) as process:
                time.sleep(try_number % 30 / 1000)
                os.killpg(process.pid, signal.SIGTERM)
            until = time.monotonic() + 10
            while left := os.listdir(self.folder):
                self.assertLess(time.monotonic(), until, (try_number, left))
                time.sleep(0.005)

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
            (["--shape", "64,64"], f"float32 array of 64 x 64, 16.4 kB, one chunk, random, {self.store_words()}"),
            (
                ["--shape", "9", "--chunks", "4", "--dtype", "int8", "--data", "smooth", "--store", "/dev/shm"],
                "int8 array of 9, 9 B, chunks of 4, smooth, memory (tmpfs)",
            ),
            (
                ["--shape", "9", "--chunks", "2", "--shards", "4", "--dtype", "int8", "--store", "/dev/shm"],
                "int8 array of 9, 9 B, chunks of 2 in shards of 4, random, memory (tmpfs)",
            ),
        ]:
            for form in ([], ["--markdown"]):
                with self.subTest(words=words, form=form):
                    lines = self.copies(*words, *form, "--repeat", "0", "--codec", "none").stdout.splitlines()
                    self.assertEqual(lines[:2], [first, ""])

    def store_words(self):
        name = subprocess.run(
            ["stat", "-f", "-c", "%T", str(self.folder)], capture_output=True, text=True, check=True
        ).stdout.strip()
        name = {"ext2/ext3": "ext4", "overlayfs": "overlay"}.get(name, name)
        return f"memory ({name})" if name in ("tmpfs", "ramfs") else f"disk ({name})"

    def test_the_record_says_all_that_a_case_was_run_with(self):
        words = [
            "--shape",
            "64,60",
            "--chunks",
            "32,60",
            "--dtype",
            "int16",
            "--data",
            "smooth",
            "--threads",
            "3",
            "--codec",
            "zstd",
            "--repeat",
            "2",
            "--store",
            "/dev/shm",
        ]
        run = json.loads(self.copies(*words, "--json").stdout)
        expected = {
            "shape": [64, 60],
            "chunks": [32, 60],
            "dtype": "int16",
            "data": "smooth",
            "threads": 3,
            "durability": "none",
            "store_filesystem": "tmpfs",
        }
        self.assertEqual(run["settings"], {**expected, "repeat": 2, "slope": False})
        for row in run["results"]:
            self.assertEqual({key: row[key] for key in expected}, expected)
        tables = self.copies(*words, "--markdown").stdout.splitlines()
        self.assertEqual(sum(line.startswith("| Memory (tmpfs) | chunkmark") for line in tables), 4)

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
        self.assertFalse((self.folder / "deeper").exists())  # made, used, and removed

    def test_of_the_store_only_what_was_there_stays(self):
        there, store = self.folder / "there", self.folder / "there" / "made" / "deeper"
        there.mkdir()
        self.copies(*SMALL, "--codec", "none", "--store", str(store))
        self.assertEqual(list(there.iterdir()), [])
        result = subprocess.run(
            [CHUNKMARK, "copies", *SMALL, "--store", str(store), "--out", "/dev/null/runs"], capture_output=True
        )
        self.assertEqual((result.returncode, list(there.iterdir())), (1, []))
        (there / "kept").touch()
        self.copies(*SMALL, "--codec", "none", "--store", str(there))
        self.assertEqual([path.name for path in there.iterdir()], ["kept"])

    def test_only_the_operations_asked_for(self):
        for operation in ("read", "write"):
            for slope in ([], ["--slope"]):
                with self.subTest(operation=operation, slope=slope):
                    run = json.loads(self.copies(*SMALL, *slope, "--json", "--operation", operation).stdout)
                    self.assertEqual({row["operation"] for row in run["results"]}, {operation})
                    folder = self.folder / "runs" / run["id"]
                    for kind in ("capture", "report"):
                        self.assertEqual(
                            sorted(row[kind] for row in run["results"]),
                            sorted(str(path.relative_to(folder)) for path in folder.glob(f"{kind}s/*")),
                        )

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
        for words in (
            "zarr-python-2",
            "zarr-python-3",
            "obstore",
            "tensorstore",
            "zarrs",
            "zarrista",
            "icechunk",
            "chunkmark-python",
            "./dev peers",
        ):
            self.assertIn(words, errors)

    def test_an_engine_that_fails_leaves_the_others(self):
        for script, cells, seconds in [
            ("exit 3", ["chunkmark"], [1]),
            # Traced it works, as ours; timed it does not.
            (
                f'[ "${{@: -1}}" = --time ] && exit 3; exec "{CHUNKMARK}" copy-case "$2"',
                ["zarrs", "chunkmark"],
                [None, 1],
            ),
        ]:
            with self.subTest(script=script):
                fake_engine.install("zarrs", self.folder / "cache", PEERS, f"#!/bin/bash\n{script}\n")
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
                )
                run = json.loads(result.stdout)
                self.assertEqual([row["engine"] for row in run["results"]], cells)
                self.assertEqual([row["seconds"] and row["seconds"]["repeat"] for row in run["results"]], seconds)
                self.assertEqual({row["case"] for row in run["failures"]}, {"write-local-zarr3-none-zarrs"})
                self.assertIn("chunkmark: not measured: write-local-zarr3-none-zarrs: ", result.stderr)

    def copies_of_a_fake(self, words, engine="zarrs", **more):
        """A run of that peer, which is ours, and tells these versions of itself."""
        told = json.dumps({"versions": {engine: "0.2.3", "python": "3.11.7"}, **more})[1:-1]
        script = f"""#!/bin/bash
[ "${{@: -1}}" = --time ] || exec "{CHUNKMARK}" copy-case "$2"
while read -r; do echo '{{"seconds": 1, "processor": 1, {told}}}'; done
"""
        fake_engine.install(engine, self.folder / "cache", PEERS, script)
        cell = ["--codec", "none", "--format", "zarr3", "--operation", "write", "--engine", f"{engine},chunkmark"]
        return self.copies(*SMALL, *cell, *words).stdout

    def test_the_answer_counts_our_engine_from_python_as_ours(self):
        self.assertRegex(
            self.copies_of_a_fake([]), r"\nchunkmark: no extra copy in 1 of 1 cells; the other engines: 0\."
        )
        answer = r"\nchunkmark-python, chunkmark: no extra copy in 2 of 2 cells\."
        self.assertRegex(self.copies_of_a_fake([], "chunkmark-python"), answer)

    def test_a_peer_tells_its_python_and_what_a_newer_one_would_have(self):
        newer = {"version": "0.3.0", "python": "3.12"}
        for words in ([], ["--markdown"]):
            with self.subTest(words=words):
                plain = self.copies_of_a_fake(words)
                self.assertRegex(plain, r"\nPython[: ] *3\.11\.7 for the peers")
                self.assertNotIn("not newest", plain)
                table = self.copies_of_a_fake(words, newer=newer)
                self.assertRegex(table, r"\nnot newest[: ] *zarrs 0\.2\.3 \(0\.3\.0 needs Python 3\.12\)")
        row, ours = json.loads(self.copies_of_a_fake(["--json"], newer=newer))["results"]
        self.assertEqual(row["libraries"], {"zarrs": "0.2.3", "python": "3.11.7"})
        self.assertEqual(row["newer"], newer)
        self.assertNotIn("newer", ours)

    def test_an_environment_of_another_lock_is_none(self):
        python = fake_engine.install("zarrs", self.folder / "cache", PEERS, "#!/bin/sh\n")
        (python.parents[1] / "lock").write_text("zarrs==0.1.0\n")
        self.assertIn("zarrs: not installed", self.copies("--engine", "zarrs", status=1).stderr)

    def test_a_case_runs_in_the_store_that_its_task_names(self):
        task = {
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
        for store, status, told in [
            (f"{self.folder}/path", 0, ""),
            (f"file://{self.folder}/url", 0, ""),
            ("memory:", 0, ""),
            (
                "ftp://host",
                2,
                "store: expected a folder or file:// or memory: or s3:// or http:// or https://, found ftp://host",
            ),
        ]:
            with self.subTest(store=store):
                result = subprocess.run(
                    [CHUNKMARK, "copy-case", json.dumps({**task, "store": store})],
                    capture_output=True,
                    text=True,
                    cwd=self.folder,
                )
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertIn(told, result.stderr)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["path", "url"])
        self.assertTrue((self.folder / "url" / "array" / "c" / "0" / "0").is_file())

    def test_refusals(self):
        for words, status, told in [
            (["--engine", "zarrs"], 1, "zarrs: not installed; ./dev peers installs it"),
            (["--engine", "netcdf"], 2, "netcdf"),
            (["--codec", "snappy"], 2, "snappy"),
            (["--dtype", "complex64"], 2, "expected an integer type, float32 or float64, found complex64"),
            (["--chunks", "8"], 2, "expected 2 extents as --shape has, found 1"),
            (
                ["--shape", "0"],
                2,
                "--shape: expected extents from 1 to 1099511627776 with commas, such as 1000,1000, found 0",
            ),
            (["--shape", "1000x1000"], 2, "with commas, such as 1000,1000, found 1000x1000"),
            (
                ["--shape", "64,64", "--chunks", "8,-1"],
                2,
                "--chunks: expected extents from 1 to 1099511627776 with commas",
            ),
            (["--store", "ftp://host"], 2, "expected a folder, a file:// or an s3:// URL, found ftp://host"),
            (["--store", "s3://b"], 2, "expected s3://BUCKET/PREFIX with a bucket's name of 3 to 63 letters"),
            (["--store", "s3://bucket", "--engine", "zarrs"], 2, "zarrs: is not measured on s3 stores"),
            (["--store", "file://relative"], 2, "expected a folder, a file:// or an s3:// URL, found file://relative"),
            (["--store", "memory:"], 2, "found memory:, which no other process can open"),
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
