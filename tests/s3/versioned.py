"""Versioned HDF5 files in a bucket: versioned.py CHUNKMARK

What is told of an object is what is told of the same bytes in a file; with its index a list takes two requests, and an
index of the object before is noticed."""

import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading

import server

VERSIONS = 40


class CountingProxy:
    """Forwards to a port of this machine, and counts requests and the bytes that came back."""

    def __init__(self, port):
        self.target, self.requests, self.bytes = port, 0, 0
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
            while data := source.recv(1 << 16):
                self.requests += is_request * data.count(b" HTTP/1.1\r\n")
                self.bytes += (not is_request) * len(data)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


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
        self.s3.request("PUT", f"/{self.s3.bucket}/prices.h5", body=path.read_bytes())

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
        print(f"{VERSIONS} versions in {path.stat().st_size} bytes: {self.failed} differences")
        return 1 if self.failed else 0


if __name__ == "__main__":
    with server.Server() as s3, tempfile.TemporaryDirectory() as name:
        sys.exit(Test(sys.argv[1], s3, pathlib.Path(name)).run())
