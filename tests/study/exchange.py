"""Arrays between the engines of the study, equal to the byte: exchange.py CHUNKMARK PEERS_FOLDER

Every peer reads what we write, in every format and codec that it has, and we read what it writes. (icechunk keeps arrays
in repositories of its own, which nobody else reads.) Installs the peers that are missing."""

import json
import subprocess
import sys
import tempfile

import runs

PEERS = {
    "zarr-python-2": ["zarr2"],
    "zarr-python-3": ["zarr2", "zarr3"],
    "obstore": ["zarr2", "zarr3"],
    "tensorstore": ["zarr2", "zarr3"],
    "zarrs": ["zarr2", "zarr3"],
    "zarrista": ["zarr3"],
    "chunkmark-python": ["zarr2", "zarr3"],
}
WITHOUT_LZ4 = ["tensorstore", "zarrs", "zarrista"]
CODECS = ["none", "blosc", "zstd", "gzip", "lz4"]
# 2.8 MB a chunk: several blocks of blosc and segments of gzip; the second chunk reaches over the edge.
SHAPE, CHUNKS = [1001, 999], [700, 999]


class Engines:
    def __init__(self, chunkmark, peers):
        self.chunkmark = chunkmark
        self.script = f"{peers}/peer.py"
        self.pythons = runs.peer_pythons(peers, list(PEERS))

    def run(self, engine, operation, form, codec, folder):
        """The last line of what went wrong; empty when all went well. A read checks the content."""
        ours = engine == "chunkmark"
        task = {
            "operation": operation,
            "filesystem": "local",
            "engine": engine,
            "format": form,
            "codec": codec,
            "data": "random",
            "dtype": "float32",
            "shape": SHAPE,
            "chunks": CHUNKS,
            "threads": 2,
            "store": f"file://{folder}" if ours else f"file://{folder}/array",
        }
        words = [self.chunkmark, "copy-case"] if ours else [self.pythons[engine], self.script]
        words.append(json.dumps(task))
        result = subprocess.run(words, capture_output=True, text=True)
        return "" if result.returncode == 0 else f"status {result.returncode}: {result.stderr.strip()[-300:]}"


def main(chunkmark, peers):
    engines = Engines(chunkmark, peers)
    passed = failed = 0
    for form in ("zarr2", "zarr3"):
        for codec in CODECS:
            having = [engine for engine, formats in PEERS.items() if form in formats]
            if codec == "lz4":
                having = [engine for engine in having if engine not in WITHOUT_LZ4]
            for writer, readers in [("chunkmark", having)] + [(engine, ["chunkmark"]) for engine in having]:
                with tempfile.TemporaryDirectory() as folder:
                    wrong = engines.run(writer, "write", form, codec, folder)
                    for reader in readers:
                        wrong_here = wrong or engines.run(reader, "read", form, codec, folder)
                        passed += not wrong_here
                        failed += runs.report(not wrong_here, f"{form} {codec}: {writer} to {reader} {wrong_here}")
    print(f"{passed} exchanges equal, {failed} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
