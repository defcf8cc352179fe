"""What the program as a whole promises, whatever the command: program.py CHUNKMARK"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from command import CHUNKMARK, run


def section_middles(capture):
    """A place within each section of a capture, whose layout is told in capture_format.h."""
    at = 8  # behind the magic number
    while at < len(capture):
        stored_bytes = int.from_bytes(capture[at + 4 : at + 8], "little")
        yield at + 16 + stored_bytes // 2
        at += 16 + stored_bytes


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
                    self.assertIn(f"found {', '.join(marks)}: the figures are of", " ".join(result.stderr.split()))

    def test_a_signal_that_ended_the_command_is_named_and_no_other(self):
        with tempfile.TemporaryDirectory() as folder:
            for script, is_named in [("kill -TERM $$", True), ("exit 143", False)]:
                result = run("trace", "-o", f"{folder}/a.cmk", "--", "sh", "-c", script)
                self.assertEqual(result.returncode, 143)
                self.assertIn("  note: the command ended with status 143\n", result.stderr)
                self.assertEqual("  note: it was ended by SIGTERM\n" in result.stderr, is_named, result.stderr)

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

    def test_a_damaged_capture_is_told_as_far_as_it_is_known(self):
        program = (
            "import ctypes, time; mark = ctypes.CDLL(None).chunkmark_mark; mark(b'begin'); a = bytearray(3000000)\n"
            "for i in range(40): b = bytearray(1000000); time.sleep(0.02)\n"
            "mark(b'end'); time.sleep(0.2)"
        )
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            words = (
                "trace",
                "-o",
                str(folder / "whole.cmk"),
                "--array-bytes",
                "3000000",
                "--",
                sys.executable,
                "-c",
                program,
            )
            self.assertEqual(run(*words).returncode, 0)
            whole = (folder / "whole.cmk").read_bytes()
            figures = json.loads(run("inspect", "--json", str(folder / "whole.cmk")).stdout)
            kinds = set()
            for cut in section_middles(whole):
                damaged = folder / "damaged.cmk"
                for content in (whole[:cut], whole[:cut] + bytes([whole[cut] ^ 255]) + whole[cut + 1 :]):
                    damaged.write_bytes(content)
                    found = run("inspect", "--json", str(damaged))
                    self.assertEqual(found.returncode, 1, found.stderr)
                    if not found.stdout:
                        continue  # not even the process was read
                    part, said = json.loads(found.stdout), run("inspect", str(damaged))
                    self.assertEqual(said.returncode, 1)
                    self.assertIn("damaged.cmk: ", said.stderr)
                    self.assertIsNone(part["duration_seconds"])
                    self.assertRegex(said.stdout, r"duration +unknown")
                    if part["peak_heap_bytes"] is None:
                        kinds.add("nothing")
                        self.assertRegex(said.stdout, r"heap peak +unknown")
                        self.assertNotRegex(said.stdout, r"\b0 B\b")
                    elif part["bytes_copied"] is None:
                        kinds.add("so far")
                        self.assertLessEqual(0, part["known_until_ms"])
                        self.assertLessEqual(part["peak_heap_bytes"], figures["peak_heap_bytes"])
                        self.assertRegex(said.stdout, r"heap peak +at least ")
                        self.assertRegex(said.stdout, r"live at end +unknown")
                        self.assertRegex(said.stdout, r"extra copies +unknown")
                    else:
                        kinds.add("whole")
                        self.assertEqual(part["extra_copies"], figures["extra_copies"])
                        self.assertEqual(part["peak_heap_bytes"], figures["peak_heap_bytes"])
            self.assertLessEqual({"so far", "whole"}, kinds)
            damaged.write_bytes(whole[: len(whole) // 2])
            page = folder / "page.html"
            result = run("report", str(damaged), "-o", str(page))
            self.assertEqual(result.returncode, 1)
            self.assertIn(f"chunkmark: wrote {page}\n", result.stderr)
            self.assertIn("damaged.cmk: ", result.stderr)
            self.assertIn("damaged.cmk: ", page.read_text())
            for align in ("peak", "marks", "time"):
                with self.subTest(align=align):
                    result = run("compare", str(folder / "whole.cmk"), str(damaged), "--align", align)
                    self.assertEqual(result.returncode, 1)
                    self.assertRegex(result.stdout, r"live_at_end_bytes +[\d.]+ k?M?B +unknown +unknown\n")
                    self.assertIn("b: ", result.stderr)
            for command in ("inspect", "compare", "report"):
                self.assertIn("1 if a capture is cut or damaged", run(command, "--help").stdout)

    def test_bad_values_are_bad_usage(self):
        result = run("copies", "--engine", "chunkmark", "--shape", "16,16", "--chunks", "4")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--chunks: expected 2 extents", result.stderr)
        for words, told in [
            (("--shards", "16"), "--shards: expected 2 extents"),
            (("--shards", "16,12", "--chunks", "8,8"), "--shards: expected multiples of a chunk's 8, found 12"),
            (("--shards", "16,16", "--format", "zarr2"), "--shards: expected --format zarr3, found zarr2"),
        ]:
            result = run("copies", "--engine", "chunkmark", "--shape", "16,16", *words)
            self.assertEqual(result.returncode, 2)
            self.assertIn(told, result.stderr)

    def test_a_folder_that_cannot_be_made_is_named_first(self):
        result = run("copies", "--engine", "chunkmark", "--shape", "16,16", "--out", "/dev/null/runs")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"^chunkmark: /dev/null/runs\S*: cannot create directories: Not a directory")

    def test_help_fits_a_screen(self):
        studied = []

        def check(*words):
            text = run(*words, "--help").stdout
            studied.append(" ".join(words))
            for line in text.splitlines():
                self.assertLessEqual(len(line), 80, f"{words}: {line}")
            for command in (
                re.findall(r"^  ([a-z0-9]+) ", text.split("ubcommands:")[-1], re.M) if "ubcommands:" in text else []
            ):
                check(*words, command)

        check()
        self.assertLessEqual({"", "copies", "trace", "h5", "h5 log", "h5 export", "serve"}, set(studied))
        check("copy-case")

    def test_another_size_of_the_array_than_the_captures_own_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            capture, page = f"{folder}/a.cmk", pathlib.Path(folder) / "a.html"
            run(
                "trace", "-o", capture, "--array-bytes", "3000000", "--", sys.executable, "-c", "a = bytearray(3000000)"
            )
            told = "the figures are of an array of 2000000 bytes, as asked for; the capture was made for one of 3000000"
            for words in (["inspect", capture], ["compare", capture, capture], ["report", capture, "-o", str(page)]):
                for size, said in [("2000000", True), ("3000000", False), (None, False)]:
                    with self.subTest(words=words, size=size):
                        result = run(*words, *(["--array-bytes", size] if size else []))
                        self.assertEqual(result.returncode, 0)
                        self.assertEqual(told in " ".join(result.stderr.split()), said)
                        if words[0] == "report":
                            self.assertEqual(told in page.read_text(), said)

    def test_help_of_every_command_shows_an_example(self):
        for command in ("copies", "trace", "inspect", "compare", "report", "h5", "site", "serve"):
            with self.subTest(command):
                result = run(command, "--help")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertIn(f"chunkmark {command} ", result.stdout)

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
