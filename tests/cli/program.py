"""What the program as a whole promises, whatever the command: program.py CHUNKMARK"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

CHUNKMARK = sys.argv.pop(1)


def run(*words, **options):
    return subprocess.run([CHUNKMARK, *words], text=True, stderr=subprocess.PIPE,
                          **{"stdout": subprocess.PIPE, **options})


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

    def test_a_full_disk_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder, open("/dev/full", "w") as full:
            words = ["copies", "--engine", "chunkmark", "--shape", "16,16", "--repeat", "1", "--codec", "none",
                     "--format", "zarr3", "--json", "--store", folder, "--out", str(pathlib.Path(folder) / "runs")]
            result = run(*words, stdout=full)
        self.assertEqual(result.returncode, 1)
        self.assertIn("standard output: cannot write all of it", result.stderr)


unittest.main()
