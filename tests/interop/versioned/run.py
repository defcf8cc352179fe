"""Every version of files that the real library wrote must read equal here, and verify must find nothing wrong with them.

usage: run.py CHUNKMARK ENVIRONMENT [--count N] [--first SEED]

ENVIRONMENT is the name of a requirements file here: "newest" or "1x". Its Python environment is made once, under
${XDG_CACHE_HOME:-~/.cache}/chunkmark/venvs, from pinned versions and hashes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "shared/study/peers"))
import venv  # ours  # noqa: E402

UPSTREAM_ATTRIBUTES = {"raw_data", "chunks"}  # its own two, on every dataset

# What 200 histories must have had among them, or they prove less than they say.
MUST_OCCUR = [
    "integer",
    "float",
    "bool",
    "complex",
    "enum",
    "fixed text",
    "variable text",
    "compound",
    "opaque",
    "rank 1",
    "rank 2",
    "rank 3",
    "size zero",
    "sparse",
    "fill value",
    "resize",
    "branch",
    "dataset deleted",
    "versions deleted",
    "dataset attribute",
    "gzip",
    "lzf",
    "szip",
    "shuffle",
    "fletcher32",
    "scaleoffset",
    "bzip2",
    "lz4",
    "zstd",
    "blosc",
    "bitshuffle",
    "blosc2",
    "libver None",
    "libver latest",
    "libver ('earliest', 'v110')",
]


def environment(name):
    return venv.environment(f"versioned-{name}", HERE / f"requirements-{name}.txt")


def run_json(*command):
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if not result.stdout:
        raise RuntimeError(f"{' '.join(command)}: exit status {result.returncode}: {result.stderr}")
    return json.loads(result.stdout), result.returncode


def compare(chunkmark, path, differences):
    expected = json.loads(path.with_suffix(".json").read_text())
    found, _ = run_json(chunkmark, "h5", "dump", str(path), "--json")
    compared = 0
    if sorted(found["versions"]) != sorted(expected["versions"]):
        differences.append(
            f"{path.name}: versions {sorted(found['versions'])}, expected {sorted(expected['versions'])}"
        )
        return 0
    for version, datasets in expected["versions"].items():
        got = found["versions"][version]
        parent = expected["parents"][version]
        if parent is not None and got["prev_version"] != parent:
            differences.append(f"{path.name} {version}: parent {got['prev_version']}, expected {parent}")
        if sorted(got["datasets"]) != sorted(datasets):
            differences.append(
                f"{path.name} {version}: datasets {sorted(got['datasets'])}, expected {sorted(datasets)}"
            )
            continue
        for name, wanted in datasets.items():
            compared += 1
            have = {key: got["datasets"][name].get(key) for key in wanted}
            have["attrs"] = {
                key: value for key, value in (have["attrs"] or {}).items() if key not in UPSTREAM_ATTRIBUTES
            }
            if have != wanted:
                error = got["datasets"][name].get("error", "")
                differences.append(
                    f"{path.name} {version} {name}: {have} {error}, expected {wanted}; "
                    f"filters {expected['filters'][name]}, libver {expected['libver']}"
                )
    report, status = run_json(chunkmark, "h5", "verify", str(path), "--json")
    if status != 0 or not report["sound"]:
        shown = [f for f in report["findings"] if f["severity"] != "notice"][:3]
        differences.append(f"{path.name}: verify: {shown}")
    return compared


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("chunkmark")
    parser.add_argument("environment", choices=["newest", "1x"])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    python = environment(arguments.environment)
    with tempfile.TemporaryDirectory() as folder:
        written = subprocess.run(
            [
                str(python),
                "-W",
                "ignore",
                str(HERE / "write_histories.py"),
                folder,
                str(arguments.first),
                str(arguments.count),
            ],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        written = json.loads(written)
        differences, compared = [], 0
        paths = sorted(Path(folder).glob("*.h5"))
        for path in paths:
            compared += compare(arguments.chunkmark, path, differences)
    for difference in differences[:20]:
        print(difference)
    seen = written["seen"]
    print(
        f"{arguments.environment}, HDF5 {written['hdf5']}: {len(paths)} histories compared "
        f"({written['refused']} draws refused by the library and drawn again), {compared} datasets of versions, "
        f"{len(differences)} differences"
    )
    print("among them: " + ", ".join(f"{name} {count}" for name, count in sorted(seen.items())))
    missing = [name for name in MUST_OCCUR if not seen.get(name)] if arguments.count >= 200 else []
    if missing:
        print("no history had: " + ", ".join(missing))
    if len(paths) != arguments.count:
        print(f"{len(paths)} histories, expected {arguments.count}")
    sys.exit(1 if differences or missing or len(paths) != arguments.count or compared < arguments.count else 0)


if __name__ == "__main__":
    main()
