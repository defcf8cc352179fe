"""What a version must be after which edits: the intent of the Python library's own tests of its API, backend and hashes.

A row is a list of versions, each a list of edits, with what every version then reads as, and how many chunks the file has
for a path. behaviour.py plays it on both sides.
"""

import dataclasses

import h5py
import numpy as np

FIRST = "__first_version__"
TEXT = h5py.string_dtype()


@dataclasses.dataclass
class Spec:
    """What create_dataset is told."""

    dtype: np.dtype = np.dtype("<i8")
    chunks: tuple = (4,)
    fillvalue: object = None
    filters: dict = dataclasses.field(default_factory=dict)
    edges: str = "none"

    def array(self, values, shape=None):
        text = self.dtype == TEXT
        array = np.array(values, dtype=object if text else self.dtype)
        return array if shape is None else array.reshape(shape)

    def filled(self, shape):
        zero = "" if self.dtype == TEXT else np.zeros((), self.dtype)[()]
        return np.full(shape, zero if self.fillvalue is None else self.fillvalue, self.array([]).dtype)


@dataclasses.dataclass
class Version:
    name: str
    edits: list
    parent: str | None = None  # None: the version before; "": no version
    dropped: bool = False  # staged, never committed
    current: bool = True


@dataclasses.dataclass
class Row:
    name: str
    versions: list
    reads: dict  # version: {path: elements}; a path that is not named is not there
    chunks: dict = dataclasses.field(default_factory=dict)  # path: how many we may have
    attributes: dict = dataclasses.field(default_factory=dict)  # (version, path): {name: value}
    groups: dict = dataclasses.field(default_factory=dict)  # version: names of groups
    spec: Spec = dataclasses.field(default_factory=Spec)


def create(path, values=None, shape=None):
    return lambda side, spec: side.create(
        path,
        spec,
        spec.array(values, shape).shape if values is not None else shape,
        None if values is None else spec.array(values, shape),
    )


def write(path, start, values, shape=None):
    """Elements from `start` (an index per axis) on."""

    def run(side, spec):
        part = spec.array(values, shape)
        where = tuple(slice(s, s + n) for s, n in zip(np.atleast_1d(start).tolist(), part.shape))
        side.assign(path, where, part, spec)

    return run


def resize(path, *shape):
    return lambda side, spec: side.resize(path, shape)


def delete(path):
    return lambda side, spec: side.delete(path)


def group(path):
    return lambda side, spec: side.group(path)


def attribute(path, name, value):
    return lambda side, spec: side.attribute(path, name, value)


V = Version
TEN = list(range(10))

ROWS = [
    # ---- changes
    Row(
        "a changed element takes one new chunk",
        [V("a", [create("x", TEN)]), V("b", [write("x", 5, [50])])],
        {"a": {"x": TEN}, "b": {"x": [0, 1, 2, 3, 4, 50, 6, 7, 8, 9]}},
        {"x": 4},
    ),
    Row(
        "a version without edits is as its parent",
        [V("a", [create("x", TEN)]), V("b", []), V("c", [])],
        {"a": {"x": TEN}, "b": {"x": TEN}, "c": {"x": TEN}},
        {"x": 3},
    ),
    Row(
        "elements that are written as they were take no chunk",
        [V("a", [create("x", TEN)]), V("b", [write("x", 0, TEN)])],
        {"a": {"x": TEN}, "b": {"x": TEN}},
        {"x": 3},
    ),
    Row(
        "the last of several writes to an element holds",
        [V("a", [create("x", TEN), write("x", 0, [7, 7]), write("x", 1, [8])])],
        {"a": {"x": [7, 8, *TEN[2:]]}},
    ),
    Row(
        "elements in the middle move on",
        [V("a", [create("x", TEN)]), V("b", [resize("x", 11), write("x", 5, [99, *TEN[5:]])])],
        {"a": {"x": TEN}, "b": {"x": [*TEN[:5], 99, *TEN[5:]]}},
    ),
    # ---- resizing
    Row(
        "rows behind the end take an edge chunk and new ones",
        [V("a", [create("x", TEN)]), V("b", [resize("x", 13), write("x", 10, [10, 11, 12])])],
        {"a": {"x": TEN}, "b": {"x": list(range(13))}},
        {"x": 5},
    ),
    Row(
        "a longer dataset has the fill value at its end",
        [V("a", [create("x", TEN)]), V("b", [resize("x", 14)])],
        {"a": {"x": TEN}, "b": {"x": [*TEN, 3, 3, 3, 3]}},
        spec=Spec(fillvalue=3),
    ),
    Row(
        "a shorter dataset keeps its full chunks",
        [V("a", [create("x", TEN)]), V("b", [resize("x", 8)]), V("c", [resize("x", 3)])],
        {"a": {"x": TEN}, "b": {"x": TEN[:8]}, "c": {"x": TEN[:3]}},
        {"x": 4},
    ),
    Row(
        "what was cut off does not come back",
        [V("a", [create("x", TEN)]), V("b", [resize("x", 2)]), V("c", [resize("x", 10)])],
        {"a": {"x": TEN}, "b": {"x": TEN[:2]}, "c": {"x": [0, 1] + [0] * 8}},
    ),
    Row(
        "nor within one version",
        [V("a", [create("x", TEN), resize("x", 5), resize("x", 9)])],
        {"a": {"x": [*TEN[:5], 0, 0, 0, 0]}},
    ),
    Row(
        "down to nothing and up again",
        [V("a", [create("x", TEN)]), V("b", [resize("x", 0)]), V("c", [resize("x", 5), write("x", 1, [6])])],
        {"a": {"x": TEN}, "b": {"x": []}, "c": {"x": [0, 6, 0, 0, 0]}},
    ),
    Row(
        "both axes at once",
        [
            V("a", [create("x", range(12), (3, 4))]),
            V("b", [resize("x", 4, 2), write("x", (3, 0), [[8, 9]])]),
            V("c", [resize("x", 2, 5)]),
        ],
        {
            "a": {"x": np.arange(12).reshape(3, 4)},
            "b": {"x": [[0, 1], [4, 5], [8, 9], [8, 9]]},
            "c": {"x": [[0, 1, 0, 0, 0], [4, 5, 0, 0, 0]]},
        },
        spec=Spec(chunks=(2, 3)),
    ),
    Row(
        "one axis of three",
        [V("a", [create("x", range(24), (2, 3, 4))]), V("b", [resize("x", 2, 1, 4)])],
        {"a": {"x": np.arange(24).reshape(2, 3, 4)}, "b": {"x": np.arange(24).reshape(2, 3, 4)[:, :1]}},
        spec=Spec(chunks=(1, 2, 3)),
    ),
    Row(
        "chunks larger than the dataset",
        [V("a", [create("x", [1, 2])]), V("b", [resize("x", 3)])],
        {"a": {"x": [1, 2]}, "b": {"x": [1, 2, 0]}},
        {"x": 2},
        spec=Spec(chunks=(100,)),
    ),
    # ---- sparse and fill values
    Row(
        "a dataset that was only declared is its fill value",
        [V("a", [create("x", shape=(9,))]), V("b", [write("x", 4, [1])])],
        {"a": {"x": [5] * 9}, "b": {"x": [5, 5, 5, 5, 1, 5, 5, 5, 5]}},
        {"x": 1},
        spec=Spec(fillvalue=5),
    ),
    Row(
        "far more elements than are written",
        [V("a", [create("x", shape=(2**34,)), write("x", 2**33, [1, 2])])],
        {},
        {"x": 1},
        spec=Spec(chunks=(4096,)),
    ),
    Row(
        "full chunks of the fill value are not stored, edge chunks are",
        [V("a", [create("x", shape=(10,)), write("x", 0, [0] * 10)])],
        {"a": {"x": [0] * 10}},
        {"x": 1},
    ),
    Row(
        "without an element, and without an axis' extent",
        [V("a", [create("x", shape=(0,)), create("y", [])]), V("b", [resize("x", 2)])],
        {"a": {"x": [], "y": []}, "b": {"x": [0, 0], "y": []}},
    ),
    # ---- chunks found again
    Row(
        "a state from before takes no chunk",
        [V("a", [create("x", TEN)]), V("b", [write("x", 0, [9])]), V("c", [write("x", 0, [0])])],
        {"a": {"x": TEN}, "b": {"x": [9, *TEN[1:]]}, "c": {"x": TEN}},
        {"x": 4},
    ),
    Row(
        "a chunk of another branch is found",
        [
            V("a", [create("x", TEN)]),
            V("b", [write("x", 0, [9])]),
            V("side", [write("x", 0, [9])], parent="a"),
        ],
        {"a": {"x": TEN}, "b": {"x": [9, *TEN[1:]]}, "side": {"x": [9, *TEN[1:]]}},
        {"x": 4},
    ),
    Row(
        "equal chunks within one array",
        [V("a", [create("x", [1, 2, 3, 4] * 3)])],
        {"a": {"x": [1, 2, 3, 4] * 3}},
        {"x": 1},
    ),
    Row(
        "an edge chunk is not the full chunk that starts like it",
        [V("a", [create("x", [1, 2, 0, 0, 1, 2])]), V("b", [resize("x", 8)])],
        {"a": {"x": [1, 2, 0, 0, 1, 2]}, "b": {"x": [1, 2, 0, 0, 1, 2, 0, 0]}},
        {"x": 2},
    ),
    Row(
        "equal bytes in boxes of other shapes",
        [V("a", [create("x", [[1, 2, 3, 4]])]), V("b", [resize("x", 4, 1), write("x", (0, 0), [[1], [2], [3], [4]])])],
        {"a": {"x": [[1, 2, 3, 4]]}, "b": {"x": [[1], [2], [3], [4]]}},
        {"x": 2},
        spec=Spec(chunks=(4, 4)),
    ),
    Row(
        "zero and minus zero",
        [V("a", [create("x", [1.0, 0.0])]), V("b", [write("x", 1, [-0.0])])],
        {"a": {"x": [1.0, 0.0]}, "b": {"x": [1.0, -0.0]}},
        {"x": 2},
        spec=Spec(dtype=np.dtype("<f8")),
    ),
    Row(
        "NaNs of other bits",
        [
            V("a", [create("x", np.array([0x7FF8000000000000, 1], "<u8").view("<f8"))]),
            V("b", [write("x", 0, np.array([0x7FF8000000000001], "<u8").view("<f8"))]),
        ],
        {
            "a": {"x": np.array([0x7FF8000000000000, 1], "<u8").view("<f8")},
            "b": {"x": np.array([0x7FF8000000000001, 1], "<u8").view("<f8")},
        },
        {"x": 2},
        spec=Spec(dtype=np.dtype("<f8")),
    ),
    Row(
        "strings that join to the same text",
        [
            V("a", [create("x", ["ab", "c"])]),
            V("b", [write("x", 0, ["a", "bc"])]),
            V("c", [write("x", 0, ["", "abc"])]),
            V("d", [write("x", 0, ["ab", "c"])]),
        ],
        {"a": {"x": ["ab", "c"]}, "b": {"x": ["a", "bc"]}, "c": {"x": ["", "abc"]}, "d": {"x": ["ab", "c"]}},
        {"x": 3},
        spec=Spec(dtype=TEXT),
    ),
    Row(
        "strings that hold the length of others",
        [
            V("a", [create("x", ["\x01", "é日本"])]),
            V("b", [resize("x", 5), write("x", 2, ["", "x" * 300, "\x01"])]),
        ],
        {"a": {"x": ["\x01", "é日本"]}, "b": {"x": ["\x01", "é日本", "", "x" * 300, "\x01"]}},
        spec=Spec(dtype=TEXT),
    ),
    # ---- versions, groups, attributes
    Row(
        "branches from one version",
        [
            V("a", [create("x", TEN)]),
            V("b", [write("x", 0, [1])]),
            V("c", [write("x", 0, [2])], parent="a"),
            V("d", [create("x", [5])], parent=""),
        ],
        {"a": {"x": TEN}, "b": {"x": [1, *TEN[1:]]}, "c": {"x": [2, *TEN[1:]]}, "d": {"x": [5]}},
    ),
    Row(
        "a version beside the current one",
        [V("a", [create("x", TEN)]), V("b", [write("x", 0, [1])], current=False), V("c", [])],
        {"a": {"x": TEN}, "b": {"x": [1, *TEN[1:]]}, "c": {"x": TEN}},
    ),
    Row(
        "a stage that is given up leaves nothing",
        [V("a", [create("x", TEN)]), V("b", [write("x", 0, [7, 8]), create("y", TEN)], dropped=True), V("c", [])],
        {"a": {"x": TEN}, "c": {"x": TEN}},
        {"x": 3},
    ),
    Row(
        "a deleted dataset is there in older versions, and may come again",
        [V("a", [create("g/x", TEN)]), V("b", [delete("g/x")]), V("c", [create("g/x", TEN[:5])])],
        {"a": {"g/x": TEN}, "b": {}, "c": {"g/x": TEN[:5]}},
        {"g/x": 4},
        groups={"a": ["g"], "b": ["g"], "c": ["g"]},
    ),
    Row(
        "a deleted group takes all in it",
        [V("a", [create("g/x", TEN), create("g/h/y", TEN), create("z", TEN)]), V("b", [delete("g")])],
        {"a": {"g/x": TEN, "g/h/y": TEN, "z": TEN}, "b": {"z": TEN}},
        groups={"a": ["g", "g/h"], "b": []},
    ),
    Row(
        "groups in groups, and empty ones, go on",
        [V("a", [create("g/h/x", TEN), group("e/f")]), V("b", [write("g/h/x", 0, [4])])],
        {"a": {"g/h/x": TEN}, "b": {"g/h/x": [4, *TEN[1:]]}},
        groups={"a": ["g", "g/h", "e", "e/f"], "b": ["g", "g/h", "e", "e/f"]},
    ),
    Row(
        "a dataset, and others below a group of a like name",
        [V("a", [create("x", TEN), create("x2/x", TEN)])],
        {"a": {"x": TEN, "x2/x": TEN}},
    ),
    Row(
        "attributes of datasets and groups are inherited, those of a version are not",
        [
            V(
                "a",
                [create("g/x", TEN), attribute("g/x", "u", "m"), attribute("g", "k", 3), attribute("", "m", "first")],
            ),
            V("b", [write("g/x", 0, [1])]),
            V("c", [attribute("g/x", "u", "km")]),
            V("d", [resize("g/x", 4)]),
        ],
        {n: {"g/x": v} for n, v in zip("abcd", [TEN, [1, *TEN[1:]], [1, *TEN[1:]], [1, 1, 2, 3]])},
        attributes={
            ("a", "g/x"): {"u": "m"},
            ("b", "g/x"): {"u": "m"},
            ("c", "g/x"): {"u": "km"},
            ("d", "g/x"): {"u": "km"},
            ("a", "g"): {"k": 3},
            ("d", "g"): {"k": 3},
            ("a", ""): {"m": "first"},
            ("b", ""): {},
        },
    ),
    Row(
        "names that are not ASCII",
        [V("größe é", [create("日本/x y", TEN)]), V("b", [write("日本/x y", 9, [1])])],
        {"größe é": {"日本/x y": TEN}, "b": {"日本/x y": [*TEN[:9], 1]}},
    ),
]

# ---- element types and filters: the same edits on each
for label, spec, values in [
    ("bool", Spec(np.dtype("?")), [True, False, True, True, False, True]),
    ("float16", Spec(np.dtype("<f2")), [0.5, 1, 2, 3, 4, 5]),
    ("big-endian", Spec(np.dtype(">i4")), [1, 2, 3, 4, 5, 6]),
    ("complex", Spec(np.dtype("<c16")), [1j, 2, 3, 4, 5, 6]),
    ("fixed text", Spec(np.dtype("S5")), [b"a", b"", b"ccccc", b"d", b"e", b"f"]),
    ("opaque", Spec(np.dtype("V3")), [np.void(bytes([i, 0, i])) for i in range(6)]),
    ("compound", Spec(np.dtype([("a", "<i4"), ("b", "<f8")])), [(i, i / 2) for i in range(6)]),
    ("gzip", Spec(filters={"compression": "gzip", "compression_opts": 7}), TEN[:6]),
    ("lzf", Spec(filters={"compression": "lzf"}), TEN[:6]),
    ("shuffle and fletcher32", Spec(filters={"compression": "gzip", "shuffle": True, "fletcher32": True}), TEN[:6]),
    ("edges trimmed", Spec(edges="trim"), TEN[:6]),
    ("edges deflated", Spec(edges="deflate"), TEN[:6]),
]:
    ROWS.append(
        Row(
            f"{label}: written, changed, longer, shorter",
            [
                V("a", [create("x", values)]),
                V("b", [write("x", 1, [values[2]])]),
                V("c", [resize("x", 7), write("x", 6, [values[0]])]),
                V("d", [resize("x", 2)]),
            ],
            {
                "a": {"x": values},
                "b": {"x": [values[0], values[2], *values[2:]]},
                "c": {"x": [values[0], values[2], *values[2:], values[0]]},
                "d": {"x": [values[0], values[2]]},
            },
            spec=spec,
        )
    )
