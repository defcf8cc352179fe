"""The HDF5 library's own test files: every dataset is what h5py reads, or is refused for a reason that is listed here.

usage: hdf5_suite.py CHUNKMARK DATA_DIR

DATA_DIR has files.txz and expected.json: of each file the datasets by path, with a hash of what h5py reads. Files on which
h5py errs may be read in part or refused; none may crash, hang, or take more memory than the limit.
"""

import json
import resource
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

SECONDS = 60
MEMORY = 1 << 30

# Why a dataset that h5py reads is refused: words of the message, and which ones.
REFUSED = {
    "VAX byte order": ["h5dump/tvms.h5:/Array"],
}


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def dump(chunkmark, path):
    """The document (None: the file is refused), and what was said or why it ended."""
    try:
        ran = subprocess.run(
            [chunkmark, "h5", "dump", "--json", path], capture_output=True, text=True, timeout=SECONDS, preexec_fn=limit
        )
    except subprocess.TimeoutExpired:
        return None, f"it hangs: {SECONDS} s"
    if ran.returncode not in (0, 1, 2):
        return None, f"it ends with {ran.returncode}: {ran.stderr[-300:]}"
    return (json.loads(ran.stdout) if ran.stdout else None), ran.stderr.strip()


def problem_of(name, path, expected, found, listed):
    """What is wrong with one dataset that h5py reads; None if nothing is."""
    reason = listed.pop(f"{name}:{path}", None)
    if found is None:
        return "not there"
    if reason is not None:
        return None if reason in found.get("error", "") else f"expected to be refused ({reason}), found {found}"
    if "error" in found:
        return f"refused: {found['error']}"
    if found["shape"] != expected["shape"]:
        return f"shape {found['shape']}, expected {expected['shape']}"
    return None if found["sha256"] == expected["sha256"] else "other elements"


def main(chunkmark, folder):
    folder = Path(folder)
    if not folder.is_dir():
        print(f"not run, missing: {folder} (CHUNKMARK_DATA names another)")
        return 77
    expected = json.loads((folder / "expected.json").read_text())
    expected = expected.get("files", expected)
    listed = {dataset: reason for reason, datasets in REFUSED.items() for dataset in datasets}
    equal, problems = 0, []
    with tempfile.TemporaryDirectory() as temporary:
        with tarfile.open(folder / "files.txz") as archive:
            archive.extractall(temporary)
        files = Path(temporary) / "files"
        for name, facts in sorted(expected.items()):
            document, said = dump(chunkmark, files / name)
            if said.startswith("it "):
                problems.append(f"{name}: {said}")
            readable = {path: of for path, of in facts.get("datasets", {}).items() if "sha256" in of}
            for path, of in readable.items():
                problem = problem_of(name, path, of, (document or {}).get("datasets", {}).get(path), listed)
                if problem is not None:
                    problems.append(f"{name} {path}: {problem}; {said}")
                equal += problem is None
    problems += [f"listed as refused, and never met: {dataset}" for dataset in listed]
    print(
        f"{len(expected)} files, {equal} datasets as expected, of which {sum(map(len, REFUSED.values()))} are refused"
    )
    for problem in problems:
        print(f"FAIL {problem}")
    return 1 if problems or equal == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
