"""A server of the program under test (the first argument of each of these tests), and sockets to it."""

import contextlib
import http.client
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

CHUNKMARK = sys.argv.pop(1)
kMemory = pathlib.Path("/dev/shm")  # thousands of small files, made and removed


def run_record(run_id, created="2026-01-01T00:00:00Z", engine="chunkmark"):
    """A run of one result."""
    row = {
        "operation": "write",
        "filesystem": "local",
        "engine": engine,
        "format": "zarr3",
        "codec": "none",
        "array_bytes": 100,
        "extra_copies": 0,
        "extra_heap": 0,
    }
    return {
        "schema": "chunkmark.run/1",
        "id": run_id,
        "kind": "copies",
        "created": created,
        "host": "native",
        "version": "0",
        "results": [row],
    }


class Server:
    """`chunkmark serve` on a free port, of the folder `runs`, which lives as long."""

    def __init__(self, *words, environment=None):
        self.folder = tempfile.TemporaryDirectory(dir=kMemory if kMemory.is_dir() else None)
        self.runs = pathlib.Path(self.folder.name) / "runs"
        self.runs.mkdir()
        self.words = [CHUNKMARK, "serve", "--port", "0", "--runs", str(self.runs), *words]
        self.environment = environment

    def __enter__(self):
        self.process = subprocess.Popen(
            self.words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment
        )
        self.address = self.process.stdout.readline().strip()
        self.port = int(re.search(r":(\d+)/", self.address).group(1))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=20)
        self.folder.cleanup()

    def add_run(self, run_id, **options):
        folder = self.runs / run_id
        folder.mkdir()
        (folder / "new").write_text(json.dumps(run_record(run_id, **options)))
        (folder / "new").rename(folder / "run.json")

    def connect(self, sent=b""):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall(sent)
        return connection

    def ask(self, path, method="GET", body=None, headers=None):
        """(status, headers, body) over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()

    def json(self, path, **options):
        status, _, body = self.ask(path, **options)
        if status >= 400:
            raise RuntimeError(f"{path}: {status} {body.decode()}")
        return json.loads(body)

    def seconds(self, path="/healthz"):
        """How long a new client waits for its answer."""
        began = time.monotonic()
        status, _, _ = self.ask(path)
        if status != 200:
            raise RuntimeError(f"{path}: {status}")
        return time.monotonic() - began

    def events(self, path):
        """The events of a stream from now on, as they come: (event, data)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        return self._parsed(connection.getresponse())

    @staticmethod
    def _parsed(response):
        name = None
        for line in response:
            key, _, value = line.decode().rstrip("\n").partition(": ")
            if key == "event":
                name = value
            elif key == "data":
                yield name, json.loads(value)
