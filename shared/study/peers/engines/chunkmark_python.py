"""Chunkmark's own engine, called from Python: the package lies where the program that measures is from, and is not installed:
in an installation, in the source tree, or around a wheel's own installation.

A read is into memory that NumPy has made, as chunkmark.open(url)[...] does.
"""

import pathlib
import sys

PEERS = pathlib.Path(__file__).resolve().parents[1]
for place in ("../python", "../../../native/python", "../../../../.."):
    if (PEERS / place / "chunkmark/_library.py").exists():
        sys.path.append(str((PEERS / place).resolve()))  # behind this environment's own packages
        break


class Engine:
    def __init__(self, task):
        import chunkmark

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
