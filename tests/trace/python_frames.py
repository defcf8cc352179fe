"""Whether the tracer's Python frames are the interpreter's own: python_frames.py CHUNKMARK

Tries every CPython that is found: python3 and python3.N, those under ~/.pyenv/versions, and those that CHUNKMARK_PYTHONS
names, separated by colons. Says which were tried; 3.13t is the free-threaded build of 3.13. A version whose frames are not read must say so, and run to its end.
Fails if there is none whose frames are read.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TARGET = pathlib.Path(__file__).resolve().parent / "python_target.py"
READ = ("3.11", "3.12", "3.13", "3.13t", "3.14", "3.15")
FOREIGN = 3_700_000  # bytes of the block that python_target.py has through ctypes
TELL_VERSION = """
import sys, sysconfig
threaded = sysconfig.get_config_var("Py_GIL_DISABLED")
print(sys.implementation.name, "%d.%d%s" % (sys.version_info[0], sys.version_info[1], "t" if threaded else ""))
"""


def interpreters():
    """One of each version: version -> path."""
    paths = [shutil.which("python3"), "/usr/bin/python3"]
    paths += [shutil.which(f"python3.{minor}{build}") for minor in range(6, 30) for build in ("", "t")]
    paths += sorted(pathlib.Path.home().glob(".pyenv/versions/*/bin/python3"))
    paths += os.environ.get("CHUNKMARK_PYTHONS", "").split(":")
    found = {}
    for path in paths:
        if not path or not pathlib.Path(path).exists():
            continue
        told = subprocess.run([path, "-c", TELL_VERSION], capture_output=True, text=True).stdout.split()
        if told and told[0] == "cpython":
            found.setdefault(told[1], path)
    return found


def trace(chunkmark, capture, *command):
    run = subprocess.run([chunkmark, "trace", "-o", capture, "--", *command], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{command}: exit status {run.returncode}: {run.stderr}")
    inspected = subprocess.run([chunkmark, "inspect", "--json", capture], capture_output=True, text=True, check=True)
    return run.stdout, json.loads(inspected.stdout)


def python_frames(stack):
    return [frame for frame in stack if re.search(r" (\S+\.py|<.*>):\d+$", frame)]


def wrong_frames(chunkmark, capture, python):
    printed, figures = trace(chunkmark, capture, python, TARGET)
    found = {
        buffer["bytes"] // 100_000 * 100_000: python_frames(buffer["stack"])
        for buffer in figures["buffers_at_peak"]
        if buffer["blocks"] <= 2  # the list that keeps them may grow on the same line
    }
    expected = {int(size): frames for size, frames in json.loads(printed).items()}
    # Python's frames stand where the evaluation loop does: ctypes called malloc, not the function that called ctypes.
    innermost = next(
        (buffer["stack"][0] for buffer in figures["buffers_at_peak"] if buffer["bytes"] == FOREIGN), "none"
    )
    if innermost == "none" or python_frames([innermost]):
        return [f"{FOREIGN} bytes: expected a native frame, found {innermost}"]
    if len(expected) < 14:
        return [f"only {len(expected)} blocks were made"]
    return [
        f"{size} bytes: expected {frames}, found {found.get(size)}"
        for size, frames in expected.items()
        if found.get(size) != frames
    ]


def main():
    chunkmark = sys.argv[1]
    failed = False
    found = interpreters()
    with tempfile.TemporaryDirectory() as folder:
        capture = pathlib.Path(folder) / "python.cmk"
        for version, python in sorted(
            found.items(), key=lambda item: [int(part) for part in re.findall("[0-9]+", item[0])]
        ):
            if version in READ:
                problems = wrong_frames(chunkmark, capture, python)
            else:
                _, figures = trace(chunkmark, capture, python, "-c", "b = bytes(10**6)")
                told = any("were not read" in finding for finding in figures["findings"])
                problems = [] if told else ["nothing says that its frames are not read"]
            print(f"{version} ({python}): {'wrong' if problems else 'as it should be'}")
            print("".join(f"  {problem}\n" for problem in problems), end="")
            failed |= bool(problems)
    missing = [version for version in READ if version not in found]
    if missing:
        print("not tried, since not found:", ", ".join(missing))
    if len(missing) == len(READ):
        failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
