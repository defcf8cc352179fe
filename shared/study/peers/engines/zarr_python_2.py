"""zarr-python 2. Its default store for a path is DirectoryStore, which writes to a temporary name and renames; the chunk is
the whole array, so that there is one object: https://zarr.readthedocs.io/en/v2.18.5/tutorial.html"""

from .codecs import numcodecs_compressor, use_blosc_threads


class Engine:
    def __init__(self, task):
        self.task = task

    def open_for_write(self):
        import zarr

        use_blosc_threads(self.task.threads)
        self.array = zarr.open(
            self.task.path,
            mode="w",
            shape=self.task.shape,
            chunks=self.task.chunks,
            dtype=self.task.dtype,
            compressor=numcodecs_compressor(self.task.codec),
        )

    def open_for_read(self):
        import zarr

        use_blosc_threads(self.task.threads)
        self.array = zarr.open(self.task.path, mode="r")

    def write(self, array):
        self.array[:] = array

    def read(self):
        return self.array[:]
