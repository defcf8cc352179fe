"""Many chunks: chunk_bench.py CHUNKMARK [--repeat N] [--store FOLDER]

The workload of zarr_benchmarks, scaled to a machine of two processors: uint16 of 512^3 in chunks of 128^3, and in shards of
256^3 that hold chunks of 32^3; uncompressed and zstd. Each engine writes all, reads all, and reads one chunk at a time in a
random order; the engines take turns within a round, the first round warms up, medians with the least and the most. What
a peer reads is new memory of its own; ours is read into memory that is there. A benchmark, never a test.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

PEERS = pathlib.Path(__file__).resolve().parents[2] / "shared/study/peers"

ENGINES = ["tensorstore", "zarr-python-3", "zarrs", "zarrista", "chunkmark"]
LAYOUTS = [
    {"shape": [512] * 3, "chunks": [128] * 3},
    {"shape": [512] * 3, "chunks": [32] * 3, "shards": [256] * 3},
]
OPERATIONS = ["write", "read", "read_chunks"]


class Timed:
    """A process that does its task once for each line it is sent, and answers with the time that it took."""

    def __init__(self, words, task):
        self.times = []
        self.process = subprocess.Popen(
            [*words, json.dumps(task), "--time"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def call(self, counts):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if counts:
            self.times.append((answer["seconds"], answer["processor"]))

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def commands(chunkmark):
    found = {"chunkmark": [chunkmark, "copy-case"]}
    for engine in ENGINES[:-1]:
        made = subprocess.run([sys.executable, str(PEERS / "venv.py"), engine], stdout=subprocess.PIPE, text=True)
        if made.returncode == 0:  # else it has said why
            found[engine] = [made.stdout.strip(), str(PEERS / "peer.py")]
    return found


def measure(found, task, folder, repeat):
    timed = {
        engine: Timed(words, {**task, "engine": engine, "store": f"{folder}/{engine}"})
        for engine, words in found.items()
    }
    for round_number in range(repeat + 1):
        for one in timed.values():
            one.call(round_number > 0)
    for one in timed.values():
        one.end()
    return {engine: one.times for engine, one in timed.items()}


def row(name, times, best):
    seconds, processor = zip(*times)
    median = statistics.median(seconds)
    print(
        f"| {name} | {median * 1e3:.0f} ({min(seconds) * 1e3:.0f}-{max(seconds) * 1e3:.0f}) "
        f"| {median / best:.2f} | {statistics.median(processor) * 1e3:.0f} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chunkmark")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--store", default="/dev/shm")
    options = parser.parse_args()
    found = commands(options.chunkmark)
    for layout in LAYOUTS:
        for codec in ["none", "zstd"]:
            with tempfile.TemporaryDirectory(dir=options.store) as folder:
                for operation in OPERATIONS:
                    task = {"operation": operation, "filesystem": "local", "format": "zarr3", "codec": codec}
                    task |= {"data": "smooth", "dtype": "uint16", "threads": 2, **layout}
                    times = measure(found, task, folder, options.repeat)
                    best = min(
                        statistics.median(s for s, _ in of) for engine, of in times.items() if engine != "chunkmark"
                    )
                    shards = f" in shards of {layout['shards'][0]}^3" if "shards" in layout else ""
                    print(f"\n{operation}, {codec}, 512^3 uint16 in chunks of {layout['chunks'][0]}^3{shards}\n")
                    print("| engine | ms (least-most) | to the best peer | CPU ms |\n|---|---|---|---|")
                    for engine, of in times.items():
                        row(engine, of, best)


if __name__ == "__main__":
    main()
