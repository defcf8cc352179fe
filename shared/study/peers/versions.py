"""One history of versions, replayed by another library, to be measured from outside.

    PYTHON versions.py TASK

TASK is JSON: {"engine": "versioned-hdf5" or "h5py", "history": FILE, "file": PATH, "chunk_size": 4096, "compression": "none",
"reads": 20}. HISTORY is what study/version_history.h writes: 64-bit little-endian words: "CMHIST1\\n", of each of the three
arrays (key0, key1: int64; val: float64) the rank, the extents and the elements; the number of transactions, of each the
number of changes, of each its kind (0 resize, 1 write, 2 set), the array, and four lists, each with its length before it:
start, shape, positions, elements.

versioned-hdf5 makes a version of each transaction; h5py changes plain datasets. Prints one JSON object: seconds of each
transaction (elapsed and of the processor), the file's bytes, seconds of reading all versions, milliseconds of reading the
latest, first and middle one, and the sha256 of each version's arrays.
"""

import functools
import hashlib
import json
import os
import statistics
import sys
import time

import h5py
import numpy as np

sys.dont_write_bytecode = True
NAMES, TYPES = ["key0", "key1", "val"], ["<i8", "<i8", "<f8"]
RESIZE, WRITE, SET = range(3)


class History:
    def __init__(self, path):
        self.words = np.fromfile(path, "<u8")
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


def apply(changes, datasets):
    for kind, i, start, shape, positions, elements in changes:
        dataset = datasets[i]
        if kind == RESIZE:
            dataset.resize(shape)
        elif kind == WRITE:
            where = tuple(slice(at, at + n) for at, n in zip(start, shape))
            dataset[where] = elements.reshape(shape)
        elif len(dataset.shape) == 1:
            dataset[positions.astype(np.int64)] = elements  # in one call, which is this library's fastest way
        else:
            for (row, column), value in zip(positions.reshape(-1, 2).tolist(), elements):
                dataset[row, column] = value


def options(task, rank):
    chunks = (task["chunk_size"],) * rank
    if task["compression"] == "none":
        return {"chunks": chunks}
    if task["compression"] == "zstd":
        import hdf5plugin

        return {"chunks": chunks, **hdf5plugin.Zstd(3)}
    return {"chunks": chunks, "compression": task["compression"], "shuffle": True}


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
        self.begin = time.perf_counter(), time.process_time()

    def __exit__(self, *_):
        self.seconds.append(time.perf_counter() - self.begin[0])
        self.processor.append(time.process_time() - self.begin[1])


def replay_versioned(task, history, clock):
    from versioned_hdf5 import VersionedHDF5File

    with clock:
        file = h5py.File(task["file"], "w")
        versions = VersionedHDF5File(file)
        with versions.stage_version("r0") as stage:
            for name, array in zip(NAMES, history.arrays):
                stage.create_dataset(name, data=array, maxshape=(None,) * array.ndim, **options(task, array.ndim))
        file.flush()
    for i, changes in enumerate(history, 1):
        with clock:
            with versions.stage_version(f"r{i}") as stage:
                apply(changes, [stage[name] for name in NAMES])
            file.flush()
    file.close()


def replay_plain(task, history, clock):
    with clock:
        file = h5py.File(task["file"], "w")
        for name, array in zip(NAMES, history.arrays):
            file.create_dataset(name, data=array, maxshape=(None,) * array.ndim, **options(task, array.ndim))
        file.flush()
    datasets = [file[name] for name in NAMES]
    for changes in history:
        with clock:
            apply(changes, datasets)
            file.flush()
    file.close()


def timed(call, repeat):
    times = []
    for _ in range(repeat):
        begin = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - begin))
    return {"median": statistics.median(times), "min": min(times), "max": max(times), "repeat": repeat}


def read_versioned(task, transactions):
    from versioned_hdf5 import VersionedHDF5File

    def read(name):
        with h5py.File(task["file"], "r") as file:
            version = VersionedHDF5File(file)[name]
            return [version[each][...] for each in NAMES]

    told = {}
    with h5py.File(task["file"], "r") as file:
        versions = VersionedHDF5File(file)
        begin = time.perf_counter()
        for i in range(transactions + 1):
            version = versions[f"r{i}"]
            for each in NAMES:
                version[each][...]
        told["read_all_seconds"] = time.perf_counter() - begin
        told["sha256"] = [digest(versions[f"r{i}"][each][...] for each in NAMES) for i in range(transactions + 1)]
    for key, i in [("latest", transactions), ("first", 0), ("middle", transactions // 2)]:
        told[f"read_{key}_ms"] = timed(functools.partial(read, f"r{i}"), task["reads"])
    return told


def read_plain(task):
    def read():
        with h5py.File(task["file"], "r") as file:
            return [file[each][...] for each in NAMES]

    return {"read_latest_ms": timed(read, task["reads"]), "sha256": [digest(read())]}


def main(text):
    task = json.loads(text)
    history, clock = History(task["history"]), Clock()
    versioned = task["engine"] == "versioned-hdf5"
    (replay_versioned if versioned else replay_plain)(task, history, clock)
    told = {"seconds": clock.seconds, "processor": clock.processor, "file_bytes": os.path.getsize(task["file"])}
    told |= read_versioned(task, history.transactions) if versioned else read_plain(task)
    versions = {"h5py": h5py.__version__, "hdf5": h5py.version.hdf5_version}
    if versioned:
        import versioned_hdf5

        versions = {"versioned-hdf5": versioned_hdf5.__version__, **versions}
    print(json.dumps({**told, "versions": versions}))


if __name__ == "__main__":
    main(sys.argv[1])
