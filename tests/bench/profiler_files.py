"""Times from another profiler's file to its first flame graph: profiler_files.py CHUNKMARK [--records N] [--rounds N]

`chunkmark report` beside the tool's own reporter, in turns, all files warm; medians of the processor's time and of the
wall's are printed. memray: a made capture of header version 11 (memray_capture.py) for memray 1.17, and one that the
newest memray recorded, both of N records (10,000,000). heaptrack: what it recorded of N / 10 allocations. Ends with
status 1 where ours is not 5 times as fast as `memray flamegraph` by the clock, or slower than heaptrack_print: ours works on
two processors.
"""

import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "truth"))
import tools  # noqa: E402
from memray_capture import write_capture  # noqa: E402

# Blocks made by a hundred functions, up to three deep, of which some live on: as many ends as allocations.
SCRIPT = """
import sys
functions = {"make": lambda n: bytearray(600 + n)}
for i in range(100):
    exec(f"def call_{i}(n): return make(n) if n % 3 else call_{(i * 7 + 1) % 100}(n + 1)", functions)
calls = [functions[f"call_{i}"] for i in range(100)]
kept = []
for i in range(int(sys.argv[1])):
    block = calls[i % 100](i % 5000)
    if i % 50 == 0:
        kept.append(block)
    if i % 50_000 == 0:
        kept.clear()
"""


def timed(command):
    """(wall, processor's) seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(name, ours, theirs, wanted, rounds):
    times = {"ours": [], "theirs": []}
    for number in range(-1, rounds):
        for who, command in (("ours", ours), ("theirs", theirs)):
            taken = timed(command)
            if number >= 0:
                times[who].append(taken)
    wall, cpu = ({who: statistics.median(t[i] for t in times[who]) for who in times} for i in (0, 1))
    ratio = wall["theirs"] / wall["ours"]
    print(
        f"{name:<28} ours {wall['ours']:6.2f} s ({cpu['ours']:6.2f} s CPU)   theirs {wall['theirs']:6.2f} s "
        f"({cpu['theirs']:6.2f} s CPU)   {ratio:5.2f} times as fast, {wanted} wanted",
        flush=True,
    )
    return ratio >= wanted


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("chunkmark")
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory(dir="build/bench" if os.path.isdir("build/bench") else None) as name:
        folder = pathlib.Path(name)
        report = [options.chunkmark, "report", "-o", folder / "ours.html"]
        script = folder / "script.py"
        script.write_text(SCRIPT)
        for memray in ("memray_1_17", "memray"):
            python = tools.environment(memray, tools.HERE / f"{memray}.lock")
            capture = folder / f"{memray}.bin"
            if memray == "memray_1_17":
                write_capture(capture, options.records)
            else:
                tools.run([python, "-m", "memray", "run", "-q", "-f", "-o", capture, script, str(options.records // 2)])
            theirs = [python, "-m", "memray", "flamegraph", "-f", "-o", folder / "theirs.html", capture]
            good &= compare(memray, [*report, capture], theirs, 5, options.rounds)
            capture.unlink()
        tools.run(["heaptrack", "-o", folder / "heaptrack", sys.executable, script, str(options.records // 10)])
        (path,) = folder.glob("heaptrack.*")
        good &= compare("heaptrack", [*report, path], ["heaptrack_print", path], 1, options.rounds)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
