"""Ordinary data programs whose copies are known by reading them: array_programs.py CHUNKMARK [NAME...]

Their libraries map far more than they touch (OpenBLAS 67 MB, mimalloc in pyarrow arenas of 1 GiB, Java its whole heap).
"""

import os
import pathlib
import shutil
import sys
import tempfile

import tools
from checks import Checks, require_module

ARRAY_BYTES = 80_000_000
LOCK = pathlib.Path(__file__).resolve().parent / "array_programs.lock"

# name: extra copies (at least, at most), heap peak in MB at most, the program, and how many copies are proven by content
# (of ones none is)
PROGRAMS = {
    "numpy sum": (2, 2, 280, "import numpy\na = numpy.ones(10_000_000); b = a.copy(); c = a + b"),
    "numpy copy": (
        1,
        1,
        200,
        "import numpy\na = numpy.random.default_rng(1).random(10_000_000); b = a.copy()",
        1,
    ),
    "numpy sum of a copy": (
        2,
        2,
        280,
        "import numpy\na = numpy.random.default_rng(1).random(10_000_000); b = a.copy(); c = a + b",
        1,
    ),
    "numpy sum alone": (
        1,
        1,
        200,
        "import numpy\na = numpy.random.default_rng(1).random(10_000_000); c = a + 1",
        0,
    ),
    "gzip": (
        1,
        3,
        400,
        "import numpy, zlib\na = numpy.random.default_rng(1).random(10_000_000); z = zlib.compress(a, 1)",
        0,
    ),
    "numpy save, load": (
        1,
        1,
        200,
        "import numpy\na = numpy.ones(10_000_000); numpy.save('a.npy', a); b = numpy.load('a.npy')",
    ),
    "h5py gzip": (
        1,
        1,
        220,
        "import numpy, h5py\n"
        "a = numpy.ones((2000, 5000))\n"
        "with h5py.File('a.h5', 'w') as f:\n"
        "    f.create_dataset('a', data=a, chunks=(200, 5000), compression='gzip', compression_opts=1)\n"
        "with h5py.File('a.h5') as f:\n"
        "    b = f['a'][:]",
    ),
    "pandas column": (
        1,
        1,
        240,
        "import numpy, pandas\nframe = pandas.DataFrame({'a': numpy.ones(10_000_000)})\ncolumn = frame['a'].copy()",
    ),
    "pyarrow Parquet": (
        1,
        3,
        400,
        "import numpy, pyarrow, pyarrow.parquet as parquet\n"
        "table = pyarrow.table({'a': numpy.random.default_rng(1).random(10_000_000)})\n"
        "parquet.write_table(table, 'a.parquet')\n"
        "back = parquet.read_table('a.parquet')",
    ),
    "shared memory": (
        1,
        1,
        220,
        "import numpy\n"
        "from multiprocessing import shared_memory\n"
        "a = numpy.ones(10_000_000)\n"
        "s = shared_memory.SharedMemory(create=True, size=a.nbytes)\n"
        "b = numpy.ndarray(a.shape, a.dtype, s.buf); b[:] = a\n"
        "del b; s.close(); s.unlink()",
    ),
    "shared memory, random": (
        1,
        1,
        220,
        "import numpy\n"
        "from multiprocessing import shared_memory\n"
        "a = numpy.random.default_rng(1).random(10_000_000)\n"
        "s = shared_memory.SharedMemory(create=True, size=a.nbytes)\n"
        "b = numpy.ndarray(a.shape, a.dtype, s.buf); b[:] = a\n"
        "del b; s.close(); s.unlink()",
        1,
    ),
}


def untouched(document):
    """What of the large blocks alive at the peak nobody touched: it is in the heap and not in memory."""
    return sum((b["large_bytes"] or 0) - (b["large_touched_bytes"] or 0) for b in document["buffers_at_peak"])


def check(checks, chunkmark, folder, python, name):
    least, most, peak_mb, source, *proven = PROGRAMS[name]
    script = folder / "program.py"
    script.write_text(source + "\n")
    document = tools.chunkmark(chunkmark, folder, [python, script], dict(os.environ), ARRAY_BYTES)
    copies, peak = document["extra_copies"], document["peak_heap_bytes"]
    checks.equal(f"{name}: {copies} extra copies, {least} to {most}", copies in range(least, most + 1), True)
    checks.equal(f"{name}: heap peak of {peak}, at most {peak_mb} MB", peak <= peak_mb * 1e6, True)
    for count in proven:
        checks.equal(f"{name}: copies proven by content", document["proven_copies"], count)
    resident = document["resident"]["anonymous_bytes"] + document["shared_bytes"]
    checks.about(f"{name}: heap peak without what nobody touched, kernel", peak - untouched(document), resident, 0.05)
    checks.equal(f"{name}: unexplained memory", document["unexplained"], [])


def main():
    python = tools.environment("array-programs", LOCK)
    require_module(python, "pyarrow", "see array_programs.lock")
    wanted = sys.argv[2:] or list(PROGRAMS)
    checks = Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.chdir(folder)
        for program in wanted:
            check(checks, sys.argv[1], folder, python, program)
        if shutil.which("java"):
            document = tools.chunkmark(sys.argv[1], folder, ["java", "-version"], dict(os.environ), ARRAY_BYTES)
            checks.equal("java -version: extra copies", document["extra_copies"] or 0, 0)
            peak = document["peak_heap_bytes"]
            checks.equal(f"java -version: heap peak of {peak}, at most 40 MB", peak <= 40e6, True)
        if shutil.which("sbcl"):  # its heap of 1 GB is mapped by syscall(), writable and executable
            script = folder / "program.lisp"
            arrays = "(make-array 10000000 :element-type 'double-float :initial-element 1d0)"
            script.write_text(f"(defvar *a* {arrays})\n(defvar *b* {arrays})\n")
            document = tools.chunkmark(sys.argv[1], folder, ["sbcl", "--script", script], dict(os.environ), ARRAY_BYTES)
            resident = document["resident"]["anonymous_bytes"]
            checks.about("sbcl: heap peak, kernel", document["peak_heap_bytes"], resident, 0.05)
            checks.equal("sbcl: extra copies of two arrays", document["extra_copies"], 1)
    checks.finish()


if __name__ == "__main__":
    main()
