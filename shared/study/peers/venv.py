"""Makes engines' virtual environments from their locks, unless they are there already, and prints their Pythons.

    python3 venv.py [ENGINE...]          (without names: every engine of peers.json)

An engine gets the newest Python that was found and that it has a lock for (locks/ENGINE-py3N.lock). Environments live in
${XDG_CACHE_HOME:-~/.cache}/chunkmark/venvs/ENGINE-py3N; inside, `lock` is what was installed, and `stamp` says from which
lock and Python.
"""

import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pythons


def environment(name, requirements, *pip_options, base=sys.executable, version=sys.version):
    """The Python of an environment of exactly the files that `requirements` names, made with the Python `base`, whose
    sys.version is `version`. One process makes it, others wait."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "chunkmark" / "venvs" / name
    python = folder / "bin" / "python"
    stamp = folder / "stamp"
    wanted = hashlib.sha256(requirements.read_bytes() + version.encode()).hexdigest()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.making", "w") as making:
        fcntl.flock(making, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            # -I: this file has the name of a module, and the current folder may be its own.
            subprocess.run([base, "-I", "-m", "venv", str(folder)], check=True, stdout=sys.stderr)
            install = ["-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pip_options]
            install += ["--require-hashes", "-r", str(requirements)]
            subprocess.run([str(python), *install], check=True, stdout=sys.stderr)
            shutil.copyfile(requirements, folder / "lock")
            stamp.write_text(wanted)
    return python


HERE = pathlib.Path(__file__).resolve().parent
ENGINES = sorted(
    peer["name"]
    for study in ("peers.json", "version_peers.json")  # of copies, of versions
    for peer in json.loads((HERE / study).read_text())
    if "wanted" in peer  # others are in the environment of one that is
)
LOCKS = {engine: pythons.locks(engine) for engine in ENGINES}


def listed(minors):
    return ", ".join(f"3.{minor}" for minor in sorted(minors)) or "none"


def venv_python(engine, found):
    """The Python of the engine's environment. LookupError if none of the `found` Pythons has a lock."""
    minor = pythons.newest(LOCKS[engine], found)
    if minor is None:
        raise LookupError(f"expected one of Python {listed(LOCKS[engine])} with venv, found {listed(found)}")
    base, version = found[minor]
    return environment(f"{engine}-py3{minor}", LOCKS[engine][minor], "--only-binary=:all:", base=base, version=version)


def main(engines):
    """The others are made even where one fails."""
    unknown = set(engines) - set(ENGINES)
    if unknown:
        sys.exit(f"{', '.join(sorted(unknown))}: no such engine; expected some of {', '.join(ENGINES)}")
    # Newer ones than the locks know are found too, to be told.
    found = pythons.usable(range(8, max(minor for locks in LOCKS.values() for minor in locks) + 4))
    failed = []
    for engine in engines or ENGINES:
        try:
            print(venv_python(engine, found), flush=True)
        except (subprocess.CalledProcessError, OSError, LookupError) as error:
            failed.append(f"{engine}: not installed: {error}")
    return "\n".join(failed) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
