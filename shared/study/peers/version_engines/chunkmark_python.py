"""Chunkmark's own engine, called from Python: one HDF5 file, the one that versioned-hdf5 would write."""

import contextlib

from engines.our_package import chunkmark

from . import NAMES, apply


class Opened(dict):
    """The three datasets, of which those are opened that change."""

    def __init__(self, stage):
        self.stage = stage

    def __missing__(self, i):
        self[i] = self.stage[NAMES[i]]
        return self[i]


class Engine:
    def __init__(self, task):
        self.task = task

    def stage(self, i):
        return self.file.stage(f"r{i}", durability="none")

    def begin(self, arrays):
        self.file = chunkmark.VersionedFile(self.task["file"], create=True)
        with self.stage(0) as stage:
            for name, array in zip(NAMES, arrays):
                how = {"compression": self.task["compression"]}
                if how["compression"] == "none":
                    how["edge_compression"] = self.task["edges"]
                stage.create_dataset(name, data=array, chunks=(self.task["chunk_size"],) * array.ndim, **how)

    def commit(self, i, changes):
        with self.stage(i) as stage:
            apply(changes, Opened(stage), one_by_one=False)

    def end(self):
        self.file.close()

    @contextlib.contextmanager
    def reading(self):
        with chunkmark.VersionedFile(self.task["file"]) as file:
            yield file

    def open_version(self, store, i):
        version = store[f"r{i}"]
        return [version[name] for name in NAMES]

    def read_version(self, store, i):
        return [dataset[...] for dataset in self.open_version(store, i)]
