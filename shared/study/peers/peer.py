"""One storage call of another library, to be measured from outside.

    PYTHON peer.py TASK [--time]

TASK is JSON as study/copy_task.h describes it: {"operation": "write", "engine": "zarrs", "format": "zarr3", "codec": "none",
"shape": [5000, 5000], "chunks": [5000, 5000], "dtype": "float32", "data": "random", "store": FOLDER, "threads": 2}; where
chunks lie in shards, "shards" too.

The array is made (write) or the stored one is opened (read) first; then chunkmark_mark("begin") and ("end") are called
around the storage call alone, if the process runs under the tracer. What was read is compared with what was written after
"end". With --time there are no marks and no comparison: for each line on standard input the call is made once more, and
its seconds are printed. Every answer is one JSON object in one line. Exit status 0, 1 when the content differs, 2 for a task
that is none, 3 when the engine has no such format.

The engines stand in engines/, what else is known of them in peers.json. This file runs in each engine's own environment.
"""

import ctypes
import importlib
import importlib.metadata
import itertools
import json
import os
import pathlib
import platform
import random
import shutil
import sys
import time
import types

sys.dont_write_bytecode = True  # this folder may be an installation's
import engines  # noqa: E402
import pythons  # noqa: E402
from array_data import differs, make_array  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PEERS = {peer["name"]: peer for peer in json.loads((HERE / "peers.json").read_text())}


def find_mark():
    """The tracer's marker, which the preloaded library exports; a function without effect elsewhere."""
    try:
        function = ctypes.CDLL(None).chunkmark_mark
    except AttributeError:
        return lambda name: None
    function.argtypes = [ctypes.c_char_p]
    function.restype = None
    return lambda name: function(name.encode())


def read_task(text):
    """The task as an object with its members. ValueError says what is wrong with it."""
    members = json.loads(text)
    names = ["operation", "engine", "format", "codec", "shape", "chunks", "dtype", "data", "store"]
    missing = [name for name in names if name not in members]
    if missing:
        raise ValueError(f"expected {', '.join(missing)}, found none")
    for name, known in [
        ("operation", ["write", "read", "read_chunks"]),
        ("engine", list(PEERS)),
        ("data", ["random", "smooth"]),
        ("codec", PEERS[members["engine"]]["codecs"] if members["engine"] in PEERS else []),
    ]:
        if members[name] not in known:
            raise ValueError(f"{name}: expected one of {', '.join(known)}, found {members[name]}")
    task = types.SimpleNamespace(**{"threads": 2, "shards": None, **members})
    task.shape, task.chunks = tuple(task.shape), tuple(task.chunks)
    task.shards = tuple(task.shards) if task.shards else None
    path = task.store.removeprefix("file://")
    task.url = path if path.startswith("s3://") else None
    if not task.url and ("://" in path or path.startswith("memory:")):
        raise ValueError(f"store: expected a folder, a file:// or an s3:// URL, found {task.store}")
    filesystem = "s3" if task.url else "local"
    if filesystem not in PEERS[task.engine]["stores"]:
        raise ValueError(f"{task.engine}: expected a store that is {PEERS[task.engine]['stores']}, found {task.store}")
    task.path = task.url or os.path.abspath(path)
    return task


def read_chunks(args, engine):
    """Every chunk by a call of its own, in a random order that is always the same."""
    starts = list(itertools.product(*(range(0, extent, chunk) for extent, chunk in zip(args.shape, args.chunks))))
    random.Random(42).shuffle(starts)
    for start in starts:
        engine.read_part(tuple(slice(at, at + chunk) for at, chunk in zip(start, args.chunks)))


def run_once(args, engine, array, mark):
    """The storage call between the marks; returns its seconds and, for a read, what was read."""
    if args.operation == "write":
        if not args.url:  # what an object store has of it the engine deletes
            shutil.rmtree(args.path, ignore_errors=True)
        engine.open_for_write()
    else:
        engine.open_for_read()
    call = {
        "write": lambda: engine.write(array),
        "read": engine.read,
        "read_chunks": lambda: read_chunks(args, engine),
    }[args.operation]
    begin, processor = time.perf_counter(), time.process_time()
    mark("begin")
    result = call()
    mark("end")
    return {"seconds": time.perf_counter() - begin, "processor": time.process_time() - processor}, result


def version_of(package):
    """Ours is used from where it lies, and not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return importlib.import_module(package).__version__


def about(peer):
    """What the engine is made of here, the first its own version, and what there is for a newer Python, if there is."""
    versions = {name: version_of(name) for name in peer["packages"]}
    package = peer["packages"][0]
    newer = pythons.newer(peer["name"], package, sys.version_info.minor, versions[package])
    told = {"engine": peer["name"], "versions": {**versions, "python": platform.python_version()}}
    return {**told, "newer": newer} if newer else told


def answer(peer, times):
    print(json.dumps({**about(peer), **times}), flush=True)


def leave(status):
    """Ends the process at once: while an interpreter ends, a thread of a library's runtime (icechunk's) can crash, when all
    that was asked is answered."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def main(text, *options):
    try:
        if options not in ((), ("--time",)):
            raise ValueError(f"expected TASK [--time], found {' '.join(options)}")
        task = read_task(text)
    except ValueError as error:
        print(f"peer.py: {error}", file=sys.stderr)
        return 2
    peer = PEERS[task.engine]
    if task.format not in peer["formats"]:
        print(
            f"peer.py: {task.engine}: expected one of {', '.join(peer['formats'])}, found {task.format}",
            file=sys.stderr,
        )
        return 3
    chosen = engines.load(task.engine)(task)
    array = make_array(task.data, task.shape, task.dtype) if task.operation == "write" else None
    if options:
        for _ in sys.stdin:
            answer(peer, run_once(task, chosen, array, lambda name: None)[0])
        return 0
    times, result = run_once(task, chosen, array, find_mark())
    difference = differs(result, task.data, task.shape, task.dtype) if task.operation == "read" else None
    if difference:
        print(f"peer.py: {task.engine}: {task.path}: {difference}", file=sys.stderr)
        return 1
    answer(peer, times)
    return 0


if __name__ == "__main__":
    try:
        leave(main(*(sys.argv[1:] or [""])))
    except (KeyboardInterrupt, BrokenPipeError):  # whoever asked is gone
        os._exit(130)
