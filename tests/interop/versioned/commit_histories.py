"""Seeded random histories in which we and the real library take turns on one file.

usage: commit_histories.py STAGE_SCRIPT CHUNKMARK FOLDER FIRST_SEED COUNT [--verbose]

Run with the Python of an environment that has versioned-hdf5 (see commits.py). Every version is also an array in memory that
goes through the same edits. A history: our commits; the library reads all of it in modes r and r+, commits on top, finds our
chunks again, deletes versions or changes filters; our commits on top of that; both read all again, and verify is clean.
Beside it the library makes our first commits in a file of its own: ours has no more chunks. Prints JSON: what there was,
and every difference.
"""

import collections
import datetime
import importlib.metadata
import json
import random
import subprocess
import sys
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401
from versioned_hdf5 import VersionedHDF5File, delete_versions
from versioned_hdf5.replay import modify_metadata

sys.path.insert(0, str(Path(__file__).resolve().parent))
import commit_checks as checks  # ours  # noqa: E402
import write_histories as histories  # noqa: E402
from commit_sides import Library, Recorder, stored_filters  # noqa: E402

NEWEST = not importlib.metadata.version("versioned-hdf5").startswith("1.")
# Filters without an encoder of ours: such chunks are stored unfiltered, which the HDF5 library forgets when it rewrites
# one with as many bytes (encoders.h). With these tiny chunks that happens; so nothing is rewritten there.
NOT_ENCODED = {4, 6, 32008, 32026}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def edit(sides, path, values, spec, rng, seen):
    action = rng.random()
    if action < 0.35:
        shape = spec.random_shape(rng)
        seen["resize"] += 1
        for side in sides:
            side.resize(path, shape)
        resized = spec.filled(shape)
        common = tuple(slice(0, min(a, b)) for a, b in zip(values.shape, shape))
        resized[common] = values[common]
        return resized
    if values.size == 0:
        return values
    values = values.copy()
    where = tuple(slice(0, n) for n in values.shape) if action < 0.45 else histories.random_slices(rng, values.shape)
    if action > 0.8:
        where = tuple(slice(s.start, s.start + 1) for s in where)
        seen["element"] += 1
    part = histories.random_values(rng, spec.dtype, values[where].shape)
    if rng.random() < 0.1:
        part[...] = spec.fill_element()
        seen["fill assigned"] += 1
    values[where] = part
    for side in sides:
        side.assign(path, where, part, spec)
    return values


class History:
    def __init__(self, rng, seen, tool, folder, seed):
        self.rng, self.seen, self.tool = rng, seen, tool
        self.path = folder / f"ours{seed}.h5"
        self.beside = folder / f"theirs{seed}.h5"
        self.versions, self.attributes, self.parents = {}, {}, {}
        names = ["x", "group/y", "group/deep/z", "t", "größe/日本"]
        self.specs = {name: self.random_spec(rng) for name in rng.sample(names, rng.randrange(1, 4))}
        self.current = "__first_version__"
        self.time = 1_700_000_000_000_000
        self.number = 0
        self.groups = {}
        self.events = []

    @staticmethod
    def random_spec(rng):
        spec = histories.Dataset(rng)
        if not NEWEST and spec.rank > 1:  # 1.x makes one axis of several where there are no elements
            spec.random_shape = lambda r, of=spec: tuple(max(1, n) for n in histories.Dataset.random_shape(of, r))
        spec.edges = "none"
        if not spec.filters and not histories.is_text(spec.dtype):
            spec.edges = rng.choice(["none", "none", "trim", "deflate"])
        return spec

    def draw(self, sides_of, by_us):
        """One version: sides_of(name, parent, time) is a context manager that yields what the edits go to."""
        rng, seen = self.rng, self.seen
        name = f"{'ours' if by_us else 'theirs'} {self.number}" + rng.choice(["", " é"])
        self.number += 1
        parent = rng.choice(list(self.versions)) if self.versions and rng.random() < 0.3 else self.current
        seen["branch"] += parent in self.parents.values()
        self.time += rng.randrange(1, 10**12)
        state = dict(self.versions.get(parent, {}))
        notes = {target: dict(of) for target, of in self.attributes.get(parent, {}).items()}
        groups = set(self.groups.get(parent, ()))
        with sides_of(name, parent, self.time) as sides:
            for target, spec in self.specs.items():
                action = rng.random()
                if target not in state:
                    if action < 0.8 and not (spec.created and spec.plugin()):
                        state[target] = self.create(sides, target, spec)
                        notes[target] = {}
                elif action < 0.06:
                    seen["dataset deleted"] += 1
                    for side in sides:
                        side.delete(target)
                    del state[target], notes[target]
                elif action < 0.75:
                    state[target] = edit(sides, target, state[target], spec, rng, seen)
                else:
                    seen["unchanged"] += 1
                if target in state and rng.random() < 0.2:
                    seen["dataset attribute"] += 1
                    notes[target]["note"] = histories.random_attribute(rng)
                    for side in sides:
                        side.attribute(target, "note", notes[target]["note"])
            if rng.random() < 0.2 and "empty/group" not in groups:
                seen["empty group"] += 1
                groups.add("empty/group")
                for side in sides:
                    side.group("empty/group")
            if rng.random() < 0.3:
                for side in sides:
                    side.attribute("", "message", f"of {name}")
        self.versions[name], self.attributes[name], self.parents[name] = state, notes, parent
        self.groups[name] = groups
        self.current = name

    def create(self, sides, target, spec):
        rng, seen = self.rng, self.seen
        if not NEWEST and not spec.created and not any(isinstance(side, Recorder) for side in sides):
            # What 1.x creates first has the compression alone, for the life of the file.
            spec.filters = {key: value for key, value in spec.filters.items() if key.startswith("compression")}
        shape = spec.random_shape(rng)
        for fact in [f"rank {spec.rank}", histories.kind_name(spec.dtype), *histories.filter_names(spec)]:
            seen[fact] += 1
        seen["edges " + spec.edges] += 1
        seen["size zero"] += 0 in shape
        seen["fill value"] += spec.fillvalue is not None
        spec.created = True
        values = None if rng.random() < 0.3 else histories.random_values(rng, spec.dtype, shape)
        seen["sparse"] += values is None
        for side in sides:
            side.create(target, spec, shape, values)
        return spec.filled(shape) if values is None else values

    def our_turn(self, count, beside):
        commits, data = [], bytearray()
        theirs = h5py.File(self.beside, "w") if beside else None
        versioned = VersionedHDF5File(theirs) if theirs else None
        history = self

        class Sides:
            def __init__(self, name, parent, time):
                self.facts = {"name": name, "parent": parent, "time": time}

            def __enter__(self):
                self.recorder = Recorder()
                self.recorder.data = data
                if not versioned:
                    return [self.recorder]
                parent = self.facts["parent"]
                self.stage = versioned.stage_version(
                    self.facts["name"], prev_version="" if parent == "__first_version__" else parent
                )
                return [self.recorder, Library(self.stage.__enter__())]

            def __exit__(self, *error):
                if versioned:
                    self.stage.__exit__(*error)
                commits.append({**self.facts, "steps": self.recorder.steps})

        for _ in range(count):
            self.draw(Sides, by_us=True)
        if theirs:
            theirs.close()
        script, bytes_path = self.path.with_suffix(".json"), self.path.with_suffix(".bin")
        script.write_text(json.dumps({"new": beside, "durable": False, "commits": commits}))
        bytes_path.write_bytes(data)
        result = subprocess.run(
            [self.tool, str(self.path), str(script), str(bytes_path)], capture_output=True, text=True, timeout=300
        )
        if result.returncode != 0:
            raise AssertionError(f"our commit failed: {result.stderr} {result.returncode}")
        for line in result.stdout.splitlines():
            self.seen["chunks found again by us"] += json.loads(line)["found"]
        _ = history

    def their_turn(self, differences):
        rng, seen = self.rng, self.seen
        with h5py.File(self.path, "r+") as file:
            versioned = VersionedHDF5File(file)

            class Sides:
                def __init__(self, name, parent, time):
                    self.stage = versioned.stage_version(
                        name,
                        prev_version="" if parent == "__first_version__" else parent,
                        timestamp=EPOCH + datetime.timedelta(microseconds=time),
                    )

                def __enter__(self):
                    return [Library(self.stage.__enter__())]

                def __exit__(self, *error):
                    self.stage.__exit__(*error)

            for _ in range(rng.randrange(1, 3)):
                self.draw(Sides, by_us=False)
            self.find_ours_again(file, versioned, differences)
            doomed = [name for name in self.versions if rng.random() < 0.3]
            used = {number for s in self.specs.values() if s.filters for number, _, _ in stored_filters(s)}
            if used & NOT_ENCODED:
                doomed = []
            if doomed and len(doomed) < len(self.versions) and rng.random() < 0.5:
                seen["versions deleted"] += 1
                self.events.append(f"delete {doomed}")
                delete_versions(file, doomed)
                for name in doomed:
                    for store in (self.versions, self.attributes, self.parents, self.groups):
                        store.pop(name)
                for child, parent in self.parents.items():
                    if parent in doomed:
                        self.parents[child] = None
                self.current = VersionedHDF5File(file).current_version
            if NEWEST and rng.random() < 0.5:
                self.modify(file)

    def modify(self, file):
        """Another compression, or other chunks, of one dataset in all versions."""
        rng = self.rng
        plain = [n for n, s in self.specs.items() if s.created and not s.filters and s.edges == "none"]
        plain = [n for n in plain if any(n in state for state in self.versions.values())]
        plain = [n for n in plain if not histories.is_text(self.specs[n].dtype)]
        if not plain:
            return
        target = rng.choice(plain)
        spec = self.specs[target]
        if rng.random() < 0.5:
            self.seen["compression modified"] += 1
            spec.filters = {"compression": "gzip", "compression_opts": 3}
            modify_metadata(file, target, **spec.filters)
        else:
            self.seen["chunks modified"] += 1
            spec.chunks = tuple(max(1, c + rng.randrange(-2, 3)) for c in spec.chunks)
            modify_metadata(file, target, chunks=spec.chunks)
        self.events.append(f"modify {target}: {spec.filters or spec.chunks}")

    def find_ours_again(self, file, versioned, differences):
        """What one of our versions has, written again by the library, takes no new chunk."""
        name = next((n for n in self.versions if n.startswith("ours")), None)
        for target, values in self.versions.get(name, {}).items():
            state = self.versions[self.current]
            if target not in state or values.size == 0:
                continue
            raw = file[f"_version_data/{target}/raw_data"]
            before = raw.shape[0]
            self.time += 10**6
            again = f"again {self.number}"
            self.number += 1
            with versioned.stage_version(
                again, prev_version=self.current, timestamp=EPOCH + datetime.timedelta(microseconds=self.time)
            ) as stage:
                stage[target].resize(values.shape)
                stage[target][...] = values
            self.versions[again] = {**state, target: values}
            self.attributes[again] = {k: dict(v) for k, v in self.attributes[self.current].items()}
            self.parents[again] = self.current
            self.groups[again] = set(self.groups[self.current])
            self.current = again
            # A chunk that is all fill value has no row with us, and may become one.
            spec = self.specs[target]
            grown = (file[f"_version_data/{target}/raw_data"].shape[0] - before) // spec.chunks[0]
            filled = checks.filled_chunks(values, spec)
            if grown > (1 if filled else 0) + len(set(filled)):
                differences.append(f"{self.path.name} {target}: the library did not find our chunks: {grown} new")
            self.seen["our chunks found by the library"] += 1


def run(history, chunkmark, differences):
    rng = history.rng
    history.our_turn(rng.randrange(2, 6), beside=True)
    checks.count_chunks(history, differences)
    checks.compare_ours(history, chunkmark, differences)
    for mode in ("r", "r+"):
        checks.compare(history, mode, differences)
    for _ in range(rng.randrange(1, 3)):
        history.their_turn(differences)
        checks.compare_ours(history, chunkmark, differences)
        history.our_turn(rng.randrange(1, 4), beside=False)
        checks.compare_ours(history, chunkmark, differences)
        for mode in ("r", "r+"):
            checks.compare(history, mode, differences)
    checks.other_tools(history, differences)


def main():
    tool, chunkmark, folder, first, count = *sys.argv[1:3], Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
    folder.mkdir(parents=True, exist_ok=True)
    seen, differences, refused, done = collections.Counter(), [], 0, 0
    for seed in range(first, first + count):
        for attempt in range(6):
            drawn, found = collections.Counter(), []
            history = History(random.Random(f"{seed}.{attempt}"), drawn, tool, folder, seed)
            try:
                run(history, chunkmark, found)
            except AssertionError as error:
                found.append(f"seed {seed}.{attempt}: {error}")
            except Exception as error:  # the library refused an edit
                where = error.__traceback__
                while where.tb_next:
                    where = where.tb_next
                refused += 1
                print(
                    f"seed {seed}.{attempt}: refused: {type(error).__name__}: {str(error)[:160]} ({where.tb_frame.f_code.co_qualname})",
                    file=sys.stderr,
                )
                if attempt < 5 and not found:
                    continue
                found.append(f"seed {seed}.{attempt}: {type(error).__name__}: {error}")
            differences += [f"{difference} after {history.events}" for difference in found]
            seen += drawn
            done += 1
            if not found:
                for path in folder.glob(f"*{seed}.*"):
                    path.unlink()
            break
    print(
        json.dumps(
            {
                "histories": done,
                "refused": refused,
                "seen": seen,
                "differences": differences,
                "hdf5": h5py.version.hdf5_version,
            }
        )
    )


if __name__ == "__main__":
    main()
