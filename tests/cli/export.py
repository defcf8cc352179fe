"""Exports of a capture, read by other readers: export.py CHUNKMARK

The sums are those of inspect. pprof's file is read by pprof itself, where Go is installed.
"""

import csv
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

CHUNKMARK = sys.argv.pop(1)
PROGRAM = "a = bytearray(3_000_000)\nb = [bytes(a) for _ in range(2)]\ndel a\nc = bytearray(1_000_000)"


def run(*words):
    return subprocess.run([CHUNKMARK, *words], check=True, capture_output=True, text=True).stdout


class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name)
        cls.capture = str(cls.path / "a.cmk")
        run("trace", "-o", cls.capture, "--", sys.executable, "-c", PROGRAM)
        cls.figures = json.loads(run("inspect", cls.capture, "--json"))
        cls.sums = {
            "peak_bytes": cls.figures["peak_heap_bytes"],
            "allocations": cls.figures["allocations"],
            "end_bytes": cls.figures["live_at_end_bytes"],
        }

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def export(self, form):
        output = self.path / form
        run("export", self.capture, "--to", form, "-o", str(output))
        return output

    def test_speedscope(self):
        document = json.loads(self.export("speedscope").read_text())
        self.assertEqual(document["$schema"], "https://www.speedscope.app/file-format-schema.json")
        frames = len(document["shared"]["frames"])
        sums = {}
        for profile in document["profiles"]:
            self.assertEqual(profile["type"], "sampled")
            self.assertEqual(len(profile["samples"]), len(profile["weights"]))
            self.assertTrue(all(0 <= frame < frames for sample in profile["samples"] for frame in sample))
            self.assertEqual(sum(profile["weights"]), profile["endValue"])
            sums[profile["name"]] = profile["endValue"]
        self.assertEqual(sums["heap peak"], self.sums["peak_bytes"])
        self.assertEqual(sums["allocations"], self.sums["allocations"])
        self.assertEqual(sums["alive at the end"], self.sums["end_bytes"])

    def test_inspect_names_the_largest_source_where_the_array_is_not_known(self):
        self.assertRegex(run("inspect", self.capture), r"\n +largest  \d+ % of the peak: .*:2\b")
        self.assertNotIn("% of the peak", run("inspect", self.capture, "--array-bytes", "3000000"))

    def test_folded(self):
        lines = self.export("folded").read_text().splitlines()
        self.assertEqual(sum(int(line.rpartition(" ")[2]) for line in lines), self.sums["peak_bytes"])
        self.assertTrue(any(re.search(r"<module> .*:2\b", line) for line in lines))

    def test_csv(self):
        with open(self.export("csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        for name, total in self.sums.items():
            self.assertEqual(sum(int(row[name]) for row in rows), total, name)

    def test_pprof(self):
        if shutil.which("go") is None:
            self.skipTest("missing: go")
        path = self.export("pprof")
        for name, total in self.sums.items():
            command = ["go", "tool", "pprof", "-raw", f"-sample_index={name}", str(path)]
            said = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(said.returncode, 0, said.stderr)
            head, samples = re.search(r"Samples:\n(.*)\n((?: .*\n)*)", said.stdout).groups()
            column = [word.split("/")[0] for word in head.split()].index(name)
            found = sum(int(re.split(r"[\s:]+", line.strip())[column]) for line in samples.splitlines())
            self.assertEqual(found, total, name)


if __name__ == "__main__":
    unittest.main()
