"""Writes the lock file of each engine of peers.json: every package with its version and the hashes of its files.

    python3 lock.py [ENGINE...]     (or `format`: the formatters, in .ci/format.lock)

Asks pip itself (a dry run with a report) for each Python version that the distributions we build on have, so that one lock
serves them all. Names no registry: where packages come from is the installing machine's business.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

PYTHONS = ("3.11", "3.13")  # Debian 12, Debian 13

HERE = pathlib.Path(__file__).resolve().parent
PEERS = {peer["name"]: peer for peer in json.loads((HERE / "peers.json").read_text())}
# What `./dev format` and `./dev lint` call, in .ci. The C++ style is clang-format 14's. Clang-tidy is pinned since each
# release has other checks, and since this one was seen to read the headers of GCC 12, 14 and 16.
FORMAT = {"wanted": ["clang-format==14.0.6", "clang-tidy==21.1.6", "ruff"], "lock": "../../../.ci/format.lock"}
WANTED = {**PEERS, "format": FORMAT}


def resolve(wanted, python, constraints):
    """{name: (version, hash)} as pip would install on `python`."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        pins = pathlib.Path(folder) / "constraints.txt"
        pins.write_text("".join(f"{name}=={version}\n" for name, version in constraints.items()))
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command += ["--only-binary=:all:", "--python-version", python, "--target", folder]
        command += ["--report", str(report), "--constraint", str(pins), *wanted]
        subprocess.run(command, check=True)
        installs = json.loads(report.read_text())["install"]
    return {
        item["metadata"]["name"].lower().replace("_", "-"): (
            item["metadata"]["version"],
            item["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for item in installs
    }


def lock(engine):
    packages = {}
    for python in PYTHONS:
        known = {name: version for name, (version, _) in packages.items()}
        for name, (version, digest) in resolve(WANTED[engine]["wanted"], python, known).items():
            entry = packages.setdefault(name, (version, set()))
            entry[1].add(digest)
    lines = [f"# Made by lock.py for Python {' and '.join(PYTHONS)}. Wanted: {', '.join(WANTED[engine]['wanted'])}\n"]
    for name, (version, digests) in sorted(packages.items()):
        lines.append(f"{name}=={version}" + "".join(f" \\\n    --hash=sha256:{d}" for d in sorted(digests)) + "\n")
    path = HERE / WANTED[engine]["lock"]
    path.write_text("".join(lines))
    print(f"{path.name}: {len(packages)} packages")


if __name__ == "__main__":
    for chosen in sys.argv[1:] or PEERS:
        lock(chosen)
