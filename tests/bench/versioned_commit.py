"""CPU time of a commit: this engine beside the Python library, on the same edits, in one run.

usage: versioned_commit.py BENCH [--quick]

BENCH is the built versioned_commit_bench, which says what the workloads are. The first versions of each are not counted;
both keep their file open. Ours journals (process_crash) and, once more, asks for no durability, as the library does. Also
the 5000th commit beside the 50th at constant size: medians of 50 versions around each.
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

UPSTREAM = """
import json, sys, time, numpy as np, h5py
from versioned_hdf5 import VersionedHDF5File
path, workload, versions = sys.argv[1], sys.argv[2], int(sys.argv[3])
appended = {"grow": 10, "append": 1000, "constant": 0}[workload]
changed = 0 if workload == "append" else 10
rng = np.random.default_rng(1)
times = []
with h5py.File(path, "w") as file:
    versioned = VersionedHDF5File(file)
    for number in range(versions):
        start = time.process_time()
        with versioned.stage_version(f"r{number:06d}") as stage:
            for name in "abc":
                if number == 0:
                    stage.create_dataset(name, data=rng.integers(0, 10**6, 5000).astype("f8"), chunks=(4096,))
                    continue
                dataset = stage[name]
                rows = dataset.shape[0]
                if changed:
                    where = np.unique(rng.integers(0, rows, changed))
                    dataset[where] = rng.integers(0, 10**6, len(where)).astype("f8")
                if appended:
                    dataset.resize((rows + appended,))
                    dataset[rows:] = rng.integers(0, 10**6, appended).astype("f8")
        times.append(1e3 * (time.process_time() - start))
print(json.dumps(times))
"""


def times(*command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("--quick", action="store_true", help="a tenth of the versions")
    arguments = parser.parse_args()
    python = str(environment("newest"))
    scale = 10 if arguments.quick else 1
    with tempfile.TemporaryDirectory() as folder:
        for workload, versions, told in [
            ("grow", 300 // scale, "10 changed, 10 appended, 2 to 3 mappings"),
            ("append", 1000 // scale, f"1000 appended, up to {1000 // scale * 1000 // 4096 + 1} mappings"),
        ]:
            last = max(10, versions // 10)  # the versions that are counted: the last tenth
            theirs = times(python, "-W", "ignore", "-c", UPSTREAM, f"{folder}/theirs.h5", workload, str(versions))
            for durability in ("process_crash", "none"):
                ours = times(arguments.bench, f"{folder}/ours.h5", workload, str(versions), durability)
                mine, other = statistics.median(ours[-last:]), statistics.median(theirs[-last:])
                print(
                    f"{workload} ({told}): chunkmark ({durability}) {mine:.3f} ms, versioned-hdf5 {other:.2f} ms "
                    f"CPU per version: {other / mine:.0f} times"
                )
        versions = 5000 // scale
        ours = times(arguments.bench, f"{folder}/ours.h5", "constant", str(versions), "process_crash")
        early, late = statistics.median(ours[25:75]), statistics.median(ours[-50:])
        print(f"constant: commit 50 {early:.3f} ms, commit {versions} {late:.3f} ms: {late / early:.2f} times")


if __name__ == "__main__":
    main()
