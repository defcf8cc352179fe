"""Studies as jobs: run, watched, cancelled, refused; one at a time, and so many that wait: jobs.py CHUNKMARK"""

import json
import subprocess
import time
import unittest

from served import Server

SMALL = {"engine": "chunkmark", "format": "zarr3", "codec": ["none"], "shape": [100, 100], "repeat": 1}
LONG = {**SMALL, "shape": [8000, 8000], "repeat": 1000}


class Jobs(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server())

    def start(self, options, study="copies"):
        body = json.dumps({"study": study, "options": options})
        status, headers, answer = self.server.ask("/api/v1/jobs", method="POST", body=body)
        return status, headers, json.loads(answer)

    def wait(self, job, state):
        until = time.monotonic() + 30
        while self.server.json(f"/api/v1/jobs/{job}")["state"] != state:
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)

    def test_a_study_runs_is_watched_and_its_run_stands_among_the_others(self):
        status, headers, job = self.start({**SMALL, "store": "memory"})
        self.assertEqual((status, headers["Location"]), (202, f"/api/v1/jobs/{job['id']}"))
        events = list(self.server.events(f"/api/v1/jobs/{job['id']}/events"))  # until it ends
        states = [data["state"] for name, data in events if name == "state"]
        self.assertEqual(states, ["queued", "running", "done"], events)
        progress = [data for name, data in events if name == "progress"]
        self.assertEqual(set(progress[0]), {"job", "phase", "done", "total", "bytes", "elapsed_ms"})
        self.assertGreater(max(data["bytes"] for data in progress), 1e6)  # memory that it held
        done = [data["done"] for data in progress]
        self.assertEqual(done, sorted(done))
        run = events[-1][1]["run"]
        self.assertIn(run, [entry["id"] for entry in self.server.json("/runs/index.json")["runs"]])
        results = self.server.json(f"/api/v1/runs/{run}")["results"]
        self.assertEqual({row["extra_copies"] for row in results}, {0})
        for row in results:
            status, _, capture = self.server.ask(f"/api/v1/runs/{run}/{row['capture']}")
            self.assertEqual((status, capture[:6]), (200, b"CMKCAP"))

    def test_cancelled_while_it_runs_or_waits(self):
        running = self.start(LONG)[2]["id"]
        waiting = self.start(LONG)[2]["id"]
        self.wait(running, "running")
        self.assertEqual(self.server.json(f"/api/v1/jobs/{waiting}")["ahead"], 1)
        self.assertEqual(self.server.json(f"/api/v1/jobs/{waiting}", method="DELETE")["state"], "cancelled")
        self.server.ask(f"/api/v1/jobs/{running}", method="DELETE")
        self.wait(running, "cancelled")
        self.assertEqual(self.server.json("/runs/index.json")["runs"], [])
        until = time.monotonic() + 10
        while list(self.server.runs.iterdir()):  # nor is a folder left behind
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)

    def test_so_many_wait_and_no_more(self):
        jobs = [self.start(LONG) for _ in range(20)]
        statuses = [status for status, _, _ in jobs]
        self.assertEqual(set(statuses), {202, 429})
        self.assertIn(statuses.count(202), (16, 17))  # and the one that runs
        self.assertEqual(jobs[-1][1]["Retry-After"], "10")
        for job in self.server.json("/api/v1/jobs")["jobs"]:
            self.server.ask(f"/api/v1/jobs/{job['id']}", method="DELETE")

    def test_what_is_refused(self):
        for body, status in [
            ("{", 422),
            ("[]", 400),
            ("{}", 400),
            ('{"study": "copies", "options": []}', 400),
            ('{"study": "trace"}', 400),
            ('{"study": "copies", "options": {"out": "elsewhere"}}', 400),
            ('{"study": "copies", "options": {"store": "/etc"}}', 400),
            ('{"study": "copies", "options": {"engine": "--out"}}', 400),
            ('{"study": "copies", "options": {"engine": "a;b"}}', 400),
            ('{"study": "copies", "options": {"shape": [[1]]}}', 400),
        ]:
            answered, _, answer = self.server.ask("/api/v1/jobs", method="POST", body=body)
            self.assertEqual(answered, status, body)
            self.assertIn("message", json.loads(answer)["error"])
        for method in ("GET", "DELETE"):
            self.assertEqual(self.server.ask("/api/v1/jobs/99", method=method)[0], 404)
        self.assertEqual(self.server.ask("/api/v1/jobs/99/events")[0], 404)

    def test_what_the_study_refuses_is_told(self):
        job = self.start({**SMALL, "codec": "lzma"})[2]["id"]
        self.wait(job, "failed")
        self.assertIn("lzma", self.server.json(f"/api/v1/jobs/{job}")["message"])

    def test_a_server_that_ends_ends_its_study(self):
        job = self.start(LONG)[2]["id"]
        self.wait(job, "running")
        self.server.process.terminate()
        self.assertEqual(self.server.process.wait(timeout=20), 0)
        own = subprocess.run(["pgrep", "-f", "--", f"--out {self.server.runs}"], stdout=subprocess.PIPE, text=True)
        self.assertEqual(own.stdout, "")


if __name__ == "__main__":
    unittest.main()
