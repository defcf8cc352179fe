"""The cell magic %%chunkmark of notebooks (`%load_ext chunkmark`): runs the cell in a process of its own under the tracer, and
shows the verdict and the report.

    %%chunkmark --array-bytes 1e8
    import zarr, numpy
    ...

What the notebook has in its variables the cell has not. It is measured as a whole, or between marks that it sets itself:
chunkmark.mark("begin"), chunkmark.mark("end").
"""

from __future__ import annotations

import argparse
import html
import pathlib
import shlex
import sys
import tempfile
from typing import Any

from ._trace import Figures, TraceError, trace

_RUN = """import chunkmark
code = compile(open({path!r}).read(), "<cell>", "exec")
chunkmark.mark("begin")
exec(code, {{"__name__": "__main__"}})
chunkmark.mark("end")
"""
_FRAME = (
    '<iframe srcdoc="{}" style="width:100%;height:{}px;border:1px solid #8886" title="Report of the cell"></iframe>'
)


def _options(line: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="%%chunkmark", exit_on_error=False)
    parser.add_argument("--array-bytes", type=float, required=True, help="size of the array that the cell stores")
    parser.add_argument("--no-report", action="store_true", help="the verdict alone")
    parser.add_argument("--height", type=int, default=640, help="of the report, in pixels")
    return parser.parse_args(shlex.split(line))


def verdict(figures: Figures) -> str:
    if figures.extra_copies is None:
        return "the copies are not known"
    copies = f"{figures.extra_copies} extra {'copy' if figures.extra_copies == 1 else 'copies'}"
    size = "" if figures.array_bytes is None else f" of {figures.array_bytes / 1e6:.1f} MB"
    places = [
        f"  {buffer.bytes / 1e6:.1f} MB in {buffer.blocks} blocks: {buffer.where}"
        for buffer in figures.buffers_at_peak[:3]
    ]
    return "\n".join([copies + size, *places])


def run_cell(line: str, cell: str) -> Figures | None:
    from IPython.display import HTML, display

    try:
        options = _options(line)
    except argparse.ArgumentError as error:
        print(f"%%chunkmark: {error}", file=sys.stderr)
        return None
    except SystemExit:  # argparse has said why
        return None
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        source, program = folder / "cell.py", folder / "run.py"
        source.write_text(cell)
        program.write_text(cell if "chunkmark.mark(" in cell else _RUN.format(path=str(source)))
        with open(folder / "output", "w+") as output:
            try:
                figures = trace(
                    [sys.executable, program],
                    array_bytes=options.array_bytes,
                    capture=folder / "cell.cmk",
                    check=False,
                    output=output,
                )
            except TraceError as error:
                print(error, file=sys.stderr)
                return None
            output.seek(0)
            print(output.read(), end="")
        if figures.status != 0:
            print(f"the cell ended with status {figures.status}", file=sys.stderr)
            return None
        print(verdict(figures))
        if not options.no_report:
            page = figures.report(folder / "cell.html").read_text()
            display(HTML(_FRAME.format(html.escape(page, quote=True), options.height)))  # type: ignore[no-untyped-call]
        return figures


def load(shell: Any) -> None:
    def chunkmark(line: str, cell: str) -> None:
        run_cell(line, cell)

    shell.register_magic_function(chunkmark, "cell", "chunkmark")
