"""The pytest plugin under the real pytest: what passes, fails, is skipped, and what a failure says."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

TESTS = """
import pytest

N = 3_000_000
SMALL = [bytearray(1_100_000) for _ in range(12)]  # as much as four arrays, as interpreters hold too

@pytest.fixture
def array(tmp_path):
    (tmp_path / "made").write_text("")
    return bytearray(N)

@pytest.mark.max_copies(0, array_bytes=N)
def test_none(array, measured):
    with measured():
        pass

@pytest.mark.max_copies(1, array_bytes=3e6)
def test_allowed(array, measured):
    with measured():
        held = bytes(array)

@pytest.mark.max_copies(0, array_bytes=N)
def test_too_many(array, measured):
    with measured():
        held = bytes(array)

@pytest.mark.max_copies(0, array_bytes=N)
def test_whole():
    held = bytes(bytearray(N))

@pytest.mark.max_copies(1, array_bytes=N)
def test_fails():
    assert N == 1, "no million"

@pytest.mark.max_copies(1, array_bytes=N)
def test_skipped():
    pytest.skip("not today")

@pytest.mark.max_copies(1, array_bytes=N)
@pytest.mark.parametrize("word", ["a b", "c"])
def test_parameters(word):
    array = bytearray(N)
    assert word != "c"

@pytest.mark.max_copies(1, array_bytes=N)
def test_no_array():
    pass

def test_plain():
    import os
    assert "CHUNKMARK_PYTEST_OUTCOME" not in os.environ
"""


class Plugin(unittest.TestCase):
    def test_outcomes_and_messages(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "test_copies.py").write_text(TESTS)
            words = [sys.executable, "-B", "-m", "pytest", "-p", "chunkmark.pytest_plugin", "--strict-markers", "-rA"]
            result = subprocess.run(words, cwd=folder, text=True, capture_output=True)
            told = result.stdout
            for outcome, tests in {
                "PASSED": ["test_none", "test_allowed", "test_parameters[a b]", "test_plain"],
                "FAILED": ["test_too_many", "test_whole", "test_fails", "test_parameters[c]", "test_no_array"],
            }.items():
                for test in tests:
                    self.assertTrue(f"{outcome} test_copies.py::{test}" in told, told[-3000:])
            self.assertRegex(told, r"SKIPPED \[1\] test_copies.py.*: .*not today")
            self.assertIn("extra copies of 3.0 MB alive at the peak: 1, at most 0 may be", told)
            self.assertRegex(
                told,
                r"most 0 may be\n(  3.0 MB in 1 block: .*\n)*  3.0 MB in 1 block: test_too_many \S*test_copies.py:25\n",
            )
            self.assertIn("no million", told)
            self.assertIn("no buffer of 3.0 MB was alive", told)
            reports = sorted(path.name for path in (folder / "chunkmark-reports").iterdir())
            self.assertEqual(reports, ["test_copies.py-test_too_many.html", "test_copies.py-test_whole.html"])
            report = folder / "chunkmark-reports" / reports[0]
            self.assertIn(f"report: {os.path.realpath(report)}", told.replace(str(report), os.path.realpath(report)))
            self.assertEqual(result.returncode, 1)


if __name__ == "__main__":
    unittest.main()
