"""TileDB: three dense arrays; a version is a time stamp: https://documentation.cloud.tiledb.com/academy/structure/arrays/

A write of scattered elements would be a fragment for each: all rows between the first and the last that changed are written
in one. Arrays have a fixed domain: the extents of a version are the array's metadata at its time stamp.
"""

import contextlib
import os

import numpy as np
import tiledb

from . import NAMES, Arrays

MAX_ROWS = 1 << 40


class Engine:
    def __init__(self, task):
        self.task = task
        self.context = tiledb.Ctx({"sm.compute_concurrency_level": "2", "sm.io_concurrency_level": "2"})

    def path(self, name):
        return os.path.join(self.task["file"], name)

    def filters(self):
        none = {"none": [], "gzip": [tiledb.ByteShuffleFilter(), tiledb.GzipFilter(4)], "zstd": [tiledb.ZstdFilter(3)]}
        return tiledb.FilterList(none[self.task["compression"]])

    def begin(self, arrays):
        os.makedirs(self.task["file"])
        self.arrays = Arrays(arrays)
        tile = self.task["chunk_size"]
        for name, array in zip(NAMES, arrays):
            axes = [
                tiledb.Dim(
                    name=f"axis{k}", domain=(0, (MAX_ROWS if k == 0 else 1 << 20) - 1), tile=tile, dtype=np.uint64
                )
                for k in range(array.ndim)
            ]
            attribute = tiledb.Attr(name="", dtype=array.dtype, filters=self.filters())
            schema = tiledb.ArraySchema(domain=tiledb.Domain(*axes), attrs=[attribute], sparse=False)
            tiledb.Array.create(self.path(name), schema, ctx=self.context)
        self.write({i: (0, array.shape[0], True) for i, array in enumerate(arrays)}, 0)

    def write(self, touched, version):
        for which, (first, end, resized) in touched.items():
            values = self.arrays.arrays[which]
            with tiledb.open(self.path(NAMES[which]), "w", timestamp=version + 1, ctx=self.context) as array:
                if resized:
                    array.meta["shape"] = list(values.shape)
                if first < end:
                    box = (slice(first, end), *(slice(0, extent) for extent in values.shape[1:]))
                    array[box] = np.ascontiguousarray(values[first:end])

    def commit(self, i, changes):
        self.write(self.arrays.apply(changes), i)

    def end(self):
        pass

    @contextlib.contextmanager
    def reading(self):
        yield tiledb.Ctx({"sm.compute_concurrency_level": "2", "sm.io_concurrency_level": "2"})

    def open_version(self, store, i):
        arrays = [tiledb.open(self.path(name), "r", timestamp=i + 1, ctx=store) for name in NAMES]
        for array in arrays:
            array.close()

    def read_version(self, store, i):
        read = []
        for name in NAMES:
            with tiledb.open(self.path(name), "r", timestamp=i + 1, ctx=store) as array:
                extents = np.atleast_1d(array.meta["shape"])
                read.append(array[tuple(slice(0, int(extent)) for extent in extents)])
        return read
