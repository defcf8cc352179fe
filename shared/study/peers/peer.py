"""One storage call of another library, to be measured from outside.

    PYTHON peer.py TASK [--time]

TASK is JSON as study/copy_task.h describes it: {"operation": "write", "engine": "zarrs", "format": "zarr3", "codec": "none",
"shape": [5000, 5000], "chunks": [5000, 5000], "dtype": "float32", "data": "random", "store": FOLDER, "threads": 2}.

The array is made (write) or the stored one is opened (read) first; then chunkmark_mark("begin") and ("end") are called
around the storage call alone, if the process runs under the tracer. What was read is compared with what was written after
"end". With --time there are no marks and no comparison: for each line on standard input the call is made once more, and
its seconds are printed. Every answer is one JSON object in one line. Exit status 0, 1 when the content differs, 2 for a task
that is none, 3 when the engine has no such format.

Every engine works with its best settings for one large array on a local disk, without syncing (durability none), as its
own documentation names them; the comments say which and why. What else is known of an engine stands in peers.json. This
file runs in each engine's own environment, so libraries are imported where they are used.
"""

import ctypes
import importlib.metadata
import json
import os
import pathlib
import shutil
import sys
import time
import types

import numpy as np

sys.dont_write_bytecode = True  # this folder may be an installation's
from array_data import differs, make_array  # noqa: E402

# The default settings that Chunkmark compares everywhere: blosc lz4 level 5 with byte shuffle is zarr-python 2's default
# compressor; zstd 3 and gzip 5 are what level 0 and the gzip codec stand for.
BLOSC = {"cname": "lz4", "clevel": 5}
ZSTD_LEVEL = 3
GZIP_LEVEL = 5


def find_mark():
    """The tracer's marker, which the preloaded library exports; a function without effect elsewhere."""
    try:
        function = ctypes.CDLL(None).chunkmark_mark
    except AttributeError:
        return lambda name: None
    function.argtypes = [ctypes.c_char_p]
    function.restype = None
    return lambda name: function(name.encode())


def numcodecs_compressor(codec):
    import numcodecs

    if codec == "blosc":
        return numcodecs.Blosc(shuffle=numcodecs.Blosc.SHUFFLE, **BLOSC)
    return {
        "none": lambda: None,
        "zstd": lambda: numcodecs.Zstd(level=ZSTD_LEVEL),
        "gzip": lambda: numcodecs.GZip(level=GZIP_LEVEL),
    }[codec]()


def zarr3_compressors(codec, dtype):
    from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec

    if codec == "blosc":
        return [BloscCodec(typesize=np.dtype(dtype).itemsize, shuffle="shuffle", **BLOSC)]
    return {
        "none": lambda: [],
        "zstd": lambda: [ZstdCodec(level=ZSTD_LEVEL)],
        "gzip": lambda: [GzipCodec(level=GZIP_LEVEL)],
    }[codec]()


def use_blosc_threads(threads):
    # numcodecs uses one thread outside the main thread unless told otherwise, and zarr 3 encodes outside the main thread:
    # https://numcodecs.readthedocs.io/en/stable/compression/blosc.html (use_threads, set_nthreads)
    from numcodecs import blosc

    blosc.use_threads = True
    blosc.set_nthreads(threads)


ENGINES = {}


def engine(name):
    """The class is the engine of this name; the rest of what is known of it stands in peers.json."""

    def register(cls):
        ENGINES[name] = cls
        return cls

    return register


class Engine:
    """open_for_write() and open_for_read() prepare; write(array) and read() are the storage call."""

    def __init__(self, args):
        self.args = args


@engine("zarr-python-2")
class ZarrPython2(Engine):
    # The default store of zarr.open for a path is DirectoryStore, which writes to a temporary name and renames; the
    # chunk is the whole array, so that there is one object: https://zarr.readthedocs.io/en/v2.18.5/tutorial.html

    def open_for_write(self):
        import zarr

        use_blosc_threads(self.args.threads)
        self.array = zarr.open(
            self.args.path,
            mode="w",
            shape=self.args.shape,
            chunks=self.args.chunks,
            dtype=self.args.dtype,
            compressor=numcodecs_compressor(self.args.codec),
        )

    def open_for_read(self):
        import zarr

        use_blosc_threads(self.args.threads)
        self.array = zarr.open(self.args.path, mode="r")

    def write(self, array):
        self.array[:] = array

    def read(self):
        return self.array[:]


@engine("zarr-python-3")
class ZarrPython3(Engine):
    # write_empty_chunks spares the comparison of every chunk with the fill value:
    # https://zarr.readthedocs.io/en/stable/user-guide/performance/ (Empty chunks)

    def make_store(self):
        from zarr.storage import LocalStore

        return LocalStore(self.args.path)

    def configure(self):
        import zarr

        zarr.config.set({"threading.max_workers": self.args.threads})
        use_blosc_threads(self.args.threads)

    def create(self, store):
        import zarr

        is_v2 = self.args.format == "zarr2"
        return zarr.create_array(
            store,
            shape=self.args.shape,
            chunks=self.args.chunks,
            dtype=self.args.dtype,
            zarr_format=2 if is_v2 else 3,
            compressors=numcodecs_compressor(self.args.codec)
            if is_v2
            else zarr3_compressors(self.args.codec, self.args.dtype),
            filters=None,
            fill_value=0,
            overwrite=True,
            config={"write_empty_chunks": True},
        )

    def open_for_write(self):
        self.configure()
        self.array = self.create(self.make_store())

    def open_for_read(self):
        import zarr

        self.configure()
        self.array = zarr.open_array(self.make_store(), mode="r")

    def write(self, array):
        self.array[...] = array

    def read(self):
        return self.array[...]


@engine("obstore")
class Obstore(ZarrPython3):
    # zarr-python over the Rust object_store: https://developmentseed.org/obstore/latest/integrations/

    def make_store(self):
        from obstore.store import LocalStore
        from zarr.storage import ObjectStore

        os.makedirs(self.args.path, exist_ok=True)
        return ObjectStore(LocalStore(self.args.path))


@engine("zarrs")
class Zarrs(ZarrPython3):
    # The Rust codec pipeline in place of zarr-python's, which reads and writes local files by itself:
    # https://github.com/zarrs/zarrs-python (README, Usage)

    def configure(self):
        import zarr
        import zarrs  # noqa: F401

        zarr.config.set(
            {
                "codec_pipeline.path": "zarrs.ZarrsCodecPipeline",
                "codec_pipeline.chunk_concurrent_maximum": self.args.threads,
                "threading.max_workers": self.args.threads,
            }
        )


@engine("icechunk")
class Icechunk(ZarrPython3):
    # One commit of one array. The chunk is an object of the repository; it counts as stored when the commit is done, so
    # that the commit is part of the write: https://icechunk.io/en/stable/quickstart/

    def storage(self):
        import icechunk

        return icechunk.local_filesystem_storage(self.args.path)

    def open_for_write(self):
        import icechunk

        icechunk.set_logs_filter("error")  # its warning about local folders goes to standard output
        self.configure()
        self.session = icechunk.Repository.create(self.storage()).writable_session("main")
        self.array = self.create(self.session.store)

    def open_for_read(self):
        import icechunk
        import zarr

        icechunk.set_logs_filter("error")
        self.configure()
        repository = icechunk.Repository.open(self.storage())
        self.array = zarr.open_array(repository.readonly_session("main").store, mode="r")

    def write(self, array):
        self.array[...] = array
        self.session.commit("written")


@engine("tensorstore")
class TensorStore(Engine):
    # https://google.github.io/tensorstore/kvstore/file/ (file_io_sync: no fsync, as durability none; file_io_mode memmap:
    # files are mapped instead of read into memory of their own), https://google.github.io/tensorstore/python/api/
    # tensorstore.TensorStore.write.html (can_reference_source_data_indefinitely: the array need not be copied), https://
    # google.github.io/tensorstore/driver/zarr3/ (store_data_equal_to_fill_value, as write_empty_chunks above).

    def compressor_v2(self):
        return {
            "none": None,
            "blosc": {"id": "blosc", "shuffle": 1, **BLOSC},
            "zstd": {"id": "zstd", "level": ZSTD_LEVEL},
            "gzip": {"id": "gzip", "level": GZIP_LEVEL},
        }[self.args.codec]

    def codecs_v3(self):
        itemsize = np.dtype(self.args.dtype).itemsize
        serial = {"name": "bytes", "configuration": {"endian": "little"}} if itemsize > 1 else {"name": "bytes"}
        settings = {
            "none": [],
            "blosc": [{"name": "blosc", "configuration": {**BLOSC, "shuffle": "shuffle", "typesize": itemsize}}],
            "zstd": [{"name": "zstd", "configuration": {"level": ZSTD_LEVEL}}],
            "gzip": [{"name": "gzip", "configuration": {"level": GZIP_LEVEL}}],
        }
        return [serial, *settings[self.args.codec]]

    def open(self, **how):
        import tensorstore

        context = tensorstore.Context(
            {
                "cache_pool": {"total_bytes_limit": 0},
                "data_copy_concurrency": {"limit": self.args.threads},
                "file_io_sync": False,
                "file_io_mode": {"mode": "memmap"},
            }
        )
        driver = {"zarr2": "zarr", "zarr3": "zarr3"}[self.args.format]
        spec = {
            "driver": driver,
            "kvstore": {"driver": "file", "path": self.args.path + "/"},
            "store_data_equal_to_fill_value": True,
        }
        if "metadata" in how:
            spec["metadata"] = how.pop("metadata")
        self.array = tensorstore.open(spec, context=context, **how).result()

    def open_for_write(self):
        shape, chunks = list(self.args.shape), list(self.args.chunks)
        if self.args.format == "zarr2":
            metadata = {
                "shape": shape,
                "chunks": chunks,
                "dtype": np.dtype(self.args.dtype).str,
                "compressor": self.compressor_v2(),
                "fill_value": 0,
            }
        else:
            metadata = {
                "shape": shape,
                "data_type": self.args.dtype,
                "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunks}},
                "codecs": self.codecs_v3(),
                "fill_value": 0,
            }
        self.open(metadata=metadata, create=True, delete_existing=True)

    def open_for_read(self):
        self.open(read=True)

    def write(self, array):
        self.array.write(array, can_reference_source_data_indefinitely=True).result()

    def read(self):
        return self.array.read().result()


def read_task(text):
    """The task as an object with its members. ValueError says what is wrong with it."""
    members = json.loads(text)
    names = ["operation", "engine", "format", "codec", "shape", "chunks", "dtype", "data", "store"]
    missing = [name for name in names if name not in members]
    if missing:
        raise ValueError(f"expected {', '.join(missing)}, found none")
    for name, known in [
        ("operation", ["write", "read"]),
        ("engine", list(ENGINES)),
        ("data", ["random", "smooth"]),
        ("codec", ["none", "blosc", "zstd", "gzip"]),
    ]:
        if members[name] not in known:
            raise ValueError(f"{name}: expected one of {', '.join(known)}, found {members[name]}")
    task = types.SimpleNamespace(**{"threads": 2, **members})
    task.shape, task.chunks = tuple(task.shape), tuple(task.chunks)
    path = task.store.removeprefix("file://")
    if "://" in path or path.startswith("memory:"):
        raise ValueError(f"store: expected a folder or a file:// URL, found {task.store}")
    task.path = os.path.abspath(path)
    return task


def run_once(args, engine, array, mark):
    """The storage call between the marks; returns its seconds and, for a read, what was read."""
    if args.operation == "write":
        shutil.rmtree(args.path, ignore_errors=True)
        engine.open_for_write()
    else:
        engine.open_for_read()
    call = (lambda: engine.write(array)) if args.operation == "write" else engine.read
    begin, processor = time.perf_counter(), time.process_time()
    mark("begin")
    result = call()
    mark("end")
    return {"seconds": time.perf_counter() - begin, "processor": time.process_time() - processor}, result


def answer(peer, times):
    versions = {name: importlib.metadata.version(name) for name in peer["packages"]}
    print(json.dumps({"engine": peer["name"], "versions": versions, **times}), flush=True)


def main(text, *options):
    try:
        if options not in ((), ("--time",)):
            raise ValueError(f"expected TASK [--time], found {' '.join(options)}")
        task = read_task(text)
    except ValueError as error:
        print(f"peer.py: {error}", file=sys.stderr)
        return 2
    described = json.loads((pathlib.Path(__file__).resolve().parent / "peers.json").read_text())
    peer = next(peer for peer in described if peer["name"] == task.engine)
    if task.format not in peer["formats"]:
        print(
            f"peer.py: {task.engine}: expected one of {', '.join(peer['formats'])}, found {task.format}",
            file=sys.stderr,
        )
        return 3
    chosen = ENGINES[task.engine](task)
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
        sys.exit(main(*(sys.argv[1:] or [""])))
    except (KeyboardInterrupt, BrokenPipeError):  # whoever asked is gone
        os._exit(130)
