"""We and the real library commit to one file in turn; nothing that either wrote may be lost or read differently.

usage: commits.py STAGE_SCRIPT CHUNKMARK ENVIRONMENT [--count N] [--first SEED]

What a history is stands in commit_histories.py, which runs here in the Python environment of that name (see run.py).
"""

import argparse
import json
import subprocess
import sys
import tempfile

from run import HERE, environment

# What 200 histories must have had among them.
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
    "sparse",
    "size zero",
    "fill value",
    "fill assigned",
    "element",
    "resize",
    "branch",
    "unchanged",
    "empty group",
    "dataset deleted",
    "dataset attribute",
    "versions deleted",
    "chunks found again by us",
    "our chunks found by the library",
    "edges none",
    "edges trim",
    "edges deflate",
    "gzip",
    "lzf",
    "shuffle",
    "fletcher32",
    "scaleoffset",
    "szip",
    "bzip2",
    "lz4",
    "zstd",
    "blosc",
    "bitshuffle",
    "blosc2",
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("stage_script")
    parser.add_argument("chunkmark")
    parser.add_argument("environment", choices=["newest", "1x"])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    python = environment(arguments.environment)
    with tempfile.TemporaryDirectory() as folder:
        script = [str(python), "-W", "ignore", str(HERE / "commit_histories.py"), arguments.stage_script]
        result = subprocess.run(
            [*script, arguments.chunkmark, folder, str(arguments.first), str(arguments.count)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    found = json.loads(result.stdout)
    for difference in found["differences"][:20]:
        print(difference)
    seen = found["seen"]
    print(
        f"{arguments.environment}, HDF5 {found['hdf5']}: {found['histories']} histories ({found['refused']} draws refused by "
        f"the library and drawn again), {seen.get('datasets compared', 0)} datasets compared, "
        f"{len(found['differences'])} differences"
    )
    print("among them: " + ", ".join(f"{name} {count}" for name, count in sorted(seen.items())))
    must = MUST_OCCUR + (["compression modified", "chunks modified"] if arguments.environment == "newest" else [])
    missing = [name for name in must if not seen.get(name)] if arguments.count >= 200 else []
    if missing:
        print("no history had: " + ", ".join(missing))
    sys.exit(1 if found["differences"] or missing or found["histories"] != arguments.count else 0)


if __name__ == "__main__":
    main()
