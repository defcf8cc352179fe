"""The two sides that a drawn edit goes to: a script for our writer, and the real library's stage."""

import sys
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
import write_histories as histories  # ours  # noqa: E402

STRING_SIZE = (16).to_bytes(4, "little")  # of a reference in the file; h5py says that of a pointer in memory


def type_message(dtype):
    message = h5py.h5t.py_create(dtype, logical=True).encode()[2:]
    if histories.is_text(dtype):
        message = message[:4] + STRING_SIZE + message[8:]
    return message.hex()


def stored_filters(spec):
    """[[id, optional, values]], as HDF5 puts them into a file for such a dataset."""
    with h5py.File("filters", "w", driver="core", backing_store=False) as file:
        dataset = file.create_dataset("d", shape=spec.chunks, chunks=spec.chunks, dtype=spec.dtype, **spec.filters)
        properties = dataset.id.get_create_plist()
        entries = [properties.get_filter(i) for i in range(properties.get_nfilters())]
        return [[number, bool(flags & 1), list(values)] for number, flags, values, _ in entries]


class Recorder:
    """Our side of a stage: the steps of a script, and the bytes that they name."""

    def __init__(self):
        self.steps, self.data = [], bytearray()

    def add(self, do, path, **facts):
        self.steps.append({"do": do, "path": path, **facts})

    def write(self, path, start, values, spec):
        facts = {"start": list(start), "shape": list(values.shape)}
        if histories.is_text(spec.dtype):
            facts["strings"] = [str(value) for value in values.ravel()]
        else:
            facts["at"] = len(self.data)
            self.data += np.ascontiguousarray(values).tobytes()
        self.add("write", path, **facts)

    def create(self, path, spec, shape, values):
        fill = b"" if spec.fillvalue is None else np.asarray(spec.fillvalue, spec.dtype).tobytes()
        self.add(
            "create",
            path,
            type=type_message(spec.dtype),
            shape=list(shape),
            chunks=list(spec.chunks),
            fill=fill.hex(),
            filters=stored_filters(spec) if spec.filters else [],
            edges=spec.edges,
        )
        if values is not None:
            self.write(path, [0] * len(shape), values, spec)

    def assign(self, path, where, part, spec):
        if part.size == 1 and not histories.is_text(spec.dtype):
            self.add("set", path, index=[s.start for s in where], at=len(self.data))
            self.data += np.ascontiguousarray(part).tobytes()
        else:
            self.write(path, [s.start for s in where], part, spec)

    def resize(self, path, shape):
        self.add("resize", path, shape=list(shape))

    def delete(self, path):
        self.add("delete", path)

    def group(self, path):
        self.add("group", path)

    def attribute(self, path, name, value):
        self.add("attribute", path, name=name, **({"text": value} if isinstance(value, str) else {"integer": value}))


class Library:
    """The real library's side."""

    def __init__(self, stage):
        self.stage = stage

    def create(self, path, spec, shape, values):
        common = {"chunks": spec.chunks, "dtype": spec.dtype, **spec.filters}
        if spec.fillvalue is not None:
            common["fillvalue"] = spec.fillvalue
        if values is None:
            self.stage.create_dataset(path, shape=shape, data=None, **common)
        else:
            self.stage.create_dataset(path, data=values, **common)

    def assign(self, path, where, part, spec):
        self.stage[path][where] = part

    def resize(self, path, shape):
        self.stage[path].resize(shape)

    def delete(self, path):
        del self.stage[path]

    def group(self, path):
        self.stage.create_group(path)

    def attribute(self, path, name, value):
        (self.stage.attrs if path == "" else self.stage[path].attrs)[name] = value
