"""The array that every engine stores: that of study/array_data.cc, byte for byte."""

import numpy as np

SEED = 42
BLOCK = 1 << 20  # elements generated or compared at a time, to keep temporaries small beside the array


def block_of(kind, dtype, begin, count):
    """Elements [begin, begin + count) of the array, in C order: those of fill()."""
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
