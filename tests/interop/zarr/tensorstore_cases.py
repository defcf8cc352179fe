"""Zarr arrays to and fro between tensorstore (the version installed) and Chunkmark, equal to the byte.

    python tensorstore_cases.py ZARR_CASE

Each case goes both ways, as in cases.py: what tensorstore writes we read; and of the same metadata we make an array that it
reads. Every element type, codec, order, separator and place of a shard's index that it can write.
"""

import itertools
import json
import pathlib
import sys
import tempfile

import numpy as np
import tensorstore as ts
from ours import Ours, expect_equal, native

DTYPES = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
DTYPES += ["float16", "float32", "float64", "complex64", "complex128"]
SHAPES = [((17,), (5,)), ((10, 13), (4, 5)), ((3, 4, 5), (2, 4, 3)), ((7,), (20,)), ((2, 3, 2, 3), (1, 2, 2, 2))]
BLOSC_NAMES = ["lz4", "lz4hc", "blosclz", "zlib", "zstd"]
V2_COMPRESSORS = [None, {"id": "zlib", "level": 3}, {"id": "bz2", "level": 2}, {"id": "zstd", "level": 4}]
V2_COMPRESSORS += [
    {"id": "blosc", "cname": name, "clevel": 5, "shuffle": shuffle}
    for name, shuffle in itertools.product(BLOSC_NAMES, [-1, 0, 1, 2])
]
V3_COMPRESSORS = [
    [],
    [{"name": "gzip", "configuration": {"level": 5}}],
    [{"name": "zstd", "configuration": {"level": 3}}],
    [{"name": "crc32c"}],
    [{"name": "gzip", "configuration": {"level": 1}}, {"name": "crc32c"}],
    [{"name": "crc32c"}, {"name": "zstd", "configuration": {"level": 1}}],
]
V3_COMPRESSORS += [
    [{"name": "blosc", "configuration": {"cname": name, "clevel": 5, "shuffle": shuffle, "typesize": 4}}]
    for name, shuffle in itertools.product(BLOSC_NAMES, ["noshuffle", "shuffle", "bitshuffle"])
]


def bytes_codec(dtype, endian):
    one_byte = np.dtype(dtype).itemsize == 1
    return {"name": "bytes"} if one_byte else {"name": "bytes", "configuration": {"endian": endian}}


def v2_cases():
    compressors, orders, separators = map(itertools.cycle, (V2_COMPRESSORS, "CF", "./"))
    varied = itertools.chain(
        itertools.product(DTYPES, "<>", SHAPES), itertools.product(["uint32"], "<", SHAPES[1:2] * len(V2_COMPRESSORS))
    )
    for dtype, endian, (shape, chunks) in varied:
        yield {
            "driver": "zarr",
            "metadata": {
                "dtype": np.dtype(dtype).newbyteorder(endian).str,
                "shape": shape,
                "chunks": chunks,
                "compressor": next(compressors),
                "order": next(orders) if len(shape) > 1 else "C",
                "dimension_separator": next(separators),
                "fill_value": None,
                "filters": None,
            },
        }


def v3_case(dtype, shape, chunks, codecs, separator="/"):
    return {
        "driver": "zarr3",
        "metadata": {
            "data_type": dtype,
            "shape": shape,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunks}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": separator}},
            "codecs": codecs,
        },
    }


def v3_cases():
    compressors, separators, transposed = map(itertools.cycle, (V3_COMPRESSORS, "/.", (False, True, False)))
    for dtype, endian, (shape, chunks) in itertools.product(DTYPES, ["little", "big"], SHAPES):
        order = list(reversed(range(len(shape))))
        first = [{"name": "transpose", "configuration": {"order": order}}] if next(transposed) else []
        codecs = [*first, bytes_codec(dtype, endian), *next(compressors)]
        yield v3_case(dtype, shape, chunks, codecs, next(separators))
    for compressor, location, endian, order in itertools.product(
        V3_COMPRESSORS, ["start", "end"], ["little", "big"], [None, [1, 0]]
    ):
        inner = [{"name": "transpose", "configuration": {"order": order}}] if order else []
        sharding = {
            "chunk_shape": [4, 3],
            "codecs": [*inner, bytes_codec("float32", endian), *compressor],
            "index_codecs": [bytes_codec("uint64", "little"), {"name": "crc32c"}],
            "index_location": location,
        }
        yield v3_case("float32", (19, 14), (8, 6), [{"name": "sharding_indexed", "configuration": sharding}])


def open_array(path, **spec):
    spec = {**spec, "kvstore": {"driver": "file", "path": str(path)}}
    return ts.open(spec, create="metadata" in spec, open=True).result()


def data_of(case, seed):
    metadata = case["metadata"]
    dtype = np.dtype(metadata.get("dtype") or metadata["data_type"])
    random = np.random.default_rng(seed)
    if dtype.kind == "b":
        return random.integers(0, 2, metadata["shape"]).astype(dtype)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return random.integers(limits.min, limits.max, metadata["shape"], dtype.newbyteorder("="), True)
    values = random.normal(size=metadata["shape"])
    return (values + 1j * values[::-1] if dtype.kind == "c" else values).astype(dtype.newbyteorder("="))


def check(ours, folder, case, data):
    theirs = open_array(folder / "theirs", **case)
    theirs.write(data).result()
    ours.ask(op="read", path=str(folder / "theirs"), data=str(folder / "out"))
    found = np.frombuffer((folder / "out").read_bytes(), data.dtype).reshape(data.shape)
    expect_equal(found, data, "theirs to ours")

    document = (folder / "theirs" / (".zarray" if case["driver"] == "zarr" else "zarr.json")).read_text()
    (folder / "in").write_bytes(np.ascontiguousarray(data).tobytes())
    path = folder / "ours"
    ours.ask(op="write", path=str(path), document=json.loads(document), data=str(folder / "in"))
    expect_equal(native(open_array(path, driver=case["driver"]).read().result()), data, "ours to theirs")


def main(program):
    ours = Ours(program)
    passed, failures = 0, []
    for number, case in enumerate([*v2_cases(), *v3_cases()]):
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(ours, pathlib.Path(folder), case, data_of(case, number))
                passed += 1
            except Exception as error:  # each case counts by itself
                failures.append(f"{json.dumps(case)}: {type(error).__name__}: {error}")
    for failure in failures[:20]:
        print(failure)
    print(f"tensorstore: {passed} cases passed, {len(failures)} failed")
    return 0 if passed > 300 and not failures else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
