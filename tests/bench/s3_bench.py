"""Arrays in a bucket: s3_bench.py CHUNKMARK [--repeat N]

Ours beside obstore, s3fs (both zarr-python) and tensorstore, on versitygw on this machine (tests/s3/server.py): 100 MB in one
chunk, uncompressed and blosc; and 64 chunks of 1 MB with 20 ms of latency before each request. The engines take turns
within a round, the first round warms up; medians with the least and the most. Of every cell also the bytes on the wire, per
byte that is stored, both ways, of one call through a proxy. The server works on the same processors: its CPU time per
second of the call is shown, and where that is all there are, it is the server that is measured. A benchmark, never a test.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "shared/study/peers"
sys.path += [str(ROOT / "tests/s3"), str(pathlib.Path(__file__).resolve().parent)]
import server  # noqa: E402
import versioned  # noqa: E402
from chunk_bench import Timed  # noqa: E402

ENGINES = ["chunkmark", "obstore", "s3fs", "tensorstore"]
ONE = {"shape": [5000, 5000], "chunks": [5000, 5000], "threads": 2}
MANY = {"shape": [64 * 250000], "chunks": [250000], "threads": 16}
LATENCY = 0.020


def commands(chunkmark):
    found = {"chunkmark": [chunkmark, "copy-case"]}
    for engine in ENGINES[1:]:
        made = subprocess.run([sys.executable, str(PEERS / "venv.py"), engine], stdout=subprocess.PIPE, text=True)
        if made.returncode == 0:  # else it has said why
            found[engine] = [made.stdout.strip(), str(PEERS / "peer.py")]
    return found


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cell:
    """One layout, codec and operation; the environment says which port is asked."""

    def __init__(self, s3, found, task):
        self.s3, self.found, self.task = s3, found, task

    def timed(self, engine, words):
        store = f"s3://{self.s3.bucket}/{engine}/{self.task['codec']}-{len(self.task['shape'])}"
        task = {**self.task, "engine": engine, "store": store if engine == "chunkmark" else f"{store}/array"}
        return Timed(words, task)

    def measure(self, port, repeat):
        os.environ.update(self.s3.environment(port))
        running = {engine: self.timed(engine, words) for engine, words in self.found.items()}
        load = dict.fromkeys(running, 0.0)
        try:
            for round_ in range(repeat + 1):
                for engine, timed in running.items():
                    before = processor_seconds(self.s3.process)
                    timed.call(round_ > 0)
                    load[engine] += (processor_seconds(self.s3.process) - before) * (round_ > 0)
        finally:
            for timed in running.values():
                timed.end()
        return {e: ([seconds for seconds, _ in t.times], load[e]) for e, t in running.items()}

    def wire(self, engine, words):
        proxy = versioned.CountingProxy(self.s3.port)
        os.environ.update(self.s3.environment(proxy.port))
        timed = self.timed(engine, words)
        try:
            timed.call(False)
        finally:
            timed.end()
        return proxy.sent + proxy.bytes, proxy.requests

    def stored(self, engine):
        folder = self.s3.folder / "data" / self.s3.bucket / engine / f"{self.task['codec']}-{len(self.task['shape'])}"
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    def show(self, port, repeat):
        times = self.measure(port, repeat)
        best = min(statistics.median(t) for t, _ in times.values())
        for engine, (seconds, load) in times.items():
            median = statistics.median(seconds)
            moved, requests = self.wire(engine, self.found[engine])
            print(
                f"  {engine:12} {median * 1000:8.1f} ms ({min(seconds) * 1000:.1f} to {max(seconds) * 1000:.1f})"
                f"  {best / median:5.2f} of the best  wire {moved / self.stored(engine):.4f}  requests {requests:4}"
                f"  server {load / sum(seconds):.2f} of {os.cpu_count()} processors",
                flush=True,
            )


def main(chunkmark, repeat):
    found = commands(chunkmark)
    print(f"load before: {' '.join(f'{x:.2f}' for x in os.getloadavg())}, {os.cpu_count()} processors")
    with server.Server() as s3:
        slow = versioned.CountingProxy(s3.port, LATENCY)
        for title, layout, codecs, port in [
            ("100 MB in one chunk", ONE, ["none", "blosc"], s3.port),
            ("64 chunks of 1 MB, 20 ms of latency", MANY, ["none"], slow.port),
        ]:
            for codec in codecs:
                for operation in ["write", "read"]:
                    print(f"{title}, {codec}, {operation}")
                    task = {"operation": operation, "filesystem": "s3", "format": "zarr3", "codec": codec}
                    task |= {"data": "random", "dtype": "float32", **layout}
                    Cell(s3, found, task).show(port, repeat)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("chunkmark")
    parser.add_argument("--repeat", type=int, default=9)
    arguments = parser.parse_args()
    main(arguments.chunkmark, arguments.repeat)
