"""Files that the real library itself damaged or left half-written: verify must name what is wrong with each.

usage: damage.py CHUNKMARK ENVIRONMENT        (see run.py)
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from run import environment

# Each case goes on from here: three versions of one dataset of two chunks, so that raw_data holds four.
PRELUDE = """
import os, sys
import h5py, numpy as np
from versioned_hdf5 import VersionedHDF5File
path = sys.argv[1]
file = h5py.File(path, "w")
versioned = VersionedHDF5File(file)
with versioned.stage_version("r0") as stage:
    stage.create_dataset("x", data=np.arange(8, dtype="<i4"), chunks=(4,))
with versioned.stage_version("r1") as stage:
    stage["x"][0] = 100
with versioned.stage_version("r2") as stage:
    stage["x"][7] = 700
raw = "_version_data/x/raw_data"
"""

UNLINK_AND_REBUILD = 'del versioned["r0"]; versioned.rebuild_hashtables()\n'
COMMIT_R3 = """
with versioned.stage_version("r3") as stage:
    stage["x"][3] = 33
"""
# (name, program, codes that must be found, exit status, versions whose contents are wrong)
CASES = [
    ("as committed", "", set(), 0, []),
    ("a version unlinked", 'del versioned["r1"]', {"dangling_parent"}, 0, []),
    (
        "a version unlinked and the hash tables rebuilt: the next commit will overwrite a live chunk",
        UNLINK_AND_REBUILD,
        {"dangling_parent", "next_slot_in_use"},
        1,
        [],
    ),
    (
        "and it did",
        UNLINK_AND_REBUILD + COMMIT_R3,
        {"dangling_parent", "overlapping_rows", "hash_mismatch"},
        1,
        ["r2", "r3"],
    ),  # which of the two the chunk now belongs to, the file cannot tell
    ("a chunk changed behind the hash table", "file[raw][1] = -5", {"hash_mismatch"}, 1, ["r0"]),
    ("raw_data longer than its rows", "file[raw].resize(20, axis=0)", {"garbage_tail"}, 0, []),
    ("raw_data cut", "file[raw].resize(8, axis=0)", {"mapping_outside", "row_outside"}, 1, ["r1", "r2"]),
    ("raw_data gone", "del file[raw]", {"missing_raw_data"}, 1, ["r0", "r1", "r2"]),
    (
        "a writer that died while it staged",
        'with versioned.stage_version("r3") as stage:\n    file.flush(); os._exit(0)',
        {"uncommitted"},
        0,
        [],
    ),
    (
        "a writer that died after it had made its version the current one",
        'stage = versioned.stage_version("r3"); stage.__enter__()\n'
        'file["_version_data/versions"].attrs["current_version"] = "r3"; file.flush(); os._exit(0)',
        {"uncommitted", "no_current"},
        1,
        [],
    ),
    (
        "modify_metadata that stopped half-way",
        'file.create_group("_version_data/__tmp__/_version_data")',
        {"leftover"},
        0,
        [],
    ),
    (
        "delete_versions that stopped half-way",
        'file.copy(file[raw], "_version_data/x/_tmp_raw_data")',
        {"leftover"},
        0,
        [],
    ),
]


def main():
    program, python = sys.argv[1], environment(sys.argv[2])
    failures = 0
    for name, body, codes, status, damaged in CASES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "damaged.h5"
            subprocess.run(
                [str(python), "-W", "ignore", "-c", PRELUDE + body, str(path)], check=True, stderr=subprocess.DEVNULL
            )
            result = subprocess.run([program, "h5", "verify", str(path), "--json"], capture_output=True, text=True)
            report = json.loads(result.stdout)
            found = {finding["code"] for finding in report["findings"]}
            # Notices besides differ between releases (one leaves a longer raw_data behind), but a sound file has none.
            as_expected = codes <= found if codes else not found
            if not as_expected or (result.returncode, report["damaged_versions"]) != (status, damaged):
                failures += 1
                print(f"{name}: expected {(codes, status, damaged)}, found {result.returncode}, {report}")
    print(f"{len(CASES)} files, {failures} differences")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
