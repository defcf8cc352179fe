"""A versioned HDF5 file of 1 GB in a bucket: s3_versioned.py CHUNKMARK [--versions N]

N versions (1000) of an array of 1 MB in chunks of 32 kB, all of it changed in each, written by us and by versioned-hdf5 itself,
stored in a bucket of versitygw (tests/s3/server.py). Requests, bytes and seconds of a list of the versions and of the whole array
of one in the middle, without an index and with the one that `h5 index` writes. A benchmark; tests/s3/versioned.py holds the
bounds, on a smaller file.
"""

import argparse
import mmap
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/s3"))
import server  # noqa: E402
import versioned  # noqa: E402

ELEMENTS = 32 * 4096

UPSTREAM = """
import sys, h5py, numpy
from versioned_hdf5 import VersionedHDF5File
path, versions, elements = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random = numpy.random.default_rng(1)
with h5py.File(path, "w") as file:
    versions_of = VersionedHDF5File(file)
    for i in range(versions):
        with versions_of.stage_version(f"r{i}") as stage:
            values = random.random(elements)
            if i == 0:
                stage.create_dataset("group/x", data=values, chunks=(4096,))
            else:
                stage["group/x"][:] = values
"""


def ours(chunkmark, path, versions):
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({ELEMENTS},), }}".ljust(128 - 10 - 1) + "\n"
    values = path.with_suffix(".npy")
    for i in range(versions):
        random = os.urandom(8 * ELEMENTS)
        values.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + random)
        new = [] if i else ["--new"]
        words = ["h5", "commit", path, f"r{i}", *new, "--set", f"/group/x=@{values}", "--durability", "none"]
        subprocess.run([chunkmark, *words], check=True, stdout=subprocess.DEVNULL)


def upstream(path, versions):
    words = [sys.executable, ROOT / "shared/study/peers/venv.py", "versioned-hdf5"]
    python = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    subprocess.run([python, "-W", "ignore", "-c", UPSTREAM, path, str(versions), str(ELEMENTS)], check=True)


class Bucket:
    def __init__(self, chunkmark, s3):
        self.chunkmark, self.s3 = chunkmark, s3
        self.proxy = versioned.CountingProxy(s3.port)
        self.environment = {**os.environ, **s3.environment(self.proxy.port)}

    def put(self, path):
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            with memoryview(content) as body:
                self.s3.request("PUT", f"/{self.s3.bucket}/{path.name}", body=body)
        return f"s3://{self.s3.bucket}/{path.name}"

    def show(self, what, *words):
        requests, moved, begin = self.proxy.requests, self.proxy.bytes, time.perf_counter()
        subprocess.run([self.chunkmark, "h5", *words], env=self.environment, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - begin
        requests, moved = self.proxy.requests - requests, self.proxy.bytes - moved
        print(f"  {what:28} {requests:5} requests  {moved / 1e6:8.2f} MB  {seconds:6.2f} s", flush=True)

    def measure(self, path, versions):
        url = self.put(path)
        print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB, {versions} versions", flush=True)
        read = ["show", url, f"r{versions // 2}:group/x", "--region", f"0:{ELEMENTS}", "--json"]
        self.show("list", "log", url)
        self.show("1 MB of one version", *read)
        self.show("making the index", "index", url)
        self.show("list, index", "log", url)
        self.show("1 MB of one version, index", *read)


def main(chunkmark, versions):
    print(f"load before: {' '.join(f'{x:.2f}' for x in os.getloadavg())}, {os.cpu_count()} processors")
    with server.Server() as s3, tempfile.TemporaryDirectory() as name:
        bucket = Bucket(chunkmark, s3)
        for writer, make in [
            ("ours", lambda path: ours(chunkmark, path, versions)),
            ("upstream", lambda path: upstream(path, versions)),
        ]:
            path = pathlib.Path(name) / f"{writer}.h5"
            make(path)
            bucket.measure(path, versions)
            path.unlink()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("chunkmark")
    parser.add_argument("--versions", type=int, default=1000)
    arguments = parser.parse_args()
    main(arguments.chunkmark, arguments.versions)
