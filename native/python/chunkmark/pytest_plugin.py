"""pytest: a test that may make so many copies of an array, and no more.

    @pytest.mark.max_copies(1, array_bytes=100_000_000)
    def test_store(tmp_path, measured):
        array = make_array()
        with measured():            # without the fixture, the whole test is measured
            store(array, tmp_path)

The test runs in a process of its own under the tracer, with its fixtures. It fails as any test does, and where more extra
copies are alive at the heap's peak: then the buffers are named, and a report lies in --copies-reports (chunkmark-reports).
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest

from ._trace import Buffer, Figures, TraceError, mark, trace

_OUTCOME = "CHUNKMARK_PYTEST_OUTCOME"  # the file in which the traced process tells what became of the test


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("chunkmark")
    group.addoption(
        "--copies-reports",
        default="chunkmark-reports",
        metavar="DIR",
        help="folder of reports of tests with max_copies",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "max_copies(count, array_bytes): fail if more extra copies of so many bytes are alive at a time"
    )


@pytest.fixture
def measured() -> Callable[[], contextlib.AbstractContextManager[None]]:
    """What is within `with measured():` is measured, once in a test."""

    @contextlib.contextmanager
    def part() -> Iterator[None]:
        mark("begin")
        yield
        mark("end")

    return part


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    marker = item.get_closest_marker("max_copies")
    if marker is None or _OUTCOME in os.environ:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    began = time.time()
    outcome, told = _run_traced(item, *_limits(*marker.args, **marker.kwargs))
    report = pytest.TestReport(
        item.nodeid,
        item.location,
        {name: 1 for name in item.keywords},
        outcome,
        (str(item.path), item.location[1] or 0, told) if outcome == "skipped" else told or None,
        "call",
        duration=time.time() - began,
        start=began,
        stop=time.time(),
    )
    item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _limits(count: int, *, array_bytes: float) -> tuple[int, int]:
    return count, int(array_bytes)


def _run_traced(item: pytest.Item, most: int, array_bytes: int) -> tuple[Literal["passed", "failed", "skipped"], str]:
    with tempfile.TemporaryDirectory() as folder:
        capture, outcome = pathlib.Path(folder, "test.cmk"), pathlib.Path(folder, "outcome")
        environment = {**os.environ, _OUTCOME: str(outcome)}
        try:
            with open(os.path.join(folder, "output"), "w+") as output:
                figures = trace(
                    _command(item),
                    array_bytes=array_bytes,
                    capture=capture,
                    check=False,
                    env=environment,
                    cwd=item.config.invocation_params.dir,
                    output=output,
                )
                output.seek(0)
                said = output.read()
        except (TraceError, subprocess.SubprocessError, OSError) as error:
            return "failed", f"the test could not be traced: {error}"
        if not outcome.exists():
            return "failed", f"the process of the test ended with status {figures.status}\n{said}"
        result = json.loads(outcome.read_text())
        if result["outcome"] != "passed":
            return result["outcome"], result["told"]
        if figures.extra_copies is None:
            size = f"{array_bytes / 1e6:.1f} MB"
            return "failed", f"no buffer of {size} was alive at the heap's peak: nothing can be said about copies of it"
        if figures.extra_copies <= most:
            return "passed", ""
        return "failed", _too_many(item, figures, most, array_bytes)


def _command(item: pytest.Item) -> list[str]:
    config = item.config
    words = [sys.executable, "-m", "pytest", "-q", "-p", __name__, "-p", "no:cacheprovider"]
    words += ["--rootdir", str(config.rootpath)]
    if config.inipath is not None:
        words += ["-c", str(config.inipath)]
    if config.pluginmanager.hasplugin("xdist"):
        words += ["-n0"]
    path, _, names = item.nodeid.partition("::")
    return [*words, f"{config.rootpath / path}::{names}"]


def _too_many(item: pytest.Item, figures: Figures, most: int, array_bytes: int) -> str:
    folder = item.config.invocation_params.dir / item.config.getoption("--copies-reports")
    folder.mkdir(parents=True, exist_ok=True)
    report = figures.report(folder / (re.sub(r"[^\w.-]+", "-", item.nodeid)[-150:] + ".html"))
    lines = [
        f"extra copies of {array_bytes / 1e6:.1f} MB alive at the peak: {figures.extra_copies}, at most {most} may be"
    ]

    # Many small blocks, as interpreters have, come behind the array's copies.
    def weight(buffer: Buffer) -> tuple[bool, int]:
        return buffer.bytes >= buffer.blocks * array_bytes / 2, buffer.bytes

    for buffer in sorted(figures.buffers_at_peak, key=weight, reverse=True)[: most + 3]:
        blocks = "1 block" if buffer.blocks == 1 else f"{buffer.blocks} blocks"
        lines.append(f"  {buffer.bytes / 1e6:.1f} MB in {blocks}: {buffer.where}")
    return "\n".join([*lines, f"report: {report}"])


# ---- in the traced process ----


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    whole = _OUTCOME in os.environ and "measured" not in pyfuncitem.fixturenames
    if whole:
        mark("begin")
    result = yield
    if whole:
        mark("end")
    return result


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    path = os.environ.get(_OUTCOME)
    if path is None or (report.when != "call" and report.outcome == "passed"):
        return
    told: Any = report.longrepr
    told = told[2] if isinstance(told, tuple) else report.longreprtext
    pathlib.Path(path).write_text(json.dumps({"outcome": report.outcome, "told": told}))
