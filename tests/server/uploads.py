"""Captures that are sent to be read are read in a process of their own; TLS: uploads.py CHUNKMARK"""

import json
import pathlib
import ssl
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from served import CHUNKMARK, Server


class Uploads(unittest.TestCase):
    def test_a_capture_is_read_as_by_the_program(self):
        with Server() as server:
            capture = server.runs / "a.cmk"
            command = ["trace", "-o", str(capture), "--", "true"]
            subprocess.run([CHUNKMARK, *command], check=True, stderr=subprocess.DEVNULL)
            text = subprocess.run([CHUNKMARK, "inspect", str(capture), "--json"], stdout=subprocess.PIPE, check=True)
            path = "/api/v1/call/profile.inspect"
            answer = server.json(path, method="POST", body=capture.read_bytes())["result"]
            told = json.loads(text.stdout)
            for key in ("command", "allocations", "peak_heap_bytes", "bytes_copied"):
                self.assertEqual(answer[key], told[key])
            broken = capture.read_bytes()[:-40]
            for body, status in [(b"", 422), (b"CMKCAP1\n" + bytes(1000), 422), (broken, 200)]:
                self.assertEqual(server.ask(path, method="POST", body=body)[0], status)

    def test_the_process_of_a_request_ends_alone(self):
        """A program that is killed, or says nothing, is an answer that says so; the server has bounds of its own."""
        result = subprocess.run([CHUNKMARK, "answer-request", "{}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.assertEqual(json.loads(result.stdout)["error"]["code"], "invalid_argument")


class Tls(unittest.TestCase):
    def test_https_with_a_token(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
            files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
            subprocess.run(["openssl", *words.split(), *files], check=True, stderr=subprocess.DEVNULL)
            (folder / "token").write_text("0123456789abcdef0123\n")
            words = ["--tls-certificate", str(folder / "certificate.pem"), "--tls-key", str(folder / "key.pem")]
            words += ["--host", "::", "--token-file", str(folder / "token")]
            with Server(*words) as server:
                self.assertRegex(server.address, r"^https://\[::\]:\d+/\?token=0123456789abcdef0123$")
                context = ssl.create_default_context(cafile=folder / "certificate.pem")
                address = f"https://localhost:{server.port}/api/v1/status"
                request = urllib.request.Request(address, headers={"Authorization": "Bearer 0123456789abcdef0123"})
                with urllib.request.urlopen(request, context=context) as response:
                    self.assertEqual(json.load(response)["engine"], "native")
                with self.assertRaises(urllib.error.HTTPError) as caught:
                    urllib.request.urlopen(address, context=context)
                self.assertEqual(caught.exception.code, 401)
                caught.exception.close()
            words = ["serve", "--host", "0.0.0.0", "--port", "0", "--runs", name]
            refused = subprocess.run([CHUNKMARK, *words], stderr=subprocess.PIPE, text=True)
            self.assertEqual(refused.returncode, 2)
            self.assertIn("expected a token where other machines reach the server", refused.stderr)


if __name__ == "__main__":
    unittest.main()
