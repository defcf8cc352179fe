"""Kills a committing writer with SIGKILL at random moments: every version that it said was committed is there, and whole.

usage: kill.py STAGE_SCRIPT CHUNKMARK [--kills N] [--seed S]

Between two kills a reader goes on reading. After each, h5py (newest environment) must read what our next opener left, `verify`
must find nothing wrong, and the versions must be those acknowledged, or one more.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from run import environment

READ = """
import json, sys, h5py
from versioned_hdf5 import VersionedHDF5File
for line in sys.stdin:
    with h5py.File(line.strip(), "r") as file:
        versioned = VersionedHDF5File(file)
        bad = [name for name in versioned if int(versioned[name]["x"][0]) != int(name[1:]) or versioned[name]["x"].shape != (200,)]
        facts = {"names": sorted(versioned), "bad": bad, "current": versioned.current_version}
    print(json.dumps(facts), flush=True)
"""
COMMITS = 400  # of a script; more than a writer gets through before it is killed


def script(first):
    """Versions that start with their number; each changes two chunks of four and grows nothing."""
    commits = []
    for number in range(first, first + COMMITS):
        steps = [{"do": "set", "path": "x", "index": [0], "at": 4 * (number - first)}]
        steps.append({"do": "set", "path": "x", "index": [150], "at": 4 * (number - first)})
        if number == 0:
            facts = {"type": "100800000400000000002000", "shape": [200], "chunks": [50], "fill": "", "filters": []}
            steps.insert(0, {"do": "create", "path": "x", "edges": "none", **facts})
        parent = f"r{number - 1:05d}" if number else ""
        commits.append({"name": f"r{number:05d}", "parent": parent, "time": number, "steps": steps})
    data = b"".join(number.to_bytes(4, "little") for number in range(first, first + COMMITS))
    return commits, data


def read_meanwhile(chunkmark, path, stop, in_use, problems):
    while not stop.is_set():
        time.sleep(0.001)  # a lock is not fair: the other thread gets its turn
        with in_use:
            if not path.exists():
                continue
            result = subprocess.run([chunkmark, "h5", "log", str(path)], capture_output=True, text=True)
        if result.returncode != 0 and "no version" not in result.stderr:
            problems.append(f"a reader: {result.stderr.strip()}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("stage_script")
    parser.add_argument("chunkmark")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    problems, killed, acknowledged, replayed = [], 0, 0, 0
    h5py = subprocess.Popen(
        [str(environment("newest")), "-W", "ignore", "-c", READ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with tempfile.TemporaryDirectory() as name:
        path, steps, data = Path(name) / "f.h5", Path(name) / "s.json", Path(name) / "s.bin"
        stop, in_use = threading.Event(), threading.Lock()
        reader = threading.Thread(target=read_meanwhile, args=(arguments.chunkmark, path, stop, in_use, problems))
        reader.start()
        versions = 0
        while killed < arguments.kills and not problems:
            commits, values = script(versions)
            steps.write_text(json.dumps({"new": not path.exists(), "durable": False, "commits": commits}))
            data.write_bytes(values)
            writer = subprocess.Popen(
                [arguments.stage_script, str(path), str(steps), str(data)], stdout=subprocess.PIPE, text=True
            )
            time.sleep(0.005 + rng.random() * 0.15)
            writer.send_signal(signal.SIGKILL)
            said = [json.loads(line)["name"] for line in writer.stdout.read().splitlines() if line.endswith("}")]
            writer.wait()
            killed += 1
            acknowledged += len(said)
            if not path.exists():
                continue
            # Our next open finishes or drops what is there; a commit that is refused changes nothing else.
            journal = path.with_name("f.h5-journal")
            replayed += journal.exists() and journal.read_bytes()[:8] == b"CMKJRNL1"
            empty = {"new": False, "durable": False, "commits": []}
            steps.write_text(json.dumps(empty))
            opened = subprocess.run(
                [arguments.stage_script, str(path), str(steps), str(data)], capture_output=True, text=True
            )
            if opened.returncode != 0:
                problems.append(f"after kill {killed}: {opened.stderr.strip()}")
                break
            print(path, file=h5py.stdin, flush=True)
            found = json.loads(h5py.stdout.readline() or '{"names": [], "bad": ["h5py failed"]}')
            expected = versions + len(said)
            if found["bad"] or len(found["names"]) not in (expected, expected + 1):
                problems.append(
                    f"after kill {killed}: {expected} acknowledged, h5py finds {len(found['names'])}, {found['bad']}"
                )
            elif found["names"] and found["current"] != found["names"][-1]:
                problems.append(f"after kill {killed}: current version {found['current']}, last {found['names'][-1]}")
            verified = subprocess.run([arguments.chunkmark, "h5", "verify", str(path)], capture_output=True, text=True)
            if verified.returncode != 0:
                problems.append(f"after kill {killed}: verify: {verified.stdout[:300]}{verified.stderr}")
            versions = len(found["names"])
            if versions > 1500:  # so that a file stays small enough to be looked at each time
                with in_use:
                    path.unlink()
                versions = 0
        stop.set()
        reader.join()
    h5py.stdin.close()
    h5py.wait()
    print("\n".join(problems[:10]))
    print(
        f"{killed} kills, {acknowledged} acknowledged commits, {replayed} times with a journal in use, {len(problems)} problems"
    )
    sys.exit(1 if problems or acknowledged == 0 else 0)


if __name__ == "__main__":
    main()
