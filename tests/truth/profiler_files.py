"""Files of the real profilers, read by us and by their own reporters: profiler_files.py CHUNKMARK PROGRAM

heaptrack, massif and DHAT on PROGRAM, memray in two versions of its captures on a script: the peak, the number of
allocations, the largest stack's innermost function, and what each stack (memray), innermost function (massif, DHAT) or
function with all that it calls (heaptrack, whose reporter turns the order of inlined functions) has at the peak.
"""

import collections
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

# A block that a library asks for which is not the interpreter's own.
NATIVE = """
import ctypes
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
block = libc.malloc(50_000_000)
"""

# What memray's own reader says of a capture: peak, allocations, of the largest at the peak the innermost frame, and the
# bytes of each stack of Python at the peak.
READER = """
import json, sys, memray
reader = memray.FileReader(sys.argv[1])
records = list(reader.get_high_watermark_allocation_records(merge_threads=True))
largest = max(records, key=lambda record: record.size)
stacks = {}
for record in records:
    key = ";".join(f"{function} {file}:{line}" for function, file, line in reversed(record.stack_trace()))
    stacks[key] = stacks.get(key, 0) + record.size
count = None
if len(sys.argv) > 2:
    count = sum(1 for r in reader.get_allocation_records() if r.allocator not in json.loads(sys.argv[2]))
function, file, line = largest.stack_trace(max_stacks=1)[0]
print(json.dumps([reader.metadata.peak_memory, count, f"{function} {file}:{line}", largest.size, stacks]))
"""
ENDS = {"memray": [1, 5, 15], "memray_1_17": [2, 11, 15]}  # allocators that end something, by their numbers


def folded(text):
    """Bytes by stack, of lines as flamegraph.pl takes them."""
    stacks = collections.Counter()
    for line in text.splitlines():
        stack, _, size = line.rpartition(" ")
        stacks[stack.rstrip(";")] += int(size)
    return stacks


def stacks_at_peak(chunkmark, path):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "folded"
        tools.run([chunkmark, "export", path, "--to", "folded", "-o", out])
        return folded(out.read_text())


def by_leaf(stacks):
    leaves = collections.Counter()
    for stack, size in stacks.items():
        leaves[stack.split(";")[-1]] += size
    return leaves


def by_function(stacks):
    """Of each function with a name all that it and its callees have."""
    functions = collections.Counter()
    for stack, size in stacks.items():
        names = {re.sub(r" \(?[^ ()]+\)?$", "", frame) for frame in stack.split(";")}
        for name in names:
            functions[name] += size
    return functions


def place(label):
    """ "function file:line" of a label of valgrind's tools; nothing where it names no line."""
    found = re.fullmatch(r"0x[0-9A-F]+: (.*) \(([^()]+:\d+)\)", label)
    return found and f"{found[1]} {found[2]}"


def check_leaves(checks, name, ours, theirs):
    """Every leaf that the tool names has the same bytes here."""
    leaves = by_leaf(ours)
    checks.equal(f"{name}: leaves at all", len(theirs) >= 5, True)
    check_sums(checks, f"{name}: leaves", {leaf: leaves[leaf] for leaf in theirs}, theirs)


def check_sums(checks, name, ours, theirs):
    """Says only what differs: there are hundreds."""
    differing = {key: (ours.get(key), theirs.get(key)) for key in {*ours, *theirs} if ours.get(key) != theirs.get(key)}
    checks.equal(f"{name}, {len(theirs)}: differing, ours and theirs", differing, {})


def inspect(chunkmark, path):
    return json.loads(tools.run([chunkmark, "inspect", path, "--json"]))


def check_memray(checks, chunkmark, folder):
    script = folder / "script.py"
    script.write_text(SCRIPT)
    zarr = [tools.HERE / "zarr_case.py", "write", "default", folder / "a.zarr", "1500"]
    reading = [zarr[0], "read", *zarr[2:]]
    for name, ends in ENDS.items():
        python = tools.environment(name, tools.HERE / f"{name}.lock", "--system-site-packages")
        for kind, program in (
            *(([option] if option else [], [script]) for option in ("", "--native", "--aggregate")),
            *(([], case) for case in (zarr, reading)),
        ):
            capture = folder / "memray.bin"
            tools.run([python, "-m", "memray", "run", "-q", "-f", *kind, "-o", capture, *program])
            counted = [] if "--aggregate" in kind else [json.dumps(ends)]
            peak, count, leaf, size, stacks = json.loads(tools.run([python, "-c", READER, capture, *counted]))
            told = inspect(chunkmark, capture)
            what = " ".join([name, *kind, *(["zarr", program[1]] if len(program) > 1 else [])])
            checks.equal(f"{what}: peak", told["peak_heap_bytes"], peak)
            checks.equal(f"{what}: allocations", told["allocations"], count)
            buffer = told["buffers_at_peak"][0]
            checks.equal(f"{what}: largest stack", (buffer["stack"][0], buffer["bytes"]), (leaf, size))
            if "--native" not in kind:  # there each has its own way to weave the two kinds of frames
                check_sums(checks, f"{what}: stacks", stacks_at_peak(chunkmark, capture), stacks)
            page = folder / "memray.html"
            tools.run([python, "-m", "memray", "flamegraph", "-f", "-o", page, capture])
            checks.equal(f"{what}: peak of its page", inspect(chunkmark, page)["peak_heap_bytes"], peak)


def check_names(checks, chunkmark, folder):
    """Native frames have names, where the libraries are those that ran."""
    script, capture = folder / "native.py", folder / "native.bin"
    script.write_text(NATIVE)
    python = tools.environment("memray", tools.HERE / "memray.lock", "--system-site-packages")
    tools.run([python, "-m", "memray", "run", "-q", "-f", "--native", "-o", capture, script])
    checks.names(
        "memray --native: names", " ".join(inspect(chunkmark, capture)["buffers_at_peak"][0]["stack"]), "ffi_call"
    )


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

    flames = folder / "flames"
    tools.run(["heaptrack_print", "-F", flames, "--flamegraph-cost-type", "peak", path])
    ours, theirs = by_function(stacks_at_peak(chunkmark, path)), by_function(folded(flames.read_text()))
    for function in ("make_block", "grow"):
        checks.equal(f"heaptrack: {function}", ours[function], theirs[function])

    out = folder / "massif.out"
    tools.run(["valgrind", "-q", "--tool=massif", f"--massif-out-file={out}", program], environment)
    snapshots = re.findall(r"mem_heap_B=(\d+)\n.*\n.*\nheap_tree=peak", out.read_text())
    checks.equal("massif: peak", told_peak := inspect(chunkmark, out)["peak_heap_bytes"], int(snapshots[-1]))
    checks.about("massif: peak, heaptrack", told_peak, peak)
    tree = out.read_text().rpartition("heap_tree=peak\n")[2].partition("\n#")[0]
    leaves = {place(label): int(size) for size, label in re.findall(r"^ n\d+: (\d+) (.*)$", tree, re.MULTILINE)}
    check_leaves(checks, "massif", stacks_at_peak(chunkmark, out), {leaf: n for leaf, n in leaves.items() if leaf})

    document = tools._dhat(folder, "heap", [program], environment)
    told = inspect(chunkmark, folder / "dhat-heap.json")
    checks.equal("DHAT: peak", told["peak_heap_bytes"], sum(point["gb"] for point in document["pps"]))
    checks.equal("DHAT: allocations", told["allocations"], sum(point["tbk"] for point in document["pps"]))
    checks.names("DHAT: largest stack", told["buffers_at_peak"][0]["site"], "target.cc:")
    leaves = collections.Counter()
    for point in document["pps"]:
        labels = (document["ftbl"][frame] for frame in point["fs"])
        caller = next(label for label in labels if "/vgpreload_" not in label)  # of the allocating function
        if point["gb"] > 0 and (leaf := place(caller)):
            leaves[leaf] += point["gb"]
    check_leaves(checks, "DHAT", stacks_at_peak(chunkmark, folder / "dhat-heap.json"), leaves)
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
        check_names(checks, chunkmark, pathlib.Path(name))
    checks.finish()


if __name__ == "__main__":
    main()
