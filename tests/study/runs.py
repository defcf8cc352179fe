"""What the tests of whole studies share: a run of `chunkmark copies`, and the peers' environments."""

import json
import subprocess
import sys
import tempfile


def copies(chunkmark, *words):
    """The record of a run of `chunkmark copies` that is not timed."""
    with tempfile.TemporaryDirectory() as folder:
        told = ["--repeat", "0", "--json", "--out", folder, "--store", folder]
        run = subprocess.run([chunkmark, "copies", *words, *told], check=True, stdout=subprocess.PIPE)
        return json.loads(run.stdout)


def peer_pythons(peers, engines):
    """{engine: the Python of its environment}; installs those that are missing, which stay in the cache."""
    words = [sys.executable, f"{peers}/venv.py", *engines]
    made = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return dict(zip(engines, made, strict=True))


def report(good, text):
    """Prints a line of a table of results; 1 if it is bad, to be counted."""
    print(f"{'ok  ' if good else 'FAIL'} {text}")
    return 0 if good else 1
