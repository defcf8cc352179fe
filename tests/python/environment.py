"""The Pythons that the tests of the package run on: of .ci/python.lock, and of every version that is here."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "shared/study/peers"))
import venv  # noqa: E402  ours

import pythons  # noqa: E402

NEWEST = 15


def locked(name):
    """The Python of an environment of .ci/NAME.lock."""
    return venv.environment(name, ROOT / f".ci/{name}.lock", "--only-binary=:all:")


def usable():
    """{minor: path} of those that the package is for."""
    return {minor: path for minor, (path, _) in sorted(pythons.usable(range(11, NEWEST + 1)).items())}
