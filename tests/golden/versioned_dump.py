"""Dumps every golden versioned file and compares all of it with the contents that its JSON says.

usage: versioned_dump.py CHUNKMARK DATA_DIR

Compared: data version, current version, names, parents, timestamps, committed, groups, shapes, types, chunk shapes, fill
values, attributes, every element, and the hash (computed here from the expected elements where the golden file has none). Of
a golden file that holds only shapes and hashes: those.
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


def bytes_text(text):
    """Golden bytes, a character each, as the program writes them."""
    shown = {"\\": r"\\"}
    return "".join(shown.get(c, c if " " <= c <= "~" else f"\\x{ord(c):02x}") for c in text)


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
        of_bytes = str(expected["dtype_descr"]).startswith("|S")
        data = [bytes_text(element) for element in expected["data"]] if of_bytes else expected["data"]
        self.same(f"{where} data", data, found["data"])
        sha256 = expected["sha256"] or text_sha256(expected["data"])
        self.same(f"{where} sha256", sha256, found["sha256"])
        chunks = expected["attrs"].get("chunks")
        if chunks:
            self.same(f"{where} chunks", chunks["data"], found["chunks"])

    def listed(self, expected, found):
        """A file without JSON: its elements, from the edits that made it."""
        self.same("mini versions", sorted(expected), sorted(found["versions"]))
        for version, datasets in expected.items():
            got = found["versions"][version]["datasets"]
            self.same(f"mini {version} datasets", sorted(datasets), sorted(got))
            for path, elements in datasets.items():
                self.same(f"mini {version} {path} data", elements, got[path]["data"])

    def hashed(self, name, expected, found):
        """JSON that holds shapes and hashes only."""
        self.same(f"{name} versions", sorted(expected), sorted(found["versions"]))
        for version, wanted in expected.items():
            got = found["versions"][version]["datasets"]
            self.same(f"{name} {version} datasets", sorted(wanted["datasets"]), sorted(got))
            for path, dataset in wanted["datasets"].items():
                if "error" in got[path]:
                    self.differences.append(f"{name} {version} {path}: {got[path]['error']}")
                    continue
                for key in ("shape", "sha256"):
                    self.same(f"{name} {version} {path} {key}", dataset[key], got[path][key])

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


# mini.h5 is a file without JSON: arange(10) with fill value 7, then x[5] = 99 and 11 elements, then x[0:4] = 7; and a 3 x 5
# matrix of fill values, then with its first element set.
GROWN = [0, 1, 2, 3, 4, 99, 6, 7, 8, 9, 7]
UNSET_MATRIX = [1.5] * 15
EDITED_MATRIX = [2.5] + [1.5] * 14
MINI = {
    "v1": {"grp/x": list(range(10)), "m": UNSET_MATRIX},
    "v2": {"grp/x": GROWN, "m": EDITED_MATRIX},
    "v3": {"grp/x": [7, 7, 7, 7] + GROWN[4:], "m": EDITED_MATRIX},
}


NOT_RUN = 77  # told to ctest as SKIP_RETURN_CODE: never counted as passed


def dump(program, path):
    command = [program, "h5", "dump", str(path), "--json", "--data"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    if not folder.is_dir():
        print(f"not run, missing: {folder} (CHUNKMARK_DATA names another)")
        sys.exit(NOT_RUN)
    comparison, without_expectation = Comparison(), []
    paths = sorted(folder.glob("*.h5"))
    for path in paths:
        expected = path.with_suffix(".json")
        before = comparison.compared
        if expected.exists():
            wanted, found = json.loads(expected.read_text()), dump(program, path)
            if "data_version" in wanted:
                comparison.file(path.stem, wanted, found)
            else:
                comparison.hashed(path.stem, wanted["versions"], found)
        elif path.stem == "mini":
            comparison.listed(MINI, dump(program, path))
        else:
            without_expectation.append(path.name)
            continue
        print(f"{path.name}: {comparison.compared - before} comparisons")
    for name in without_expectation:
        print(f"{name}: nothing says what it should hold")
    for difference in comparison.differences[:50]:
        print(difference)
    print(f"{len(paths)} files, {comparison.compared} comparisons, {len(comparison.differences)} differences")
    sys.exit(1 if comparison.differences or without_expectation or not paths else 0)


if __name__ == "__main__":
    main()
