"""Runs appear and go while the server runs; lists and searches of ten thousand: runs.py CHUNKMARK"""

import json
import os
import re
import shutil
import time
import unittest

from served import Server, run_record

kMany = 10_000


def within(seconds, holds):
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


class Runs(unittest.TestCase):
    def setUp(self):
        self.server = Server()

    def serve(self):
        self.enterContext(self.server)

    def ids(self):
        return [run["id"] for run in self.server.json("/runs/index.json")["runs"]]

    def test_runs_appear_and_go(self):
        self.server.add_run("one", created="2026-01-01T00:00:00Z")
        self.serve()
        events = self.server.events("/api/v1/runs/events")
        self.assertEqual(self.ids(), ["one"])
        self.server.add_run("two", created="2026-01-02T00:00:00Z")
        self.assertTrue(within(5, lambda: self.ids() == ["two", "one"]))
        name, entry = next(events)
        self.assertEqual((name, entry["id"]), ("run", "two"))
        answers = self.server.json("/answers/index.json")["answers"]
        self.assertEqual([answer["cells"] for answer in answers], [[["two", 0], ["one", 0]]])
        self.assertEqual(self.server.ask(f"/answers/{answers[0]['page']}.html")[0], 200)
        shutil.rmtree(self.server.runs / "one")
        self.assertEqual(next(events), ("gone", {"id": "one"}))
        self.assertTrue(within(5, lambda: self.ids() == ["two"]))

    def test_a_run_is_taken_in_and_taken_away(self):
        self.serve()
        record = run_record("measured-elsewhere")
        for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
            body = json.dumps({**record, "id": content_type.replace("/", "-")})
            status, headers, _ = self.server.ask(
                "/api/v1/runs", method="POST", body=body, headers={"Content-Type": content_type}
            )
            self.assertEqual(status, 201)
            self.assertEqual(self.server.json(headers["Location"])["results"][0]["array_bytes"], 100)
        status, _, body = self.server.ask("/api/v1/runs", method="POST", body=body)
        self.assertEqual((status, json.loads(body)["error"]["code"]), (409, "conflict"))
        for bad, expected in [("{", 422), ("{}", 422), (json.dumps({**record, "id": "../x"}), 422)]:
            self.assertEqual(self.server.ask("/api/v1/runs", method="POST", body=bad)[0], expected)
        self.assertEqual(len(self.ids()), 3)
        self.assertEqual(self.server.ask(headers["Location"], method="DELETE")[0], 204)
        self.assertEqual(self.server.ask(headers["Location"])[0], 404)
        self.assertEqual(self.server.ask("/api/v1/runs/..", method="DELETE")[0], 404)
        self.assertEqual(len(self.ids()), 2)

    def test_a_run_folder_full_of_traps(self):
        """A pipe, a link out, a link loop and a file that may not be read: refused, at once, and nothing leaks."""
        self.server.add_run("one")
        folder = self.server.runs / "one"
        os.mkfifo(folder / "pipe")
        (folder / "out").symlink_to("/etc/passwd")
        (folder / "loop").symlink_to("loop")
        (folder / "captures").mkdir()
        (folder / "captures" / "a.cmk").write_bytes(b"capture")
        self.serve()
        for name in ("pipe", "out", "loop", "../one/out", "captures"):
            self.assertIn(self.server.ask(f"/runs/one/{name}")[0], (404, 308), name)
        status, headers, body = self.server.ask("/api/v1/runs/one/captures/a.cmk", headers={"Range": "bytes=3-"})
        self.assertEqual((status, body), (206, b"ture"))
        self.assertEqual(self.server.ask("/runs/one/captures/a.cmk")[2], b"capture")
        headers = {"If-None-Match": headers["ETag"]}
        self.assertEqual(self.server.ask("/runs/one/captures/a.cmk", headers=headers)[0], 304)

    def test_ten_thousand(self):
        for number in range(kMany):
            self.server.add_run(
                f"run-{number:05}",
                created=f"2026-01-{1 + number % 28:02}T00:00:00Z",
                engine="zarrs" if number % 100 == 0 else "chunkmark",
            )
        self.serve()
        for path, total, most in [
            ("/api/v1/runs", kMany, 0.1),
            ("/api/v1/runs?page=100", kMany, 0.1),
            ("/api/v1/runs?query=ZARRS+2026-01", kMany // 100, 0.1),
            ("/api/v1/runs?query=run-00042", 1, 0.1),
            ("/api/v1/runs?query=nowhere", 0, 0.1),
        ]:
            self.assertEqual(self.server.json(path)["total"], total)
            self.assertLess(min(self.server.seconds(path) for _ in range(5)), most, path)
        page = self.server.json("/api/v1/runs?page=2&size=10")
        self.assertEqual((len(page["runs"]), page["page"], page["pages"]), (10, 2, kMany // 10))
        first = self.server.json("/api/v1/runs?size=20")["runs"]
        self.assertEqual(first[10:], page["runs"])
        status, headers, packed = self.server.ask("/runs/index.json", headers={"Accept-Encoding": "zstd"})
        self.assertEqual((status, headers["Content-Encoding"]), (200, "zstd"))
        self.assertLess(len(packed), 300_000)
        again = {"Accept-Encoding": "zstd", "If-None-Match": headers["ETag"]}
        self.assertEqual(self.server.ask("/runs/index.json", headers=again)[0], 304)


class Interface(unittest.TestCase):
    def test_metrics_are_prometheus_text(self):
        with Server() as server:
            server.ask("/api/v1/runs?query=secret")
            server.ask("/nowhere")
            status, headers, body = server.ask("/metrics")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        line = re.compile(r'(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="[^"\\]*",?)+\})? [0-9.e+-]+)')
        lines = body.decode().splitlines()
        for one in lines:
            self.assertRegex(one, line)
        self.assertIn('chunkmark_http_requests_total{route="/api/v1/runs",method="GET",status="200"} 1', lines)
        self.assertNotIn("secret", body.decode())

    def test_openapi_describes_every_route(self):
        with Server() as server:
            server.add_run("one")
            document = server.json("/api/v1/openapi.json")
            self.assertTrue(document["openapi"].startswith("3.1"))
            self.assertIn("results", document["components"]["schemas"]["CopiesRun"]["properties"])
            references = re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(document))
            self.assertLessEqual(set(references), set(document["components"]["schemas"]))
            for path, methods in document["paths"].items():
                for operation in methods.values():
                    named = [parameter["name"] for parameter in operation["parameters"]]
                    self.assertEqual(re.findall(r"\{(\w+)\}", path), named)
                concrete = path.replace("{id}", "nothing").replace("{name}", "x").replace("{method}", "x")
                if path.endswith("/events"):
                    continue  # would go on
                for method in ("get", "post", "delete"):
                    status = server.ask(concrete, method=method.upper())[0]
                    self.assertEqual(status == 405, method not in methods, (path, method))


if __name__ == "__main__":
    unittest.main()
