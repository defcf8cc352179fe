"""Chunkmark's own package, which lies where the program that measures is from, and is not installed: in an installation, in the
source tree, or around a wheel's own installation."""

import pathlib
import sys

_PEERS = pathlib.Path(__file__).resolve().parents[1]
for _place in ("../python", "../../../native/python", "../../../../.."):
    if (_PEERS / _place / "chunkmark/_library.py").exists():
        sys.path.append(str((_PEERS / _place).resolve()))  # behind this environment's own packages
        break
import chunkmark  # noqa: E402

__all__ = ["chunkmark"]
