"""h5py: plain datasets in one HDF5 file, without versions."""

import contextlib

import h5py

from . import NAMES, apply
from .hdf5_options import options


class Engine:
    def __init__(self, task):
        self.task = task

    def begin(self, arrays):
        self.file = h5py.File(self.task["file"], "w")
        for name, array in zip(NAMES, arrays):
            self.file.create_dataset(name, data=array, **options(self.task, array.ndim))
        self.file.flush()
        self.datasets = [self.file[name] for name in NAMES]

    def commit(self, i, changes):
        apply(changes, self.datasets)
        self.file.flush()

    def end(self):
        self.file.close()

    @contextlib.contextmanager
    def reading(self):
        with h5py.File(self.task["file"], "r") as file:
            yield file

    def read_version(self, store, i):
        return [store[name][...] for name in NAMES]
