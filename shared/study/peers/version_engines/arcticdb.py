"""ArcticDB on LMDB: data frames; a version is one of a symbol's: https://docs.arcticdb.io/latest/api/library/

The three arrays of equal length are the columns of one frame. Rows at the end are appended; other changes are a write of the
frame, of which equal segments are stored once (dedup), since an update needs an index of times. The dense arrays differ in their
lengths: a symbol each, written together.
"""

import contextlib

import numpy as np
import pandas as pd
from arcticdb import Arctic, LibraryOptions, WritePayload

from . import NAMES, RESIZE, WRITE, Arrays

LIBRARY, FRAME = "versions", "frame"
MAP_SIZE = "16GB"  # at most: the file is as large as what is in it


class Engine:
    def __init__(self, task):
        self.task = task
        self.url = f"lmdb://{task['file']}?map_size={MAP_SIZE}"
        self.versions = []  # of each of ours, the number of its symbol or symbols

    def symbols(self):
        return NAMES if self.dense else [FRAME]

    def frame(self, first=0):
        return pd.DataFrame({name: array[first:] for name, array in zip(NAMES, self.arrays.arrays)})

    def write_all(self):
        if not self.dense:
            return [self.library.write(FRAME, self.frame(), prune_previous_versions=False).version]
        payloads = [WritePayload(name, array) for name, array in zip(NAMES, self.arrays.arrays)]
        return [item.version for item in self.library.write_batch(payloads)]

    def begin(self, arrays):
        self.dense = any(array.shape != arrays[0].shape for array in arrays)
        self.arrays = Arrays(arrays)
        options = LibraryOptions(dedup=True, rows_per_segment=max(self.task["chunk_size"], 1000))
        self.library = Arctic(self.url).create_library(LIBRARY, options)
        self.versions.append(self.write_all())

    def commit(self, i, changes):
        rows = len(self.arrays.arrays[0])
        touched = self.arrays.apply(changes)
        kinds = {kind for kind, *_ in changes}
        if not touched:
            self.versions.append(self.versions[-1])
        elif not self.dense and kinds <= {RESIZE, WRITE} and all(first == rows for first, _, _ in touched.values()):
            self.versions.append([self.library.append(FRAME, self.frame(rows), prune_previous_versions=False).version])
        else:
            self.versions.append(self.write_all())

    def end(self):
        del self.library  # a second opening of the same LMDB by one process is refused

    @contextlib.contextmanager
    def reading(self):
        yield Arctic(self.url)[LIBRARY]

    def read_version(self, store, i):
        read = [store.read(name, as_of=as_of).data for name, as_of in zip(self.symbols(), self.versions[i])]
        return read if self.dense else [np.ascontiguousarray(read[0][name].to_numpy()) for name in NAMES]

    def open_version(self, store, i):
        for name, as_of in zip(self.symbols(), self.versions[i]):
            store.get_description(name, as_of=as_of) if not self.dense else store.list_versions(name)
