"""Times reading plain HDF5 datasets of 100 MB: this engine beside the HDF5 C library and h5py; and the heap it takes.

usage: plain_read.py CHUNKMARK BENCH [--rounds N] [--mb N] [--case NAME]

BENCH is the built plain_read_bench. A file is made per way of storing a float32 array: contiguous, and chunked without a
filter, with gzip, blosc (LZ4, shuffle) and zstd; in the chunks that h5py chooses itself, and in chunks of 1 MB. Every
reading opens the file anew and reads into memory that is there; all are warm; engines take turns; medians are printed. The
filters are those of hdf5plugin for both libraries. "heap" is the peak of our heap besides the array, divided by the array,
by our own tracer; it is per lane, and does not grow with the array. Ends with status 1 where ours/best is above 1 or heap is not below 0.02.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop" / "versioned"))
from run import environment  # noqa: E402

CASES = ["contiguous"] + [
    f"{kind} {chunks}" for chunks in ("auto", "1MB") for kind in ("chunked", "gzip", "blosc", "zstd")
]

# A random walk, rounded: it compresses to about half, as measured data do.
MAKE = """
import sys, numpy as np, h5py, hdf5plugin
out, case, side = sys.argv[1], sys.argv[2], int(sys.argv[3])
kind, _, chunks = case.partition(" ")
array = np.random.default_rng(1).normal(size=(side, side)).cumsum(axis=1).round(2).astype("f4")
options = {"gzip": {"compression": "gzip", "compression_opts": 4, "shuffle": True}, "blosc": hdf5plugin.Blosc("lz4"),
           "zstd": hdf5plugin.Zstd()}.get(kind, {})
if chunks:
    options = {**options, "chunks": True if chunks == "auto" else (512, 512)}
with h5py.File(out, "w") as file:
    made = file.create_dataset("x", data=array, **options)
    print(hdf5plugin.PLUGIN_PATH)
"""

READ = """
import json, sys, time, numpy as np, h5py, hdf5plugin
path, rounds = sys.argv[1], int(sys.argv[2])
with h5py.File(path, "r") as file:
    into = np.ones(file["x"].shape, file["x"].dtype)
times = []
for number in range(-1, rounds):
    start = time.perf_counter()
    with h5py.File(path, "r") as file:
        file["x"].read_direct(into)
    if number >= 0: times.append((time.perf_counter() - start) * 1000)
print(json.dumps(times))
"""

TURNS = 3  # so that a change of the machine's load meets all


def run(*command, **options):
    return subprocess.run(
        [str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, **options
    ).stdout


def heap(chunkmark, bench, path, mb, folder):
    words = (
        chunkmark,
        "trace",
        "--json",
        "-o",
        folder / "read.cmk",
        "--array-bytes",
        mb * 1_000_000,
        "--",
        bench,
        path,
        "x",
    )
    return json.loads(run(*words, stderr=subprocess.DEVNULL))["extra_heap"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("chunkmark")
    parser.add_argument("bench")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--mb", type=int, default=100)
    parser.add_argument("--case", choices=CASES, action="append")
    arguments = parser.parse_args()
    python = environment("newest")
    side = round((arguments.mb * 1_000_000 / 4) ** 0.5)
    print(f"ms, medians, float32 {side} x {side}, {os.cpu_count()} processors")
    columns = ("case", "ours", "HDF5 C", "h5py", "ours/best", "heap")
    print(" ".join(f"{name:>{width}}" for name, width in zip(columns, (16, 9, 9, 9, 9, 7))))
    missed = False
    for case in arguments.case or CASES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            path = folder / "x.h5"
            plugins = run(python, "-c", MAKE, path, case, side).strip()
            times = {"ours": [], "library": [], "h5py": []}
            each = max(1, arguments.rounds // TURNS)
            for _ in range(TURNS):
                pairs = run(arguments.bench, path, "x", each, env={**os.environ, "HDF5_PLUGIN_PATH": plugins})
                times["h5py"] += json.loads(run(python, "-c", READ, path, each))
                for engine, values in json.loads(pairs).items():
                    times[engine] += values
            ours, library, h5py = (statistics.median(values) for values in times.values())
            ratio = ours / min(library, h5py)
            extra = heap(arguments.chunkmark, arguments.bench, path, arguments.mb, folder)
            missed = missed or ratio > 1 or extra >= 0.02
            print(f"{case:>16} {ours:9.1f} {library:9.1f} {h5py:9.1f} {ratio:9.2f} {extra:7.4f}", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
