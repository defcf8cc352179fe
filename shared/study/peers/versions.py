"""One history of versions, replayed by another library, to be measured from outside.

    PYTHON versions.py TASK

TASK is JSON: {"engine": "versioned-hdf5", "history": FILE, "file": PATH, "chunk_size": 4096, "compression": "none",
"reads": 20, "trace": false}. HISTORY is what study/version_history.h writes: 64-bit little-endian words: "CMHIST1\\n", of each of the three
arrays (key0, key1: int64; val: float64) the rank, the extents and the elements; the number of transactions, of each the
number of changes, of each its kind (0 resize, 1 write, 2 set), the array, and four lists, each with its length before it:
start, shape, positions, elements.

The engines stand in version_engines/: each makes a version of each transaction, but h5py, which changes plain datasets.
Prints one JSON object: seconds of each transaction (elapsed and of the processor), the bytes of all files, seconds of
opening and of reading all versions, milliseconds of reading the latest, first and middle one, and the sha256 of each
version's arrays. With "trace" the marks begin and end are set around the transactions, and nothing is read back.
"""

import functools
import hashlib
import importlib
import json
import os
import pathlib
import platform
import statistics
import sys
import time

# No engine multiplies matrices; the threads that wait to do so would be measured.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np  # noqa: E402

sys.dont_write_bytecode = True  # this folder may be an installation's
from peer import find_mark, leave, version_of  # noqa: E402

TYPES = ["<i8", "<i8", "<f8"]


class History:
    def __init__(self, path):
        # Mapped: it is no memory of the engine's. Seen as a plain array, which engines slice faster.
        self.words = np.asarray(np.memmap(path, "<u8", "r"))
        self.at = 1
        self.arrays = []
        for dtype in TYPES:
            shape = self.list()
            self.arrays.append(self.take(int(np.prod(shape))).view(dtype).reshape(shape))
        self.transactions = self.word()

    def word(self):
        self.at += 1
        return int(self.words[self.at - 1])

    def take(self, n):
        self.at += n
        return self.words[self.at - n : self.at]

    def list(self):
        return [int(n) for n in self.take(self.word())]

    def __iter__(self):
        for _ in range(self.transactions):
            changes = []
            for _ in range(self.word()):
                kind, dataset = self.word(), self.word()
                start, shape = self.list(), self.list()
                positions, elements = self.take(self.word()), self.take(self.word())
                changes.append((kind, dataset, start, tuple(shape), positions, elements.view(TYPES[dataset])))
            yield changes


def digest(arrays):
    sha256 = hashlib.sha256()
    for array in arrays:
        sha256.update(repr(array.shape).encode())
        sha256.update(np.ascontiguousarray(array).tobytes())
    return sha256.hexdigest()


class Clock:
    def __init__(self):
        self.seconds, self.processor = [], []

    def __enter__(self):
        self.begin = time.process_time(), time.perf_counter()

    def __exit__(self, *_):
        self.seconds.append(time.perf_counter() - self.begin[1])
        self.processor.append(time.process_time() - self.begin[0])


def timed(call, repeat):
    times = []
    for _ in range(repeat):
        begin = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - begin))
    return {"median": statistics.median(times), "min": min(times), "max": max(times), "repeat": repeat}


def seconds(call, versions):
    begin = time.perf_counter()
    for i in versions:
        call(i)
    return time.perf_counter() - begin


def read_back(engine, transactions, reads):
    """An engine without versions has the latest alone."""
    told = {}
    if hasattr(engine, "open_version"):
        every = range(transactions + 1)
        with engine.reading() as store:
            told["open_all_seconds"] = seconds(functools.partial(engine.open_version, store), every)
            told["read_all_seconds"] = seconds(functools.partial(engine.read_version, store), every)
            told["sha256"] = [digest(engine.read_version(store, i)) for i in every]
    else:
        with engine.reading() as store:
            told["sha256"] = [digest(engine.read_version(store, transactions))]

    def once(look, i):
        with engine.reading() as store:
            look(store, i)

    told["read_latest_ms"] = timed(functools.partial(once, engine.read_version, transactions), reads)
    if hasattr(engine, "open_version"):
        told["open_latest_ms"] = timed(functools.partial(once, engine.open_version, transactions), reads)
        told["read_first_ms"] = timed(functools.partial(once, engine.read_version, 0), reads)
        told["read_middle_ms"] = timed(functools.partial(once, engine.read_version, transactions // 2), reads)
    return told


def stored_bytes(path):
    path = pathlib.Path(path)
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def main(text):
    task = json.loads(text)
    history, clock = History(task["history"]), Clock()
    described = {
        each["name"]: each for each in json.loads((pathlib.Path(__file__).parent / "version_peers.json").read_text())
    }
    module = importlib.import_module("version_engines." + task["engine"].replace("-", "_"))
    engine = module.Engine(task)
    mark = find_mark() if task["trace"] else lambda name: None
    with clock:
        engine.begin(history.arrays)
    mark("begin")
    for i, changes in enumerate(history, 1):
        with clock:
            engine.commit(i, changes)
    mark("end")
    engine.end()
    versions = {name: version_of(name) for name in described[task["engine"]]["packages"]}
    told = {
        "seconds": clock.seconds,
        "processor": clock.processor,
        "file_bytes": stored_bytes(task["file"]),
        "versions": {**versions, "python": platform.python_version()},
    }
    if not task["trace"]:
        told |= read_back(engine, history.transactions, task["reads"])
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
    leave(0)
