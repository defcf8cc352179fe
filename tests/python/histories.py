"""Random histories of versions, made in turns by chunkmark.VersionedFile and by versioned-hdf5, in one file each.

    PYTHON histories.py [COUNT]    by a Python that has versioned-hdf5 (run.py knows it) and the package

After each turn both must read every version as NumPy arrays that went through the same edits. What is drawn stands in
tests/interop/versioned/write_histories.py.
"""

import collections
import pathlib
import random
import sys
import tempfile

import chunkmark
import h5py
import numpy as np
from versioned_hdf5 import VersionedHDF5File

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop/versioned"))
import write_histories as histories  # noqa: E402  ours

MUST_OCCUR = (
    "integer,float,bool,complex,enum,opaque,compound,fixed text,variable text,rank 1,rank 2,rank 3,size zero,gzip,lzf"
)
MUST_OCCUR += ",resize,branch,sparse,fill value,dataset deleted,made by us,edited by us,made by the library"


class Ours:
    """A stage of ours that takes what h5py's create_dataset takes."""

    def __init__(self, stage):
        self.stage = stage

    def create_dataset(self, path, *, compression=None, compression_opts=None, shuffle=False, data=None, dtype, **more):
        how = f"{compression}:{compression_opts}" if compression_opts else compression or "none"
        dtype = str if histories.is_text(dtype) else dtype
        return self.stage.create_dataset(path, data=data, dtype=dtype, compression=how, **more)

    def __getitem__(self, path):
        return self.stage[path]

    def __delitem__(self, path):
        del self.stage[path]


def we_can_create(spec):
    """The rest is the library's to create, and ours to edit."""
    if spec.fillvalue is not None or spec.dtype.names or histories.kind_name(spec.dtype) == "enum":
        return False
    if histories.is_text(spec.dtype) and h5py.check_string_dtype(spec.dtype).encoding == "ascii":
        return False
    simple = set(spec.filters) <= {"compression", "compression_opts", "shuffle"}
    return simple and spec.filters.get("compression", "gzip") in ("gzip", "lzf")


class History:
    def __init__(self, path, rng, seen):
        self.path, self.rng, self.seen = path, rng, seen
        names = rng.sample(["x", "group/y", "group/deep/z", "t", "größe/日本"], rng.randrange(1, 4))
        self.specs = {name: histories.Dataset(rng) for name in names}
        for spec in self.specs.values():
            if spec.filters.get("compression") in ("gzip", "lzf"):
                spec.filters["shuffle"] = True  # as we compress
        self.versions, self.parents, self.current = {}, {}, None

    def draw(self, stage_of, by_us):
        """One version; stage_of(name, parent) gives the stage."""
        rng, seen, who = self.rng, self.seen, "us" if by_us else "the library"
        parent = rng.choice(list(self.versions)) if self.versions and rng.random() < 0.3 else self.current
        seen["branch"] += parent is not None and parent in self.parents.values()
        name, state = f"r{len(self.versions)} of {who}", dict(self.versions.get(parent, {}))
        with stage_of(name, parent) as staged:
            stage = Ours(staged) if by_us else staged
            for target, spec in self.specs.items():
                action = rng.random()
                if target not in state:
                    if action < 0.8 and not (spec.created and spec.plugin()) and (not by_us or we_can_create(spec)):
                        seen[f"made by {who}"] += 1
                        spec.created = True
                        state[target] = histories.create(stage, target, spec, rng, seen)
                elif action < 0.06:
                    seen["dataset deleted"] += 1
                    del stage[target], state[target]
                elif action < 0.8:
                    seen[f"edited by {who}"] += 1
                    state[target] = histories.edit(stage[target], state[target], spec, rng, seen)
        self.versions[name], self.parents[name], self.current = state, parent, name

    def our_turn(self, count):
        with chunkmark.VersionedFile(self.path) as file:
            for _ in range(count):
                self.draw(lambda name, parent: file.stage(name, parent=parent or "", durability="none"), True)

    def their_turn(self, count):
        with h5py.File(self.path, "r+") as file:
            versioned = VersionedHDF5File(file)
            for _ in range(count):
                self.draw(lambda name, parent: versioned.stage_version(name, prev_version=parent or ""), False)

    def differences(self):
        with chunkmark.VersionedFile(self.path) as file:
            told = {version.name: version.previous for version in file.versions}
            yield from self.compared("we", file, told, file.current.name, lambda version: list(version))
        with h5py.File(self.path, "r") as plain:
            file = VersionedHDF5File(plain)
            told = {name: file[name].attrs["prev_version"] for name in file}
            told = {name: None if parent == "__first_version__" else parent for name, parent in told.items()}
            yield from self.compared("the library", file, told, file.current_version, self.datasets_of)

    @staticmethod
    def datasets_of(version):
        found = []
        version.visititems(lambda name, item: None if isinstance(item, h5py.Group) else found.append(name))
        return found

    def compared(self, who, file, parents, current, datasets_of):
        if (parents, current) != (self.parents, self.current):
            yield f"{who} read versions {parents}, current {current}; expected {self.parents}, {self.current}"
            return
        for name, state in self.versions.items():
            version = file[name]
            if sorted(datasets_of(version)) != sorted(state):
                yield f"{name}: {who} read datasets {sorted(datasets_of(version))}, expected {sorted(state)}"
                continue
            for target, values in state.items():
                found, spec = version[target][()], self.specs[target]
                self.seen[f"compared, {who}"] += 1
                if histories.is_text(spec.dtype):
                    texts = [text.decode() if isinstance(text, bytes) else text for text in np.ravel(found)]
                    equal = texts == list(values.ravel())
                else:
                    equal = found.dtype == values.dtype and found.tobytes() == values.tobytes()
                if not equal or found.shape != values.shape:
                    yield f"{name} {target}: {who} read other elements; {spec.dtype} {spec.filters}"


def run(history):
    """[the first differences]"""
    chunkmark.VersionedFile(history.path, create=True).close()
    turns = [history.our_turn, history.their_turn]
    history.rng.shuffle(turns)
    for turn in turns * 2:
        turn(history.rng.randrange(1, 3))
        if found := list(history.differences()):
            return found
    return []


def main(count=100):
    seen, failures = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(int(count)):
            found = run(History(pathlib.Path(folder, f"{seed}.h5"), random.Random(seed), seen))
            failures += [f"seed {seed}: {difference}" for difference in found]
    print("\n".join(failures[:20]))
    print(f"{count} histories, {len(failures)} differences")
    print(", ".join(f"{name} {times}" for name, times in sorted(seen.items())))
    missing = [name for name in MUST_OCCUR.split(",") if not seen[name]]
    if missing:
        print("no history had: " + ", ".join(missing))
    sys.exit(bool(failures or missing))


if __name__ == "__main__":
    main(*sys.argv[1:])
