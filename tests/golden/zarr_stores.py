"""Reads the 90 stores of a trial of zarr-python 3.4.2 and compares each with what zarr-python itself says is in it.

usage: zarr_stores.py ZARR_CASE DATA_DIR

DATA_DIR holds stores.tgz and, in sha256.json, of each store the sum of `array[...].tobytes()`; of "dt_vlen" there is none,
its strings are below. Every store reads equal, or is refused as REFUSED says.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

# Store: what the error must say. Nothing of what the format allows is here.
REFUSED = {}

STRINGS = {"dt_vlen": ["a", "bb", "ü", ""]}


def stored_order(metadata, data):
    """What NumPy has in memory: of v2's big-endian arrays, the bytes as they are stored."""
    dtype = metadata.get("dtype", "")
    if not isinstance(dtype, str) or not dtype.startswith(">"):
        return data
    size = int(dtype[2:])
    return b"".join(data[at : at + size][::-1] for at in range(0, len(data), size))


def main(program, data_dir):
    data_dir = Path(data_dir)
    if not (data_dir / "stores.tgz").exists():
        print(f"{data_dir}/stores.tgz is not there")
        return 77
    sums = json.loads((data_dir / "sha256.json").read_text())
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(data_dir / "stores.tgz") as archive:
            archive.extractall(folder)
        stores = {path.name: path for path in Path(folder).glob("*/*") if path.is_dir()}
        out = Path(folder) / "out"
        requests = "".join(
            json.dumps({"op": "read", "path": str(stores[name]), "data": f"{out}.{name}"}) + "\n" for name in sums
        )
        run = subprocess.run([program], input=requests, stdout=subprocess.PIPE, text=True, check=True)
        for name, line in zip(sums, run.stdout.splitlines(), strict=True):
            reply = json.loads(line)
            if "error" in reply or name in REFUSED:
                if reply.get("error", "read") != REFUSED.get(name):
                    failures.append(f"{name}: {reply.get('error', 'read, but expected to be refused')}")
                continue
            found = Path(f"{out}.{name}").read_bytes()
            if name in STRINGS:
                texts = [text.encode() for text in STRINGS[name]]
                equal = found == b"".join(len(text).to_bytes(4, "little") + text for text in texts)
            else:
                document = next(
                    path for path in (stores[name] / "zarr.json", stores[name] / ".zarray") if path.exists()
                )
                found = stored_order(json.loads(document.read_text()), found)
                equal = hashlib.sha256(found).hexdigest() == sums[name]
            if not equal:
                failures.append(f"{name}: {len(found)} bytes that are not what zarr-python reads")
    for failure in failures:
        print(failure)
    print(f"{len(sums) - len(failures)} of {len(sums)} stores as they should be, {len(REFUSED)} of them refused")
    return 0 if not failures and len(sums) > 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
