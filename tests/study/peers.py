"""The peers as their locks pin them, measured once: peers.py CHUNKMARK PEERS_FOLDER

Holds their extra copies to what is known of exactly these versions: of the same version line as a published row, the
published number; where they differ, the README says why. Which versions are measured depends on the Pythons that are here.
"""

import sys

import runs

# engine: version: format: extra copies of (write none, write blosc, read none, read blosc).
ZARR_PYTHON_3 = {"zarr2": (1, 1, 1, 2), "zarr3": (0, 1, 1, 2)}
KNOWN = {
    "zarr-python-2": {"2.18.7": {"zarr2": (0, 2, 1, 1)}},  # as memray-array published of 2.18.5
    "zarr-python-3": {"3.1.6": ZARR_PYTHON_3, "3.4.2": ZARR_PYTHON_3},
    "obstore": {"0.12.1": ZARR_PYTHON_3},
    "tensorstore": {"0.1.86": {"zarr2": (0, 1, 0, 1), "zarr3": (0, 1, 0, 1)}},  # reads map the file: see "files"
    "zarrs": {"0.2.3": {"zarr2": (1, 2, 1, 2), "zarr3": (1, 2, 1, 2)}},
    "zarrista": {"0.1.0": {"zarr3": (1, 1, 0, 1)}},
    "icechunk": {"1.1.21": {"zarr3": (1, 2, 2, 2)}, "2.3.0": {"zarr3": (0, 1, 2, 2)}},
}
OURS = {"zarr2": (0, 0, 0, 0), "zarr3": (0, 0, 0, 0)}
KNOWN["chunkmark-python"] = {"0.1.0": OURS}
CELLS = [("write", "none"), ("write", "blosc"), ("read", "none"), ("read", "blosc")]


def check_published(run, found):
    """Of the version line that the lock pins, what was published is measured."""
    failed = 0
    published = []
    for row in run["published"]:
        if row["engine"] != "zarr-python-2":
            continue
        cell = (row["operation"], row["codec"])
        measured = found.get((row["engine"], row["format"], *cell), {}).get("extra_copies")
        published.append(cell)
        failed += runs.report(
            measured == row["extra_copies"],
            f"published: {' '.join(cell)} {row['extra_copies']}, measured {measured}",
        )
    return failed + runs.report(sorted(published) == sorted(CELLS), f"published of zarr-python-2: {published}")


def check_known(engine, by_format, found):
    failed = 0
    for form, copies in by_format.items():
        for (operation, codec), expected in zip(CELLS, copies):
            row = found.pop((engine, form, operation, codec), None)
            told = "no row" if row is None else f"{row['extra_copies']}, {row['engine_version']}"
            good = row is not None and row["extra_copies"] == expected
            failed += runs.report(good, f"{engine} {form} {operation} {codec}: {told}, expected {expected}")
    return failed


def check_proven(run):
    """Uncompressed, every extra buffer is shown to hold the array's bytes, however small the blocks that it consists of."""
    failed = 0
    for row in run["results"]:
        if row["codec"] == "none" and row["extra_copies"]:
            name = f"{row['engine']} {row['format']} {row['operation']}"
            told = f"{name}: {row['proven_copies']} of {row['extra_copies']} extra copies proven"
            failed += runs.report(row["proven_copies"] == row["extra_copies"], told)
    return failed


def main(chunkmark, peers):
    runs.peer_pythons(peers, sorted(KNOWN))
    run = runs.copies(chunkmark, "--engine", ",".join([*KNOWN, "chunkmark"]))
    found = {(row["engine"], row["format"], row["operation"], row["codec"]): row for row in run["results"]}
    versions = {row["engine"]: row["engine_version"] for row in run["results"]}
    failed = check_published(run, found) + check_known("chunkmark", OURS, found)
    for engine, known in KNOWN.items():
        version = versions.get(engine)
        if version in known:
            failed += check_known(engine, known[version], found)
        else:
            failed += runs.report(False, f"{engine}: expected one of {', '.join(known)}, found {version}")
    failed += check_proven(run)
    for row in run["results"]:
        told = row["engine"] == "chunkmark" or "python" in row["libraries"]
        failed += 0 if told else runs.report(False, f"{row['engine']}: its Python is not told")
    if found:
        failed += runs.report(False, f"unexpected rows: {sorted(found)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
