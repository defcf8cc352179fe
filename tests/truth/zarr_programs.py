"""The distribution's python3-zarr under the tracer and under the other tools: zarr_programs.py CHUNKMARK"""

import os
import pathlib
import sys
import tempfile

import tools
from checks import Checks, require, require_module

CASE = str(pathlib.Path(__file__).resolve().parent / "zarr_case.py")
PYTHON = "/usr/bin/python3"  # the distribution's, whatever comes first in PATH
SIDE, SIDE_FOR_DHAT = 5000, 2236  # 100 MB, and 20 MB for what runs thirty times slower
OPERATIONS = (("write", "none", 0), ("write", "default", 2), ("read", "none", 1), ("read", "default", 1))


def compare(checks, chunkmark, folder, operation, kind, copies):
    label = f"{operation} {kind}"
    # Hash seed: the same dictionaries in every run. One thread of OpenBLAS: its work space is not what is measured.
    environment = dict(os.environ, PYTHONHASHSEED="0", OPENBLAS_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1")

    def command(side):
        store = folder / f"{kind}-{side}.zarr"
        if not store.exists():
            tools.run([PYTHON, CASE, "write", kind, store, side])
        return [CASE, operation, kind, str(store), str(side)]

    array_bytes = SIDE * SIDE * 4
    whole, small = [PYTHON, *command(SIDE)], [PYTHON, *command(SIDE_FOR_DHAT)]
    marked = tools.chunkmark(chunkmark, folder, [*whole, "--marks"], environment, array_bytes)
    checks.equal(f"{label}: extra copies", marked["extra_copies"], copies)
    sites = [buffer["site"] for buffer in marked["buffers_at_peak"] if buffer["bytes"] > 0.8 * array_bytes]
    if label == "write default":
        checks.names(f"{label}: largest sites", "; ".join(sites), "_encode_chunk", "core.py:")
    elif operation == "read":
        # The copy is the file's bytes; the array that is returned is born in a frame of numpy's (empty_like).
        checks.names(f"{label}: largest sites", "; ".join(sites), "_fromfile", "storage.py:", "empty_like")
    else:
        checks.names(f"{label}: largest sites", "; ".join(sites), "write", "zarr_case.py:")

    ours = tools.chunkmark(chunkmark, folder, whole, environment)
    checks.about(
        f"{label}: malloc peak, heaptrack", ours["malloc_peak_bytes"], tools.heaptrack_peak(folder, whole, environment)
    )
    checks.about(
        f"{label}: resident high water, kernel",
        ours["resident"]["high_water_bytes"],
        tools.resident_high_water(whole, environment),
        0.02,
    )

    # memray tracks from where the mark "begin" stands, so what was alive there is taken off our peak. CPython takes its
    # objects' memory in arenas of a megabyte: one begun a moment earlier or later is 1 % of a write without compression.
    # With malloc in their place both tools see the same blocks.
    objects = dict(environment, PYTHONMALLOC="malloc")
    ours = tools.chunkmark(chunkmark, folder, [*whole, "--marks"], objects)
    checks.about(
        f"{label}: mapped peak, memray",
        ours["mapped_peak_bytes"] - ours["mapped_at_begin_bytes"],
        tools.memray_peak(folder, tools.memray_python(), command(SIDE), objects),
    )

    ours = tools.chunkmark(chunkmark, folder, small, environment)
    checks.about(f"{label}: malloc peak, DHAT", ours["malloc_peak_bytes"], tools.dhat_peak(folder, small, environment))
    checks.about(f"{label}: bytes copied, DHAT", ours["bytes_copied"], tools.dhat_copied(folder, small, environment))


def main():
    require(heaptrack="apt-get install heaptrack", zstd="apt-get install zstd", valgrind="apt-get install valgrind")
    require_module(PYTHON, "zarr", "apt-get install python3-zarr")
    require_module(PYTHON, "ensurepip", "apt-get install python3-venv")
    wanted = sys.argv[2:]
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for operation, kind, copies in OPERATIONS:
            if not wanted or operation + "-" + kind in wanted:
                compare(checks, sys.argv[1], pathlib.Path(folder), operation, kind, copies)
    checks.finish()


if __name__ == "__main__":
    main()
