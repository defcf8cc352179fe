"""Arrays: what is common to Zarr's and to datasets of versioned files, and Zarr's."""

from __future__ import annotations

import ctypes
import functools
import json
import math
import operator
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _library as lib
from ._selection import Box, box_of, dense_slices


def _address(array: npt.NDArray[Any]) -> int:
    if array.flags.writeable:
        try:  # twice as fast
            return ctypes.addressof(ctypes.c_char.from_buffer(array))  # type: ignore[arg-type]
        except (TypeError, ValueError, BufferError):  # without elements, with strides, or of a type of NumPy's own
            pass
    return int(array.__array_interface__["data"][0])


def path_text(path: str | os.PathLike[str]) -> bytes:
    return os.fsencode(path)


def dtype_text(dtype: npt.DTypeLike) -> str:
    """NumPy's name, as chunkmark.h has it; variable-length strings are `str`."""
    if dtype is str:
        return "|O"
    if np.dtype(dtype).hasobject:
        raise TypeError(
            "dtype: expected numbers, text or bytes of a fixed size, or str for strings of any length; found objects"
        )
    return np.dtype(dtype).str


def extents_of(shape: Any) -> list[int]:
    """An integer is the shape of one axis."""
    extents = shape if type(shape) is tuple or np.ndim(shape) else [shape]
    return [operator.index(extent) for extent in extents]


def _string_bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode(errors="surrogateescape")
    if isinstance(value, bytes):
        return value
    raise TypeError(f"expected strings, found {type(value).__name__}")


def _fill_json(value: Any) -> Any:
    """As Zarr's documents have it."""
    if isinstance(value, np.generic):
        value = int(value.astype(np.int64)) if value.dtype.kind in "mM" else value.item()
    if isinstance(value, complex):
        return [_fill_json(value.real), _fill_json(value.imag)]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


@functools.cache  # of the few that a program has
def _dtype(name: bytes) -> np.dtype[Any]:
    if not name.startswith(b"["):
        return np.dtype(name.decode())
    return np.dtype(_fields(json.loads(name)))


def _fields(described: list[Any]) -> list[Any]:
    """NumPy wants tuples where JSON has lists."""
    return [
        (name, _fields(kind) if isinstance(kind, list) else kind, *map(tuple, shape))
        for name, kind, *shape in described
    ]


class BaseArray:
    """Elements by NumPy's basic indexes. Several threads may use one array; a handle is freed with the object."""

    _free = staticmethod(lib.array_free)
    _handle: int | None = None

    def __init__(self, handle: int):
        self._handle = handle
        self.shape: tuple[int, ...] = tuple(lib.array_shape(handle)[: lib.array_rank(handle)])
        self.dtype: np.dtype[Any] = _dtype(lib.array_dtype(handle))
        self._is_strings = self.dtype.kind == "O"

    def __del__(self) -> None:
        if self._handle:
            self._free(self._handle)

    def __reduce__(self) -> Any:
        raise TypeError(f"{type(self).__name__}: cannot be copied or pickled, read it first: array[...]")

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    @property
    def info(self) -> dict[str, Any]:
        """What is known of it: chunks, codecs, attributes."""
        return dict(lib.document("array_info", self._handle))

    @property
    def chunks(self) -> tuple[int, ...]:
        return tuple(self.info["chunks"])

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of an array without dimensions")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<{type(self).__module__.split('.')[0]}.{type(self).__name__} {self.shape} {self.dtype}>"

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("an array that is stored is copied into memory")
        values: npt.NDArray[Any] = np.asarray(self[...])
        return values if dtype is None else values.astype(dtype, copy=False)

    def __getitem__(self, selection: Any) -> Any:
        """A new array; of steps other than 1, a view into the box that they lie in."""
        box = box_of(selection, self.shape)
        found = self._strings(box) if self._is_strings else np.empty(box.extents, self.dtype)
        if not self._is_strings:
            self._read(box, found)
        seen = found if box.is_dense and len(box.shape) == len(found.shape) else found[box.view]
        parts = selection if isinstance(selection, tuple) else (selection,)
        is_element = isinstance(seen, np.ndarray) and seen.ndim == 0 and not any(part is ... for part in parts)
        return seen[()] if is_element else seen

    def read_into(self, out: Any, selection: Any = ...) -> None:
        """Fills `out`, any writable buffer of the selection's shape and the array's type, with any strides."""
        box = box_of(selection, self.shape)
        target = np.asarray(out)
        if self._is_strings or not box.is_dense:
            raise ValueError("read_into: expected numbers and steps of 1; index the array instead")
        if target.shape != box.shape or target.dtype != self.dtype:
            raise ValueError(f"out: expected {self.dtype} {box.shape}, found {target.dtype} {target.shape}")
        if not target.flags.writeable:
            raise ValueError("out: expected memory that can be written")
        self._read(box, target.reshape(box.extents) if target.shape != box.extents else target)

    def _read(self, box: Box, target: npt.NDArray[Any]) -> None:
        strides = None if target.flags.c_contiguous else lib.signed_numbers(target.strides)
        start, extents = lib.numbers(box.start), lib.numbers(box.extents)
        lib.call("array_read", self._handle, start, extents, _address(target), strides)

    def _strings(self, box: Box) -> npt.NDArray[Any]:
        texts: list[str] = []

        def found(_context: int, text: int, size: int) -> None:
            texts.append(ctypes.string_at(text, size).decode(errors="surrogateescape") if size else "")

        start, extents = lib.numbers(box.start), lib.numbers(box.extents)
        lib.call("array_read_strings", self._handle, start, extents, lib.FOUND(found), None)
        array = np.empty(len(texts), object)
        array[:] = texts
        return array.reshape(box.extents)


class WritableArray(BaseArray):
    def __setitem__(self, selection: Any, values: Any) -> None:
        """From the values' own memory where they have the array's type; else they are converted first."""
        if type(values) is np.ndarray and values.dtype == self.dtype and values.flags.c_contiguous:  # as they are
            dense = None if self._is_strings else dense_slices(selection, self.shape)
            if dense and values.shape == tuple(dense[1]):
                start, extents = lib.numbers(dense[0]), lib.numbers(dense[1])
                return lib.call("array_write", self._handle, start, extents, _address(values), None)
        box = box_of(selection, self.shape)
        if not box.is_dense:
            raise IndexError("expected steps of 1 in what is assigned to")
        dtype = self.dtype
        if dtype.kind == "O":
            return self._write_strings(box, np.broadcast_to(np.asarray(values, object), box.shape))
        source = np.asarray(values, dtype)
        if source.shape != box.shape:
            source = np.broadcast_to(source, box.shape)
        if source.shape != box.extents:
            source = source.reshape(box.extents)
        strides = None if source.flags.c_contiguous else lib.signed_numbers(source.strides)
        start, extents = lib.numbers(box.start), lib.numbers(box.extents)
        lib.call("array_write", self._handle, start, extents, _address(source), strides)

    def write(self, values: Any) -> None:
        """All of it. The values must have its shape."""
        if np.shape(values) != self.shape:
            raise ValueError(f"expected values of shape {self.shape}, found {np.shape(values)}")
        self[...] = values

    def _write_strings(self, box: Box, values: npt.NDArray[Any]) -> None:
        texts = [_string_bytes(value) for value in values.ravel()]
        pointers = (ctypes.c_char_p * len(texts))(*texts)
        sizes = (ctypes.c_size_t * len(texts))(*map(len, texts))
        start, extents = lib.numbers(box.start), lib.numbers(box.extents)
        lib.call("array_write_strings", self._handle, start, extents, pointers, sizes)


class Array(WritableArray):
    """A Zarr array, of format 2 or 3. Made by open() and create(). Pickled, it is its URL."""

    def __init__(self, handle: int, url: str | os.PathLike[str], threads: int):
        super().__init__(handle)
        self._opened_by = (url, threads)

    def __reduce__(self) -> Any:
        return _open, self._opened_by

    @property
    def attributes(self) -> dict[str, Any]:
        return dict(self.info["attributes"])


def open(url: str | os.PathLike[str], *, threads: int = 0) -> Array:
    """The array at a path, file://, s3:// or http(s):// URL. `threads`: 0 is as many as there are processors."""
    return _open(url, threads)


def _open(url: str | os.PathLike[str], threads: int) -> Array:
    return Array(lib.handle("array_open", path_text(url), threads), url, threads)


def create(
    url: str | os.PathLike[str],
    shape: int | Sequence[int],
    dtype: npt.DTypeLike = "f8",
    *,
    chunks: int | Sequence[int] | None = None,
    shards: int | Sequence[int] | None = None,
    codecs: str | Sequence[Mapping[str, Any]] = "none",
    format: int = 3,
    fill_value: Any = None,
    attributes: Mapping[str, Any] | None = None,
    dimension_names: Sequence[str | None] | None = None,
    durability: str = "none",
    overwrite: bool = False,
    threads: int = 0,
) -> Array:
    """A new array. Chunks are the whole array by default. `codecs`: none, blosc, zstd, gzip, lz4, or Zarr 3's list of them;
    `durability`: none, process_crash, power_loss: what each chunk survives once it is written. `dtype` str: strings of
    any length. ConflictError where something is there, unless `overwrite`."""
    described = lib.options(
        {
            "shape": extents_of(shape),
            "dtype": np.dtype(dtype).descr if np.dtype(dtype).names else dtype_text(dtype),
            "chunks": None if chunks is None else extents_of(chunks),
            "shards": None if shards is None else extents_of(shards),
            "codecs": codecs if isinstance(codecs, str) else [dict(codec) for codec in codecs],
            "format": format,
            "fill_value": _fill_json(fill_value),
            "attributes": attributes and dict(attributes),
            "dimension_names": dimension_names and list(dimension_names),
            "durability": durability,
            "overwrite": overwrite,
        }
    )
    return Array(lib.handle("array_create", path_text(url), described, threads), url, threads)
