"""What the program as a whole promises, whatever the command: program.py CHUNKMARK"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

CHUNKMARK = sys.argv.pop(1)


def run(*words, **options):
    return subprocess.run(
        [CHUNKMARK, *words], text=True, stderr=subprocess.PIPE, **{"stdout": subprocess.PIPE, **options}
    )


class Program(unittest.TestCase):
    def test_bad_usage_is_named(self):
        cases = [
            ([], "Subcommands:"),
            (["frob"], 'unknown command "frob"'),
            (["frob", "--help"], 'unknown command "frob"'),
            (["h5", "frob", "file"], 'unknown command "frob"'),
            (["h5"], "subcommand is required"),
            (["--frob"], "subcommand is required"),
        ]
        for words, message in cases:
            with self.subTest(words):
                result = run(*words)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertIn(message, result.stderr)

    def test_help_is_a_word_too(self):
        for words in (["help"], ["help", "copies"], ["help", "h5", "log"]):
            with self.subTest(words):
                said, option = run(*words), run(*words[1:], "--help")
                self.assertEqual((said.returncode, said.stdout), (0, option.stdout))

    def test_an_output_replaces_nothing_else(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            capture, link = folder / "a.cmk", folder / "link.html"
            link.symlink_to("page.html")
            os.mkfifo(folder / "pipe")
            self.assertEqual(run("trace", "-o", str(capture), "--", "true").returncode, 0)
            recorded = capture.read_bytes()
            for output, told in [
                (capture, "expected another file than the one that is read"),
                (folder, "expected a file or a new name, found a folder"),
                (folder / "pipe", "expected a file or a new name, found a device or pipe"),
            ]:
                with self.subTest(output=output):
                    result = run("report", str(capture), "-o", str(output))
                    self.assertEqual(result.returncode, 2)
                    self.assertIn(f"chunkmark: {output}: {told}", result.stderr)
            self.assertEqual(run("report", str(capture), "-o", str(link)).returncode, 0)
            self.assertTrue(link.is_symlink())
            self.assertTrue((folder / "page.html").read_text().startswith("<!"))
            self.assertEqual(capture.read_bytes(), recorded)
            self.assertEqual(
                sorted(path.name for path in folder.iterdir()), ["a.cmk", "link.html", "page.html", "pipe"]
            )

    def test_marks_that_do_not_fit_do_not_pass_the_gate(self):
        program = (
            "import ctypes; mark = ctypes.CDLL(None).chunkmark_mark; a = bytearray(3000000); [mark(m) for m in %s]"
        )
        for marks, status in [
            (["begin", "end"], 0),
            (["end", "begin"], 125),
            (["begin", "end", "begin", "end"], 125),
            (["begin"], 125),
            ([], 0),
        ]:
            with self.subTest(marks=marks), tempfile.TemporaryDirectory() as folder:
                result = run(
                    "trace",
                    "-o",
                    f"{folder}/a.cmk",
                    "--array-bytes",
                    "3000000",
                    "--max-copies",
                    "1",
                    "--",
                    sys.executable,
                    "-c",
                    program % [mark.encode() for mark in marks],
                )
                self.assertEqual(result.returncode, status, result.stderr)
                if status != 0:
                    self.assertIn(f"found {', '.join(marks)}: the figures are of", result.stderr)

    def test_one_capture_is_written_by_one_trace(self):
        with tempfile.TemporaryDirectory() as folder:
            words = ("trace", "-o", f"{folder}/a.cmk", "--")
            with subprocess.Popen(
                [CHUNKMARK, *words, "sh", "-c", "echo started; read line"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as first:
                first.stdout.readline()
                second = run(*words, "true")
                first.communicate(b"end\n")
            self.assertEqual((first.returncode, second.returncode), (0, 125))
            self.assertIn("a.cmk: another trace is writing this capture", second.stderr)
            self.assertEqual(run("inspect", f"{folder}/a.cmk").returncode, 0)

    def test_bad_values_are_bad_usage(self):
        result = run("copies", "--engine", "chunkmark", "--shape", "16,16", "--chunks", "4")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--chunks: expected 2 extents", result.stderr)

    def test_a_folder_that_cannot_be_made_is_named_first(self):
        result = run("copies", "--engine", "chunkmark", "--shape", "16,16", "--out", "/dev/null/runs")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"^chunkmark: /dev/null/runs\S*: cannot create directories: Not a directory")

    def test_help_of_every_command_shows_an_example(self):
        for command in ("copies", "trace", "inspect", "compare", "report", "h5", "site", "serve"):
            with self.subTest(command):
                result = run(command, "--help")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertIn(f"chunkmark {command} ", result.stdout)

    def test_a_run_that_cannot_be_read_is_named_and_left_out_of_the_site(self):
        good = {
            "id": "good",
            "kind": "copies",
            "created": "2026-01-01",
            "results": [{"array_bytes": 9}, {"array_bytes": 7}],
        }
        empty = {**good, "id": "empty", "created": "2026-01-02", "results": []}
        bad = {  # text of the record, what is said of it
            "syntax": ("{bad", "expected JSON, found syntax error at byte 1"),
            "nothing": ("", "expected JSON, found incomplete JSON at byte 0"),
            "list": ("[]", "expected the run record to be an object, found []"),
            "no id": ('{"kind": "copies"}', 'expected "id", found none'),
            "elsewhere": (json.dumps({**good, "id": "../x"}), 'expected a plain name as "id", found "../x"'),
            "no results": (json.dumps({**good, "results": 1}), 'expected "results" to be a list, found 1'),
        }
        with tempfile.TemporaryDirectory() as folder:
            runs, site = pathlib.Path(folder) / "runs", pathlib.Path(folder) / "site"

            def write(name, text):
                (runs / name).mkdir(parents=True)
                (runs / name / "run.json").write_text(text)

            for name, (text, _) in bad.items():
                write(name, text)
            words = ["site", "--runs", str(runs), "-o", str(site)]
            result = run(*words)
            self.assertEqual(result.returncode, 1)
            self.assertIn(f"chunkmark: {runs}: expected a run that can be read, found 6 that cannot", result.stderr)
            write("good", json.dumps(good))
            write("empty", json.dumps(empty))
            result = run(*words)
            self.assertEqual(result.returncode, 0, result.stderr)
            for name, (_, message) in bad.items():
                self.assertIn(f"chunkmark: left out: {runs}/{name}/run.json: {message}\n", result.stderr)
            self.assertEqual(
                json.loads((site / "runs" / "index.json").read_text())["runs"],
                [
                    {"id": "empty", "kind": "copies", "created": "2026-01-02", "array_bytes": None},
                    {"id": "good", "kind": "copies", "created": "2026-01-01", "array_bytes": 7},
                ],
            )
            self.assertEqual(sorted(path.name for path in (site / "runs").iterdir()), ["empty", "good", "index.json"])

    def test_serve_leaves_out_a_bad_run_and_names_what_it_does_not_have(self):
        with tempfile.TemporaryDirectory() as folder:
            runs = pathlib.Path(folder) / "runs"
            for name, text in [
                ("bad", "{bad"),
                ("good", json.dumps({"id": "good", "kind": "copies", "created": "2026-01-01", "results": []})),
            ]:
                (runs / name).mkdir(parents=True)
                (runs / name / "run.json").write_text(text)
            words = ["serve", "--port", "0", "--runs", str(runs), "--site", str(pathlib.Path(folder) / "site")]
            with subprocess.Popen(
                [CHUNKMARK, *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as server:
                try:
                    address = server.stdout.readline().strip()
                    with urllib.request.urlopen(f"{address}runs/index.json") as response:
                        self.assertEqual([entry["id"] for entry in json.load(response)["runs"]], ["good"])
                    for path in ("nowhere", "runs/good/a%0Ab.html"):
                        with self.assertRaises(urllib.error.HTTPError) as caught:
                            urllib.request.urlopen(f"{address}{path}?x=1")
                        with caught.exception as error:
                            self.assertEqual(
                                (error.code, error.headers["Content-Type"], error.read().decode()),
                                (404, "text/plain", f"/{path}: not found\n"),
                            )
                    with self.assertRaises(urllib.error.HTTPError) as caught:
                        urllib.request.urlopen(f"{address}api/v1/call/no.method", data=b"")
                    with caught.exception as error:
                        self.assertIn("error", json.load(error))
                finally:
                    server.terminate()
                told = server.stderr.read()
        self.assertEqual(server.returncode, 0)
        self.assertIn(f"{runs}/bad/run.json: expected JSON, found syntax error at byte 1", told)

    def test_a_full_disk_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder, open("/dev/full", "w") as full:
            words = [
                "copies",
                "--engine",
                "chunkmark",
                "--shape",
                "16,16",
                "--repeat",
                "1",
                "--codec",
                "none",
                "--format",
                "zarr3",
                "--json",
                "--store",
                folder,
                "--out",
                str(pathlib.Path(folder) / "runs"),
            ]
            result = run(*words, stdout=full)
        self.assertEqual(result.returncode, 1)
        self.assertIn("standard output: cannot write all of it", result.stderr)


unittest.main()
