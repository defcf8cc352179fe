"""The zero-copy contract at its full size, 100 and 400 MB: zero.py CHUNKMARK

All 16 local cells, each traced: zero by the contract's definition, with at most 8 MB of scratch at 2 threads. What moved
through user space stands beside each zero."""

import json
import subprocess
import sys
import tempfile

SCRATCH_BYTES = 8_000_000
CODECS = ["none", "blosc", "zstd", "gzip"]


def main(chunkmark):
    with tempfile.TemporaryDirectory() as folder:
        words = [
            chunkmark,
            "copies",
            "--engine",
            "chunkmark",
            "--codec",
            ",".join(CODECS),
            "--threads",
            "2",
            "--slope",
            "--repeat",
            "0",
            "--json",
            "--out",
            folder,
            "--store",
            folder,
        ]
        run = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
    cells = {}
    failed = 0
    for row in run["results"]:
        name = f"{row['operation']} {row['format']} {row['codec']}"
        good = row["zero"] is True and row["extra_copies"] == 0 and 0 <= row["scratch_bytes"] <= SCRATCH_BYTES
        failed += not good
        cells[name] = good
        print(
            f"{'ok  ' if good else 'FAIL'} {name:18} slope {row['slope']:.5f}  scratch {row['scratch_bytes']:>9} B  "
            f"files +{row['resident']['file_growth_bytes']} B  moved {row['bytes_moved']['user']:.3f}"
        )
    wanted = {
        f"{operation} {form} {codec}"
        for operation in ("write", "read")
        for form in ("zarr2", "zarr3")
        for codec in CODECS
    }
    missing = sorted(wanted - set(cells))
    if missing:
        print("FAIL not measured: " + ", ".join(missing))
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
