"""The wheel in clean environments of every Python here: wheel.py BUILD SOURCE

Builds it, installs it, runs the tests of the package and those of an installed program (tests/install/program.py) on what is
installed, and looks at where its libraries are found: in the wheel itself, or among those that manylinux promises. Then the
action's script installs it (action.py).
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import environment

sys.path.insert(0, str(environment.ROOT / "tests/install"))
import program  # noqa: E402

# What manylinux promises of every distribution.
SYSTEM = re.compile(r"(lib(c|m|z|dl|pthread|rt|resolv|stdc\+\+|gcc_s)|ld-linux[\w-]*|linux-vdso)\.so\.\d+$")


def run(*words, **options):
    result = subprocess.run([str(word) for word in words], text=True, capture_output=True, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: status {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def check_libraries(package):
    for name in ("bin/chunkmark", "lib/libchunkmark.so.0", "lib/chunkmark/libchunkmark-preload.so"):
        for line in run("ldd", package / "_prefix" / name).splitlines():
            library, _, found = line.strip().partition(" => ")
            inside = str(package.parent / "chunkmark.libs") in os.path.realpath(found.split(" (")[0])
            if not inside and not SYSTEM.match(os.path.basename(library.split(" (")[0])):
                sys.exit(f"{name}: {line.strip()}: expected it in the wheel")


def check(wheel, minor, base, folder):
    """The package on this Python. Returns where the installation within it is."""
    run(base, "-I", "-m", "venv", folder)
    python = folder / "bin/python"
    pip = [python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"]
    lock = environment.pythons.locks("chunkmark-python").get(minor)
    if lock:
        run(*pip, "--require-hashes", "-r", lock)
    run(*pip, wheel)
    clean = {"PATH": f"{folder}/bin:/usr/bin:/bin", "HOME": str(folder)}
    place = "import chunkmark, pathlib; print(pathlib.Path(chunkmark.__file__).parent)"
    package = pathlib.Path(run(python, "-I", "-c", place).strip())
    version = run(folder / "bin/chunkmark", "--version", env=clean)
    if version != f"chunkmark {run(python, '-I', '-c', 'import chunkmark; print(chunkmark.__version__)')}":
        sys.exit(f"the wheel's command says {version!r}")
    check_libraries(package)
    script = environment.ROOT / "tests/python/api.py"
    run(python, "-B", "-W", "ignore::DeprecationWarning", script, env=clean, cwd=folder)
    print(f"Python 3.{minor}: good", flush=True)
    return package / "_prefix"


def main(build, source):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        print(
            run(environment.locked("wheel"), "-B", environment.ROOT / "native/python/wheel.py", build, folder).strip()
        )
        (wheel,) = folder.glob("*.whl")
        found = environment.usable()
        prefixes = [check(wheel, minor, base, folder / f"py3{minor}") for minor, base in found.items()]
        if not found:
            sys.exit("no Python with venv")
        status = program.run_hidden(folder, build, source, prefixes[0])  # which no Python has a part in
        if status not in (0, 77):
            sys.exit(f"the installed program: status {status}")
        print("program: good", flush=True)
        run(next(iter(found.values())), "-B", environment.ROOT / "tests/python/action.py", wheel)
        print("action: good", flush=True)


main(*sys.argv[1:])
