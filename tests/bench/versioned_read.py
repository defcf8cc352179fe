"""Times reading versioned files: this engine and the plain HDF5 library, beside h5py and the Python library in modes r and r+.

usage: versioned_read.py BENCH [--rounds N] [--filter none|gzip] [--quick]

BENCH is the built versioned_read_bench. Files are made with the newest Python library in the environment of
tests/interop/versioned: three arrays of 8-byte elements, 40 KB, 4 MB and 32 MB each. Every reading opens the file anew and
reads all three (`latest`), a tenth of each (`region`) or every version of each (`all`); all are warm; engines take turns;
medians are printed, and ours divided by the plain HDF5 C library's on the same arrays.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop" / "versioned"))
from run import environment  # noqa: E402

MAKE = """
import sys, numpy as np, h5py
from versioned_hdf5 import VersionedHDF5File
out, plain, rows, versions, chunk, compression = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]), sys.argv[6]
options = {} if compression == "none" else {"compression": compression}
rng = np.random.default_rng(1)
arrays = {name: rng.integers(0, 1000, rows).astype(dtype) for name, dtype in (("a", "i8"), ("b", "i8"), ("c", "f8"))}
with h5py.File(out, "w") as file:
    versioned = VersionedHDF5File(file)
    for number in range(versions):
        with versioned.stage_version(f"r{number}") as stage:
            for name, array in arrays.items():
                if number == 0:
                    stage.create_dataset(name, data=array, chunks=(chunk,), **options)
                else:
                    where = rng.integers(0, rows, 20)
                    array[where] += 1
                    for i in where:
                        stage[name][int(i)] = array[i]
with h5py.File(plain, "w") as file:
    for name, array in arrays.items():
        file.create_dataset(name, data=array, chunks=(chunk,), **options)
"""

READ = """
import json, sys, time, h5py
from versioned_hdf5 import VersionedHDF5File
path, plain, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
def use_plain(part):
    with h5py.File(plain, "r") as file:
        for name in "abc":
            n = len(file[name])
            file[name][n // 2:n // 2 + n // 10] if part else file[name][:]
def use_versioned(mode, part):
    with h5py.File(path, mode) as file:
        version = VersionedHDF5File(file)
        latest = version[version.current_version]
        for name in "abc":
            n = len(latest[name])
            latest[name][n // 2:n // 2 + n // 10] if part else latest[name][:]
def use_all(mode):
    with h5py.File(path, mode) as file:
        version = VersionedHDF5File(file)
        for number in version.versions:
            if number != "__first_version__":
                for name in "abc":
                    version[number][name][:]
def clock(body, *arguments):
    start = time.perf_counter()
    body(*arguments)
    return (time.perf_counter() - start) * 1000
out = {}
for number in range(-1, rounds):
    for what, part in (("latest", False), ("region", True)):
        for key, body, args in (("h5py", use_plain, (part,)), ("r", use_versioned, ("r", part)), ("r+", use_versioned, ("r+", part))):
            value = clock(body, *args)
            if number >= 0: out.setdefault(f"{what} {key}", []).append(value)
    if number == 0:
        for mode in ("r", "r+"): out.setdefault(f"all {mode}", []).append(clock(use_all, mode))
print(json.dumps(out))
"""


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--filter", default="none")
    parser.add_argument("--quick", action="store_true", help="the small case only")
    arguments = parser.parse_args()
    python = environment("newest")
    cases = [(5000, 100, 4096), (524288, 50, 4096), (4194304, 10, 16384)]
    columns = ("rows x versions", "reading", "ours", "HDF5 C", "h5py", "mode r", "mode r+", "ours/HDF5 C")
    print("ms, medians; HDF5 C and h5py read plain files, mode r and r+ are versioned-hdf5")
    print(" ".join(f"{name:>{width}}" for name, width in zip(columns, (18, 8, 9, 9, 9, 9, 9, 12))))
    with tempfile.TemporaryDirectory() as folder:
        for rows, versions, chunk in cases[: 1 if arguments.quick else 3]:
            versioned, plain = Path(folder) / f"v{rows}.h5", Path(folder) / f"p{rows}.h5"
            run(python, "-W", "ignore", "-c", MAKE, versioned, plain, rows, versions, chunk, arguments.filter)
            times = {}
            turns = 3  # the programs take turns, so that a change of the machine's load meets both
            for _ in range(turns):
                each = max(1, arguments.rounds // turns)
                native = json.loads(run(arguments.bench, versioned, plain, each, "a", "b", "c"))
                for key, values in native.items():
                    times.setdefault(key, []).extend(values)
                for key, values in json.loads(run(python, "-W", "ignore", "-c", READ, versioned, plain, each)).items():
                    times.setdefault(key, []).extend(values)

            def cell(key, times=times):
                return f"{statistics.median(times[key]):9.3f}" if key in times else " " * 9

            label = f"{rows} x {versions}"
            for what in ("latest", "region"):
                ratio = statistics.median(times[what]) / statistics.median(times[what + "_plain"])
                print(
                    f"{label:>18} {what:>8} {cell(what)} {cell(what + '_plain')} {cell(what + ' h5py')} "
                    f"{cell(what + ' r')} {cell(what + ' r+')} {ratio:12.2f}"
                )
            print(f"{label:>18} {'all':>8} {cell('all')} {'':>9} {'':>9} {cell('all r')} {cell('all r+')}", flush=True)


if __name__ == "__main__":
    main()
