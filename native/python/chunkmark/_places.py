"""Where the program and the library are: within the wheel, in an installation's prefix, or in a build tree (CHUNKMARK_BUILD: another
one than build/native)."""

import os
import pathlib

_HERE = pathlib.Path(__file__).resolve().parent
_PREFIXES = (
    _HERE / "_prefix",  # the wheel
    _HERE.parents[3],  # PREFIX/share/chunkmark/python/chunkmark
)
_BUILD = pathlib.Path(os.environ.get("CHUNKMARK_BUILD") or _HERE.parents[2] / "build/native")


def _find(patterns: tuple[str, ...], built: str) -> pathlib.Path:
    for prefix in _PREFIXES:
        for pattern in patterns:
            for path in prefix.glob(pattern):
                return path
    if (_BUILD / built).exists():
        return _BUILD / built
    raise ImportError(f"{_PREFIXES[0]}: expected {patterns[0]} there; this installation is not complete")


def library() -> pathlib.Path:
    return _find(("lib*/libchunkmark.so.0", "lib/*/libchunkmark.so.0"), "libchunkmark.so.0")


def program() -> pathlib.Path:
    return _find(("bin/chunkmark",), "chunkmark")
