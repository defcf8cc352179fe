"""Zarr arrays to and fro between zarr-python (the version installed) and Chunkmark, equal to the byte.

    python cases.py ZARR_CASE [PIPELINE]

PIPELINE is a codec pipeline in place of zarr-python's own; what it cannot write itself is counted, and left out.

Each case goes both ways. Theirs to ours: zarr-python writes, zarr_case reads. Ours to theirs: zarr_case makes an array from
the same metadata and writes, zarr-python reads. Formats, codecs, types, byte orders, ragged shapes, 0-d and size-0 arrays,
fill values where nothing was written, both orders, separators, attributes, groups. Types beyond numbers, filters and shards
are in extended.py.
"""

import itertools
import json
import pathlib
import sys
import tempfile

import extended
import numpy as np
import zarr
from ours import Ours, expect_equal, native

OWN_PIPELINE = "zarr.core.codec_pipeline.BatchedCodecPipeline"
IS_V2 = zarr.__version__.startswith("2.")

DTYPES = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
SHAPES = [
    ((), ()),
    ((0,), (3,)),
    ((0, 5), (2, 5)),
    ((5, 0), (2, 1)),
    ((1,), (1,)),
    ((17,), (5,)),
    ((17,), (20,)),
    ((10, 13), (4, 5)),
    ((10, 13), (4, 13)),
    ((3, 4, 5), (2, 4, 3)),
    ((2, 3, 2, 3), (1, 2, 2, 2)),
]
LARGE = ((701, 1003), (701, 1003))  # one chunk of several blosc blocks and a short one
BLOSC = [
    ("blosc", c, s, n) for c, s, n in itertools.product(["lz4", "lz4hc", "blosclz", "zlib", "zstd"], [0, 1, 2], [1, 5])
]
BLOSC += [("blosc", "lz4", 1, 0), ("blosc", "zstd", 2, 9)]
PLAIN = [("none",), ("zstd", 0), ("zstd", 9), ("gzip", 1), ("gzip", 9)]
FILLS = {"b": [True, None], "i": [-5], "u": [7], "f": [1.5, float("nan"), float("-inf"), 0.1], "c": [1.5 + 2j]}


def cases():
    """Every case once, as a dict; what is not varied rotates, so that combinations are met without their product."""
    formats = [2] if IS_V2 else [2, 3]
    codecs = itertools.cycle(PLAIN + BLOSC)
    orders = itertools.cycle(["C", "C", "F"])
    separators = itertools.cycle([".", "/"])
    checksums = itertools.cycle([False, True])

    def case(format, dtype, endian, shape, chunks, codec, **more):
        found = {"format": format, "dtype": np.dtype(endian + dtype if dtype[1:] != "1" else dtype)}
        found.update(shape=shape, chunks=chunks, codec=codec, order=next(orders), separator=next(separators))
        found.update(checksum=format == 3 and next(checksums), fill=None, region=None)
        found.update(more)
        return found

    for format in formats:
        for dtype, endian, (shape, chunks) in itertools.product(DTYPES, "<>", SHAPES):
            if endian == "<" or dtype[1:] != "1":
                yield case(format, dtype, endian, shape, chunks, next(codecs))
        for codec, dtype in itertools.product(PLAIN + BLOSC, ["u1", "f4", "c16"]):
            yield case(format, dtype, "<", (37, 21), (10, 21), codec, order="C")
        for codec, dtype, order in itertools.product(PLAIN + BLOSC[::4] + BLOSC[-2:], ["f4", "f8"], "CF"):
            yield case(format, dtype, "<>"[order == "F"], *LARGE, codec, order=order)
        for dtype in DTYPES:
            # Without a fill value v2 libraries leave what was never written to chance.
            for fill in (fill for fill in FILLS[dtype[0]] if fill is not None or format == 3):
                yield case(format, dtype, "<", (12, 9), (4, 4), next(codecs), fill=fill, region=((5, 2), (4, 6)))


def name_of(case):
    return ", ".join(f"{key}={value}" for key, value in case.items())


def data_of(case):
    shape = case["region"][1] if case["region"] else case["shape"]
    dtype = case["dtype"]
    random = np.random.default_rng(len(repr(sorted(case.items(), key=str))))
    if dtype.kind == "b":
        data = random.integers(0, 2, shape).astype(dtype)
    elif dtype.kind in "iu":
        data = random.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, shape, dtype.newbyteorder("="), True).astype(
            dtype
        )
    elif dtype.kind == "c":
        data = (random.normal(size=shape) + 1j * random.normal(size=shape)).astype(dtype)
    else:
        data = random.normal(size=shape).round(2).astype(dtype)
    return np.asarray(data, dtype).reshape(shape)


def numcodecs_compressor(codec):
    import numcodecs

    if codec[0] == "blosc":
        return numcodecs.Blosc(cname=codec[1], shuffle=codec[2], clevel=codec[3])
    return {"none": lambda: None, "zstd": lambda: numcodecs.Zstd(codec[1]), "gzip": lambda: numcodecs.GZip(codec[1])}[
        codec[0]
    ]()


def create(path, case):
    """An array of the library's own making, without data."""
    more = {} if case["fill"] is None and case["format"] == 2 else {"fill_value": case["fill"]}
    if IS_V2:
        return zarr.create(
            case["shape"],
            case["chunks"] or True,
            case["dtype"],
            numcodecs_compressor(case["codec"]),
            order=case["order"],
            store=zarr.DirectoryStore(path),
            overwrite=True,
            dimension_separator=case["separator"],
            **({"fill_value": None} | more),
        )
    import zarr.codecs as codecs

    if case["format"] == 2:
        more = {"fill_value": case["fill"]}
        return zarr.create_array(
            path,
            shape=case["shape"],
            chunks=case["chunks"],
            dtype=case["dtype"],
            zarr_format=2,
            filters=None,
            compressors=numcodecs_compressor(case["codec"]),
            order=case["order"],
            overwrite=True,
            chunk_key_encoding={"name": "v2", "separator": case["separator"]},
            **more,
        )
    codec = case["codec"]
    itemsize = case["dtype"].itemsize
    compressors = []
    if codec[0] == "blosc":
        shuffle = ["noshuffle", "shuffle", "bitshuffle"][codec[2]]
        compressors.append(codecs.BloscCodec(typesize=itemsize, cname=codec[1], shuffle=shuffle, clevel=codec[3]))
    elif codec[0] == "zstd":
        compressors.append(codecs.ZstdCodec(level=codec[1], checksum=codec[1] > 5))
    elif codec[0] == "gzip":
        compressors.append(codecs.GzipCodec(level=codec[1]))
    if case["checksum"]:
        compressors.append(codecs.Crc32cCodec())
    order = tuple(reversed(range(len(case["shape"]))))
    filters = [codecs.TransposeCodec(order=order)] if case["order"] == "F" and len(order) > 1 else []
    endian = None if itemsize == 1 else ("big" if case["dtype"].str[0] == ">" else "little")
    fill = {} if case["fill"] is None else {"fill_value": case["fill"]}
    return zarr.create_array(
        path,
        shape=case["shape"],
        chunks=case["chunks"],
        dtype=case["dtype"].newbyteorder("="),
        zarr_format=3,
        filters=filters,
        serializer=codecs.BytesCodec(endian=endian),
        compressors=compressors,
        overwrite=True,
        chunk_key_encoding={"name": "default", "separator": case["separator"]},
        **fill,
    )


def slices(case):
    if not case["region"]:
        return ...
    return tuple(slice(b, b + n) for b, n in zip(*case["region"]))


def read(path):
    """By zarr-python's own pipeline: zarrs 0.2.3 swaps the halves of big-endian complex numbers when it reads partial chunks."""
    if IS_V2:
        return zarr.open(path, mode="r")[...]
    with zarr.config.set({"codec_pipeline.path": OWN_PIPELINE}):
        return zarr.open(path, mode="r")[...]


def theirs_to_ours(ours, folder, case):
    path = str(folder / "theirs")
    array = create(path, case)
    array.attrs.update({"text": "grüße", "number": 3, "list": [1, 2.5, None]})
    array[slices(case)] = data_of(case)
    expected = native(read(path))
    reply = ours.ask(op="read", path=path, data=str(folder / "out"))
    found = np.frombuffer((folder / "out").read_bytes(), expected.dtype).reshape(expected.shape)
    expect_equal(found, expected, "theirs to ours")
    assert reply["attributes"] == {"text": "grüße", "number": 3, "list": [1, 2.5, None]}, reply["attributes"]
    if case["region"]:
        start, shape = case["region"]
        ours.ask(op="read", path=path, data=str(folder / "out"), start=start, shape=shape)
        found = np.frombuffer((folder / "out").read_bytes(), expected.dtype).reshape(shape)
        expect_equal(found, expected[slices(case)], "theirs to ours, region")


def ours_to_theirs(ours, folder, case):
    model = folder / "model"
    reference = create(str(model), case)
    document = json.loads((model / (".zarray" if case["format"] == 2 else "zarr.json")).read_text())
    data = data_of(case)
    (folder / "in").write_bytes(native(data).tobytes())
    path = str(folder / "ours")
    where = {} if not case["region"] else {"start": case["region"][0], "shape": case["region"][1]}
    ours.ask(op="write", path=path, document=document, attributes={"by": "us"}, data=str(folder / "in"), **where)
    reference[slices(case)] = data
    array = zarr.open(path, mode="r")
    expect_equal(native(array[...]), native(reference[...]), "ours to theirs")
    assert dict(array.attrs) == {"by": "us"}, dict(array.attrs)


def extended_theirs_to_ours(ours, folder, case):
    _, create_array, data = case
    path = str(folder / "theirs")
    create_array(path)[...] = data
    expected = extended.memory_of(zarr.open(path, mode="r")[...])
    ours.ask(op="read", path=path, data=str(folder / "out"))
    assert (folder / "out").read_bytes() == expected, "theirs to ours"
    if expected and not extended.memory_of(data) == expected and data.dtype.kind in "SUVMmOb":
        raise AssertionError("zarr-python itself does not read what it wrote")


def extended_ours_to_theirs(ours, folder, case):
    _, create_array, data = case
    reference = create_array(str(folder / "model"))
    path = folder / "model"
    document = json.loads(next(p for p in (path / ".zarray", path / "zarr.json") if p.exists()).read_text())
    reference[...] = data
    (folder / "in").write_bytes(extended.memory_of(data.astype(reference.dtype)))
    ours.ask(op="write", path=str(folder / "ours"), document=document, data=str(folder / "in"))
    found = zarr.open(str(folder / "ours"), mode="r")[...]
    assert extended.memory_of(found) == extended.memory_of(reference[...]), "ours to theirs"


def groups(ours, folder):
    path = folder / "group"
    root = zarr.open_group(str(path), mode="w", **({} if IS_V2 else {"zarr_format": 3}))
    root.create_group("inner")
    create(str(path / "data"), next(cases()))
    names = ours.ask(op="children", path=str(path))["names"]
    assert names == ["data", "inner"], names


def is_refusal(error):
    texts = ["byte order not supported", "must be a C contiguous array"]
    return type(error).__name__.startswith("Unsupported") or any(text in str(error) for text in texts)


def main(program, pipeline=None):
    if pipeline:
        zarr.config.set({"codec_pipeline.path": pipeline, "codec_pipeline.strict": True})
    ours = Ours(program)
    passed, refused = 0, 0
    failures = []
    simple = [(name_of(case), case, (theirs_to_ours, ours_to_theirs)) for case in cases()]
    more = [(case[0], case, (extended_theirs_to_ours, extended_ours_to_theirs)) for case in extended.extended_cases()]
    for name, case, directions in more + simple:
        for direction in directions:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    direction(ours, pathlib.Path(folder), case)
                    passed += 1
                except Exception as error:  # each case counts by itself
                    if pipeline and is_refusal(error):
                        refused += 1
                        continue
                    failures.append(f"{direction.__name__}: {name}: {type(error).__name__}: {error}")
    with tempfile.TemporaryDirectory() as folder:
        groups(ours, pathlib.Path(folder))
    for failure in failures[:20]:
        print(failure)
    print(f"zarr {zarr.__version__}: {passed} passed, {len(failures)} failed, {refused} refused by {pipeline}")
    return 0 if passed > refused and not failures else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
