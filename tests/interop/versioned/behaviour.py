"""The rows of behaviour_table.py, played by our writer and by the real library: each must give what the row says.

usage: behaviour.py STAGE_SCRIPT CHUNKMARK ENVIRONMENT [NAME...]

Ours is read back by the library (modes r and r+) and by us, and must hold the chunks that the row allows, each with the row
of the hash table that the library looks for. Then the library repeats our last version, which must take no more chunks than in a file of its own.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
try:
    import h5py
    import hdf5plugin  # noqa: F401
    import numpy as np
    from versioned_hdf5 import VersionedHDF5File
except ImportError:
    if os.environ.get("CHUNKMARK_INSIDE"):
        raise
    from run import environment

    os.environ["CHUNKMARK_INSIDE"] = "1"
    os.execv(python := environment(sys.argv[3]), [str(python), *sys.argv])

import behaviour_table as table  # ours  # noqa: E402
from commit_checks import filled_chunks  # noqa: E402
from commit_sides import Library, Recorder  # noqa: E402

# What is refused: (name, edits of the version on top of one that has x of table.TEN, what the message must have)
REFUSED = [
    ("a dataset that is there", [table.create("x", table.TEN)], "there already"),
    ("a dataset that is not there", [table.write("y", 0, [1])], "no dataset y"),
    ("a dataset called versions", [table.create("versions", table.TEN)], "versions"),
    ("a scalar", [table.create("s", shape=())], "scalar"),
    ("a dataset in a dataset", [table.create("x/y", table.TEN)], "is a dataset"),
    ("elements outside", [table.write("x", 9, [1, 2])], "x"),
    ("another rank", [table.resize("x", 2, 2)], "rank"),
    ("what is not there deleted", [table.delete("y")], "nothing at y"),
    ("a group that is there", [table.create("g/x", table.TEN), table.group("g")], "there already"),
]


class GivenUp(Exception):
    """Ends a stage of the library without a commit."""


def play_ours(tool, folder, path, row):
    data, commits, previous = bytearray(), [], ""
    for number, version in enumerate(row.versions):
        recorder = Recorder()
        recorder.data = data
        for edit in version.edits:
            edit(recorder, row.spec)
        parent = previous if version.parent is None else version.parent
        facts = {"name": version.name, "parent": parent, "time": number, "steps": recorder.steps}
        commits.append({**facts, "dropped": version.dropped, "current": version.current})
        if version.current and not version.dropped:
            previous = version.name
    script, elements = folder / "script.json", folder / "elements"
    script.write_text(json.dumps({"new": True, "durable": False, "commits": commits}))
    elements.write_bytes(data)
    result = subprocess.run([tool, str(path), str(script), str(elements)], capture_output=True, text=True)
    return result.stderr.strip()


def play_theirs(path, row):
    with h5py.File(path, "w") as file:
        versioned = VersionedHDF5File(file)
        for version in row.versions:
            try:
                with versioned.stage_version(
                    version.name, prev_version=version.parent, make_current=version.current
                ) as stage:
                    for edit in version.edits:
                        edit(Library(stage), row.spec)
                    if version.dropped:
                        raise GivenUp
            except GivenUp:
                pass


def elements_equal(found, expected, spec):
    expected = spec.array(expected, np.shape(found))
    if spec.dtype == table.TEXT:
        return [v.decode() if isinstance(v, bytes) else v for v in np.ravel(found)] == list(expected.ravel())
    return np.ascontiguousarray(found).tobytes() == np.ascontiguousarray(expected).tobytes()


def chunk_hash(values, spec):
    digest = hashlib.sha256()
    if spec.dtype == table.TEXT:
        for value in values.ravel():
            text = value if isinstance(value, bytes) else value.encode()
            digest.update(len(text).to_bytes(8, "little") + text)
    else:
        digest.update(np.ascontiguousarray(values).tobytes())
    digest.update(str(values.shape).encode())
    return digest.digest()


def rows_of(file, path):
    table_ = file[f"_version_data/{path}/hash_table"]
    rows = table_[: table_.attrs["largest_index"]]
    return {row["hash"].tobytes(): tuple(int(n) for n in row["shape"]) for row in rows}


def check_layout(file, row, problems):
    """One mapping for each chunk, and for each the row that its hash has."""
    raws = []
    file["_version_data"].visititems(lambda name, _: raws.append(name[:-9]) if name.endswith("/raw_data") else None)
    for path in raws:
        raw, rows = file[f"_version_data/{path}/raw_data"], rows_of(file, path)
        if raw.shape[0] != len(rows) * row.spec.chunks[0] or raw.shape[1:] != raw.chunks[1:]:
            problems.append(f"{path}: raw_data of shape {raw.shape} for {len(rows)} rows")
        for version in file["_version_data/versions"]:
            dataset = file["_version_data/versions"][version].get(path)
            for mapping in dataset.virtual_sources() if dataset is not None and dataset.is_virtual else ():
                low, high = mapping.src_space.get_select_bounds()
                values = raw[tuple(slice(a, b + 1) for a, b in zip(low, high))]
                if rows.get(chunk_hash(values, row.spec)) != (low[0], high[0] + 1):
                    problems.append(f"{version} {path}: no row for {low} to {high}")


def check(path, row, mode, problems, ours=True):
    with h5py.File(path, mode) as file:
        versioned = VersionedHDF5File(file)
        committed = [version.name for version in row.versions if not version.dropped]
        if sorted(versioned) != sorted(committed):
            problems.append(f"{mode}: versions {sorted(versioned)}")
            return
        current = [version.name for version in row.versions if version.current and not version.dropped][-1]
        if versioned.current_version != current:
            problems.append(f"{mode}: current {versioned.current_version}")
        if mode == "r" and ours:
            check_layout(file, row, problems)
        for version, datasets in row.reads.items():
            found = {}
            names = []
            group = file["_version_data/versions"][version]
            group.visititems(lambda n, o, to=names: to.append(n) if isinstance(o, h5py.Dataset) else None)
            for name in names:
                found[name] = versioned[version][name][()]
            if sorted(found) != sorted(datasets):
                problems.append(f"{mode} {version}: datasets {sorted(found)}")
            for name, expected in datasets.items():
                if name in found and not elements_equal(found[name], expected, row.spec):
                    problems.append(f"{mode} {version} {name}: {found[name].tolist()}, expected {expected}")
        for (version, name), expected in row.attributes.items():
            group = file["_version_data/versions"][version]
            attributes = dict((group[name] if name else group).attrs)
            for own in ("raw_data", "chunks", "prev_version", "committed", "timestamp"):
                attributes.pop(own, None)
            if attributes != expected:
                problems.append(f"{mode} {version} /{name}: attributes {attributes}")
        for version, expected in row.groups.items():
            groups = []
            group = file["_version_data/versions"][version]
            group.visititems(lambda n, o, to=groups: to.append(n) if isinstance(o, h5py.Group) else None)
            if sorted(groups) != sorted(expected):
                problems.append(f"{mode} {version}: groups {groups}")


def count_chunks(path, row):
    with h5py.File(path, "r") as file:
        return {name: len(rows_of(file, name)) for name in row.chunks}


def repeat(path, row):
    """The library's next version writes all of the current one again: how many chunks that takes, by path."""
    grown = {}
    with h5py.File(path, "r+") as file:
        versioned = VersionedHDF5File(file)
        current = versioned.current_version
        for name, values in row.reads.get(current, {}).items():
            raw = file[f"_version_data/{name}/raw_data"]
            before = raw.shape[0]
            with versioned.stage_version(f"again {name.replace('/', '.')}", prev_version=current) as stage:
                if stage[name].size:
                    stage[name][...] = row.spec.array(values, stage[name].shape)
            grown[name] = (file[f"_version_data/{name}/raw_data"].shape[0] - before) // row.spec.chunks[0]
    return grown


def run_row(tool, chunkmark, folder, row):
    problems, ours, theirs = [], folder / "ours.h5", folder / "theirs.h5"
    theirs.unlink(missing_ok=True)
    play_theirs(theirs, row)
    wrong = []
    check(theirs, row, "r", wrong, ours=False)
    problems += [f"the library itself: {problem}" for problem in wrong]
    said = play_ours(tool, folder, ours, row)
    if said:
        return [*problems, said]
    moved = folder / "moved.h5"
    ours.rename(moved)
    for mode in ("r", "r+"):
        check(moved, row, mode, problems)
    mine, other = count_chunks(moved, row), count_chunks(theirs, row)
    for name, expected in row.chunks.items():
        if mine[name] > min(expected, other[name]):
            problems.append(f"{name}: {mine[name]} chunks, expected {expected}; the library has {other[name]}")
    mine, other = repeat(moved, row), repeat(theirs, row)  # it stores what is all fill value, when it is told to
    for name, grown in mine.items():
        filled = set(filled_chunks(row.spec.array(row.reads[row.versions[-1].name][name]), row.spec))
        if grown > max(other[name], len(filled)):
            problems.append(f"{name}: the library did not find {grown} of our chunks; in its own file {other[name]}")
    verified = subprocess.run([chunkmark, "h5", "verify", str(moved)], capture_output=True, text=True)
    if verified.returncode != 0:
        problems.append(f"verify: {verified.stdout}{verified.stderr}")
    return problems


def main():
    tool, chunkmark, names = sys.argv[1], sys.argv[2], sys.argv[4:]
    warnings.simplefilter("ignore")
    failures = done = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for row in table.ROWS:
            if names and row.name not in names:
                continue
            done += 1
            try:
                problems = run_row(tool, chunkmark, folder, row)
            except Exception as error:
                problems = [f"{type(error).__name__}: {error}"]
                if names:
                    raise
            failures += bool(problems)
            print(*(f"{row.name}: {problem}" for problem in problems), sep="\n", end="\n" if problems else "")
        for name, edits, told in REFUSED:
            row = table.Row(name, [table.Version("a", [table.create("x", table.TEN)]), table.Version("b", edits)], {})
            said = play_ours(tool, folder, folder / "refused.h5", row)
            done += 1
            if told not in said:
                failures += 1
                print(f'{name}: expected "{told}", found "{said}"')
    print(f"HDF5 {h5py.version.hdf5_version}: {done} rows, {failures} not as they should be")
    sys.exit(1 if failures or not done else 0)


if __name__ == "__main__":
    main()
