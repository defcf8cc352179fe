"""The copy study on a bucket: copies.py CHUNKMARK PEERS_FOLDER

Every cell of ours is zero by the contract, within the scratch that is promised: 1 MB uncompressed, 32 MB compressed
uploads, 8 MB compressed downloads; so are many chunks, each a run of rows, that are opened ahead. Published rows stand
beside; nothing stays in the bucket. Those of Zarr 3 from Python (chunkmark-python) are zero too.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import server

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "study"))
import runs  # noqa: E402

BOUNDS = {("none", "write"): 1e6, ("none", "read"): 1e6}  # the others by operation
COMPRESSED = {"write": 32e6, "read": 8e6}


class Test:
    def __init__(self, chunkmark, s3, folder):
        self.chunkmark, self.s3, self.folder, self.failed = chunkmark, s3, folder, 0

    def check(self, holds, what):
        if not holds:
            self.failed += 1
            print(f"WRONG: {what}")

    def copies(self, *words):
        engines = [] if "--engine" in words else ["--engine", "chunkmark"]
        command = [self.chunkmark, "copies", *engines, "--repeat", "0", "--out", self.folder, *words]
        environment = {**os.environ, **self.s3.environment()}
        store = ["--store", f"s3://{self.s3.bucket}/study"]
        result = subprocess.run([*command, *store], stdout=subprocess.PIPE, text=True, env=environment)
        self.check(result.returncode == 0, f"status {result.returncode} of {words}")
        left = [path for path in (self.s3.folder / "data" / self.s3.bucket).rglob("*") if path.is_file()]
        self.check(not left, f"left in the bucket: {left}")
        return result.stdout

    def run(self):
        codecs = ["none", "blosc", "zstd", "gzip"]
        words = ["--slope", "--json", "--codec", ",".join(codecs)]
        rows = json.loads(self.copies(*words))["results"]
        rows += json.loads(self.copies(*words, "--engine", "chunkmark-python", "--format", "zarr3"))["results"]
        self.check(len(rows) == 16 + 8, f"{len(rows)} cells")
        for row in rows:
            name = f"{row['engine']} {row['operation']} {row['format']} {row['codec']}"
            bound = BOUNDS.get((row["codec"], row["operation"]), COMPRESSED[row["operation"]])
            print(f"{name}: scratch {row['scratch_bytes']} of {bound:.0f}")
            self.check(row["filesystem"] == "s3", f"{name}: on {row['filesystem']}")
            self.check(row["zero"] is True and row["extra_copies"] == 0, f"{name}: not zero")
            self.check(row["scratch_bytes"] <= bound, f"{name}: {row['scratch_bytes']} bytes of scratch")
        many = ["--format", "zarr3", "--codec", "none", "--chunks", "100,5000"]
        for row in json.loads(self.copies("--json", *many))["results"]:
            print(f"{row['operation']} of 50 chunks: scratch {row['scratch_bytes']}")
            self.check(row["scratch_bytes"] <= 1e6, f"50 chunks: {row['scratch_bytes']} bytes of scratch")
        table = self.copies("--format", "zarr2", "--codec", "none", "--operation", "write")
        self.check("published" in table, "no published rows in the table")
        return 1 if self.failed else 0


if __name__ == "__main__":
    runs.peer_pythons(sys.argv[2], ["chunkmark-python"])
    with server.Server() as s3, tempfile.TemporaryDirectory() as name:
        sys.exit(Test(sys.argv[1], s3, name).run())
