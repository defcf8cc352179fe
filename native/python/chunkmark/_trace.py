"""The tracer: marks in this program, and other commands run under it."""

from __future__ import annotations

import ctypes
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from . import _places

_PYTHON_FRAME = re.compile(r"(\.py|>):\d+$")  # of a file; "<string>:3", "<cell>:3"


class TraceError(Exception):
    """The command could not be traced, or its marks do not fit."""


@dataclasses.dataclass(frozen=True)
class Buffer:
    """Memory alive at the peak that one place has allocated."""

    bytes: int
    blocks: int
    stack: list[str]  # "function file:line", innermost first

    @property
    def where(self) -> str:
        """The innermost line of Python, of what is not Python the innermost function."""
        python = (frame for frame in self.stack if _PYTHON_FRAME.search(frame))
        return next(python, self.stack[0] if self.stack else "unknown")


@dataclasses.dataclass(frozen=True)
class Figures:
    """What a command cost, between its marks `begin` and `end` if it sets them. None: not known."""

    extra_copies: int | None  # buffers of the array's size besides the array
    extra_heap: float | None  # bytes per byte of the array
    bytes_copied: int | None  # in user space, by the C library's functions
    bytes_in: int | None  # from the kernel
    bytes_out: int | None
    peak_heap_bytes: int | None
    array_bytes: int | None
    duration_seconds: float
    buffers_at_peak: list[Buffer]  # the largest first
    findings: list[str]
    capture: pathlib.Path | None  # where it was kept
    status: int  # the command's

    def report(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Writes one self-contained HTML page of the capture, which must have been kept."""
        if self.capture is None:
            raise ValueError("expected a capture that was kept: trace(..., capture=PATH)")
        _run([_places.program(), "report", self.capture, "-o", path])
        return pathlib.Path(path)


def _find_mark() -> Callable[[str], None]:
    try:
        function = ctypes.CDLL(None).chunkmark_mark
    except AttributeError:
        return lambda name: None
    function.argtypes = [ctypes.c_char_p]
    function.restype = None
    return lambda name: function(name.encode())


_mark = _find_mark()


def mark(name: str) -> None:
    """Sets a mark; "begin" and "end" bound what is measured. Does nothing outside the tracer."""
    _mark(name)


def _run(command: Sequence[str | os.PathLike[str]]) -> str:
    result = subprocess.run(command, text=True, capture_output=True)
    if result.returncode != 0:
        raise TraceError(result.stderr.strip())
    return result.stdout


def inspect(capture: str | os.PathLike[str], array_bytes: int | None = None, status: int = 0) -> Figures:
    """The figures of a capture, or of what memray, heaptrack, massif and DHAT have written."""
    size = [] if array_bytes is None else ["--array-bytes", str(array_bytes)]
    facts = json.loads(_run([_places.program(), "inspect", "--json", capture, *size]))
    wanted = {field.name for field in dataclasses.fields(Figures)} - {
        "buffers_at_peak",
        "capture",
        "status",
        "findings",
    }
    buffers = [Buffer(each["bytes"], each["blocks"], list(each["stack"])) for each in facts["buffers_at_peak"] or []]
    findings = [each if isinstance(each, str) else json.dumps(each) for each in facts.get("findings") or []]
    return Figures(
        **{name: facts[name] for name in wanted},
        buffers_at_peak=buffers,
        findings=findings,
        capture=pathlib.Path(capture),
        status=status,
    )


def trace(
    command: Sequence[str | os.PathLike[str]],
    *,
    array_bytes: int | float | None = None,
    capture: str | os.PathLike[str] | None = None,
    check: bool = True,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    output: IO[str] | None = None,
) -> Figures:
    """Runs a command under the tracer and returns its figures. `capture`: a .cmk file to keep. `check`: the command's failure
    is a CalledProcessError. `output`: the file that takes what it prints, errors too. TraceError if it could not be traced."""
    if isinstance(command, (str, bytes)):
        raise TypeError("command: expected its words, such as shlex.split() makes of text, found text")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(capture).absolute() if capture is not None else pathlib.Path(folder, "capture.cmk")
        size = [] if array_bytes is None else ["--array-bytes", str(int(array_bytes))]
        tracer: list[str | os.PathLike[str]] = [_places.program(), "trace", "-o", path, *size]
        result = subprocess.run(
            [*tracer, "--", *command], env=env, cwd=cwd, stdout=output, stderr=subprocess.PIPE, text=True
        )
        (output or sys.stderr).write(result.stderr)  # the command's, and the verdict
        if result.returncode == 125 or not path.exists():
            raise TraceError(result.stderr.strip())
        if check and result.returncode != 0:
            raise subprocess.CalledProcessError(result.returncode, list(command), stderr=result.stderr)
        figures = inspect(path, None if array_bytes is None else int(array_bytes), result.returncode)
        return figures if capture is not None else dataclasses.replace(figures, capture=None)
