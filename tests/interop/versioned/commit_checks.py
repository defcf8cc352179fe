"""What holds of a history's file at any time: both sides read what was drawn, and other tools accept it.

Each check appends what it finds to `differences`.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
from versioned_hdf5 import VersionedHDF5File

sys.path.insert(0, str(Path(__file__).resolve().parent))
import write_histories as histories  # ours  # noqa: E402
from commit_sides import stored_filters  # noqa: E402

H5DUMP, H5REPACK = shutil.which("h5dump"), shutil.which("h5repack")


def compare(history, mode, differences):
    with h5py.File(history.path, mode) as file:
        versioned = VersionedHDF5File(file)
        if sorted(versioned) != sorted(history.versions):
            differences.append(
                f"{history.path.name} {mode}: versions {sorted(versioned)}, expected {sorted(history.versions)}"
            )
            return
        if versioned.current_version != history.current:
            differences.append(
                f"{history.path.name} {mode}: current {versioned.current_version}, expected {history.current}"
            )
        for name, state in history.versions.items():
            version = versioned[name]
            for target, values in state.items():
                history.seen["datasets compared"] += 1
                spec = history.specs[target]
                dataset = version[target]
                found = dataset[()]
                if histories.is_text(spec.dtype):
                    found = np.array([v.decode() if isinstance(v, bytes) else v for v in np.ravel(found)], object)
                    equal = list(found) == [str(v) for v in values.ravel()]
                else:
                    equal = np.ascontiguousarray(found).tobytes() == np.ascontiguousarray(values).tobytes()
                if dataset.shape != values.shape or not equal:
                    differences.append(f"{history.path.name} {mode} {name} {target}: elements differ; {spec.filters}")
                notes = {k: v for k, v in dict(dataset.attrs).items() if k not in ("raw_data", "chunks")}
                if notes != history.attributes[name][target]:
                    differences.append(f"{history.path.name} {mode} {name} {target}: attributes {notes}")
            for group in history.groups[name]:
                if group not in version:
                    differences.append(f"{history.path.name} {mode} {name}: no group {group}")


def compare_ours(history, chunkmark, differences):
    found = json.loads(
        subprocess.run(
            [chunkmark, "h5", "dump", str(history.path), "--json"], capture_output=True, text=True, timeout=300
        ).stdout
    )
    for name, state in history.versions.items():
        version = found["versions"].get(name, {"datasets": {}})
        if sorted(version["datasets"]) != sorted(state):
            differences.append(f"{history.path.name} {name}: we read datasets {sorted(version['datasets'])}")
            continue
        parent = history.parents[name]
        if parent is not None and version["prev_version"] != parent:
            differences.append(f"{history.path.name} {name}: parent {version['prev_version']}, expected {parent}")
        for target, values in state.items():
            have = version["datasets"][target].get("sha256")
            if have != histories.sha256(values, history.specs[target]):
                differences.append(f"{history.path.name} {name} {target}: we read {version['datasets'][target]}")
    report = subprocess.run(
        [chunkmark, "h5", "verify", str(history.path), "--json"], capture_output=True, text=True, timeout=300
    )
    if report.returncode != 0:
        findings = [f for f in json.loads(report.stdout)["findings"] if f["severity"] != "notice"][:3]
        differences.append(f"{history.path.name}: verify: {findings}")


def count_chunks(history, differences):
    with h5py.File(history.path, "r") as ours, h5py.File(history.beside, "r") as theirs:
        for target, spec in history.specs.items():
            path = f"_version_data/{target}/raw_data"
            if path not in theirs:
                continue
            mine = ours[path].shape[0] if path in ours else 0
            if mine > theirs[path].shape[0]:
                differences.append(
                    f"{history.path.name} {target}: {mine // spec.chunks[0]} chunks, the library has "
                    f"{theirs[path].shape[0] // spec.chunks[0]}"
                )


def other_tools(history, differences):
    plugins = any(
        number > 10 for s in history.specs.values() for number, _, _ in (stored_filters(s) if s.filters else [])
    )
    if H5DUMP and subprocess.run([H5DUMP, "-H", str(history.path)], capture_output=True).returncode != 0:
        differences.append(f"{history.path.name}: h5dump refuses it")
    packed = history.path.with_suffix(".packed.h5")
    # Tables and data with plug-in filters cannot be repacked by tools that lack the plug-ins.
    with h5py.File(history.path, "r") as file:
        tables = []
        file["_version_data"].visititems(
            lambda n, o: tables.append(o.compression) if n.endswith("hash_table") else None
        )
    if H5REPACK and not plugins and "lzf" not in tables:
        result = subprocess.run([H5REPACK, str(history.path), str(packed)], capture_output=True, text=True)
        if result.returncode < 0:
            # That of 1.14 and 2.2 ends with SIGSEGV at virtual datasets of variable-length strings, whoever made them.
            other = history.path.with_name(history.path.name.replace("ours", "theirs"))
            if subprocess.run([H5REPACK, str(other), str(packed)], capture_output=True).returncode == result.returncode:
                history.seen["repack crashes, with the library's own file too"] += 1
                return
        if result.returncode != 0:
            differences.append(f"{history.path.name}: h5repack: {result.returncode} {result.stderr[:200]}")
            return
        history.seen["repacked"] += 1
        shutil.move(packed, history.path)
        compare(history, "r", differences)


def filled_chunks(values, spec):
    boxes = []
    for index in np.ndindex(*(-(-n // c) for n, c in zip(values.shape, spec.chunks))):
        box = values[tuple(slice(i * c, (i + 1) * c) for i, c in zip(index, spec.chunks))]
        fill = spec.filled(box.shape)
        same = (
            list(box.ravel()) == list(fill.ravel())
            if histories.is_text(spec.dtype)
            else box.tobytes() == fill.tobytes()
        )
        if same:
            boxes.append(box.shape)
    return boxes
