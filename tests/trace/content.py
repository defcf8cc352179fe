"""Copies are proven by content, on programs whose buffers are known: content.py CHUNKMARK TARGET."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHUNKMARK, TARGET = sys.argv[1:3]
ARRAY = 8_000_000


def traced(case, *options):
    with tempfile.TemporaryDirectory() as folder:
        capture = pathlib.Path(folder) / "content.cmk"
        words = [CHUNKMARK, "trace", "-o", capture, "--array-bytes", str(ARRAY), "--json", *options, "--", TARGET, case]
        result = subprocess.run(words, capture_output=True, text=True, timeout=60)
        if result.returncode != 0:
            raise AssertionError(result.stderr)
        return json.loads(result.stdout), result.stderr


def contents(figures):
    large = [buffer for buffer in figures["buffers_at_peak"] if buffer["bytes"] >= ARRAY / 2]
    return {buffer["content"] for buffer in large} | {"array" for buffer in large if buffer["has_array"]}


class Contents(unittest.TestCase):
    def check(self, case, proven, duplicated, content):
        figures, said = traced(case)
        with self.subTest(case=case):
            self.assertEqual(figures["extra_copies"], 2 if case == "overwritten" else 1, said)
            self.assertEqual(figures["proven_copies"], proven, said)
            self.assertEqual(figures["bytes_duplicated"], duplicated, said)
            self.assertEqual(contents(figures), {"array", *content}, said)

    def test_copies_by_a_loop_are_proven(self):
        same = {"same bytes as the array"}
        self.check("loop", 1, ARRAY, same)
        self.check("header", 1, ARRAY, same)
        self.check("realloc", 1, ARRAY, same)
        self.check("unmarked", 1, ARRAY, same)
        self.check("shared", 1, ARRAY, same)

    def test_parts_are_proven_to_be_parts(self):
        self.check("parts", 1, ARRAY, {"same bytes as part of the array"})

    def test_small_blocks_are_proven_by_their_copies(self):
        for case, proven, content in [("pieces", 1, "same bytes as the array"), ("rotated", 0, None)]:
            figures, said = traced(case)
            self.assertEqual((figures["extra_copies"], figures["proven_copies"]), (1, proven), said)
            self.assertEqual(figures["bytes_duplicated"], proven * ARRAY, said)
            told = [buffer["content"] for buffer in figures["buffers_at_peak"] if not buffer["has_array"]]
            self.assertEqual(told[0], content, said)

    def test_what_was_held_at_the_peak_counts(self):
        self.check("overwritten", 1, ARRAY, {"same bytes as the array", "different content"})

    def test_other_content_is_told_apart(self):
        different = {"different content"}
        self.check("changed", 0, 0, different)
        self.check("untouched", 0, 0, different)
        self.check("freed", 0, 0, different)

    def test_the_verdict_says_it(self):
        _, said = traced("loop")
        self.assertIn("■▮ 1 extra copy of 8.0 MB (proven: the same bytes)", said)
        self.assertIn(", the same bytes as the array\n", said)
        self.assertIn("■▯ 1 extra copy of 8.0 MB, ", traced("changed")[1])

    def test_without_fingerprints_nothing_is_known(self):
        figures, said = traced("loop", "--no-fingerprints")
        self.assertEqual(
            (figures["extra_copies"], figures["proven_copies"], figures["bytes_duplicated"]), (1, None, None)
        )
        self.assertEqual(contents(figures), {None})
        self.assertIn("■▯ 1 extra copy of 8.0 MB, ", said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
