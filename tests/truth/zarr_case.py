"""Stores or reads one array in one chunk: zarr_case.py write|read none|default STORE SIDE [--memray FILE]

With --memray the operation runs under memray's tracker, from and to where the marks stand otherwise.
"""

import contextlib
import ctypes
import sys

import numpy
import zarr

mark = getattr(ctypes.CDLL(None), "chunkmark_mark", lambda name: None)


@contextlib.contextmanager
def marks():
    mark(b"begin")
    yield
    mark(b"end")


def tracked():
    if "--memray" not in sys.argv:
        # The tracer's figures of the whole run are those of a run without marks.
        return marks() if "--marks" in sys.argv else contextlib.nullcontext()
    import memray

    return memray.Tracker(sys.argv[sys.argv.index("--memray") + 1], native_traces=False)


def write(kind, store, side):
    options = {"compressor": None} if kind == "none" else {}
    array = numpy.random.default_rng(1).random((side, side), dtype="float32")
    target = zarr.open(store, mode="w", shape=array.shape, chunks=array.shape, dtype=array.dtype, **options)
    target[:] = array


def read(kind, store, side):
    return zarr.open(store, mode="r")[:]


operation, kind, store, side = sys.argv[1:5]
with tracked():
    kept = {"write": write, "read": read}[operation](kind, store, int(side))
