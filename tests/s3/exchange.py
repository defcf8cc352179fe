"""Arrays in a bucket between us and others, equal to the byte: exchange.py CHUNKMARK PEERS_FOLDER

obstore, s3fs (both zarr-python) and tensorstore read what we write, in every format and codec, and we read what they write;
`array copy` goes from the bucket to a folder and back. Installs the peers that are missing."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import server

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "study"))
import runs  # noqa: E402

PEERS = ["obstore", "s3fs", "tensorstore"]
CODECS = ["none", "blosc", "zstd", "gzip"]
# 7 MB a chunk, so that compressed ones are uploaded in parts; the second chunk reaches over the edge.
SHAPE, CHUNKS = [2501, 999], [1800, 999]


class Exchange:
    def __init__(self, chunkmark, peers, s3):
        self.chunkmark, self.script = chunkmark, f"{peers}/peer.py"
        self.pythons = runs.peer_pythons(peers, PEERS)
        self.environment = {**os.environ, **s3.environment()}
        self.url = f"s3://{s3.bucket}/exchange"
        self.passed, self.failed = 0, []

    def call(self, name, words):
        result = subprocess.run(words, capture_output=True, text=True, env=self.environment)
        if result.returncode == 0:
            self.passed += 1
        else:
            self.failed.append(f"{name}: status {result.returncode}: {result.stderr.strip()[-300:]}")

    def task(self, engine, operation, form, codec, writer):
        where = f"{self.url}/{form}-{codec}-{writer}"
        task = {"operation": operation, "filesystem": "s3", "engine": engine, "format": form, "codec": codec}
        task |= {"data": "random", "dtype": "float32", "shape": SHAPE, "chunks": CHUNKS, "threads": 2}
        task["store"] = where if engine == "chunkmark" else f"{where}/array"
        ours = [self.chunkmark, "copy-case"]
        words = ours if engine == "chunkmark" else [self.pythons[engine], self.script]
        self.call(f"{operation} {form} {codec} of {writer} by {engine}", [*words, json.dumps(task)])

    def all(self):
        for form in ("zarr2", "zarr3"):
            for codec in CODECS:
                self.task("chunkmark", "write", form, codec, "chunkmark")
                for peer in PEERS:
                    self.task(peer, "read", form, codec, "chunkmark")
                    self.task(peer, "write", form, codec, peer)
                    self.task("chunkmark", "read", form, codec, peer)

    def copies(self):
        array, copy = f"{self.url}/zarr3-zstd-obstore/array", f"{self.url}/copy"
        with tempfile.TemporaryDirectory() as folder:
            for source, to in [(array, folder + "/a"), (folder + "/a", copy)]:
                self.call(f"copy to {to}", [self.chunkmark, "array", "copy", source, to, "--shards", "1800,1998"])
        self.call("info", [self.chunkmark, "array", "info", copy])
        one = [self.chunkmark, "array", "cat", "--json"]
        first, second = (
            subprocess.run([*one, url, "[2500,:]"], capture_output=True, env=self.environment).stdout
            for url in (array, copy)
        )
        if not first or first != second:
            self.failed.append("cat: expected the same elements of the array and its copy's copy")


def main(chunkmark, peers):
    with server.Server() as s3:
        exchange = Exchange(chunkmark, peers, s3)
        exchange.all()
        exchange.copies()
    print(f"{exchange.passed} passed, {len(exchange.failed)} failed", *exchange.failed, sep="\n")
    return 1 if exchange.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
