"""The settings that Chunkmark compares everywhere, and how zarr-python and numcodecs are told of them.

Blosc lz4 level 5 with byte shuffle is zarr-python 2's default compressor; zstd 3 and gzip 5 are what level 0 and the gzip codec
stand for; lz4 is numcodecs' block, with the default acceleration.
"""

import numpy as np

BLOSC = {"cname": "lz4", "clevel": 5}
ZSTD_LEVEL = 3
GZIP_LEVEL = 5


def numcodecs_compressor(codec):
    import numcodecs

    if codec == "blosc":
        return numcodecs.Blosc(shuffle=numcodecs.Blosc.SHUFFLE, **BLOSC)
    return {
        "none": lambda: None,
        "zstd": lambda: numcodecs.Zstd(level=ZSTD_LEVEL),
        "gzip": lambda: numcodecs.GZip(level=GZIP_LEVEL),
        "lz4": lambda: numcodecs.LZ4(),
    }[codec]()


def zarr3_compressors(codec, dtype):
    from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec

    if codec == "blosc":
        return [BloscCodec(typesize=np.dtype(dtype).itemsize, shuffle="shuffle", **BLOSC)]
    if codec == "lz4":
        from zarr.codecs import numcodecs

        return [numcodecs.LZ4()]
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
