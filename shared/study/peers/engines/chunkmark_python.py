"""Chunkmark's own engine, called from Python. A read is into memory that NumPy has made, as chunkmark.open(url)[...] does."""


class Engine:
    def __init__(self, task):
        from .our_package import chunkmark

        self.task, self.chunkmark = task, chunkmark

    def open_for_write(self):
        task = self.task
        self.array = self.chunkmark.create(
            task.url or task.path,
            task.shape,
            task.dtype,
            chunks=task.chunks,
            shards=task.shards,
            codecs=task.codec,
            format=int(task.format.removeprefix("zarr")),
            overwrite=True,
            threads=task.threads,
        )

    def open_for_read(self):
        self.array = self.chunkmark.open(self.task.url or self.task.path, threads=self.task.threads)

    def write(self, array):
        self.array.write(array)

    def read(self):
        return self.array[...]

    def read_part(self, selection):
        return self.array[selection]
