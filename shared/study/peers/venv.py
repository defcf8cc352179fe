"""Makes an engine's virtual environment from its lock, unless it is there already, and prints its Python.

    python3 venv.py ENGINE

Environments live in ${XDG_CACHE_HOME:-~/.cache}/chunkmark/venvs/ENGINE; a stamp inside says from which lock and Python.
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys


def environment(name, requirements, *pip_options):
    """The Python of an environment of exactly the files that `requirements` names. One process makes it, others wait."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "chunkmark" / "venvs" / name
    python = folder / "bin" / "python"
    stamp = folder / "stamp"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.making", "w") as making:
        fcntl.flock(making, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, stdout=sys.stderr)
            install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pip_options]
            install += ["--require-hashes", "-r", str(requirements)]
            subprocess.run([str(python), *install], check=True, stdout=sys.stderr)
            stamp.write_text(wanted)
    return python


def venv_python(engine):
    lock = pathlib.Path(__file__).resolve().parent / f"{engine}.lock"
    return environment(engine, lock, "--only-binary=:all:")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(venv_python(sys.argv[1]))
