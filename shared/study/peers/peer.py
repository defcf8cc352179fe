"""One storage call of another library, to be measured from outside.

    PYTHON peer.py write|read --engine ENGINE --path P --format zarr2|zarr3 --codec none|blosc|zstd|gzip \
        --shape 5000,5000 [--chunks 5000,5000] --dtype float32 --data random|smooth [--threads N] [--time]

The array is made (write) or the stored one is opened (read) first; then chunkmark_mark("begin") and ("end") are called
around the storage call alone, if the process runs under the tracer. What was read is compared with what was written after
"end". With --time there are no marks and no comparison: for each line on standard input the call is made once more, and
its seconds are printed. Every answer is one JSON object in one line. Exit status 0, 1 when the content differs, 3 when the
engine has no such format or codec.

Every engine works with its best settings for one large array on a local disk, without syncing (durability none), as its
own documentation names them; the comments say which and why. This file runs in each engine's own environment, so libraries
are imported where they are used.
"""

import argparse
import ctypes
import importlib.metadata
import json
import os
import shutil
import sys
import time

import numpy as np

SEED = 42
BLOCK = 1 << 20  # elements generated or compared at a time, to keep temporaries small beside the array

# The default settings that Chunkmark compares everywhere: blosc lz4 level 5 with byte shuffle is zarr-python 2's default
# compressor; zstd 3 and gzip 5 are what level 0 and the gzip codec stand for.
BLOSC = {"cname": "lz4", "clevel": 5}
ZSTD_LEVEL = 3
GZIP_LEVEL = 5


class Unsupported(Exception):
    pass


def find_mark():
    """The tracer's marker, which the preloaded library exports; a function without effect elsewhere."""
    try:
        function = ctypes.CDLL(None).chunkmark_mark
    except AttributeError:
        return lambda name: None
    function.argtypes = [ctypes.c_char_p]
    function.restype = None
    return lambda name: function(name.encode())


def block_of(kind, dtype, begin, count):
    """Elements [begin, begin + count) of the array, in C order: those of fill() in study/array_data.cc, byte for byte."""
    index = np.arange(begin, begin + count, dtype=np.uint64)
    is_float = np.dtype(dtype).kind == "f"
    if kind == "smooth":
        turn = (index.astype(np.uint32) * np.uint32(27343)).view(np.int32) >> 8
        x = turn * 2.0**-23
        wave = 4 * x * (1 - np.abs(x))
        return (wave if is_float else (wave + 1) * 60).astype(dtype)
    # SplitMix64 of the index.
    with np.errstate(over="ignore"):
        x = np.uint64(SEED) + (index + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    if is_float:
        digits = np.finfo(dtype).nmant + 1
        return ((x >> np.uint64(64 - digits)).astype(np.float64) * 2.0**-digits).astype(dtype)
    return x.astype(dtype)


def blocks(size):
    return ((begin, min(BLOCK, size - begin)) for begin in range(0, size, BLOCK))


def make_array(kind, shape, dtype):
    array = np.empty(shape, dtype)
    flat = array.reshape(-1)
    for begin, count in blocks(flat.size):
        flat[begin : begin + count] = block_of(kind, dtype, begin, count)
    return array


def differs(array, kind, shape, dtype):
    if array.shape != shape or array.dtype != np.dtype(dtype):
        return f"expected {dtype} {shape}, found {array.dtype} {array.shape}"
    flat = np.asarray(array).reshape(-1)
    for begin, count in blocks(flat.size):
        if not np.array_equal(flat[begin : begin + count], block_of(kind, dtype, begin, count)):
            return f"elements from {begin} to {begin + count} differ"
    return None


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


class Engine:
    """open_for_write() and open_for_read() prepare; write(array) and read() are the storage call."""

    packages = ()

    def __init__(self, args):
        self.args = args

    def versions(self):
        return {name: importlib.metadata.version(name) for name in self.packages}


class ZarrPython2(Engine):
    # The default store of zarr.open for a path is DirectoryStore, which writes to a temporary name and renames; the
    # chunk is the whole array, so that there is one object: https://zarr.readthedocs.io/en/v2.18.5/tutorial.html
    packages = ("zarr", "numcodecs", "numpy")

    def open_for_write(self):
        import zarr

        if self.args.format != "zarr2":
            raise Unsupported("zarr-python 2 stores Zarr v2 only")
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

        if self.args.format != "zarr2":
            raise Unsupported("zarr-python 2 reads Zarr v2 only")
        use_blosc_threads(self.args.threads)
        self.array = zarr.open(self.args.path, mode="r")

    def write(self, array):
        self.array[:] = array

    def read(self):
        return self.array[:]


class ZarrPython3(Engine):
    # write_empty_chunks spares the comparison of every chunk with the fill value:
    # https://zarr.readthedocs.io/en/stable/user-guide/performance/ (Empty chunks)
    packages = ("zarr", "numcodecs", "numpy")

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


class Obstore(ZarrPython3):
    # zarr-python over the Rust object_store: https://developmentseed.org/obstore/latest/integrations/
    packages = ("obstore", "zarr", "numcodecs", "numpy")

    def make_store(self):
        from obstore.store import LocalStore
        from zarr.storage import ObjectStore

        os.makedirs(self.args.path, exist_ok=True)
        return ObjectStore(LocalStore(self.args.path))


class Zarrs(ZarrPython3):
    # The Rust codec pipeline in place of zarr-python's, which reads and writes local files by itself:
    # https://github.com/zarrs/zarrs-python (README, Usage)
    packages = ("zarrs", "zarr", "numpy")

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


class Icechunk(ZarrPython3):
    # One commit of one array. The chunk is an object of the repository; it counts as stored when the commit is done, so
    # that the commit is part of the write: https://icechunk.io/en/stable/quickstart/
    packages = ("icechunk", "zarr", "numcodecs", "numpy")

    def storage(self):
        import icechunk

        return icechunk.local_filesystem_storage(self.args.path)

    def open_for_write(self):
        import icechunk

        if self.args.format != "zarr3":
            raise Unsupported("icechunk stores Zarr v3 only")
        icechunk.set_logs_filter("error")  # its warning about local folders goes to standard output
        self.configure()
        self.session = icechunk.Repository.create(self.storage()).writable_session("main")
        self.array = self.create(self.session.store)

    def open_for_read(self):
        import icechunk
        import zarr

        if self.args.format != "zarr3":
            raise Unsupported("icechunk reads Zarr v3 only")
        icechunk.set_logs_filter("error")
        self.configure()
        repository = icechunk.Repository.open(self.storage())
        self.array = zarr.open_array(repository.readonly_session("main").store, mode="r")

    def write(self, array):
        self.array[...] = array
        self.session.commit("written")


class TensorStore(Engine):
    # https://google.github.io/tensorstore/kvstore/file/ (file_io_sync: no fsync, as durability none; file_io_mode memmap:
    # files are mapped instead of read into memory of their own), https://google.github.io/tensorstore/python/api/
    # tensorstore.TensorStore.write.html (can_reference_source_data_indefinitely: the array need not be copied), https://
    # google.github.io/tensorstore/driver/zarr3/ (store_data_equal_to_fill_value, as write_empty_chunks above).
    packages = ("tensorstore", "numpy")

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


ENGINES = {
    "zarr-python-2": ZarrPython2,
    "zarr-python-3": ZarrPython3,
    "obstore": Obstore,
    "tensorstore": TensorStore,
    "zarrs": Zarrs,
    "icechunk": Icechunk,
}


def extents(text):
    return tuple(int(n) for n in text.split(","))


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("operation", choices=["write", "read"])
    parser.add_argument("--engine", choices=list(ENGINES), required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--format", choices=["zarr2", "zarr3"], required=True)
    parser.add_argument("--codec", choices=["none", "blosc", "zstd", "gzip"], required=True)
    parser.add_argument("--shape", type=extents, required=True)
    parser.add_argument("--chunks", type=extents)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--data", choices=["random", "smooth"], default="random")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--time", action="store_true")
    args = parser.parse_args(argv)
    args.chunks = args.chunks or args.shape
    args.path = os.path.abspath(args.path)
    return args


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


def answer(args, engine, times):
    print(json.dumps({"engine": args.engine, "versions": engine.versions(), **times}), flush=True)


def main(argv):
    args = parse(argv)
    engine = ENGINES[args.engine](args)
    array = make_array(args.data, args.shape, args.dtype) if args.operation == "write" else None
    try:
        if args.time:
            for _ in sys.stdin:
                answer(args, engine, run_once(args, engine, array, lambda name: None)[0])
            return 0
        times, result = run_once(args, engine, array, find_mark())
    except Unsupported as refusal:
        print(f"peer.py: {args.engine}: {refusal}", file=sys.stderr)
        return 3
    difference = differs(result, args.data, args.shape, args.dtype) if args.operation == "read" else None
    if difference:
        print(f"peer.py: {args.engine}: {args.path}: {difference}", file=sys.stderr)
        return 1
    answer(args, engine, times)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (KeyboardInterrupt, BrokenPipeError):  # whoever asked is gone
        os._exit(130)
