"""versioned-hdf5: one HDF5 file."""

import contextlib

import h5py
from versioned_hdf5 import VersionedHDF5File

from . import NAMES, apply
from .hdf5_options import options


class Engine:
    def __init__(self, task):
        self.task = task

    def begin(self, arrays):
        self.file = h5py.File(self.task["file"], "w")
        self.versions = VersionedHDF5File(self.file)
        with self.versions.stage_version("r0") as stage:
            for name, array in zip(NAMES, arrays):
                stage.create_dataset(name, data=array, **options(self.task, array.ndim))
        self.file.flush()

    def commit(self, i, changes):
        with self.versions.stage_version(f"r{i}") as stage:
            apply(changes, [stage[name] for name in NAMES])
        self.file.flush()

    def end(self):
        self.file.close()

    @contextlib.contextmanager
    def reading(self):
        with h5py.File(self.task["file"], "r") as file:
            yield VersionedHDF5File(file)

    def open_version(self, store, i):
        version = store[f"r{i}"]
        return [version[name] for name in NAMES]

    def read_version(self, store, i):
        return [dataset[...] for dataset in self.open_version(store, i)]
