"""Makes an engine's virtual environment from its lock, unless it is there already, and prints its Python.

    python3 venv.py ENGINE

Environments live in ${XDG_CACHE_HOME:-~/.cache}/chunkmark/venvs/ENGINE; a stamp inside says from which lock and Python.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys


def venv_python(engine):
    lock = pathlib.Path(__file__).resolve().parent / f"{engine}.lock"
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "chunkmark" / "venvs" / engine
    python = folder / "bin" / "python"
    stamp = folder / "stamp"
    wanted = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, stdout=sys.stderr)
        install = ["-m", "pip", "install", "--quiet", "--only-binary=:all:", "--require-hashes", "-r", str(lock)]
        subprocess.run([str(python), *install], check=True, stdout=sys.stderr)
        stamp.write_text(wanted)
    return python


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(venv_python(sys.argv[1]))
