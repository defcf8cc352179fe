"""The transaction study with the Python libraries: versions.py CHUNKMARK PEERS_FOLDER

Every engine must read back what the history says, in both modes and every workload; and the files of ours are never larger
than versioned-hdf5's.
"""

import json
import subprocess
import sys
import tempfile

import runs

WORDS = ["--transactions", "30", "--reads", "2", "--json"]


def versions(chunkmark, folder, *words):
    done = subprocess.run(
        [chunkmark, "versions", *WORDS, *words, "--store", folder, "--out", folder], stdout=subprocess.PIPE
    )
    return done.returncode, json.loads(done.stdout)


def main(chunkmark, peers):
    runs.peer_pythons(peers, ["versioned-hdf5"])
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for mode, compression, engines in [
            ("described", "none", 4),
            ("published", "none", 4),
            ("published", "gzip", 4),
            ("published", "lzf", 3),
        ]:
            engine = ["--engine", "versioned-hdf5,chunkmark,h5py"] if engines == 3 else []
            status, record = versions(chunkmark, folder, "--mode", mode, "--compression", compression, *engine)
            found = {}
            for row in record["results"]:
                found.setdefault(row["workload"], {})[row["engine"]] = row
            for workload, rows in found.items():
                good = status == 0 and len(rows) == engines
                if good:
                    good = rows["chunkmark"]["file_bytes"] <= rows["versioned-hdf5"]["file_bytes"]
                told = ", ".join(f"{name} {row['file_bytes']} B" for name, row in rows.items())
                failed += runs.report(good, f"{workload} {mode} {compression}: {told}")
            failed += runs.report(len(found) == 5, f"{mode} {compression}: {len(found)} of 5 workloads")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
