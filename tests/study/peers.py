"""The peers as their locks pin them, measured once: peers.py CHUNKMARK PEERS_FOLDER

Installs those that are missing (they stay in the cache), and holds their extra copies to what is known of exactly these
versions: of the same version line as a published row, the published number; where they differ, the README says why."""

import json
import subprocess
import sys
import tempfile

# engine: format: extra copies of (write none, write blosc, read none, read blosc).
KNOWN = {
    "zarr-python-2": {"zarr2": (0, 2, 1, 1)},  # as memray-array published of 2.18.5
    "zarr-python-3": {"zarr2": (1, 1, 1, 2), "zarr3": (0, 1, 1, 2)},
    "obstore": {"zarr2": (1, 1, 1, 2), "zarr3": (0, 1, 1, 2)},
    "tensorstore": {"zarr2": (0, 1, 0, 1), "zarr3": (0, 1, 0, 1)},  # reads map the file: see "files"
    "zarrs": {"zarr2": (1, 2, 1, 2), "zarr3": (1, 2, 1, 2)},
    "icechunk": {"zarr3": (1, 2, 2, 2)},
    "chunkmark": {"zarr2": (0, 0, 0, 0), "zarr3": (0, 0, 0, 0)},
}
CELLS = [("write", "none"), ("write", "blosc"), ("read", "none"), ("read", "blosc")]


def main(chunkmark, peers):
    for engine in KNOWN:
        if engine != "chunkmark":
            subprocess.run([sys.executable, f"{peers}/venv.py", engine], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        words = [
            chunkmark,
            "copies",
            "--engine",
            ",".join(KNOWN),
            "--repeat",
            "0",
            "--json",
            "--out",
            folder,
            "--store",
            folder,
        ]
        run = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
    found = {(row["engine"], row["format"], row["operation"], row["codec"]): row for row in run["results"]}
    failed = 0
    published = []
    for row in run["published"]:
        if row["engine"] == "zarr-python-2":  # of the version line that the lock pins
            name = f"{row['operation']} {row['codec']}"
            measured = found.get((row["engine"], row["format"], row["operation"], row["codec"]), {}).get("extra_copies")
            published.append((row["operation"], row["codec"]))
            good = measured == row["extra_copies"]
            failed += not good
            print(f"{'ok  ' if good else 'FAIL'} published: {name} {row['extra_copies']}, measured {measured}")
    if sorted(published) != sorted(CELLS):
        failed += 1
        print(f"FAIL published of zarr-python-2: {published}, expected {CELLS}")
    for engine, formats in KNOWN.items():
        for form, copies in formats.items():
            for (operation, codec), expected in zip(CELLS, copies):
                row = found.pop((engine, form, operation, codec), None)
                told = "no row" if row is None else f"{row['extra_copies']}, {row['engine_version']}"
                good = row is not None and row["extra_copies"] == expected
                failed += not good
                print(f"{'ok  ' if good else 'FAIL'} {engine} {form} {operation} {codec}: {told}, expected {expected}")
    if found:
        print(f"FAIL unexpected rows: {sorted(found)}")
    return 1 if failed or found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
