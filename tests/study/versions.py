"""The transaction study with the Python libraries: versions.py CHUNKMARK PEERS_FOLDER

Every engine must read back what the history says, in both modes, every workload and every compression that it has; one
that is traced tells what it moves; and the files of ours are never larger than versioned-hdf5's.
"""

import json
import subprocess
import sys
import tempfile

import runs

WORDS = ["--transactions", "30", "--reads", "2", "--json"]
ENGINES = {"none": 8, "gzip": 7, "lzf": 4, "zstd": 6, "blosc": 5}


def versions(chunkmark, folder, *words):
    done = subprocess.run(
        [chunkmark, "versions", *WORDS, *words, "--store", folder, "--out", folder], stdout=subprocess.PIPE
    )
    return done.returncode, json.loads(done.stdout)


def main(chunkmark, peers):
    runs.peer_pythons(peers, ["versioned-hdf5", "arcticdb", "icechunk", "tiledb", "chunkmark-python"])
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        cells = [("described", "none"), *(("published", compression) for compression in ENGINES)]
        for mode, compression in cells:
            traced = "5" if mode == "described" else "0"
            status, record = versions(
                chunkmark, folder, "--mode", mode, "--compression", compression, "--trace", traced
            )
            engines = ENGINES[compression]
            found = {}
            for row in record["results"]:
                found.setdefault(row["workload"], {})[row["engine"]] = row
            for workload, rows in found.items():
                good = status == 0 and len(rows) == engines
                if traced != "0":
                    good = good and all(row["bytes_moved"]["out"] > 0 for row in rows.values())
                if good:
                    good = rows["chunkmark"]["file_bytes"] <= rows["versioned-hdf5"]["file_bytes"]
                told = ", ".join(f"{name} {row['file_bytes']} B" for name, row in rows.items())
                failed += runs.report(good, f"{workload} {mode} {compression}: {told}")
            failed += runs.report(len(found) == 5, f"{mode} {compression}: {len(found)} of 5 workloads")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
