"""`chunkmark serve FILE`: a page of bounded size, and ranges on demand, of a memray capture of a million records."""

import base64
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

from served import CHUNKMARK, Server

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
from memray_capture import write_capture  # noqa: E402

kAlive = 0xFFFFFFFF


def column(packed):
    """The values of a packed column: planes of bytes, the lowest first (web/DATA.md)."""
    width, rows = int(packed["type"][1:]) // 8, packed["rows"]
    planes = gzip.decompress(base64.b64decode(packed["gzip"]))
    values = [sum(planes[plane * rows + row] << (8 * plane) for plane in range(width)) for row in range(rows)]
    if packed.get("encoding") == "delta":
        for row in range(1, rows):
            values[row] += values[row - 1]
    return values


def peak(document):
    lives = document["intervals"]
    changes = []
    for begin, end, size in zip(column(lives["t0"]), column(lives["t1"]), column(lives["bytes"])):
        changes += [(begin, size)] + ([(end, -size)] if end != kAlive else [])
    most = heap = 0
    changes.sort()
    for at, (tick, size) in enumerate(changes):
        heap += size
        if at + 1 == len(changes) or changes[at + 1][0] != tick:
            most = max(most, heap)
    return most


class Captures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.file = str(pathlib.Path(cls.folder.name) / "many.bin")
        write_capture(cls.file, 1_000_000)
        told = subprocess.run([CHUNKMARK, "inspect", cls.file, "--json"], check=True, stdout=subprocess.PIPE)
        cls.figures = json.loads(told.stdout)
        cls.server = Server(cls.file)
        cls.server.__enter__()
        html = cls.server.ask("/capture.html")[2].decode()
        cls.html_bytes = len(html)
        cls.page = json.loads(html.split('id="report-data"', 1)[1].split(">", 1)[1].split("</script>", 1)[0])

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()
        cls.folder.cleanup()

    def test_the_page_is_small_and_its_sums_are_exact(self):
        self.assertLess(self.html_bytes, 8_000_000)
        self.assertEqual(self.page["figures"]["allocations"], self.figures["allocations"])
        self.assertEqual(peak(self.page), self.figures["peak_heap_bytes"])
        self.assertEqual(sum(column(self.page["intervals"]["blocks"])), self.figures["allocations"])
        detail = self.page["detail"]
        self.assertLess(detail["shown"], detail["stacks"])  # twenty thousand stacks are more than a page has room for
        self.assertGreater(detail["instants"], 0)

    def test_a_range_is_answered_in_detail_and_soon(self):
        end = self.page["end_ticks"]
        nodes = self.page["stacks"]["parent"]["rows"]
        self.assertEqual(peak(self.server.json(f"/api/v1/capture?from=0&to={end}")), self.figures["peak_heap_bytes"])
        peak_tick = int(self.figures["peak_ms"] * 1e6 / self.page["tick_ns"])
        for parts in (2, 10, 200):
            begin, until = max(0, peak_tick - end // parts // 2), min(end, peak_tick + end // parts // 2)
            began = time.monotonic()
            told = self.server.json(f"/api/v1/capture?from={begin}&to={until}")
            self.assertLess(time.monotonic() - began, 5)  # a second on a machine that does nothing else
            self.assertLess(max(column(told["intervals"]["stack"])), nodes)
            self.assertEqual(peak(told), self.figures["peak_heap_bytes"])
        # Of a small part there is more detail than the page itself has of it.
        inside = {t for t in column(self.page["intervals"]["t0"]) if begin < t < until}
        self.assertGreater(len({t for t in column(told["intervals"]["t0"]) if begin < t < until}), 2 * len(inside))

    def test_what_is_no_range_is_refused(self):
        for query in ("", "?from=1", "?from=a&to=2", "?from=5&to=2", "?from=-1&to=2", "?from=0&to=99999999999"):
            self.assertEqual(self.server.ask(f"/api/v1/capture{query}")[0], 400, query)

    def test_memory_is_bounded(self):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        high = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        self.assertLess(int(high.split()[1]), 1 << 20)  # kB


if __name__ == "__main__":
    unittest.main()
