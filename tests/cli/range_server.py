"""RangeServer: a folder over HTTP with ranges and ETags, on a free port of this machine; what is asked of it is kept."""

import http.server
import pathlib
import re
import threading


class RangeServer:
    def __init__(self, folder):
        self.asked = []  # (method, path, bytes sent)
        served, asked = pathlib.Path(folder), self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, send):
                path = served / self.path.lstrip("/")
                if not path.is_file():
                    asked.append((self.command, self.path, 0))
                    self.send_response(404)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                size = path.stat().st_size
                wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
                start = int(wanted[1]) if wanted else 0
                end = min(int(wanted[2]) + 1, size) if wanted and wanted[2] else size
                asked.append((self.command, self.path, end - start if send else 0))
                self.send_response(206 if wanted else 200)
                if wanted:
                    self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
                self.send_header("Content-Length", str(end - start))
                self.send_header("Accept-Ranges", "bytes")
                self.send_header("ETag", f'"{path.stat().st_mtime_ns}-{size}"')
                self.end_headers()
                if send:
                    with path.open("rb") as file:
                        file.seek(start)
                        self.wfile.write(file.read(end - start))

            def do_GET(self):
                self.answer(True)

            def do_HEAD(self):
                self.answer(False)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self):
        """What was asked since the last call."""
        taken = self.asked[:]
        self.asked.clear()
        return taken

    def close(self):
        self.server.shutdown()
        self.server.server_close()
