"""Which Python and which lock a peer gets: pythons.py CHUNKMARK PEERS_FOLDER"""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

_, PEERS = sys.argv.pop(1), sys.argv.pop(1)


def load(name):
    """A module of the peers' folder; this file has the name of one of them."""
    spec = importlib.util.spec_from_file_location(f"peers_{name}", f"{PEERS}/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pythons = load("pythons")


class Pythons(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def program(self, name, answer):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{answer}\n")
        path.chmod(0o755)
        return str(path)

    def answering(self, name, minor, usable=True, major=3):
        return self.program(name, f"echo '{json.dumps([major, minor, f'{major}.{minor}.1', usable])}'")

    def lock(self, engine, minor, text="zarr==1.0 \\\n    --hash=sha256:00\n"):
        (self.folder / f"{engine}-py3{minor}.lock").write_text(text)

    def test_a_python_that_works_is_used(self):
        for name, path, expected in [
            ("ordinary", self.answering("a", 12), (12, "3.12.1")),
            ("free-threaded or a pre-release", self.answering("b", 13, usable=False), None),
            ("Python 2", self.answering("c", 12, major=2), None),
            ("without ensurepip, or a shim", self.program("d", "exit 1"), None),
            ("no Python", self.program("e", "echo hello"), None),
            ("missing", str(self.folder / "f"), None),
        ]:
            with self.subTest(name):
                self.assertEqual(pythons.probe(path), expected)

    def test_the_first_of_a_minor_version_stands_for_it(self):
        paths = [None, self.program("bad", "exit 1"), self.answering("a", 12), self.answering("b", 12)]
        paths += [self.answering("c", 11), self.answering("d", 9)]
        self.assertEqual(pythons.usable([11, 12, 13], paths), {12: (paths[2], "3.12.1"), 11: (paths[4], "3.11.1")})

    def test_path_comes_before_pyenv_and_its_newest_release_first(self):
        in_path = self.answering("bin/python3.12", 12)
        for release in ("3.12.9", "3.12.10", "3.13.0"):
            self.answering(f"pyenv/versions/{release}/bin/python3", 12)
        kept = {name: os.environ.get(name) for name in ("PATH", "PYENV_ROOT")}
        os.environ.update(PATH=f"{self.folder}/bin", PYENV_ROOT=f"{self.folder}/pyenv")
        try:
            found = [path for path in pythons.candidates([12]) if path]
        finally:
            for name, value in kept.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        pyenv = [f"{self.folder}/pyenv/versions/{release}/bin/python3" for release in ("3.12.10", "3.12.9")]
        self.assertEqual(found, [in_path, *pyenv, sys.executable])

    def test_the_newest_python_with_a_lock_is_chosen(self):
        for locked, found, expected in [
            ([11, 12, 13], [11, 13], 13),
            ([11, 12, 13], [11, 14], 11),
            ([11, 12, 13], [14], None),
            ([11], [], None),
        ]:
            with self.subTest(locked=locked, found=found):
                self.assertEqual(pythons.newest(dict.fromkeys(locked), dict.fromkeys(found)), expected)

    def test_locks_are_those_of_the_engine_itself(self):
        for engine, minor in [("zarr", 9), ("zarr", 12), ("zarr-python", 13), ("zarrs", 14)]:
            self.lock(engine, minor)
        (self.folder / "zarr-py3x.lock").touch()
        self.assertEqual(list(pythons.locks("zarr", self.folder)), [12, 9])

    def test_what_is_newer_is_told_with_the_oldest_python_that_has_it(self):
        self.lock("e", 11, "zarr==3.1.6 \\\n")
        for minor in (12, 13):
            self.lock("e", minor, "numcodecs==9 \\\nzarr==3.4.2 \\\n")
        for minor, version, expected in [
            (11, "3.1.6", {"version": "3.4.2", "python": "3.12"}),
            (12, "3.4.2", None),
            (13, "3.4.2", None),
        ]:
            with self.subTest(minor=minor):
                self.assertEqual(pythons.newer("e", "zarr", minor, version, self.folder), expected)

    def test_an_engine_without_a_lock_for_any_python_is_named(self):
        program = (
            f"import sys; sys.path.insert(0, {PEERS!r}); import pythons, venv\n"
            f"pythons.usable = lambda minors: {{14: ('/nowhere/python3.14', '3.14.0')}}\n"
            "sys.exit(venv.main(['zarr-python-2']))"
        )
        result = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, text=True, cwd="/")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertEqual(
            result.stderr,
            "zarr-python-2: not installed: expected one of Python 3.11, 3.12, 3.13 with venv, found 3.14\n",
        )

    def test_every_peer_has_a_lock_for_debian_12_and_an_engine(self):
        for peer in json.loads(pathlib.Path(PEERS, "peers.json").read_text()):
            with self.subTest(peer["name"]):
                self.assertIn(11, pythons.locks(peer["name"]))
                self.assertTrue(pathlib.Path(PEERS, "engines", f"{peer['name'].replace('-', '_')}.py").is_file())
                package = next(name for name in peer["packages"] if name != "chunkmark")  # ours is in no lock
                for lock in pythons.locks(peer["name"]).values():
                    self.assertTrue(pythons.locked_version(lock, package), lock)


if __name__ == "__main__":
    unittest.main()
