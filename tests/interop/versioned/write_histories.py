"""Writes seeded random histories with the real library, and beside each file what every version must read as.

usage: write_histories.py OUT_DIR FIRST_SEED COUNT

Run with the Python of an environment that has versioned-hdf5 (see run.py). The expected contents come from plain NumPy arrays
that go through the same edits, not from reading the file back. A history that the library itself refuses is drawn again, so
that every seed ends as a file; what the histories had in them is counted and printed.
"""

import collections
import datetime
import hashlib
import json
import random
import struct
import sys
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  registers bzip2, lz4, zstd and blosc with HDF5
import numpy as np
from versioned_hdf5 import VersionedHDF5File, delete_versions

NUMBERS = [
    "<i1",
    "<i2",
    "<i4",
    "<i8",
    "<u1",
    "<u2",
    "<u4",
    "<u8",
    "<f2",
    "<f4",
    "<f8",
    ">i4",
    ">f8",
    "<c8",
    "<c16",
    ">c8",
    "?",
]
ATTEMPTS = 5  # for a seed; the run fails if one of them still has no file
COMPOUNDS = [
    np.dtype([("a", "<i4"), ("b", "<f8"), ("c", "S3")]),
    np.dtype([("m", "<f4", (2,)), ("n", [("x", "<i2"), ("y", ">u4")])]),
]


def text_dtype():
    return h5py.string_dtype()


def random_dtype(rng):
    kind = rng.random()
    if kind < 0.55:
        return np.dtype(rng.choice(NUMBERS))
    if kind < 0.62:
        return h5py.enum_dtype({"RED": 1, "GREEN": 2, "BLUE": 42}, basetype=rng.choice(["<i1", "<i4", ">u2"]))
    if kind < 0.7:
        return np.dtype("S5")
    if kind < 0.85:
        return h5py.string_dtype(rng.choice(["utf-8", "ascii"]))
    if kind < 0.95:
        return rng.choice(COMPOUNDS)
    return np.dtype("V6")


def kind_name(dtype):
    if h5py.check_enum_dtype(dtype) and dtype.kind != "b":
        return "enum"
    if dtype.names:
        return "compound"
    kinds = {"O": "variable text", "S": "fixed text", "V": "opaque", "b": "bool", "c": "complex"}
    return kinds.get(dtype.kind, "float" if dtype.kind == "f" else "integer")


def is_text(dtype):
    return dtype.kind == "O"


def random_values(rng, dtype, shape):
    count = int(np.prod(shape))
    if is_text(dtype):
        ascii_only = h5py.check_string_dtype(dtype).encoding == "ascii"
        words = ["", "a", "word", "x" * 300] + ([] if ascii_only else ["é", "日本語"])
        values = np.empty(count, dtype=object)
        values[:] = [rng.choice(words) + str(rng.randrange(5)) for _ in range(count)]
        return values.reshape(shape)
    if dtype.kind == "S":
        return np.array([f"s{rng.randrange(100)}".encode() for _ in range(count)], dtype=dtype).reshape(shape)
    if dtype.kind == "b":
        return np.array([rng.random() < 0.5 for _ in range(count)], dtype=bool).reshape(shape)
    if dtype.kind == "V":
        raw = np.array([rng.randrange(256) for _ in range(count * dtype.itemsize)], dtype="u1")
        if dtype.names:  # bytes as they come would hold NaNs and unterminated texts: make proper values
            values = np.zeros(count, dtype=dtype)
            fill_fields(rng, values)
            return values.reshape(shape)
        return raw.view(dtype).reshape(shape)
    if kind_name(dtype) == "enum":
        return np.array([rng.choice([1, 2, 42]) for _ in range(count)], dtype=dtype).reshape(shape)
    values = np.array([rng.randrange(0 if dtype.kind == "u" else -50, 100) for _ in range(count)]).astype(dtype)
    if dtype.kind in "fc" and count and rng.random() < 0.3:
        values[rng.randrange(count)] = np.nan
    return values.reshape(shape)


def fill_fields(rng, values):
    for name in values.dtype.names:
        field = values[name]
        if field.dtype.names:
            fill_fields(rng, field)
        elif field.dtype.kind == "S":
            field[...] = str(rng.randrange(100)).encode()
        else:
            field[...] = np.array([rng.randrange(100) for _ in range(field.size)]).reshape(field.shape)


def random_filters(rng, dtype, chunk_elements):
    """Only filters that give back what they were given."""
    if is_text(dtype):
        return {}
    choices = [
        {},
        {},
        {"compression": "gzip", "compression_opts": rng.randrange(1, 10)},
        {"compression": "lzf"},
        {"compression": "gzip", "shuffle": True},
        {"compression": "lzf", "shuffle": True, "fletcher32": True},
        {"fletcher32": True},
    ]
    integer = kind_name(dtype) == "integer"
    if integer and dtype.isnative:
        choices.append({"scaleoffset": 0})
    pixels = 8
    if integer and chunk_elements >= pixels and h5py.h5z.filter_avail(h5py.h5z.FILTER_SZIP):
        choices.append({"compression": "szip", "compression_opts": (rng.choice(["nn", "ec"]), pixels)})
    if dtype.kind in "iufc":
        shuffle, codec = rng.randrange(3), rng.choice([0, 1, 2, 4, 5])  # blosclz, lz4, lz4hc, zlib, zstd
        choices += [
            {"compression": 32015, "compression_opts": (3,)},
            {"compression": 32004},
            {"compression": 307},
            {"compression": 32001, "compression_opts": (0, 0, 0, 0, 5, shuffle, codec)},
            {
                "compression": 32008,
                "compression_opts": (rng.choice([0, 8, 16]), rng.choice([0, 2, 3])),
            },  # plain, LZ4, Zstd
            {
                "compression": 32026,
                "compression_opts": (
                    0,
                    rng.choice([0, 32, 64]),
                    0,
                    0,
                    rng.choice([0, 5, 9]),
                    rng.randrange(4),
                    rng.choice([0, 1, 2, 4, 5]),
                ),
            },
        ]
    return rng.choice(choices)


class Dataset:
    """What create_dataset was told: fixed for the life of the file."""

    def __init__(self, rng):
        self.dtype = random_dtype(rng)
        self.rank = rng.choice([1, 1, 1, 2, 2, 3])
        self.chunks = tuple(rng.randrange(1, 7 if self.rank > 1 else 40) for _ in range(self.rank))
        self.filters = random_filters(rng, self.dtype, int(np.prod(self.chunks)))
        self.created = False
        self.fillvalue = None
        if self.dtype.kind in "iufc" and kind_name(self.dtype) != "enum" and rng.random() < 0.4:
            self.fillvalue = self.dtype.type(rng.randrange(1, 50))

    def plugin(self):
        return isinstance(self.filters.get("compression"), int)

    def fill_element(self):
        if is_text(self.dtype):
            return ""
        return np.zeros((), self.dtype)[()] if self.fillvalue is None else self.fillvalue

    def random_shape(self, rng):
        most = {1: 120, 2: 14, 3: 7}[self.rank]
        return tuple(0 if rng.random() < 0.03 else rng.randrange(1, most) for _ in range(self.rank))

    def filled(self, shape):
        values = np.empty(shape, dtype=object if is_text(self.dtype) else self.dtype)
        values[...] = self.fill_element()
        return values


def filter_names(spec):
    names = {307: "bzip2", 32001: "blosc", 32004: "lz4", 32008: "bitshuffle", 32015: "zstd", 32026: "blosc2"}
    used = (
        [names.get(spec.filters["compression"], spec.filters["compression"])] if "compression" in spec.filters else []
    )
    return used + [name for name in ("shuffle", "fletcher32", "scaleoffset") if name in spec.filters]


def create(group, path, spec, rng, seen):
    shape = spec.random_shape(rng)
    common = {"chunks": spec.chunks, **spec.filters}
    if spec.fillvalue is not None:
        common["fillvalue"] = spec.fillvalue
    seen[f"rank {spec.rank}"] += 1
    seen[kind_name(spec.dtype)] += 1
    seen["fill value"] += spec.fillvalue is not None
    seen["size zero"] += 0 in shape
    for name in filter_names(spec):
        seen[name] += 1
    if rng.random() < 0.3:
        seen["sparse"] += 1  # and without one mapping until it is edited
        group.create_dataset(path, shape=shape, dtype=spec.dtype, data=None, **common)
        return spec.filled(shape)
    values = random_values(rng, spec.dtype, shape)
    group.create_dataset(path, data=values, dtype=spec.dtype, **common)
    return values


def random_slices(rng, shape):
    slices = []
    for extent in shape:
        start = rng.randrange(extent)
        slices.append(slice(start, rng.randrange(start + 1, extent + 1)))
    return tuple(slices)


def edit(dataset, values, spec, rng, seen):
    action = rng.random()
    if action < 0.35:
        shape = spec.random_shape(rng)
        seen["resize"] += 1
        dataset.resize(shape)
        resized = spec.filled(shape)
        common = tuple(slice(0, min(a, b)) for a, b in zip(values.shape, shape))
        resized[common] = values[common]
        return resized
    if values.size == 0:
        return values
    values = values.copy()
    if action < 0.5:
        values[...] = random_values(rng, spec.dtype, values.shape)
        dataset[...] = values
    else:
        where = random_slices(rng, values.shape)
        part = random_values(rng, spec.dtype, values[where].shape)
        if action < 0.6:
            part[...] = spec.fill_element()
        values[where] = part
        dataset[where] = part
    return values


def sha256(values, spec):
    if not is_text(spec.dtype):
        return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
    digest = hashlib.sha256()
    for value in values.ravel():
        text = value.encode() if isinstance(value, str) else bytes(value)
        digest.update(struct.pack("<Q", len(text)) + text)
    return digest.hexdigest()


def dtype_name(dtype):
    if is_text(dtype):
        return "|O"
    return json.loads(json.dumps(dtype.descr)) if dtype.names else dtype.str


def random_attribute(rng):
    return rng.choice([f"note {rng.randrange(9)}", "é", rng.randrange(-9, 9)])


def attribute_json(value):
    return value if isinstance(value, str) else {"dtype": "<i8", "shape": [], "data": [value]}


def history(path, rng, seen):
    libver = rng.choice([None, None, "latest", ("earliest", "v110")])
    paths = rng.sample(["x", "group/y", "group/deep/z", "t"], rng.randrange(1, 4))
    specs = {name: Dataset(rng) for name in paths}
    versions, attributes = {}, {}  # of a version: {path: values} and {path: attributes}
    parents = {}
    with h5py.File(path, "w", **({"libver": libver} if libver else {})) as file:
        versioned = VersionedHDF5File(file)
        time = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
        for number in range(rng.randrange(2, 8)):
            name = f"r{number}"
            parent = rng.choice(list(versions)) if versions and rng.random() < 0.3 else versioned.current_version
            state = dict(versions.get(parent, {}))
            notes = {target: dict(of) for target, of in attributes.get(parent, {}).items()}
            seen["branch"] += parent in parents.values()
            time += datetime.timedelta(seconds=rng.randrange(1, 10**6), microseconds=rng.randrange(10**6))
            with versioned.stage_version(
                name, prev_version="" if parent == "__first_version__" else parent, timestamp=time
            ) as stage:
                for target in paths:
                    action = rng.random()
                    if target not in state:
                        # Plug-in filters rewrite their options, which the library then takes for others than before.
                        if action < 0.8 and not (specs[target].created and specs[target].plugin()):
                            specs[target].created = True
                            state[target] = create(stage, target, specs[target], rng, seen)
                            notes[target] = {}
                    elif action < 0.06:
                        seen["dataset deleted"] += 1
                        del stage[target]
                        del state[target], notes[target]
                    elif action < 0.8:
                        state[target] = edit(stage[target], state[target], specs[target], rng, seen)
                    if target in state and rng.random() < 0.2:
                        seen["dataset attribute"] += 1
                        notes[target]["note"] = stage[target].attrs["note"] = random_attribute(rng)
                if rng.random() < 0.2:
                    stage.attrs["note"] = f"of {name}"
            versions[name] = state
            attributes[name] = notes
            parents[name] = parent
        doomed = [name for name in versions if rng.random() < 0.25]
        if doomed and len(doomed) < len(versions) and rng.random() < 0.4:
            seen["versions deleted"] += 1
            delete_versions(file, doomed)
            for name in doomed:
                del versions[name]
                del parents[name]
                for child, parent in parents.items():
                    if parent == name:
                        parents[child] = None  # linked over: whichever ancestor was kept
    expected = {
        name: {
            target: {
                "shape": list(values.shape),
                "dtype": dtype_name(specs[target].dtype),
                "chunks": list(specs[target].chunks),
                "sha256": sha256(values, specs[target]),
                "attrs": {key: attribute_json(value) for key, value in attributes[name][target].items()},
            }
            for target, values in state.items()
        }
        for name, state in versions.items()
    }
    seen[f"libver {libver}"] += 1
    return {
        "libver": str(libver),
        "parents": parents,
        "versions": expected,
        "filters": {name: str(spec.filters) for name, spec in specs.items()},
    }


def main():
    out, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    refused, seen = 0, collections.Counter()
    for seed in range(first, first + count):
        path = out / f"history{seed}.h5"
        for attempt in range(ATTEMPTS):
            drawn = collections.Counter()
            try:
                expected = history(path, random.Random(f"{seed}.{attempt}"), drawn)
            except Exception as error:  # the library refused an edit: not our subject, but said
                refused += 1
                print(f"seed {seed}.{attempt}: refused: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
                path.unlink(missing_ok=True)
                continue
            path.with_suffix(".json").write_text(json.dumps(expected))
            seen += drawn
            break
    print(json.dumps({"refused": refused, "seen": seen, "hdf5": h5py.version.hdf5_version}))


if __name__ == "__main__":
    main()
