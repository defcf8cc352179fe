"""The Pythons of this machine that can make virtual environments, and which of them an engine takes.

Looks where people have them: `python3.N` in PATH, pyenv's versions, `python3`, and the Python that runs this. One of a minor
version stands for all of them; the first that works, in this order. Free-threaded builds and pre-releases are left out: the
locks hold the files of the ordinary ones.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

# What an environment needs: Debian has ensurepip in a package of its own, and a Python built by hand may lack the others.
PROBE = """
import ctypes, ensurepip, json, platform, ssl, sys, sysconfig, venv
ordinary = platform.python_implementation() == "CPython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
print(json.dumps([*sys.version_info[:2], sys.version, bool(ordinary and sys.version_info.releaselevel == "final")]))
"""
PROBE_SECONDS = 30


def candidates(minors):
    """Paths to try, of which some may be the same Python, or none."""
    for minor in minors:
        yield shutil.which(f"python3.{minor}")
    root = pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv")
    for minor in minors:
        found = root.glob(f"versions/3.{minor}.*/bin/python3")
        yield from sorted(map(str, found), key=lambda path: [int(n) for n in re.findall(r"\d+", path)], reverse=True)
    yield shutil.which("python3")
    yield sys.executable


def probe(path):
    """(minor, sys.version) of a Python 3 that can make environments; None of any other program."""
    try:
        words = [path, "-I", "-c", PROBE]
        told = subprocess.run(words, capture_output=True, text=True, timeout=PROBE_SECONDS, check=True).stdout
        major, minor, version, usable = json.loads(told)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return (minor, version) if usable and major == 3 else None


def usable(minors, paths=None):
    """{minor: (path, sys.version)} of those among `minors`."""
    found = {}
    tried = set()
    for path in candidates(minors) if paths is None else paths:
        if path is None or path in tried:
            continue
        tried.add(path)
        told = probe(path)
        if told and told[0] in minors:
            found.setdefault(told[0], (path, told[1]))
    return found


HERE = pathlib.Path(__file__).resolve().parent


def locks(engine, folder=HERE / "locks"):
    """{minor: lock} of the engine, the newest Python first."""
    found = {}
    for path in folder.glob(f"{engine}-py3*.lock"):
        minor = path.stem.removeprefix(f"{engine}-py3")
        if minor.isdigit():
            found[int(minor)] = path
    return dict(sorted(found.items(), reverse=True))


def newest(locked, found):
    """The newest minor version that has a lock and was found; None if there is none."""
    return max(locked.keys() & found.keys(), default=None)


def locked_version(lock, package):
    """The version of the package that a lock pins; None if it does not name it."""
    pin = re.search(rf"^{re.escape(package)}==(\S+)", lock.read_text(), re.M)
    return pin and pin[1]


def newer(engine, package, minor, version, folder=HERE / "locks"):
    """{"version", "python"}: the newest version that the engine's locks know, with the oldest Python for it, if it is not
    the one that Python 3.`minor` has; else None."""
    known = {other: locked_version(path, package) for other, path in locks(engine, folder).items() if other > minor}
    if not known or known[max(known)] in (None, version):
        return None
    best = known[max(known)]
    return {"version": best, "python": f"3.{min(other for other, has in known.items() if has == best)}"}
