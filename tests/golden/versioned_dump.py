"""Dumps every golden versioned file and compares all of it with the contents that its JSON says.

usage: versioned_dump.py CHUNKMARK DATA_DIR

Compared: data version, current version, names, parents, timestamps, committed, groups, shapes, types, chunk shapes, fill
values, attributes, every element, and the hash (computed here from the expected elements where the golden file has none).
"""

import hashlib
import json
import math
import struct
import subprocess
import sys
from pathlib import Path


def normal(value):
    """Golden numbers that JSON lacks, as the program writes them."""
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items()}
    return value


def text_sha256(elements):
    digest = hashlib.sha256()
    for element in elements:
        text = element.encode()
        digest.update(struct.pack("<Q", len(text)) + text)
    return digest.hexdigest()


class Comparison:
    def __init__(self):
        self.compared = 0
        self.differences = []

    def same(self, where, expected, found):
        self.compared += 1
        if normal(expected) != found:
            self.differences.append(f"{where}: expected {str(expected)[:200]}, found {str(found)[:200]}")

    def dataset(self, where, expected, found):
        if "error" in found:
            self.differences.append(f"{where}: {found['error']}")
            return
        self.same(f"{where} shape", expected["shape"], found["shape"])
        self.same(f"{where} dtype", expected["dtype_descr"], found["dtype"])
        self.same(f"{where} fillvalue", expected["fillvalue"], found["fillvalue"])
        self.same(f"{where} attrs", expected["attrs"], found["attrs"])
        self.same(f"{where} data", expected["data"], found["data"])
        sha256 = expected["sha256"] or text_sha256(expected["data"])
        self.same(f"{where} sha256", sha256, found["sha256"])
        chunks = expected["attrs"].get("chunks")
        if chunks:
            self.same(f"{where} chunks", chunks["data"], found["chunks"])

    def file(self, name, expected, found):
        self.same(f"{name} data_version", expected["data_version"], found["data_version"])
        self.same(f"{name} current_version", expected["current_version"], found["current_version"])
        versions = {k: v for k, v in expected["versions"].items() if k != "__first_version__"}
        self.same(f"{name} versions", sorted(versions), sorted(found["versions"]))
        for version, wanted in versions.items():
            where = f"{name} {version}"
            got = found["versions"][version]
            self.same(f"{where} attrs", wanted["attrs"], got["attrs"])
            self.same(f"{where} prev_version", wanted["attrs"]["prev_version"], got["prev_version"])
            self.same(f"{where} timestamp", wanted["attrs"]["timestamp"], got["timestamp"])
            self.same(f"{where} committed", wanted["attrs"]["committed"]["data"][0], got["committed"])
            self.same(f"{where} groups", sorted(wanted["groups"]), got["groups"])
            self.same(f"{where} datasets", sorted(wanted["datasets"]), sorted(got["datasets"]))
            for path, dataset in wanted["datasets"].items():
                self.dataset(f"{where} {path}", dataset, got["datasets"][path])


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    golden = sorted(folder.glob("*.json"))
    if not golden:
        sys.exit(f"{folder}: no golden files")
    comparison = Comparison()
    for path in golden:
        command = [program, "h5", "dump", str(path.with_suffix(".h5")), "--json", "--data"]
        found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        comparison.file(path.stem, json.loads(path.read_text()), found)
    for difference in comparison.differences[:50]:
        print(difference)
    print(f"{len(golden)} files, {comparison.compared} comparisons, {len(comparison.differences)} differences")
    sys.exit(1 if comparison.differences else 0)


if __name__ == "__main__":
    main()
