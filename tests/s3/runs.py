"""Runs in a bucket: runs.py CHUNKMARK

`copies` and `versions` store a run there, whole or not at all; a run of the same id is left as it is; `serve` and `site` show
what is there, the record, a report and a capture to the byte, also a part of it, and name what cannot be read."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

import server

CHUNKMARK = os.path.abspath(sys.argv.pop())
SMALL = ["--engine", "chunkmark", "--shape", "100,100", "--format", "zarr3", "--codec", "none", "--repeat", "1"]


class Runs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s3 = cls.enterClassContext(server.Server())
        cls.temporary = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.environment = {**os.environ, **cls.s3.environment(), "TMPDIR": str(cls.temporary)}
        cls.url = f"s3://{cls.s3.bucket}/runs"
        cls.stored = cls.s3.folder / "data" / cls.s3.bucket / "runs"  # what the server keeps

    def call(self, *words, status=0, **environment):
        result = subprocess.run(
            [CHUNKMARK, *words], capture_output=True, text=True, env={**self.environment, **environment}
        )
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def run_of(self, *words):
        """Stores a run; its folder at the server."""
        told = self.call(*words, "--out", self.url).stderr
        return self.stored / re.search(rf"chunkmark: wrote {self.url}/([^/]+)/", told)[1]

    @contextlib.contextmanager
    def served(self, url):
        words = [CHUNKMARK, "serve", "--port", "0", "--runs", url]
        with subprocess.Popen(
            words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment
        ) as s:
            try:
                yield s.stdout.readline().strip()
            finally:
                s.terminate()
                self.told = s.stderr.read()

    def read(self, address, **headers):
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
            return answer.read()

    def test_runs_are_stored_and_shown(self):
        copies = self.run_of("copies", *SMALL)
        versions = self.run_of(
            *["versions", "--engine", "chunkmark", "--workload", "mostly_appends", "--transactions", "3"],
            *["--chunk-size", "4096", "--trace", "0"],
        )
        self.assertEqual(list(self.temporary.iterdir()), [], "what was measured here is left")
        self.assertTrue((versions / "report.html").stat().st_size > 100000)
        capture = next(copies.rglob("*.cmk"))
        bad = self.stored / "bad"
        self.s3.request("PUT", f"/{self.s3.bucket}/runs/bad/run.json", body=b"{bad")
        self.s3.request("PUT", f"/{self.s3.bucket}/runs/half/report.html", body=b"of a run without a record")
        with self.served(self.url) as address:
            index = json.loads(self.read(f"{address}runs/index.json"))["runs"]
            self.assertEqual(sorted(run["id"] for run in index), sorted([versions.name, copies.name]))
            for path in [copies / "run.json", versions / "report.html", capture]:
                name = path.relative_to(self.stored)
                self.assertEqual(self.read(f"{address}runs/{name}"), path.read_bytes(), name)
            name = capture.relative_to(self.stored)
            self.assertEqual(self.read(f"{address}runs/{name}", Range="bytes=10-19"), capture.read_bytes()[10:20])
            for name in ["half/report.html", "bad/run.json", f"{copies.name}/none", f"{copies.name}/%2e%2e/x", "x/y"]:
                with self.assertRaises(urllib.error.HTTPError) as caught:
                    self.read(f"{address}runs/{name}")
                with caught.exception as error:
                    self.assertEqual(error.code, 404, name)
        self.assertIn(f"chunkmark: left out: {self.url}/bad/run.json: expected JSON", self.told)
        with tempfile.TemporaryDirectory() as site:
            self.call("site", "--runs", self.url, "-o", site)
            found = pathlib.Path(site) / "runs"
            self.assertEqual(
                sorted(p.name for p in found.iterdir()), sorted([copies.name, versions.name, "index.json"])
            )
            for path in copies.rglob("*"):
                if path.is_file():
                    self.assertEqual((found / path.relative_to(self.stored)).read_bytes(), path.read_bytes(), path)
        self.assertTrue(bad.exists())

    def test_a_bucket_that_is_not_there_is_told_before_anything_is_measured(self):
        result = self.call("copies", *SMALL, "--out", "s3://no-such-bucket/runs", status=1)
        self.assertIn("404 NoSuchBucket", result.stderr)
        self.assertEqual(result.stdout, "")
        result = self.call("serve", "--port", "0", "--runs", "s3://no-such-bucket/runs", status=1)
        self.assertIn("404 NoSuchBucket", result.stderr)
        for url in ("https://x/y", "memory:"):
            result = self.call("copies", *SMALL, "--out", url, status=2)
            self.assertEqual(result.stderr, f"chunkmark: --out: expected a folder or s3://BUCKET/PREFIX, found {url}\n")


unittest.main()
