"""CPU time of a commit: this engine beside the Python library, on the same edits, in one run.

usage: versioned_commit.py BENCH [--quick]

BENCH is the built versioned_commit_bench, which says what the workloads are. The first versions of each are not counted;
both keep their file open. Ours journals (process_crash) and, once more, asks for no durability, as the library does; it
takes a hundredth of the library's time, so it runs five times, around the library's one, and the median run counts. Also
commits to a file of 5000 versions beside those to one of 50 at constant size, in turn: the ratio is the median of pairs.
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
            ours = {durability: [] for durability in ("process_crash", "none")}

            def run_ours(
                times_each, path=f"{folder}/ours.h5", workload=workload, versions=versions, last=last, ours=ours
            ):
                for _ in range(times_each):
                    for durability, medians in ours.items():
                        found = times(arguments.bench, path, workload, str(versions), durability)
                        medians.append(statistics.median(found[-last:]))

            run_ours(2)
            theirs = times(python, "-W", "ignore", "-c", UPSTREAM, f"{folder}/theirs.h5", workload, str(versions))
            run_ours(3)
            other = statistics.median(theirs[-last:])
            for durability, medians in ours.items():
                mine = statistics.median(medians)
                print(
                    f"{workload} ({told}): chunkmark ({durability}) {mine:.3f} ms ({min(medians):.3f} to "
                    f"{max(medians):.3f}), versioned-hdf5 {other:.2f} ms CPU per version: {other / mine:.0f} times"
                )
        versions = 5000 // scale
        old, young = times(arguments.bench, f"{folder}/ours.h5", "beside", str(versions), "process_crash")
        ratio = statistics.median(late / early for late, early in zip(old, young, strict=True))
        print(
            f"constant: commits to a file of 50 versions {statistics.median(young):.3f} ms, to one of {versions} "
            f"{statistics.median(old):.3f} ms: {ratio:.2f} times"
        )


if __name__ == "__main__":
    main()
