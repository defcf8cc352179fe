"""Files of the real profilers, read by us and by their own reporters: profiler_files.py CHUNKMARK PROGRAM

heaptrack, massif and DHAT on PROGRAM, memray in two versions of its captures on a script: the peak, the number of
allocations and the largest stack's innermost function.
"""

import json
import os
import pathlib
import re
import sys
import tempfile

import tools
from checks import Checks, require

SCRIPT = """
import threading, mmap
def make(n):
    return bytearray(n)
def copy(a):
    return bytes(a)
a = make(30_000_000)
b = copy(a)
for _ in range(20):
    c = copy(b[:20_000_000])
    del c
thread = threading.Thread(target=make, args=(10_000_000,))
thread.start()
thread.join()
m = mmap.mmap(-1, 5_000_000)
m.close()
"""

# What memray's own reader says of a capture: peak, allocations, and of the largest at the peak the innermost frame.
READER = """
import json, sys, memray
reader = memray.FileReader(sys.argv[1])
largest = max(reader.get_high_watermark_allocation_records(merge_threads=True), key=lambda record: record.size)
count = None
if len(sys.argv) > 2:
    count = sum(1 for r in reader.get_allocation_records() if r.allocator not in json.loads(sys.argv[2]))
function, file, line = largest.stack_trace(max_stacks=1)[0]
print(json.dumps([reader.metadata.peak_memory, count, f"{function} {file}:{line}", largest.size]))
"""
ENDS = {"memray": [1, 5, 15], "memray_1_17": [2, 11, 15]}  # allocators that end something, by their numbers


def inspect(chunkmark, path):
    return json.loads(tools.run([chunkmark, "inspect", path, "--json"]))


def check_memray(checks, chunkmark, folder):
    script = folder / "script.py"
    script.write_text(SCRIPT)
    for name, ends in ENDS.items():
        python = tools.environment(name, tools.HERE / f"{name}.lock")
        for kind in ([], ["--native"], ["--aggregate"]):
            capture = folder / "memray.bin"
            tools.run([python, "-m", "memray", "run", "-q", "-f", *kind, "-o", capture, script])
            counted = [] if "--aggregate" in kind else [json.dumps(ends)]
            peak, count, leaf, size = json.loads(tools.run([python, "-c", READER, capture, *counted]))
            told = inspect(chunkmark, capture)
            what = " ".join([name, *kind])
            checks.equal(f"{what}: peak", told["peak_heap_bytes"], peak)
            checks.equal(f"{what}: allocations", told["allocations"], count)
            buffer = told["buffers_at_peak"][0]
            checks.equal(f"{what}: largest stack", (buffer["stack"][0], buffer["bytes"]), (leaf, size))
            page = folder / "memray.html"
            tools.run([python, "-m", "memray", "flamegraph", "-f", "-o", page, capture])
            checks.equal(f"{what}: peak of its page", inspect(chunkmark, page)["peak_heap_bytes"], peak)


def check_native(checks, chunkmark, folder, program):
    environment = dict(os.environ)
    peak = tools.heaptrack_peak(folder, [program], environment)
    (path,) = folder.glob("heaptrack-out*")
    told = inspect(chunkmark, path)
    printed = tools.run(["heaptrack_print", path])
    calls = int(re.search(r"calls to allocation functions: (\d+)", printed)[1])
    checks.equal("heaptrack: peak", told["peak_heap_bytes"], peak)
    checks.equal("heaptrack: allocations", told["allocations"], calls)
    checks.names("heaptrack: largest stack", told["buffers_at_peak"][0]["site"], "target.cc:")

    out = folder / "massif.out"
    tools.run(["valgrind", "-q", "--tool=massif", f"--massif-out-file={out}", program], environment)
    snapshots = re.findall(r"mem_heap_B=(\d+)\n.*\n.*\nheap_tree=peak", out.read_text())
    checks.equal("massif: peak", told_peak := inspect(chunkmark, out)["peak_heap_bytes"], int(snapshots[-1]))
    checks.about("massif: peak, heaptrack", told_peak, peak)

    document = tools._dhat(folder, "heap", [program], environment)
    told = inspect(chunkmark, folder / "dhat-heap.json")
    checks.equal("DHAT: peak", told["peak_heap_bytes"], sum(point["gb"] for point in document["pps"]))
    checks.equal("DHAT: allocations", told["allocations"], sum(point["tbk"] for point in document["pps"]))
    checks.names("DHAT: largest stack", told["buffers_at_peak"][0]["site"], "target.cc:")
    document = tools._dhat(folder, "copy", [program], environment)
    told = inspect(chunkmark, folder / "dhat-copy.json")
    checks.equal("DHAT: copied", told["bytes_copied"], sum(point["tb"] for point in document["pps"]))


def main():
    chunkmark, program = sys.argv[1:3]
    require(heaptrack="apt-get install heaptrack", zstd="apt-get install zstd", valgrind="apt-get install valgrind")
    checks = Checks()
    with tempfile.TemporaryDirectory() as name:
        check_native(checks, chunkmark, pathlib.Path(name), program)
        check_memray(checks, chunkmark, pathlib.Path(name))
    checks.finish()


if __name__ == "__main__":
    main()
