"""Our side of the interop cases: the program zarr_case, and what equal means."""

import json
import subprocess

import numpy as np


def native(array):
    return np.ascontiguousarray(np.asarray(array)).astype(np.asarray(array).dtype.newbyteorder("="))


class Ours:
    """The program zarr_case, kept running."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        if "error" in reply:
            raise AssertionError(f"chunkmark: {reply['error']}")
        return reply


def expect_equal(found, expected, what):
    if found.shape != expected.shape or found.tobytes() != expected.tobytes():
        differing = "shape" if found.shape != expected.shape else int((found != expected).sum())
        raise AssertionError(f"{what}: {differing} differ of {expected.size}")
