"""libchunkmark.so through ctypes: the functions of chunkmark.h, and how text and failures come back.

ctypes, not an extension module: it serves every CPython of any version and build, free-threaded ones too, with one wheel,
gives the interpreter's lock back during a call, and costs about a microsecond, beside which opening a file is slow.
"""

import ctypes
import json
from collections.abc import Sequence
from typing import Any

from . import _places
from ._errors import BY_STATUS, Error

_library = ctypes.CDLL(str(_places.library()))

_U64 = ctypes.POINTER(ctypes.c_uint64)
_I64 = ctypes.POINTER(ctypes.c_int64)
_P = ctypes.c_void_p
_S = ctypes.c_char_p
_OUT = ctypes.POINTER(ctypes.c_void_p)
FOUND = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)

_STATUS_FUNCTIONS: dict[str, list[Any]] = {
    "array_open": [_S, ctypes.c_uint, _OUT],
    "array_create": [_S, _S, ctypes.c_uint, _OUT],
    "array_info": [_P, _OUT],
    "array_read": [_P, _U64, _U64, _P, _I64],
    "array_write": [_P, _U64, _U64, _P, _I64],
    "array_read_strings": [_P, _U64, _U64, FOUND, _P],
    "array_write_strings": [_P, _U64, _U64, ctypes.POINTER(_S), ctypes.POINTER(ctypes.c_size_t)],
    "array_resize": [_P, _U64],
    "array_write_elements": [_P, ctypes.c_size_t, _P, _P],
    "file_open": [_S, _OUT],
    "file_create": [_S, _OUT],
    "file_versions": [_P, _OUT],
    "file_datasets": [_P, _S, _OUT],
    "file_dataset": [_P, _S, _S, _OUT],
    "file_stage": [_P, _S, _S, _OUT],
    "stage_datasets": [_P, _OUT],
    "stage_dataset": [_P, _S, _OUT],
    "stage_create_dataset": [_P, _S, _S, _OUT],
    "stage_remove": [_P, _S],
    "stage_commit": [_P, _S, _OUT],
}
_FUNCTIONS: dict[str, Any] = {}
for _name, _types in _STATUS_FUNCTIONS.items():
    _function = getattr(_library, "chunkmark_" + _name)
    _function.argtypes = _types
    _function.restype = ctypes.c_int
    _FUNCTIONS[_name] = _function


def _plain(name: str, result: Any, *types: Any) -> Any:
    function = getattr(_library, "chunkmark_" + name)
    function.argtypes = list(types)
    function.restype = result
    return function


_error = _plain("error", _S)
_text_free = _plain("text_free", None, _P)
_version = _plain("version", _S)
array_free = _plain("array_free", None, _P)
array_rank = _plain("array_rank", ctypes.c_size_t, _P)
array_shape = _plain("array_shape", _U64, _P)
array_dtype = _plain("array_dtype", _S, _P)
file_close = _plain("file_close", None, _P)
file_free = _plain("file_free", None, _P)
stage_free = _plain("stage_free", None, _P)


def version() -> str:
    return str(_version().decode())


def call(name: str, *words: Any) -> None:
    """A function that returns a status. Raises what the status means."""
    status = _FUNCTIONS[name](*words)
    if status:
        raise BY_STATUS.get(status, Error)(_error().decode(errors="replace"))


def handle(name: str, *words: Any) -> int:
    """The handle that the function gives as its last argument."""
    out = ctypes.c_void_p()
    call(name, *words, ctypes.byref(out))
    assert out.value is not None
    return out.value


def text(name: str, *words: Any) -> bytes:
    """The text that the function gives as its last argument."""
    given = handle(name, *words)
    try:
        return ctypes.string_at(given)
    finally:
        _text_free(given)


def document(name: str, *words: Any) -> Any:
    """The same as JSON."""
    return json.loads(text(name, *words))


def options(members: dict[str, Any]) -> bytes:
    """Those that are not None."""
    told = {name: value for name, value in members.items() if value is not None}
    return json.dumps(told, allow_nan=False).encode() if told else b""


_U64_LISTS = [ctypes.c_uint64 * rank for rank in range(33)]
_I64_LISTS = [ctypes.c_int64 * rank for rank in range(33)]


def numbers(values: Sequence[int]) -> Any:
    return _U64_LISTS[len(values)](*values)


def signed_numbers(values: Sequence[int]) -> Any:
    return _I64_LISTS[len(values)](*values)
