"""What tracing costs, beside heaptrack: trace_bench.py CHUNKMARK EVENTS_TARGET [--pairs N] [--repeat N] [--only events|zarr|content|names]

Interleaved runs (plain, heaptrack, chunkmark, and again), medians; of `names` each is a first trace, with no name known
from before: a library of 620,000 functions, compilers, and `import torch` if the Python that runs this has it. Then the program's own files: heaptrack_print against
chunkmark inspect and report, with their seconds and their peak resident memory. A benchmark, never a test.
"""

import argparse
import importlib.util
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "trace"))
import many_symbols  # noqa: E402

SOURCE = """
#include <iostream>
#include <map>
#include <string>
#include <vector>
int main() {
  std::map<std::string, std::vector<int>> map;
  map["a"].push_back(1);
  std::cout << map.size();
}
"""


def measure(command):
    """Wall seconds, processor seconds (with the processes it started) and peak resident bytes."""
    begin = time.monotonic()
    child = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command}: exit status {child.returncode}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def heaptrack_file(folder):
    return next(iter(folder.glob("heaptrack-out*")))


def megabytes(path):
    return f"{path.stat().st_size / 1e6:.1f} MB"


def compare_tracing(name, command, folder, chunkmark, repeat):
    ways = {
        "plain": command,
        "heaptrack": ["heaptrack", "-o", folder / "heaptrack-out", *command],
        "chunkmark": [
            *(chunkmark if isinstance(chunkmark, list) else [chunkmark]),
            "trace",
            "-o",
            folder / "traced.cmk",
            "--",
            *command,
        ],
    }
    seconds = {way: [] for way in ways}
    for _ in range(repeat):
        for way, words in ways.items():
            seconds[way].append(measure(words)[:2])
    for column, what in enumerate(("elapsed", "of the processors")):
        medians = {way: statistics.median(times[column] for times in runs) for way, runs in seconds.items()}
        pairs = zip(seconds["chunkmark"], seconds["heaptrack"])
        ratio = statistics.median(ours[column] / theirs[column] for ours, theirs in pairs)
        print(
            f"{name}, seconds {what}: "
            + ", ".join(f"{way} {median:.2f}" for way, median in medians.items())
            + f"; chunkmark / heaptrack, median of {repeat} pairs: {ratio:.2f}",
            flush=True,
        )


def compare_fingerprints(name, command, folder, chunkmark, repeat):
    """What fingerprints cost: traced with them and without, in pairs."""
    trace = [chunkmark, "trace", "-o", folder / "traced.cmk", "--array-bytes", "100000000"]
    ratios, seconds = ([], []), []
    for _ in range(repeat):
        plain = measure([*trace, "--no-fingerprints", "--", *command])
        looked = measure([*trace, "--", *command])
        seconds.append((plain[0], looked[0]))
        for column in range(2):
            ratios[column].append(looked[column] / plain[column])
    without, with_ = (statistics.median(column) for column in zip(*seconds))
    elapsed, processor = (100 * (statistics.median(column) - 1) for column in ratios)
    print(
        f"{name}, traced without fingerprints {without:.3f} s, with {with_:.3f} s; median of {repeat} pairs: "
        f"{elapsed:+.1f} % elapsed, {processor:+.1f} % of the processors",
        flush=True,
    )


def compare_opening(folder, chunkmark, repeat):
    capture = folder / "traced.cmk"
    commands = {
        "heaptrack_print": ["heaptrack_print", heaptrack_file(folder)],
        "chunkmark inspect": [chunkmark, "inspect", capture],
        "chunkmark report": [chunkmark, "report", capture, "-o", folder / "report.html"],
    }
    results = {name: [] for name in commands}
    for _ in range(repeat):
        for name, command in commands.items():
            results[name].append(measure(command))
    for name, runs in results.items():
        elapsed, processor, resident = (statistics.median(column) for column in zip(*runs))
        print(
            f"{name}: {elapsed:.2f} s elapsed, {processor:.2f} s of the processors, {resident / 1e6:.0f} MB resident",
            flush=True,
        )
    print(f"files: heaptrack {megabytes(heaptrack_file(folder))}, capture {megabytes(capture)}")


def compare_first_traces(folder, chunkmark, repeat):
    cache = folder / "cache"
    first = ["sh", "-c", f'rm -rf "{cache}"; XDG_CACHE_HOME="{cache}" exec "$@"', "first", chunkmark]
    program, library = many_symbols.build(folder, 620_000, 20_000)
    compare_tracing("620,000 functions, first trace", [program, library], folder, first, repeat)
    print(f"files: heaptrack {megabytes(heaptrack_file(folder))}, capture {megabytes(folder / 'traced.cmk')}")
    source = folder / "source.cc"
    source.write_text(SOURCE)
    for compiler in ("clang++", "g++"):
        if shutil.which(compiler):
            command = [compiler, "-c", source, "-o", folder / "source.o"]
            compare_tracing(f"{compiler} of one file, first trace", command, folder, first, repeat)
    if importlib.util.find_spec("torch"):
        compare_tracing("import torch, first trace", [sys.executable, "-c", "import torch"], folder, first, repeat)
        compare_opening(folder, chunkmark, repeat)
    else:
        print("import torch: not measured, this Python has none")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chunkmark")
    parser.add_argument("events_target")
    parser.add_argument("--pairs", type=int, default=5_000_000, help="of malloc and free: twice as many events")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", choices=["events", "zarr", "content", "names"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if options.only in (None, "events"):
            command = [options.events_target, str(options.pairs)]
            compare_tracing(f"{2 * options.pairs} events", command, folder, options.chunkmark, options.repeat)
            compare_opening(folder, options.chunkmark, options.repeat)
            heaptrack_file(folder).unlink()
        if options.only in (None, "zarr"):
            case = HERE.parent / "truth" / "zarr_case.py"
            command = ["/usr/bin/python3", case, "write", "default", folder / "array.zarr", "5000"]
            compare_tracing("zarr write of 100 MB", command, folder, options.chunkmark, options.repeat)
            heaptrack_file(folder).unlink()
        if options.only in (None, "content"):
            case = HERE.parent / "truth" / "zarr_case.py"
            for codec in ("none", "default"):
                for operation in ("write", "read"):
                    command = ["/usr/bin/python3", case, operation, codec, folder / "array.zarr", "5000", "--marks"]
                    name = f"zarr {operation} of 100 MB, {codec}"
                    compare_fingerprints(name, command, folder, options.chunkmark, 2 * options.repeat)
        if options.only in (None, "names"):
            compare_first_traces(folder, options.chunkmark, options.repeat)


if __name__ == "__main__":
    main()
