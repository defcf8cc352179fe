"""The C interface in another project, by CMake and by pkg-config: c_consumer.py BUILD CMAKE_OPTION...

The examples are the project's: arrays.c in C, versions.cc in C++.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import consumer


def told(folder, program, place):
    """What the program says, with the prefix where it is found by nobody but it."""
    return consumer.run("env", f"LD_LIBRARY_PATH={folder}/prefix/lib", program, place)


def check(found, expected):
    if found != expected:
        sys.exit(f"expected {expected!r}, found {found!r}")


def main(build, *options):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        consumer.run("cmake", "--install", build, "--prefix", folder / "built")
        (folder / "built").rename(folder / "prefix")  # a prefix can be moved
        source = folder / "source"
        shutil.copytree(pathlib.Path(__file__).resolve().parent / "c_consumer", source)
        consumer.run("cmake", "-S", source, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={folder}/prefix", *options)
        consumer.run("cmake", "--build", folder / "build")
        arrays = (
            '<f4, 2 dimensions, unit K, status 5: array "": expected a region inside (4, 6), found (2, 6) at (3, 0)\n'
        )
        check(told(folder, folder / "build/arrays", folder / "a.zarr"), arrays)
        versions = (
            '{"chunks_written":1,"chunks_found":0,"datasets_written":1,"datasets_unchanged":0}\n'
            "version r2: it was committed; stage another one\n"
        )
        check(told(folder, folder / "build/versions", folder / "a.h5"), versions)

        # The same by pkg-config, whose words hold no path but the prefix's, in C of 1999.
        os.environ["PKG_CONFIG_PATH"] = f"{folder}/prefix/lib/pkgconfig"
        words = subprocess.check_output(["pkg-config", "--cflags", "--libs", "chunkmark"], text=True).split()
        consumer.run("cc", "-std=c99", source / "arrays.c", "-o", folder / "arrays", *words)
        check(told(folder, folder / "arrays", folder / "b.zarr"), arrays)

        library = folder / "prefix/lib/libchunkmark.so"
        shown = subprocess.check_output(["nm", "-D", "--defined-only", library], text=True).splitlines()
        strangers = [line for line in shown if not line.split()[2].startswith("chunkmark_")]
        check(strangers, [])


if __name__ == "__main__":
    main(*sys.argv[1:])
