"""Versioned HDF5 files, as the Python library versioned-hdf5 writes and reads them."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import json
import operator
import os
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _library as lib
from ._array import BaseArray, WritableArray, _address, dtype_text, extents_of, path_text
from ._errors import InvalidArgumentError, NotFoundError, UnsupportedError


@functools.lru_cache(typed=True)  # programs stage and commit in the same way again and again
def _stage_options(parent: str | None, wait_seconds: float) -> bytes:
    return lib.options({"parent": parent, "wait_seconds": wait_seconds or None})


@functools.lru_cache(typed=True)
def _commit_options(message: str | None, durability: str, make_current: bool) -> bytes:
    return lib.options({"message": message, "durability": durability, "make_current": make_current and None})


@dataclasses.dataclass(frozen=True)
class VersionInfo:
    name: str
    previous: str | None  # the parent's name
    timestamp: str
    message: str
    committed: bool

    @property
    def time(self) -> datetime.datetime:
        return datetime.datetime.strptime(self.timestamp, "%Y-%m-%d %H:%M:%S.%f%z")


class VersionDataset(BaseArray):
    """A dataset of a committed version: to be read."""


class StagedDataset(WritableArray):
    """A dataset of a version in the making: reads see what was written before."""

    def __setitem__(self, selection: Any, values: Any) -> None:
        """As NumPy's; also single elements by arrays of their positions, one an axis, the last of equal ones counting, or by
        an array of bools of the dataset's shape."""
        parts = selection if isinstance(selection, tuple) else (selection,)
        if not parts or not isinstance(parts[0], (np.ndarray, list)):
            super().__setitem__(selection, values)
            return
        if self._is_strings:
            raise IndexError("expected slices and integers in what strings are assigned to")
        where = parts[0]
        if type(where) is np.ndarray and where.dtype == np.int64 and len(parts) == where.ndim == len(self.shape) == 1:
            try:  # as they are: nothing is changed if one lies outside, as those that count from the end do
                return self._write_elements(np.ascontiguousarray(where), values)
            except InvalidArgumentError:
                pass
        self._write_elements(self._positions(parts), values)

    def _write_elements(self, positions: npt.NDArray[Any], values: Any) -> None:
        elements = np.asarray(values, self.dtype)
        count = len(positions)
        if elements.shape != (count,) or not elements.flags.c_contiguous:
            elements = np.ascontiguousarray(np.broadcast_to(elements, count))
        lib.call("array_write_elements", self._handle, count, _address(positions), _address(elements))

    def _positions(self, parts: tuple[Any, ...]) -> npt.NDArray[Any]:
        columns = [np.asarray(part) for part in parts]
        if columns[0].dtype == bool:
            if len(columns) > 1 or columns[0].shape != self.shape:
                raise IndexError(f"expected one array of bools of shape {self.shape}, found {columns[0].shape}")
            return np.argwhere(columns[0])
        if len(columns) != self.ndim or any(column.size and column.dtype.kind not in "iu" for column in columns):
            raise IndexError(f"expected {self.ndim} arrays of integers, one an axis, or slices and integers alone")
        positions = np.stack([column.ravel() for column in np.broadcast_arrays(*columns)], axis=1).astype(np.int64)
        if positions.size and positions.min() < 0:
            positions = np.where(positions < 0, positions + np.array(self.shape), positions)
            if positions.min() < 0:
                raise IndexError(f"expected positions within {self.shape}")
        return np.ascontiguousarray(positions)

    def resize(self, shape: int | Sequence[int]) -> None:
        """New elements are the fill value."""
        extents = extents_of(shape)
        if len(extents) != self.ndim:
            raise ValueError(f"expected {self.ndim} extents, found {len(extents)}")
        lib.call("array_resize", self._handle, lib.numbers(extents))
        self.shape = tuple(extents)

    def append(self, values: Any) -> None:
        """Rows behind those that are there."""
        rows, begin = np.asarray(values), self.shape[0]
        if rows.shape[1:] != self.shape[1:] or not rows.ndim:
            raise ValueError(f"expected rows of shape {self.shape[1:]}, found values of shape {rows.shape}")
        self.resize((begin + len(rows), *self.shape[1:]))
        self[begin:] = rows


class _Datasets(Mapping[str, Any]):
    """What is in a version, by path: names are told without opening anything."""

    name: str

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and path.strip("/") in list(iter(self))

    def __repr__(self) -> str:
        return f"<chunkmark.{type(self).__name__} {self.name}>"

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class Version(_Datasets):
    """A committed version: a mapping of its datasets by path."""

    def __init__(self, file: VersionedFile, name: str):
        self._file, self.name = file, name

    def __getitem__(self, path: str) -> VersionDataset:
        return VersionDataset(lib.handle("file_dataset", self._file._handle, self.name.encode(), path.encode()))

    def __iter__(self) -> Iterator[str]:
        return iter(lib.document("file_datasets", self._file._handle, self.name.encode()))


class Stage(_Datasets):
    """A mapping of datasets by path: a version in the making. As a `with` block it is committed at the end, or dropped if the block fails."""

    _handle: int | None = None

    def __init__(self, file: VersionedFile, name: str, options: bytes, commit: bytes):
        self._file, self.name, self._commit = file, name, commit
        self._handle = lib.handle("file_stage", file._handle, name.encode(), options)
        self._summary: bytes | None = None

    def __del__(self) -> None:
        if self._handle:
            lib.stage_free(self._handle)
            self._handle = None

    def __reduce__(self) -> Any:
        raise TypeError("Stage: cannot be copied or pickled")

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._summary = lib.text("stage_commit", self._open(), self._commit)
        else:
            self.drop()

    def commit(self) -> dict[str, int]:
        """All of it is in the file, or nothing. Returns {"chunks_written": .., "chunks_found": .., ..}."""
        self._summary = lib.text("stage_commit", self._open(), self._commit)
        return dict(json.loads(self._summary))

    @property
    def summary(self) -> dict[str, int] | None:
        """What commit() returned; None before it."""
        return None if self._summary is None else dict(json.loads(self._summary))

    def drop(self) -> None:
        """Leaves nothing behind."""
        self.__del__()

    def _open(self) -> int:
        if self._handle is None:
            raise ValueError(f"version {self.name}: it was dropped")
        return self._handle

    def __getitem__(self, path: str) -> StagedDataset:
        return StagedDataset(lib.handle("stage_dataset", self._open(), path.encode()))

    def __setitem__(self, path: str, values: Any) -> None:
        """The dataset is this array, made if it is not there."""
        array = np.asarray(values)
        if path not in self:
            self.create_dataset(path, data=array)
            return
        dataset = self[path]
        dataset.resize(array.shape)
        dataset[...] = array

    def __delitem__(self, path: str) -> None:
        """A dataset, or a group with all that is in it."""
        lib.call("stage_remove", self._open(), path.encode())

    def create_dataset(
        self,
        path: str,
        *,
        data: Any = None,
        shape: int | Sequence[int] | None = None,
        dtype: npt.DTypeLike | None = None,
        chunks: int | Sequence[int] | None = None,
        compression: str = "none",
        edge_compression: str = "none",
    ) -> StagedDataset:
        """`compression`: none, gzip[:LEVEL], lzf, zstd[:LEVEL], blosc[:LEVEL]; `edge_compression`, of datasets without that:
        none, trim, deflate: no space for padding of edge chunks; `dtype` str: strings of any length."""
        array = None if data is None else np.asarray(data)
        if array is None and (shape is None or dtype is None):
            raise ValueError(f"{path}: expected data, or shape and dtype")
        is_text = array is not None and array.dtype.kind in "UO"
        element = str if is_text else dtype if dtype is not None else array.dtype  # type: ignore[union-attr]
        if element is not str and np.dtype(element).names:
            raise UnsupportedError(f"{path}: datasets of structs can be read and changed, but not made here")
        described = lib.options(
            {
                "shape": extents_of(shape if array is None else array.shape),
                "dtype": dtype_text(element),
                "chunks": None if chunks is None else extents_of(chunks),
                "compression": compression,
                "edge_compression": edge_compression,
            }
        )
        made = StagedDataset(lib.handle("stage_create_dataset", self._open(), path.encode(), described))
        if array is None:
            return made
        try:
            made[...] = array
        except BaseException:
            del self[path]  # what is refused leaves nothing
            raise
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(lib.document("stage_datasets", self._open()))


class VersionedFile:
    """A file of versions. The first stage makes it the file's only writer, until close()."""

    _handle: int | None = None

    def __init__(self, path: str | os.PathLike[str], *, create: bool = False):
        """`create`: a new file, where there is none."""
        self.path = path
        self._handle = lib.handle("file_create" if create else "file_open", path_text(path))

    def __del__(self) -> None:
        if self._handle:
            lib.file_free(self._handle)

    def __reduce__(self) -> Any:
        raise TypeError("VersionedFile: cannot be copied or pickled, open it again")

    def __repr__(self) -> str:
        return f"<chunkmark.VersionedFile {os.fspath(self.path)}>"

    def close(self) -> None:
        lib.file_close(self._handle)

    def __enter__(self) -> VersionedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def versions(self) -> list[VersionInfo]:
        """As they are now, by name."""
        return [VersionInfo(**told) for told in lib.document("file_versions", self._handle)["versions"]]

    @property
    def current(self) -> Version:
        return self[0]

    def __getitem__(self, which: str | int | datetime.datetime) -> Version:
        """A version by its name; by 0 (the current one), -1 (the one before it), ..; or the last one of a time."""
        if isinstance(which, str):
            lib.document("file_datasets", self._handle, which.encode())  # whether there is one
            return Version(self, which)
        told = self.versions
        if isinstance(which, datetime.datetime):
            at = which.astimezone()
            found = max((v for v in told if v.committed and v.time <= at), key=lambda v: v.time, default=None)
            if found is None:
                raise NotFoundError(f"{self.path}: no version at {at} or before")
            return Version(self, found.name)
        if operator.index(which) > 0:
            raise IndexError(f"expected 0 (the current version) or a number below it, found {which}")
        name: str | None = lib.document("file_versions", self._handle)["current"]
        if name is None:
            raise NotFoundError(f"{self.path}: no version was committed yet")
        previous = {version.name: version.previous for version in told}
        for _ in range(-which):
            name = name and previous[name]
        if name is None:
            raise NotFoundError(f"{self.path}: expected a version {which} from the current one, found none")
        return Version(self, name)

    def __iter__(self) -> Iterator[str]:
        """Names of versions."""
        return (version.name for version in self.versions)

    def __len__(self) -> int:
        return len(self.versions)

    def __contains__(self, name: object) -> bool:
        return any(version.name == name for version in self.versions)

    def stage(
        self,
        name: str,
        *,
        parent: str | None = None,
        message: str | None = None,
        durability: str = "power_loss",
        make_current: bool = True,
        wait_seconds: float = 0,
    ) -> Stage:
        """A new version, as `parent` is (default: the current one; "": none). `durability`: none, process_crash, power_loss:
        what the commit survives."""
        return Stage(
            self, name, _stage_options(parent, wait_seconds), _commit_options(message, durability, make_current)
        )
