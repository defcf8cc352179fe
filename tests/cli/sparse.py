"""A file of 6 GB, nearly all of it a hole, is looked into with little memory: sparse.py CHUNKMARK PLAIN_FILE"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

MAX_BYTES = 64 << 20


def main(chunkmark, plain_file):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sparse.h5"
        subprocess.run([plain_file, str(path), "sparse"], check=True)
        assert path.stat().st_size > 6 << 30, path.stat().st_size
        assert path.stat().st_blocks * 512 < 1 << 20, "the file system has no holes"
        for name, region, expected in [
            ("first", "0:3", [ord("f"), ord("f") + 1, ord("f") + 2]),
            ("last", "998:1000", [ord("l") + 998, ord("l") + 999]),
            ("hole", "6442450940:6442450944", [0, 0, 0, 0]),
        ]:
            shown = subprocess.run(
                [chunkmark, "h5", "show", str(path), name, "--region", region, "--json"],
                capture_output=True,
                check=True,
                text=True,
            )
            found = json.loads(shown.stdout)["data"]
            assert found == expected, f"{name}: expected {expected}, found {found}"
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        assert most < MAX_BYTES, f"expected less than {MAX_BYTES} bytes of memory, found {most}"
        print(f"regions of a file of {path.stat().st_size} bytes in {most / 1e6:.1f} MB of memory")


if __name__ == "__main__":
    main(*sys.argv[1:])
