"""One test of the Python package from the source tree, with the libraries of .ci/python.lock: run.py NAME BUILD

NAME is a script of this folder, or `types`: the package's annotations, by mypy.
"""

import os
import pathlib
import sys

import environment

name, build = sys.argv[1:]
package = environment.ROOT / "native/python"
if name == "histories":
    wanted = environment.ROOT / "tests/interop/versioned/requirements-newest.txt"
    python = str(environment.venv.environment("versioned-newest", wanted))
else:
    python = str(environment.locked("python"))
os.environ["PYTHONPATH"] = str(package)
os.environ["CHUNKMARK_BUILD"] = build
if name == "types":
    os.execv(python, [python, "-B", "-m", "mypy", "--strict", "--cache-dir", os.devnull, str(package / "chunkmark")])
script = pathlib.Path(__file__).with_name(f"{name}.py")
words = [] if name == "histories" else ["-v"]
os.execv(python, [python, "-B", "-W", "ignore::DeprecationWarning", str(script), *words])
