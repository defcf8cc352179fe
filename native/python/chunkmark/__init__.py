"""Zarr arrays and versioned HDF5 files without copies, and the tracer that counts the copies of any program.

    import chunkmark

    array = chunkmark.create("t.zarr", (10_000, 10_000), "f4", chunks=(1000, 1000), codecs="zstd")
    array[...] = values                     # or array.write(values): straight from its memory
    part = chunkmark.open("s3://bucket/t.zarr")[10:20, :5]
    array.read_into(out)                    # any writable buffer of the array's shape and type

    file = chunkmark.VersionedFile("prices.h5")
    with file.stage("r5") as version:
        version["group/x"][10:20] = 0
    file["r5"]["group/x"][:100]

    figures = chunkmark.trace(["python3", "write.py"], array_bytes=100_000_000)
    assert figures.extra_copies <= 1

Calls release the interpreter's lock. What goes wrong is a chunkmark.Error, whose message names the object, what was expected
and what was found.
"""

from typing import Any as _Any

from ._array import Array, create, open
from ._errors import (
    ConflictError,
    CorruptError,
    Error,
    InvalidArgumentError,
    NotFoundError,
    UnavailableError,
    UnsupportedError,
)
from ._library import version as _version
from ._trace import Buffer, Figures, TraceError, mark, trace
from ._versions import Stage, StagedDataset, Version, VersionDataset, VersionedFile, VersionInfo

__version__ = _version()


def load_ipython_extension(shell: _Any) -> None:
    """%load_ext chunkmark: the cell magic %%chunkmark."""
    from ._notebook import load

    load(shell)


__all__ = [
    "Array",
    "Buffer",
    "ConflictError",
    "CorruptError",
    "Error",
    "Figures",
    "InvalidArgumentError",
    "NotFoundError",
    "Stage",
    "StagedDataset",
    "TraceError",
    "UnavailableError",
    "UnsupportedError",
    "Version",
    "VersionDataset",
    "VersionInfo",
    "VersionedFile",
    "create",
    "mark",
    "open",
    "trace",
]
