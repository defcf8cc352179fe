"""icechunk: a Zarr store in a folder; a version is a commit: https://icechunk.io/en/stable/version-control/"""

import contextlib

import icechunk
import zarr
from engines.codecs import zarr3_compressors

from . import NAMES, Arrays


class Engine:
    def __init__(self, task):
        self.task = task
        self.snapshots = []
        icechunk.set_logs_filter("error")  # its warning about local folders goes to standard output

    def begin(self, arrays):
        self.repository = icechunk.Repository.create(icechunk.local_filesystem_storage(self.task["file"]))
        self.arrays = Arrays(arrays)
        session = self.repository.writable_session("main")
        group = zarr.create_group(session.store)
        for name, array in zip(NAMES, arrays):
            made = group.create_array(
                name,
                shape=array.shape,
                dtype=array.dtype,
                chunks=(self.task["chunk_size"],) * array.ndim,
                compressors=zarr3_compressors(self.task["compression"], array.dtype) or None,
            )
            made[...] = array
        self.snapshots.append(session.commit("r0"))

    def commit(self, i, changes):
        session = self.repository.writable_session("main")
        touched = self.arrays.apply(changes)
        for which, (first, end, resized) in touched.items():
            array = zarr.open_array(session.store, path=NAMES[which])
            if resized:
                array.resize(self.arrays.arrays[which].shape)
            if first < end:  # one write of all rows that changed: by element it is a write of a chunk for each
                array[first:end] = self.arrays.arrays[which][first:end]
        self.snapshots.append(session.commit(f"r{i}", allow_empty=True) if touched else self.snapshots[-1])

    def end(self):
        pass

    @contextlib.contextmanager
    def reading(self):
        yield icechunk.Repository.open(icechunk.local_filesystem_storage(self.task["file"]))

    def open_version(self, store, i):
        session = store.readonly_session(snapshot_id=self.snapshots[i])
        return [zarr.open_array(session.store, path=name, mode="r") for name in NAMES]

    def read_version(self, store, i):
        return [array[...] for array in self.open_version(store, i)]
