"""The installed program needs nothing of the tree that it came from: program.py BUILD SOURCE

Installs, moves the prefix, and runs a copy of itself where both trees are empty folders. Where the system does not let
a process have mounts of its own, the tests run with both in sight, and the outcome is "skipped" (status 77).
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "study"))
import fake_engine  # noqa: E402

ENGINE = """#!/bin/sh
[ "$1" = "$PEER_SCRIPT" ] || exit 9
for last; do :; done
[ "$last" = --time ] || last=
exec chunkmark copy-case "$2" $last
"""
MODULES = ["core", "zarr", "hdf5", "study", "traced"]
PROGRAM = """
import ctypes
mark = ctypes.CDLL(None).chunkmark_mark
mark(b"begin"); a = bytes(bytearray(3000000)); mark(b"end")
"""


class Program(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        (self.folder / "bin").mkdir()
        (self.folder / "bin/chunkmark").symlink_to(PREFIX / "bin/chunkmark")
        self.environment = {
            "PATH": f"{self.folder}/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "PEER_SCRIPT": str(PREFIX / "share/chunkmark/peers/peer.py"),
        }

    def chunkmark(self, *words, **environment):
        result = subprocess.run(
            ["chunkmark", *words],
            text=True,
            capture_output=True,
            cwd=self.folder,
            env={**self.environment, **environment},
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def test_version(self):
        self.assertRegex(self.chunkmark("--version").stdout, r"^chunkmark \d+\.\d+\.\d+\n$")

    def test_copies_of_ours_and_of_a_peer(self):
        fake_engine.install("zarrs", self.folder / ".cache", PREFIX / "share/chunkmark/peers", ENGINE)
        result = self.chunkmark(
            "copies",
            "--shape",
            "64,64",
            "--repeat",
            "0",
            "--codec",
            "none",
            "--format",
            "zarr3",
            "--operation",
            "write",
            "--json",
        )
        run = json.loads(result.stdout)
        self.assertEqual([row["engine"] for row in run["results"]], ["zarrs", "chunkmark"])
        self.assertTrue((self.folder / "runs" / run["id"] / run["results"][0]["report"]).is_file())
        venv = re.search(r"\(python3 (.*) installs them\)", result.stderr)[1]
        self.assertEqual(venv, str(PREFIX / "share/chunkmark/peers/venv.py"))
        told = subprocess.run([sys.executable, "-B", venv, "netcdf"], text=True, capture_output=True)
        self.assertIn("netcdf: no such engine; expected some of arcticdb, chunkmark-python, icechunk,", told.stderr)

    def test_trace_and_report(self):
        self.chunkmark("trace", "-o", "a.cmk", "--array-bytes", "3000000", "--", sys.executable, "-c", PROGRAM)
        self.assertEqual(json.loads(self.chunkmark("inspect", "--json", "a.cmk").stdout)["extra_copies"], 1)
        self.chunkmark("report", "a.cmk", "-o", "a.html")
        self.assertTrue((self.folder / "a.html").read_text().startswith("<!"))

    def test_site(self):
        self.assertNotIn("not whole", self.chunkmark("site", "-o", "site").stderr)
        for module in MODULES:
            begin = (self.folder / f"site/chunkmark/chunkmark-{module}.wasm").read_bytes()[:4]
            self.assertEqual(begin, b"\0asm", module)
        self.assertEqual(json.loads((self.folder / "site/api/v1/status").read_text())["engine"], "static")

    def test_serve(self):
        with subprocess.Popen(
            ["chunkmark", "serve", "--port", "0"],
            text=True,
            stdout=subprocess.PIPE,
            cwd=self.folder,
            env=self.environment,
        ) as server:
            try:
                address = server.stdout.readline().strip()

                def fetch(path):
                    with urllib.request.urlopen(address + path) as response:
                        return response.read(), response.headers["Content-Type"]

                page = fetch("")[0].decode()
                scripts = re.findall(r'(?:src|href)="(assets/[^"]+)"', page)
                self.assertGreaterEqual(len(scripts), 2, page)
                for path in [*scripts, "assets/core_worker.js", "chunkmark/chunkmark-core.mjs", "runs/index.json"]:
                    self.assertGreater(len(fetch(path)[0]), 10, path)
                for module in MODULES:
                    code, kind = fetch(f"chunkmark/chunkmark-{module}.wasm")
                    self.assertEqual((code[:4], kind), (b"\0asm", "application/wasm"), module)
                self.assertEqual(json.loads(fetch("api/v1/status")[0])["engine"], "native")
            finally:
                server.terminate()
        self.assertEqual(server.returncode, 0)

    def test_no_file_names_the_tree_that_it_came_from(self):
        names = b"|".join(re.escape(os.fsencode(tree)) for tree in TREES)
        ours = re.compile(rb"(?:(?<![\w.-])|(?<=-[IL]))(?:%s)(?![\w.-])" % names)
        files = [path for path in PREFIX.rglob("*") if path.is_file()]
        self.assertGreater(len(files), 50)
        for path in files:
            with self.subTest(path.relative_to(PREFIX)):
                self.assertIsNone(ours.search(path.read_bytes()))


def install(build, stage):
    """Staged for one prefix, then moved to another: it must not matter."""
    subprocess.run(
        ["cmake", "--install", build, "--prefix", "/opt/chunkmark"],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "DESTDIR": str(stage)},
    )
    return shutil.move(stage / "opt/chunkmark", stage / "moved")


def run_hidden(folder, build, source, prefix):
    """These tests on an installation, with both trees out of sight where that can be. Returns the status."""
    empty = folder / "empty"
    empty.mkdir()
    tests = folder / "tests"
    for name in ("install", "study"):
        (tests / name).mkdir(parents=True)
    script = shutil.copy(__file__, tests / "install")
    shutil.copy(fake_engine.__file__, tests / "study")
    hide = [
        "unshare",
        "--mount",
        *([] if os.geteuid() == 0 else ["--map-root-user"]),
        "sh",
        "-c",
        'for tree in "$2" "$3"; do [ ! -d "$tree" ] || mount --bind "$1" "$tree" || exit; done; shift 3; "$@"',
        "sh",
        str(empty),
        source,
        build,
    ]
    can_hide = shutil.which("unshare") and subprocess.run([*hide, "true"], cwd="/").returncode == 0
    words = [sys.executable, "-B", script, build, source, str(prefix)]
    status = subprocess.run([*hide, *words] if can_hide else words, cwd="/").returncode
    if status == 0 and not can_hide:
        print("skipped in part: the source tree was in sight (no mounts of its own for this process)")
        return 77
    return status


def main(build, source):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        return run_hidden(folder, build, source, install(build, folder))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        sys.exit(main(*sys.argv[1:]))
    PREFIX = pathlib.Path(sys.argv.pop()).resolve()
    TREES = [sys.argv.pop(), sys.argv.pop()]
    unittest.main()
