"""Everything that an earlier Chunkmark wrote opens: releases.py CHUNKMARK [--make FOLDER.h5]

tests/golden/releases/VERSION holds what that version wrote: captures, a run, a versioned file's index, and what it said
of them in JSON. Today's program must read all of it and say the same: members are added, never renamed or dropped.
--make writes the folder of the program's own version, once a release; the folders of others are never touched.
"""

import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

CHUNKMARK = pathlib.Path(sys.argv.pop(1)).resolve()
RELEASES = pathlib.Path(__file__).resolve().parent / "releases"
STUDY = [
    "copies",
    "--engine",
    "chunkmark",
    "--shape",
    "64,64",
    "--format",
    "zarr3",
    "--codec",
    "none",
    "--operation",
    "write",
]
TRACED = {
    "processes": ["sh", "-c", "cat /dev/null; true"],
    "python": ["/usr/bin/python3", "-I", "-S", "-c", "array = bytearray(1000000)"],
}
COMMANDS = (
    "copies",
    "trace",
    "inspect",
    "compare",
    "report",
    "site",
    "serve",
    "h5 log",
    "h5 show",
    "h5 dump",
    "h5 diff",
    "h5 verify",
    "h5 export",
    "h5 index",
)


def run(*words, program=CHUNKMARK, **options):
    return subprocess.run([str(program), *map(str, words)], capture_output=True, text=True, timeout=120, **options)


def document(*words):
    result = run(*words)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: {result.stderr}")
    return json.loads(result.stdout)


def options_of(command, program=CHUNKMARK):
    """The long options that its help names."""
    found = re.findall(
        r"^ +(?:-\w,)?(--[a-z-]+)", run(*command.split(), "--help", program=program).stdout, re.MULTILINE
    )
    return sorted(set(found) - {"--help"})


def lacks(old, new, where="", values=True):
    """What of `old` is not in `new` as it was; without `values`, members and their types alone."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key in new:
                yield from lacks(value, new[key], f"{where}.{key}", values)
            else:
                yield f"{where}.{key}: is gone"
    elif isinstance(old, list) and isinstance(new, list):
        if values and len(old) != len(new):
            yield f"{where}: expected {len(old)} elements, found {len(new)}"
        for i, (a, b) in enumerate(zip(old, new)):
            yield from lacks(a, b, f"{where}[{i}]", values)
    elif values and old != new:
        yield f"{where}: expected {old}, found {new}"
    elif kind(old) != kind(new) and None not in (old, new):
        yield f"{where}: expected {kind(old)}, found {kind(new)}"


def kind(value):
    return "number" if type(value) in (int, float) else type(value).__name__


class Releases(unittest.TestCase):
    def same(self, path, old, new, **how):
        self.assertEqual(list(lacks(old, new, **how)), [], path)

    def each(self, pattern):
        """The files of all releases; none at all would be a test of nothing."""
        found = sorted(RELEASES.glob(f"*/{pattern}"))
        self.assertTrue(found, pattern)
        return found

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def test_a_capture_says_what_it_said(self):
        for said in self.each("**/captures/*.json"):
            self.same(said, json.loads(said.read_text()), document("inspect", said.with_suffix(".cmk"), "--json"))

    def test_a_capture_compares_and_becomes_a_report(self):
        for capture in self.each("**/captures/*.cmk"):
            moments = document("compare", capture, capture, "--json")["moments"]
            self.assertTrue(moments)
            page = self.folder / "page.html"
            result = run("report", capture, "-o", page)
            self.assertEqual((result.returncode, "report-data" in page.read_text()), (0, True), result.stderr)

    def test_a_run_becomes_a_report_and_a_site(self):
        for record in self.each("study/*/run.json"):
            page, site = self.folder / "run.html", self.folder / "site"
            for source in (record, record.parent):
                self.assertEqual(run("report", source, "-o", page).returncode, 0)
                text = page.read_text()
                self.assertIn('"schema":"chunkmark.run-report/1"', text)
                self.assertNotIn('"reports":[null', text)
            result = run("site", "--runs", record.parent.parent, "-o", site)
            self.assertEqual((result.returncode, "left out" in result.stderr), (0, False), result.stderr)
            index = json.loads((site / "runs/index.json").read_text())
            self.assertIn(json.loads(record.read_text())["id"], [entry["id"] for entry in index["runs"]])

    def test_the_captures_of_a_run_give_its_figures(self):
        for record in self.each("study/*/run.json"):
            for row in json.loads(record.read_text())["results"]:
                found = document("inspect", record.parent / row["capture"], "--json")
                for name in ("array_bytes", "extra_copies", "extra_heap", "scratch_bytes", "bytes_moved"):
                    self.assertEqual(found[name], row[name], f"{row['capture']} {name}")

    def test_a_run_of_today_has_the_members_that_runs_had(self):
        today = document(*STUDY, "--json", "--out", self.folder / "runs", "--store", self.folder)
        for record in self.each("study/*/run.json"):
            old = json.loads(record.read_text())
            del old["environment"]["libraries"]  # named as this build has them
            self.same(record, old, today, values=False)

    def test_a_run_of_a_newer_schema_is_refused(self):
        for record in self.each("study/*/run.json"):
            runs = self.folder / "newer"
            shutil.copytree(record.parent.parent, runs)
            newer = runs / record.parent.name / "run.json"
            newer.write_text(newer.read_text().replace("chunkmark.run/1", "chunkmark.run/2"))
            told = f"{newer}: expected a run record of the schema chunkmark.run/1, found chunkmark.run/2"
            for words in (
                ["report", newer, "-o", self.folder / "a.html"],
                ["site", "--runs", runs, "-o", self.folder / "s"],
            ):
                result = run(*words)
                self.assertEqual(result.returncode, 1)
                self.assertIn(told, result.stderr)
            shutil.rmtree(runs)

    def test_a_versioned_file_dumps_as_it_did_through_its_index(self):
        for said in self.each("versioned/*.json"):
            file = said.with_suffix(".h5")
            result = run("h5", "dump", file, "--json")
            self.assertEqual((result.returncode, result.stderr), (0, ""))  # a word of the index would stand there
            self.same(said, json.loads(said.read_text()), json.loads(result.stdout))
            index = pathlib.Path(f"{file}.idx").read_bytes()
            newer = self.folder / "newer.h5"
            shutil.copy(file, newer)
            pathlib.Path(f"{newer}.idx").write_bytes(index.replace(b"CMKIDX1", b"CMKIDX9"))
            result = run("h5", "dump", newer, "--json")
            self.assertEqual(result.returncode, 0)
            self.same(said, json.loads(said.read_text()), json.loads(result.stdout))
            self.assertIn("not using the index: ", result.stderr)

    def test_every_option_is_still_there(self):
        for said in self.each("options.json"):
            for command, options in json.loads(said.read_text()).items():
                self.assertEqual(sorted(set(options) - set(options_of(command))), [], command)


def make(versioned_file):
    """From a copy of the program in a place that says nothing of this machine, without debug information's paths."""
    build = pathlib.Path(tempfile.gettempdir()) / "chunkmark-release" / "build"
    shutil.rmtree(build.parent, ignore_errors=True)
    (build / "native").mkdir(parents=True)
    for name in (CHUNKMARK.name, "libchunkmark-preload.so"):
        subprocess.run(["strip", "-g", "-o", build / "native" / name, CHUNKMARK.parent / name], check=True)
    shutil.copytree(CHUNKMARK.parent.parent / "web", build / "web")
    program = build / "native" / CHUNKMARK.name
    os.chdir(build)
    out = RELEASES / run("--version", program=program).stdout.split()[-1]
    shutil.rmtree(out, ignore_errors=True)
    for name in ("captures", "versioned"):
        (out / name).mkdir(parents=True)

    record = json.loads(run(*STUDY, "--json", "--out", out / "study", "--store", build, program=program).stdout)
    folder = out / "study" / record["id"]
    record["environment"] |= {"cpu": "any", "os": platform.system()}
    (folder / "run.json").write_text(json.dumps(record, indent=2) + "\n")
    shutil.rmtree(folder / "reports")
    for capture in set(folder.glob("captures/*")) - {folder / row["capture"] for row in record["results"]}:
        capture.unlink()

    def keep(path, *words):
        path.write_text(run(*words, program=program).stdout)

    file = out / "versioned" / "file.h5"
    shutil.copy(versioned_file, file)
    for name, command in TRACED.items():
        run(
            "trace", "-o", out / "captures" / f"{name}.cmk", "--array-bytes", "1000000", "--", *command, program=program
        )
    for capture in out.glob("**/captures/*.cmk"):
        keep(capture.with_suffix(".json"), "inspect", capture, "--json")
    run("h5", "index", file, program=program)
    keep(file.with_suffix(".json"), "h5", "dump", file, "--json")
    options = {command: options_of(command, program) for command in COMMANDS}
    (out / "options.json").write_text(json.dumps(options, indent=2) + "\n")
    shutil.rmtree(build.parent)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(pathlib.Path(sys.argv[2]).resolve())
    else:
        unittest.main()
