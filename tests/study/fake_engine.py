"""A peer that is installed and needs nothing: a script in the place of its environment's Python."""

import pathlib
import shutil

NEWEST_PYTHON = 14  # whose locks the tests take


def install(engine, cache, peers, script):
    """Puts `script` where the program, with this XDG_CACHE_HOME, looks for the Python of the engine, whose lock is in the
    folder `peers`. Returns the script's path."""
    lock = pathlib.Path(peers) / "locks" / f"{engine}-py3{NEWEST_PYTHON}.lock"
    environment = pathlib.Path(cache) / "chunkmark" / "venvs" / lock.stem
    python = environment / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(script)
    python.chmod(0o755)
    shutil.copyfile(lock, environment / "lock")
    (environment / "stamp").touch()
    return python
