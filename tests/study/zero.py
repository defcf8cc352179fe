"""The zero-copy contract at its full size, 100 and 400 MB: zero.py CHUNKMARK [PEERS_FOLDER]

Of our engine; with PEERS_FOLDER of our engine called from Python (chunkmark-python), which is installed if it is missing.

All 20 local cells, each traced: zero by the contract's definition, with at most 8 MB of scratch at 2 threads. What moved
through user space stands beside each zero."""

import itertools
import sys

import runs

SCRATCH_BYTES = 8_000_000
CODECS = ["none", "blosc", "zstd", "gzip", "lz4"]


def main(chunkmark, peers=None):
    engine = "chunkmark-python" if peers else "chunkmark"
    if peers:
        runs.peer_pythons(peers, [engine])
    run = runs.copies(chunkmark, "--engine", engine, "--codec", ",".join(CODECS), "--threads", "2", "--slope")
    cells = set()
    failed = 0
    for row in run["results"]:
        name = f"{row['operation']} {row['format']} {row['codec']}"
        cells.add(name)
        failed += runs.report(
            row["zero"] is True and row["extra_copies"] == 0 and 0 <= row["scratch_bytes"] <= SCRATCH_BYTES,
            f"{name:18} slope {row['slope']:.5f}  scratch {row['scratch_bytes']:>9} B  "
            f"files +{row['resident']['file_growth_bytes']} B  moved {row['bytes_moved']['user']:.3f}",
        )
    wanted = {" ".join(cell) for cell in itertools.product(("write", "read"), ("zarr2", "zarr3"), CODECS)}
    missing = sorted(wanted - cells)
    if missing:
        failed += runs.report(False, "not measured: " + ", ".join(missing))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
