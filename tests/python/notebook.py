"""The cell magic in the real IPython: the verdict, the report, the cell's output, and its failures."""

import unittest

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

CELL = """held = bytearray(3_000_000)
copy = bytes(held)
print("from the cell")
"""


class Magic(unittest.TestCase):
    def setUp(self):
        self.shell = InteractiveShell.instance()
        self.shell.run_line_magic("load_ext", "chunkmark")

    def run_cell(self, line, cell):
        with capture_output() as captured:
            self.shell.run_cell_magic("chunkmark", line, cell)
        return captured

    def test_verdict_and_report(self):
        captured = self.run_cell("--array-bytes 3e6", CELL)
        self.assertTrue(captured.stdout.startswith("from the cell\n"), captured.stdout + captured.stderr)
        self.assertIn("1 extra copy of 3.0 MB\n", captured.stdout)
        self.assertIn("<cell>:", captured.stdout)
        (page,) = captured.outputs
        self.assertIn("<iframe srcdoc=", page.data["text/html"])

    def test_own_marks_and_no_report(self):
        cell = f"import chunkmark\n{CELL}chunkmark.mark('begin')\nchunkmark.mark('end')\n"
        captured = self.run_cell("--array-bytes 3e6 --no-report", cell)
        self.assertIn("extra cop", captured.stdout)
        self.assertEqual(captured.outputs, [])

    def test_a_cell_that_fails(self):
        captured = self.run_cell("--array-bytes 3e6", "1 / 0\n")
        self.assertIn("ZeroDivisionError", captured.stdout)
        self.assertIn("the cell ended with status 1", captured.stderr)
        self.assertIn("--array-bytes", self.run_cell("", "1\n").stderr)


if __name__ == "__main__":
    unittest.main()
