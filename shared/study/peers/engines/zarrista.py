"""zarrista: zarrs without zarr-python: https://developmentseed.org/zarrista/latest

What is read is memory of the Rust side, which to_numpy() shows without a copy; nothing reads into memory that is given.
store_empty_chunks spares the comparison of every chunk with the fill value.
"""

import os

import numpy as np

from .codecs import BLOSC, GZIP_LEVEL, ZSTD_LEVEL


class Engine:
    def __init__(self, task):
        self.task = task
        os.environ["RAYON_NUM_THREADS"] = str(task.threads)  # of the pool that it takes (zarrista.ThreadPool)

    def compressors(self):
        from zarrista import codec

        return {
            "none": lambda: [],
            "blosc": lambda: [
                codec.blosc(BLOSC["cname"], BLOSC["clevel"], "shuffle", typesize=np.dtype(self.task.dtype).itemsize)
            ],
            "zstd": lambda: [codec.zstd(ZSTD_LEVEL, checksum=False)],
            "gzip": lambda: [codec.gzip(GZIP_LEVEL)],
        }[self.task.codec]()

    def open_for_write(self):
        from zarrista import ArrayBuilder, ChunkGrid, DataType, FillValue
        from zarrista.store import FilesystemStore

        grid = ChunkGrid.regular(list(self.task.shape), chunk_shape=list(self.task.chunks))
        fill_value = FillValue(bytes(np.dtype(self.task.dtype).itemsize))
        builder = ArrayBuilder(grid, DataType.from_string(self.task.dtype), fill_value)
        self.array = builder.compressors(self.compressors()).create(FilesystemStore(self.task.path), "/")

    def open_for_read(self):
        from zarrista import Array
        from zarrista.store import FilesystemStore

        self.array = Array.open(FilesystemStore(self.task.path))

    def write(self, array):
        self.array.store_array_subset(..., array, store_empty_chunks=True, concurrent_target=self.task.threads)

    def read(self):
        return self.array.retrieve_array_subset(..., concurrent_target=self.task.threads).to_numpy()
