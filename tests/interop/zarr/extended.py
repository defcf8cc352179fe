"""More cases for cases.py: element types beyond numbers, filters, compressors, several codecs in a row, shards.

A case is a name, a function that makes the library's own array at a path, and the data.
"""

import itertools

import numcodecs
import numpy as np
import zarr

IS_V2 = zarr.__version__.startswith("2.")
SHAPE, CHUNKS = (23, 9), (8, 4)
STRUCT = np.dtype([("a", "<i4"), ("b", "<f8"), ("c", "S3")])
RAW_LZMA = [{"id": 3, "dist": 4}, {"id": 33, "preset": 1}]


def numbers(dtype):
    """Small and smooth, so that every filter can hold them."""
    values = np.arange(np.prod(SHAPE)).reshape(SHAPE) % 120
    return (values % 3 == 0) if np.dtype(dtype).kind == "b" else values.astype(dtype)


def texts():
    """Some empty, some long, some not ASCII."""
    words = ["", "a", "grün", "x" * 300, "\U0001f600", "end"]
    return np.array([words[i % len(words)] for i in range(np.prod(SHAPE))], dtype=object).reshape(SHAPE)


def data_of(dtype):
    dtype = np.dtype(dtype)
    values = numbers("i8")
    if dtype.names:
        data = np.zeros(SHAPE, dtype)
        data["a"], data["b"], data["c"] = values, values / 4, values.astype("S3")
        return data
    if dtype.kind == "V":
        return np.frombuffer((np.arange(np.prod(SHAPE) * dtype.itemsize) % 251).astype("u1").tobytes(), dtype).reshape(
            SHAPE
        )
    if dtype.kind in "SU":
        return values.astype(dtype)
    return values.astype("i8").astype(dtype)


def v2_array(path, dtype, compressor=None, filters=None, order="C"):
    if IS_V2:
        store = zarr.DirectoryStore(path)
        more = {"object_codec": filters.pop(0)} if filters and dtype is object else {}
        return zarr.create(
            SHAPE, CHUNKS, dtype, compressor, order=order, store=store, overwrite=True, filters=filters or None, **more
        )
    if dtype is object:
        dtype = "string" if isinstance(filters[0], numcodecs.VLenUTF8) else zarr.dtype.VariableLengthBytes()
        filters = filters if isinstance(filters[0], numcodecs.VLenUTF8) else filters
    return zarr.create_array(
        path,
        shape=SHAPE,
        chunks=CHUNKS,
        dtype=dtype,
        zarr_format=2,
        compressors=compressor,
        filters=filters,
        order=order,
        overwrite=True,
    )


def v2_cases():
    compressors = [
        None,
        numcodecs.Zlib(1),
        numcodecs.BZ2(3),
        numcodecs.LZMA(),
        numcodecs.LZMA(format=2),
        numcodecs.LZMA(format=3, filters=RAW_LZMA),
        numcodecs.LZ4(),
        numcodecs.Blosc("lz4"),
        numcodecs.Zstd(),
        numcodecs.GZip(),
    ]
    filters = [
        ("<i4", [numcodecs.Delta("<i4")]),
        ("<i4", [numcodecs.Delta("<i4", "<i2"), numcodecs.Shuffle(2)]),
        (">i4", [numcodecs.Delta(">i4")]),
        ("<u8", [numcodecs.Delta("<u8", "<i8")]),
        ("<f4", [numcodecs.Delta("<f4")]),
        ("<f8", [numcodecs.FixedScaleOffset(offset=-2, scale=10, dtype="<f8", astype="<u2")]),
        ("<i2", [numcodecs.FixedScaleOffset(offset=-5, scale=2, dtype="<i2", astype="<i4")]),
        ("|b1", [numcodecs.PackBits()]),
        ("<f8", [numcodecs.AsType("<f4", "<f8")]),
        ("<i8", [numcodecs.AsType("|u1", "<i8"), numcodecs.Delta("|u1")]),
        ("<f4", [numcodecs.Quantize(digits=1, dtype="<f4")]),
        ("<f4", [numcodecs.BitRound(4)]),
        ("<f4", [numcodecs.Shuffle(4)]),
        ("<i4", [numcodecs.CRC32()]),
        ("<i4", [numcodecs.Adler32(), numcodecs.Zlib(1)]),
    ]
    orders = itertools.cycle("CF")
    following = itertools.cycle(compressors)
    for compressor in compressors:
        yield "i4", compressor, None, next(orders), numbers("i4")
    for dtype, chain in filters:
        for compressor in (None, next(following), next(following)):
            # numcodecs' bitround takes arrays in Fortran order for such in C order.
            order = "C" if isinstance(chain[0], numcodecs.BitRound) else next(orders)
            yield dtype, compressor, chain, order, numbers(dtype)
    for dtype in ("S5", "<U3", ">U3", "V4", "<M8[ns]", ">M8[D]", "<m8[25s]", STRUCT):
        for compressor in (None, next(following), next(following), numcodecs.Blosc("zstd")):
            yield dtype, compressor, None, next(orders), data_of(dtype)
    for compressor in (None, next(following), next(following)):
        yield object, compressor, [numcodecs.VLenUTF8()], next(orders), texts()
        if IS_V2:
            encoded = np.array([text.encode() for text in texts().flat], dtype=object).reshape(SHAPE)
            yield object, compressor, [numcodecs.VLenBytes()], next(orders), encoded


def v3_cases():
    from zarr import codecs
    from zarr.codecs import numcodecs as n

    def array(path, dtype, filters=(), serializer="auto", compressors=(), chunks=CHUNKS, **more):
        more.update(filters=list(filters), serializer=serializer, compressors=list(compressors))
        return zarr.create_array(path, shape=SHAPE, chunks=chunks, dtype=dtype, overwrite=True, **more)

    big, little = codecs.BytesCodec(endian="big"), codecs.BytesCodec(endian="little")
    swapped = codecs.TransposeCodec(order=(1, 0))
    chains = [
        ("i4", [n.Delta(dtype="<i4")], little, []),
        ("i4", [n.Delta(dtype="<i4", astype="<i2")], big, [codecs.ZstdCodec()]),
        ("i4", [swapped, n.Delta(dtype="<i4")], big, [codecs.GzipCodec()]),
        ("f8", [n.FixedScaleOffset(offset=-2, scale=10, dtype="<f8", astype="<u2")], big, [n.LZ4()]),
        ("f8", [n.AsType(encode_dtype="<f4", decode_dtype="<f8")], big, [codecs.Crc32cCodec()]),
        ("bool", [n.PackBits()], codecs.BytesCodec(endian=None), [n.Zlib(level=2)]),
        ("f4", [n.Quantize(digits=1, dtype="<f4")], little, []),
        ("f4", [n.BitRound(keepbits=4)], little, [n.BZ2(level=1)]),
        ("i4", [], big, [n.Shuffle(elementsize=4), n.Zlib(level=1)]),
        ("i4", [], little, [n.LZMA(), codecs.Crc32cCodec()]),
        ("i4", [], little, [n.LZMA(format=3, filters=RAW_LZMA)]),
        ("i4", [], little, [n.Blosc(cname="lz4", clevel=5, shuffle=1)]),
        ("i4", [], little, [n.Zstd(level=3), n.GZip(level=1)]),
        ("i4", [], little, [n.Adler32(), n.CRC32()]),
        ("i4", [], little, [n.CRC32(), codecs.BloscCodec(cname="zstd"), codecs.Crc32cCodec()]),
        ("i4", [], little, [codecs.GzipCodec(), codecs.ZstdCodec(), codecs.Crc32cCodec()]),
    ]
    for dtype, filters, serializer, compressors in chains:
        name = f"v3 {dtype} {filters} {serializer} {compressors}"
        yield name, lambda path, a=(dtype, filters, serializer, compressors): array(path, *a), numbers(dtype)

    types = ["S5", "U3", "V4", "M8[ns]", "m8[25s]", STRUCT]
    for dtype, compressor in itertools.product(types, [[], [codecs.ZstdCodec()], [codecs.BloscCodec(cname="lz4")]]):
        serializer = big if np.dtype(dtype).kind in "UMm" and compressor else "auto"
        name = f"v3 {dtype} {serializer} {compressor}"
        yield (
            name,
            lambda path, a=(dtype, (), serializer, compressor): array(path, *a),
            data_of(dtype),
        )
    for filters, compressors in itertools.product([[], [swapped]], [[], [codecs.ZstdCodec()], [n.BZ2(level=1)]]):
        name = f"v3 string {filters} {compressors}"
        yield name, lambda path, a=(filters, compressors): array(path, "string", a[0], "auto", a[1]), texts()
    yield "v3 strings in shards", lambda path: array(path, "string", chunks=(4, 2), shards=(8, 4)), texts()

    inner = [
        [little],
        [big, codecs.ZstdCodec()],
        [swapped, little, codecs.BloscCodec(cname="lz4"), codecs.Crc32cCodec()],
        [n.Delta(dtype="<i4"), little, n.Zlib(level=1)],
        [codecs.ShardingCodec(chunk_shape=(2, 1), codecs=[little, codecs.GzipCodec()], index_location="start")],
    ]
    indexes = [[little, codecs.Crc32cCodec()], [big], [little]]
    for nested, location, after in itertools.product(inner, ("start", "end"), ([], [codecs.Crc32cCodec()])):
        index = indexes[len(repr((nested, location))) % 3]
        sharding = codecs.ShardingCodec(chunk_shape=(4, 2), codecs=nested, index_codecs=index, index_location=location)
        name = f"v3 shards {location} {nested} {index} {after}"
        yield name, lambda path, a=(sharding, after): array(path, "i4", (), a[0], a[1]), numbers("i4")
    sharding = codecs.ShardingCodec(chunk_shape=(2, 4), codecs=[little, codecs.ZstdCodec()])
    yield "v3 shards transposed", lambda path: array(path, "i4", [swapped], sharding), numbers("i4")


def extended_cases():
    for dtype, compressor, filters, order, data in v2_cases():
        name = f"v2 {dtype} {filters} {compressor} {order}"

        def make(path, a=(dtype, compressor, filters, order)):
            return v2_array(path, a[0], a[1], list(a[2]) if a[2] else None, a[3])

        yield name, make, data
    if not IS_V2:
        yield from v3_cases()


def memory_of(array):
    """What Chunkmark has in memory: host order, but structs as they are stored; strings with their sizes."""
    array = np.asarray(array)
    if array.dtype.kind in "OT":
        items = [item.encode() if isinstance(item, str) else item for item in array.flat]
        return b"".join(len(item).to_bytes(4, "little") + item for item in items)
    array = np.ascontiguousarray(array)
    return (array if array.dtype.names else array.astype(array.dtype.newbyteorder("="))).tobytes()
