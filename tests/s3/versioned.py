"""Versioned HDF5 files in a bucket: versioned.py CHUNKMARK

What is told of an object is what is told of the same bytes in a file; with its index a list takes two requests, and an
index of the object before is noticed. Of 1000 versions, each with a chunk of 32 kB changed, a region of 1 MB takes at most
6 requests and 2 MB; without the index, a list takes less than a quarter of a request per version, and moves no
part of the file twice.
"""

import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import server

VERSIONS = 40
MANY = 1000


class CountingProxy:
    """Forwards to a port of this machine, and counts requests and bytes; each request waits for `latency` seconds."""

    def __init__(self, port, latency=0):
        self.target, self.latency = port, latency
        self.requests, self.sent, self.bytes = 0, 0, 0  # bytes: those that came back
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            upstream = socket.create_connection(("127.0.0.1", self.target))
            for end in (client, upstream):  # small answers are not held back for an acknowledgement
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, sink in ((client, upstream), (upstream, client)):
                threading.Thread(target=self.forward, args=(source, sink, sink is upstream), daemon=True).start()

    def forward(self, source, sink, is_request):
        try:
            if is_request:
                self.forward_requests(source, sink)
            else:
                self.forward_answers(source, sink)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def forward_requests(self, source, sink):
        while data := source.recv(1 << 16):
            begun = data.count(b" HTTP/1.1\r\n")
            self.requests += begun
            self.sent += len(data)
            time.sleep(self.latency * begun)
            sink.sendall(data)

    def forward_answers(self, source, sink):
        """By the kernel, so that whoever measures clients does not measure this."""
        end, begin = os.pipe()
        try:
            while moved := os.splice(source.fileno(), begin, 1 << 20):
                self.bytes += moved
                while moved > 0:
                    moved -= os.splice(end, sink.fileno(), moved)
        finally:
            os.close(begin)
            os.close(end)


class Test:
    def __init__(self, chunkmark, s3, folder):
        self.chunkmark, self.s3, self.folder = chunkmark, s3, folder
        self.proxy = CountingProxy(s3.port)
        self.environment = {**os.environ, **s3.environment(self.proxy.port)}
        self.failed = 0

    def h5(self, *words, status=0):
        result = subprocess.run([self.chunkmark, "h5", *words], env=self.environment, capture_output=True, text=True)
        self.check(f"status of h5 {' '.join(map(str, words))} {result.stderr}", result.returncode, status)
        return result

    def check(self, what, found, expected):
        if found != expected:
            self.failed += 1
            print(f"{what}: expected {expected!r}, found {found!r}")

    def commit(self, path, number):
        rows = self.folder / "rows.csv"
        rows.write_text("".join(f"{number * 1000 + i}.5\n" for i in range(2000)))
        new = [] if path.exists() else ["--new"]
        self.h5("commit", path, f"r{number}", *new, "--set", f"/group/x{number % 7}=@{rows}")

    def put(self, path):
        self.s3.request("PUT", f"/{self.s3.bucket}/{path.name}", body=path.read_bytes())

    def counted(self, *words):
        requests, moved = self.proxy.requests, self.proxy.bytes
        output = self.h5(*words).stdout
        return output, self.proxy.requests - requests, self.proxy.bytes - moved

    def at_most(self, what, found, limit):
        print(f"{what}: {found}, at most {limit}")
        self.check(f"{what} within {limit}", found <= limit, True)

    def run_many(self):
        """Each version changes one of the 32 chunks of an array of 1 MB."""
        path, url = self.folder / "many.h5", f"s3://{self.s3.bucket}/many.h5"
        values = [0.0] * (32 * 4096)
        for number in range(MANY):
            values[number % 32 * 4096 : (number % 32 + 1) * 4096] = [number + i / 4096 for i in range(4096)]
            self.npy(values)
            new = [] if path.exists() else ["--new"]
            self.h5("commit", path, f"r{number}", *new, "--set", f"/group/x=@{self.folder / 'x.npy'}")
        self.put(path)
        listed, requests, moved = self.counted("log", url)
        self.check("list of many", listed, self.h5("log", path).stdout)
        # Headers of versions lie among their data, 40 kB apart: the file is read about once, and a little of it again.
        self.at_most("requests of a list without an index", requests, MANY // 2)
        self.at_most("bytes of a list without an index", moved, int(path.stat().st_size * 1.5))
        self.h5("index", url)
        listed, requests, moved = self.counted("log", url)
        self.check("list of many through the index", listed, self.h5("log", path).stdout)
        self.at_most("requests of a list", requests, 2)
        region = [f"r{MANY - 1}:group/x", "--region", f"0:{32 * 4096}", "--json"]
        shown, requests, moved = self.counted("show", url, *region)
        self.check("values of many", shown == self.h5("show", path, *region).stdout, True)
        self.check("all values of many", shown.count(",") > 32 * 4095, True)
        self.at_most("requests of a region of 1 MB", requests, 6)
        self.at_most("bytes of a region of 1 MB", moved, 2000000)

    def npy(self, values):
        head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(values)},), }}"
        head = head.ljust(128 - 10 - 1) + "\n"
        data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode()
        (self.folder / "x.npy").write_bytes(data + struct.pack(f"<{len(values)}d", *values))

    def run(self):
        path, url = self.folder / "prices.h5", f"s3://{self.s3.bucket}/prices.h5"
        for number in range(VERSIONS):
            self.commit(path, number)
        self.put(path)
        for words in (["log"], ["dump", "--json"], ["verify", "--json"]):
            local = self.h5(words[0], path, *words[1:]).stdout
            self.check(f"{words} of the object", self.h5(words[0], url, *words[1:]).stdout, local)
        self.check("the file by its URL", self.h5("log", f"file://{path}").stdout, self.h5("log", path).stdout)
        self.h5("index", url)
        before = self.proxy.requests
        listed = self.h5("log", url)
        self.check("requests of a list", self.proxy.requests - before, 2)
        self.check("list through the index", (listed.stdout, listed.stderr), (self.h5("log", path).stdout, ""))
        version = f"r{VERSIONS - 1}:group/x3"
        self.check("values", self.h5("show", url, version).stdout, self.h5("show", path, version).stdout)

        self.commit(path, VERSIONS)
        self.put(path)
        stale = self.h5("log", url)
        self.check("list of a newer object", stale.stdout, self.h5("log", path).stdout)
        self.check("a word of the index", "not using the index: " in stale.stderr, True)
        missing = self.h5("log", url + "x", status=1)
        self.check("what is missing", missing.stderr, f"chunkmark: {url}x: no such object\n")
        self.run_many()
        print(f"{VERSIONS} versions in {path.stat().st_size} bytes: {self.failed} differences")
        return 1 if self.failed else 0


if __name__ == "__main__":
    with server.Server() as s3, tempfile.TemporaryDirectory() as name:
        sys.exit(Test(sys.argv[1], s3, pathlib.Path(name)).run())
