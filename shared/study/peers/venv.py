"""Makes engines' virtual environments from their locks, unless they are there already, and prints their Pythons.

    python3 venv.py [ENGINE...]          (without names: every engine of peers.json)

Environments live in ${XDG_CACHE_HOME:-~/.cache}/chunkmark/venvs/ENGINE; a stamp inside says from which lock and Python.
"""

import fcntl
import hashlib
import json
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


HERE = pathlib.Path(__file__).resolve().parent
LOCKS = {peer["name"]: HERE / peer["lock"] for peer in json.loads((HERE / "peers.json").read_text())}
ENGINES = sorted(LOCKS)


def venv_python(engine):
    return environment(engine, LOCKS[engine], "--only-binary=:all:")


def main(engines):
    """The others are made even where one fails."""
    unknown = set(engines) - set(ENGINES)
    if unknown:
        sys.exit(f"{', '.join(sorted(unknown))}: no such engine; expected some of {', '.join(ENGINES)}")
    failed = []
    for engine in engines or ENGINES:
        try:
            print(venv_python(engine), flush=True)
        except (subprocess.CalledProcessError, OSError) as error:
            failed.append(f"{engine}: not installed: {error}")
    return "\n".join(failed) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
