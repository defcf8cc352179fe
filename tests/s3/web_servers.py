"""Arrays and versioned files read from HTTP servers: web_servers.py CHUNKMARK PEERS_FOLDER

aiohttp serves a folder by ranges, with ETags and behind redirects: what is told of an array and of a versioned file there is
what is told of the files, and of a large file only parts come. Python's own server knows no ranges: what is large is refused.
"""

import contextlib
import filecmp
import functools
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "study"))
import runs  # noqa: E402
import versioned  # noqa: E402

SERVER = """
import sys
from aiohttp import web
async def moved(request):
    raise web.HTTPFound("/files/" + request.match_info["path"])
app = web.Application()
app.router.add_static("/files", sys.argv[1])
app.router.add_get("/moved/{path:.*}", moved)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[2]), print=lambda *_: print("ready", flush=True))
"""


class Test:
    def __init__(self, chunkmark, folder):
        self.chunkmark, self.folder, self.failed = chunkmark, folder, 0

    def call(self, *words, status=0):
        result = subprocess.run([self.chunkmark, *map(str, words)], capture_output=True, text=True)
        self.check(f"status of {words}: {result.stderr}", result.returncode, status)
        return result

    def check(self, what, found, expected):
        if found != expected:
            self.failed += 1
            print(f"{what}: expected {str(expected)[:200]!r}, found {str(found)[:200]!r}")

    def make(self):
        case = {"operation": "write", "filesystem": "local", "engine": "chunkmark", "format": "zarr3"}
        case |= {"data": "random", "dtype": "float32", "shape": [2501, 999], "chunks": [1800, 999], "threads": 2}
        for codec in ("none", "blosc"):
            self.call("copy-case", json.dumps(case | {"codec": codec, "store": str(self.folder / codec)}))
        rows = self.folder / "rows.csv"
        for i in range(5):
            rows.write_text("".join(f"{i * 1000 + n}.5\n" for n in range(200000)))
            new = [] if i else ["--new"]
            self.call("h5", "commit", self.folder / "prices.h5", f"r{i}", *new, "--set", f"/group/x=@{rows}")

    def same_as_files(self, url, proxy):
        for codec in ("none", "blosc"):
            for words in (["array", "info"], ["array", "cat"]):
                more = ["[2500,0:50]"] if words[1] == "cat" else ["--json"]
                local = self.call(*words, self.folder / codec / "array", *more).stdout
                self.check(f"{words} {codec}", self.call(*words, f"{url}/{codec}/array", *more).stdout, local)
            with tempfile.TemporaryDirectory() as other:
                self.call("array", "copy", f"{url}/{codec}/array", f"{other}/a")
                names = [str(p.relative_to(f"{other}/a")) for p in pathlib.Path(other).rglob("*") if p.is_file()]
                equal, *different = filecmp.cmpfiles(f"{other}/a", self.folder / codec / "array", names, shallow=False)
                self.check(f"copy of {codec}", (len(equal), different), (3, [[], []]))
        path, there = self.folder / "prices.h5", f"{url}/prices.h5"
        for words in (["log"], ["show"], ["dump", "--json"]):
            local = self.call("h5", words[0], path, *words[1:]).stdout
            self.check(f"h5 {words}", self.call("h5", words[0], there, *words[1:]).stdout, local)
        before = proxy.bytes
        self.call("h5", "log", there)
        moved, size = proxy.bytes - before, path.stat().st_size
        print(f"a list of {size} bytes moves {moved}")
        self.check("a list moves less than a fifth", moved < size / 5, True)

    def no_ranges(self):
        class QuietServer(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):  # who refuses an answer does not read it
                pass

        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                pass

        handler = functools.partial(Quiet, directory=self.folder)
        with QuietServer(("127.0.0.1", 0), handler) as plain:
            threading.Thread(target=plain.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{plain.server_port}"
            told = self.call("array", "cat", f"{url}/none/array", "[0,0]", status=1).stderr
            self.check(f"words: {told}", "(200): this server does not serve ranges" in told, True)
            told = self.call("h5", "log", f"{url}/prices.h5", status=1).stderr
            self.check(f"words: {told}", "(200): this server does not serve ranges" in told, True)
            plain.shutdown()

    def run(self, url, proxy):
        self.make()
        self.same_as_files(f"{url}/files", proxy)
        self.same_as_files(f"{url}/moved", proxy)
        self.call("array", "info", f"{url}/files/nothing", status=1)
        told = self.call("array", "copy", self.folder / "none/array", f"{url}/files/new", status=1).stderr
        self.check(f"words: {told}", "found an HTTP server" in told, True)
        self.no_ranges()


@contextlib.contextmanager
def served(python, folder):
    with versioned.socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with subprocess.Popen([python, "-c", SERVER, folder, str(port)], stdout=subprocess.PIPE, text=True) as process:
        try:
            process.stdout.readline()
            proxy = versioned.CountingProxy(port)
            yield f"http://127.0.0.1:{proxy.port}", proxy
        finally:
            process.terminate()


def main(chunkmark, peers):
    python = runs.peer_pythons(peers, ["s3fs"])["s3fs"]  # aiohttp is what it asks with
    with tempfile.TemporaryDirectory() as name:
        test = Test(os.path.abspath(chunkmark), pathlib.Path(name))
        with served(python, name) as (url, proxy):
            test.run(url, proxy)
    print(f"{test.failed} differences")
    return 1 if test.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
