"""Runs a command under each tool and returns the tool's own figure, in bytes.

Every tool runs the same deterministic command; none sees another. All figures are of the whole run unless said otherwise.
"""

import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def run(command, env=None, **options):
    """The command's standard output; what it says on standard error is shown when it fails."""
    result = subprocess.run(
        [str(word) for word in command], env=env, capture_output=True, text=True, timeout=1500, **options
    )
    if result.returncode != 0:
        sys.exit(f"{command}: exit status {result.returncode}\n{result.stdout[-2000:]}\n{result.stderr[-2000:]}")
    return result.stdout


def chunkmark(program, folder, command, env, array_bytes=0):
    """The document of `chunkmark inspect --json`."""
    capture = folder / "traced.cmk"
    run([program, "trace", "-o", capture, "--", *command], env)
    array = ["--array-bytes", array_bytes] if array_bytes else []
    document = json.loads(run([program, "inspect", "--json", *array, capture]))
    capture.unlink()
    return document


def heaptrack_peak(folder, command, env):
    """Peak of malloc and kin, replayed from the interpreted file: heaptrack_print rounds what it prints."""
    for old in folder.glob("heaptrack-out*"):
        old.unlink()
    run(["heaptrack", "-o", folder / "heaptrack-out", *command], env)
    (path,) = folder.glob("heaptrack-out*")
    if path.suffix == ".gz":
        text = gzip.decompress(path.read_bytes()).decode(errors="replace")
    else:
        text = subprocess.run(["zstd", "-dc", str(path)], check=True, capture_output=True).stdout.decode(
            errors="replace"
        )
    sizes, live, peak = [], 0, 0
    for line in text.splitlines():
        if line.startswith("a "):
            sizes.append(int(line.split()[1], 16))
        elif line.startswith("+ "):
            live += sizes[int(line.split()[1], 16)]
            peak = max(peak, live)
        elif line.startswith("- "):
            live -= sizes[int(line.split()[1], 16)]
    return peak


def _dhat(folder, mode, command, env):
    out = folder / f"dhat-{mode}.json"
    run(["valgrind", "-q", "--tool=dhat", f"--mode={mode}", f"--dhat-out-file={out}", *command], env)
    return json.loads(out.read_text())


def dhat_peak(folder, command, env):
    """Bytes alive at DHAT's t-gmax, the moment of the highest heap use."""
    return sum(point["gb"] for point in _dhat(folder, "heap", command, env)["pps"])


def dhat_copied(folder, command, env):
    """Bytes through memcpy, memmove and mempcpy.

    DHAT counts the copying functions for texts as well (strcpy, stpcpy, strncpy, wcscpy...). We do not, for they do not
    store arrays, so they are left out here by name; they are 1 % of what starting Python copies and next to nothing of
    an array. Calls inside the C library bind to its own copy and so pass no hook of ours; they stay in the figure.
    """
    document = _dhat(folder, "copy", command, env)
    family = re.compile(r": (__)?(memcpy|memmove|mempcpy)\b")
    frames = document["ftbl"]
    return sum(point["tb"] for point in document["pps"] if point["fs"] and family.search(frames[point["fs"][0]]))


def environment(name, lock, *options):
    """The Python of an environment with exactly the packages of a lock. `options`: for venv."""
    base = "/usr/bin/python3"
    version = subprocess.run([base, "-VV"], capture_output=True, text=True, check=True).stdout
    key = hashlib.sha256(lock.read_bytes() + "".join([version, *options]).encode()).hexdigest()[:12]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "chunkmark" / "venvs" / f"{name}-{key}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        run([base, "-m", "venv", *options, folder])
        run([python, "-m", "pip", "install", "--quiet", "--only-binary=:all:", "--require-hashes", "-r", lock])
        (folder / "complete").touch()
    return python


def memray_python():
    """The Python of an environment with the locked memray that sees the distribution's packages as well."""
    return environment("memray", HERE / "memray.lock", "--system-site-packages")


def memray_peak(folder, python, command, env):
    """Peak heap inside the Tracker that the script opens when it is told --memray FILE."""
    out = folder / "memray.bin"
    out.unlink(missing_ok=True)
    run([python, *command, "--memray", out], env)
    reader = "import memray, sys; print(memray.FileReader(sys.argv[1]).metadata.peak_memory)"
    return int(run([python, "-c", reader, out]))


def resident_high_water(command, env):
    """The kernel's own mark (ru_maxrss) of the command, run alone."""
    child = subprocess.Popen([str(word) for word in command], env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command}: exit status {child.returncode}")
    return usage.ru_maxrss * 1024
