"""The site of runs, as files and served: what is left out, and what is left alone: site_of_runs.py CHUNKMARK"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from command import CHUNKMARK, run


def run_record(run_id, *array_bytes):
    """A run with a result for each array."""
    row = {
        "operation": "write",
        "filesystem": "local",
        "engine": "chunkmark",
        "format": "zarr3",
        "codec": "none",
        "extra_copies": 0,
        "extra_heap": 0,
    }
    return {
        "schema": "chunkmark.run/1",
        "id": run_id,
        "kind": "copies",
        "created": "2026-01-01",
        "host": "native",
        "version": "0.1.0",
        "results": [{**row, "array_bytes": size} for size in array_bytes],
    }


def facts(run_id, created):
    return {"id": run_id, "kind": "copies", "created": created}


class Site(unittest.TestCase):
    def test_each_case_has_a_page_that_links_show_without_javascript(self):
        with tempfile.TemporaryDirectory() as name:
            runs, site = pathlib.Path(name) / "runs", pathlib.Path(name) / "site"
            new, old, small = (run_record(run_id, 100_000_000) for run_id in ("new", "old", "small"))
            new["created"], small["created"] = "2026-02-01", "2026-03-01"
            small["results"][0]["array_bytes"] = 8
            new["results"][0] |= {"extra_copies": 2, "proven_copies": 1, "engine_version": "1 <b>"}
            new["results"].append({**new["results"][0], "engine": "../x", "extra_copies": None})
            for record in (new, old, small):
                (runs / record["id"]).mkdir(parents=True)
                (runs / record["id"] / "run.json").write_text(json.dumps(record))
            words = ("site", "--runs", str(runs), "-o", str(site), "--base-url", "https://host/path")
            self.assertEqual(run(*words).returncode, 0)
            index = json.loads((site / "answers" / "index.json").read_text())["answers"]
            ours = {"page": "chunkmark-writes-none-zarr3-local", "cells": [["new", 0], ["old", 0], ["small", 0]]}
            other = {"page": "___x-writes-none-zarr3-local", "cells": [["new", 1]]}
            self.assertEqual(index, [ours, other])
            page = (site / "answers" / "chunkmark-writes-none-zarr3-local.html").read_text()
            title = "Chunkmark writes 100 MB with 2 extra copies"
            for text in (
                f'<meta property="og:title" content="{title}">',
                '<meta property="og:image" content="https://host/path/assets/link/2-1.png">',
                f"<h1>{title}</h1>",
                "Chunkmark 1 &lt;b&gt;",
            ):
                self.assertIn(text, page)
            self.assertNotIn("@@", page)
            self.assertTrue((site / "assets" / "link" / "2-1.png").read_bytes().startswith(b"\x89PNG"))
            self.assertIn("extra copies unknown", (site / "answers" / "___x-writes-none-zarr3-local.html").read_text())

    def test_a_site_is_written_over_nothing_else(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "runs").mkdir()
            words = ("site", "--runs", str(folder / "runs"), "-o")
            for site in (folder / "missing" / "deeper", folder / "empty"):
                (folder / "empty").mkdir(exist_ok=True)
                for _ in range(2):  # the second time it is ours
                    self.assertEqual(run(*words, str(site)).returncode, 0)
            other = folder / "other"
            for found, content in [
                ("index.html", "theirs"),
                ("runs/index.json", '{"runs": 1}'),
                ("runs/index.json", "[]"),
            ]:
                with self.subTest(found=found, content=content):
                    path = other / found
                    path.parent.mkdir(parents=True)
                    path.write_text(content)
                    before = sorted(other.rglob("*"))
                    result = run(*words, str(other))
                    self.assertEqual(result.returncode, 2)
                    self.assertIn(
                        f"chunkmark: {other}: expected an empty folder or a site made before, found ", result.stderr
                    )
                    self.assertEqual((sorted(other.rglob("*")), path.read_text()), (before, content))
                    shutil.rmtree(other)
            (other / "assets").mkdir(parents=True)
            for theirs in ("notes.txt", "assets/theirs.txt", "index.html"):
                (other / theirs).write_text("theirs")
            self.assertEqual(run(*words, str(other), "--force").returncode, 0)
            self.assertEqual(
                [(other / kept).read_text() for kept in ("notes.txt", "assets/theirs.txt")], ["theirs"] * 2
            )
            self.assertIn("<!doctype html>", (other / "index.html").read_text().lower())
            self.assertEqual(run(*words, str(other)).returncode, 0)  # now it is one of ours
            result = run(*words, str(other / "notes.txt"))
            self.assertIn("notes.txt: expected a folder for the site, found a file", result.stderr)

    @contextlib.contextmanager
    def served(self, runs, *words):
        command = [CHUNKMARK, "serve", "--runs", str(runs), *words]
        with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
            try:
                yield server.stdout.readline().strip()
            finally:
                server.terminate()
                server.communicate()

    def test_servers_leave_each_others_pages_alone(self):
        def ids(address):
            with urllib.request.urlopen(f"{address}runs/index.json") as response:
                return [entry["id"] for entry in json.load(response)["runs"]]

        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for run_id in ("one", "two"):
                (folder / run_id / run_id).mkdir(parents=True)
                (folder / run_id / run_id / "run.json").write_text(json.dumps(run_record(run_id)))
            with self.served(folder / "one", "--port", "0") as first:
                port = first.rstrip("/").rsplit(":", 1)[1]
                result = run("serve", "--runs", str(folder / "two"), "--port", port)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertIn(f"127.0.0.1:{port}: cannot listen there: is the port in use?", result.stderr)
                self.assertEqual(ids(first), ["one"])
                with self.served(folder / "two", "--port", "0") as second:
                    self.assertEqual((ids(first), ids(second)), (["one"], ["two"]))
            site = folder / "site"
            with self.served(folder / "one", "--port", "0", "--site", str(site)) as first:
                port = first.rstrip("/").rsplit(":", 1)[1]
                for words, told in [
                    (["--port", port], f":{port}: cannot listen"),
                    (["--port", "0"], "another process writes or serves"),
                ]:
                    result = run("serve", "--runs", str(folder / "two"), "--site", str(site), *words)
                    self.assertEqual(result.returncode, 1)
                    self.assertIn(told, result.stderr)
                result = run("site", "--runs", str(folder / "two"), "-o", str(site))
                self.assertIn("another process writes or serves the site there", result.stderr)
                self.assertEqual(ids(first), ["one"])

    def test_a_server_leaves_no_folder_behind(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "runs").mkdir()
            words = [CHUNKMARK, "serve", "--runs", str(folder / "runs"), "--port", "0"]
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
                with subprocess.Popen(words, stdout=subprocess.PIPE, env={**os.environ, "TMPDIR": name}) as server:
                    server.stdout.readline()
                    self.assertEqual(len(list(folder.iterdir())), 2)
                    server.send_signal(number)
                until = time.monotonic() + 10
                while len(list(folder.iterdir())) > 1:
                    self.assertLess(time.monotonic(), until)
                    time.sleep(0.05)

    def test_a_run_that_cannot_be_read_is_named_and_left_out_of_the_site(self):
        good = run_record("good", 9, 7)
        empty = {**good, "id": "empty", "created": "2026-01-02", "results": []}
        bad = {  # text of the record, what is said of it
            "syntax": ("{bad", "expected JSON, found syntax error at byte 1"),
            "nothing": ("", "expected JSON, found incomplete JSON at byte 0"),
            "list": ("[]", "expected the run record to be an object, found []"),
            "no id": (json.dumps({**good, "id": None}), 'expected "id" to be text, found null'),
            "no kind": ('{"schema": "chunkmark.run/1", "id": "a"}', 'expected "kind", found none'),
            "row": (
                json.dumps({**good, "results": [*good["results"], {}]}),
                'expected "results[2].operation", found none',
            ),
            "size": (
                json.dumps(run_record("size", 9, 0)),
                'expected "results[1].array_bytes" to be at least 1, found 0',
            ),
            "elsewhere": (json.dumps({**good, "id": "../x"}), 'expected a plain name as "id", found "../x"'),
            "no results": (json.dumps({**good, "results": 1}), 'expected "results" to be a list, found 1'),
        }
        with tempfile.TemporaryDirectory() as folder:
            runs, site = pathlib.Path(folder) / "runs", pathlib.Path(folder) / "site"

            def write(name, text):
                (runs / name).mkdir(parents=True)
                (runs / name / "run.json").write_text(text)

            for name, (text, _) in bad.items():
                write(name, text)
            words = ["site", "--runs", str(runs), "-o", str(site)]
            result = run(*words)
            self.assertEqual(result.returncode, 1)
            self.assertIn(f"chunkmark: {runs}: expected a run that can be read, found 9 that cannot", result.stderr)
            write("good", json.dumps(good))
            write("empty", json.dumps(empty))
            result = run(*words)
            self.assertEqual(result.returncode, 0, result.stderr)
            for name, (_, message) in bad.items():
                self.assertIn(f"chunkmark: left out: {runs}/{name}/run.json: {message}\n", result.stderr)
            self.assertEqual(
                json.loads((site / "runs" / "index.json").read_text())["runs"],
                [
                    {**facts("empty", "2026-01-02"), "array_bytes": None, "results": 0, "engines": [], "stores": []},
                    {
                        **facts("good", "2026-01-01"),
                        "array_bytes": 7,
                        "results": len(good["results"]),
                        "engines": ["chunkmark"],
                        "stores": ["local"],
                    },
                ],
            )
            self.assertEqual(sorted(path.name for path in (site / "runs").iterdir()), ["empty", "good", "index.json"])

    def test_serve_leaves_out_a_bad_run_and_names_what_it_does_not_have(self):
        with tempfile.TemporaryDirectory() as folder:
            runs = pathlib.Path(folder) / "runs"
            for name, text in [("bad", "{bad"), ("good", json.dumps(run_record("good")))]:
                (runs / name).mkdir(parents=True)
                (runs / name / "run.json").write_text(text)
            words = ["serve", "--port", "0", "--runs", str(runs), "--site", str(pathlib.Path(folder) / "site")]
            with subprocess.Popen(
                [CHUNKMARK, *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as server:
                try:
                    address = server.stdout.readline().strip()
                    with urllib.request.urlopen(f"{address}runs/index.json") as response:
                        self.assertEqual([entry["id"] for entry in json.load(response)["runs"]], ["good"])
                    for path in ("nowhere", "runs/good/a%0Ab.html"):
                        with self.assertRaises(urllib.error.HTTPError) as caught:
                            urllib.request.urlopen(f"{address}{path}?x=1")
                        with caught.exception as error:
                            self.assertEqual(
                                (error.code, error.headers["Content-Type"], json.load(error)["error"]),
                                (404, "application/json", {"code": "not_found", "message": f"/{path}: not found"}),
                            )
                    with self.assertRaises(urllib.error.HTTPError) as caught:
                        urllib.request.urlopen(f"{address}api/v1/call/no.method", data=b"")
                    with caught.exception as error:
                        self.assertIn("error", json.load(error))
                finally:
                    server.terminate()
                told = server.stderr.read()
        self.assertEqual(server.returncode, 0)
        self.assertIn(f"{runs}/bad/run.json: expected JSON, found syntax error at byte 1", told)


unittest.main()
