"""Checks that go on after a failure, print every figure that they compared, and end with what passed."""

import os
import shutil
import subprocess
import sys

NOT_RUN = 77  # told to ctest as SKIP_RETURN_CODE: never counted as passed


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def _note(self, good, text):
        self.passed += good
        self.failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {text}", flush=True)

    def about(self, what, found, expected, tolerance=0.01):
        """found within `tolerance` of expected, which another tool measured."""
        off = abs(found - expected) / expected if expected else float("inf")
        self._note(
            off <= tolerance,
            f"{what}: {found} here, {expected} there, {100 * off:.2f} % apart (at most {100 * tolerance:g} %)",
        )

    def equal(self, what, found, expected):
        self._note(found == expected, f"{what}: {found!r}, expected {expected!r}")

    def names(self, what, text, *parts):
        self._note(all(part in text for part in parts), f"{what}: {text!r} names {' and '.join(parts)}")

    def finish(self):
        print(f"{self.passed} comparisons passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)


def require(**tools):
    """require(heaptrack="apt-get install heaptrack"): commands by name, or paths, that must be there."""
    missing = [f"{name} (install it: {how})" for name, how in tools.items() if shutil.which(name) is None]
    if missing:
        stop_for_missing("; ".join(missing))


def require_module(python, module, how):
    if subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode != 0:
        stop_for_missing(f"{python} has no {module} (install it: {how})")


def stop_for_missing(what):
    print(f"not run, missing: {what}")
    sys.exit(1 if os.environ.get("CI") else NOT_RUN)
