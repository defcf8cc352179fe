"""The array that every engine stores is the same, byte for byte: array_data.py CHUNKMARK PEERS_FOLDER

Uncompressed chunk files hold the elements as they are, so that those of peer.py are compared with ours. Of smooth
integers some chunks hold nothing but the fill value, which every engine has to store all the same."""

import hashlib
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

import runs

PEERS = ["zarr-python-3", "tensorstore", "zarrista"]
DTYPES = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"]
KINDS = ["random", "smooth"]
SHAPE, CHUNKS = [512, 512], [8, 512]


def stored(folder):
    chunks = pathlib.Path(folder) / "c"
    return {
        str(path.relative_to(chunks)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in chunks.rglob("*")
        if path.is_file()
    }


def write(words, engine, folder, dtype, kind):
    task = {
        "operation": "write",
        "filesystem": "local",
        "engine": engine,
        "format": "zarr3",
        "codec": "none",
        "data": kind,
        "dtype": dtype,
        "shape": SHAPE,
        "chunks": CHUNKS,
        "store": folder,
    }
    subprocess.run([*words, json.dumps(task)], check=True, stdout=subprocess.DEVNULL)


def main(chunkmark, peers):
    pythons = runs.peer_pythons(peers, PEERS)
    failed = 0
    for dtype, kind in itertools.product(DTYPES, KINDS):
        with tempfile.TemporaryDirectory() as folder:
            write([chunkmark, "copy-case"], "chunkmark", f"{folder}/ours", dtype, kind)
            expected = stored(f"{folder}/ours/array")
            for engine in PEERS:
                write([pythons[engine], f"{peers}/peer.py"], engine, f"{folder}/{engine}", dtype, kind)
                found = stored(f"{folder}/{engine}")
                good = len(expected) == SHAPE[0] // CHUNKS[0] and found == expected
                equal = sum(found.get(name) == digest for name, digest in expected.items())
                failed += runs.report(good, f"{engine} {dtype} {kind}: {equal} of {len(expected)} chunks equal")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
