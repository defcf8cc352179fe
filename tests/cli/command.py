"""The program under test, the first argument of each of these tests."""

import subprocess
import sys

CHUNKMARK = sys.argv.pop(1)


def run(*words, **options):
    return subprocess.run(
        [CHUNKMARK, *words], text=True, stderr=subprocess.PIPE, **{"stdout": subprocess.PIPE, **options}
    )
