"""A real S3 server on this machine: versitygw, built once from its Go module, in front of a folder that goes with it.

    python3 server.py            starts it with a bucket, prints the environment to paste, serves until it is interrupted
    python3 server.py COMMAND... runs the command in that environment, then stops the server; after --tls, over TLS

    with server.Server() as s3:  the same for tests: s3.bucket, s3.environment(), s3.request(...)

It checks signatures, conditions and ranges as AWS does, which simpler imitations do not. Keys are random; nothing but the
loopback device can reach it. Without Go 1.25 or later, exit status 77 (not run).
"""

import ctypes
import datetime
import hashlib
import hmac
import http.client
import os
import pathlib
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

VERSION = "1.8.0"
MODULE = "github.com/versity/versitygw/cmd/versitygw"
REGION = "us-east-1"
NOT_RUN = 77
LIBC, PR_SET_PDEATHSIG = ctypes.CDLL(None), 1


def program():
    """versitygw in the cache, built when it is not there. None where it cannot be."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "chunkmark"
    folder = cache / "versitygw" / VERSION
    if (folder / "versitygw").exists():
        return folder / "versitygw"
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if not go:
        return None
    print(f"building versitygw {VERSION} (two minutes, once)", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as making:  # several tests may begin at once: each renames a whole one
        environment = {**os.environ, "GOBIN": making, "GOFLAGS": "-buildvcs=false"}
        built = subprocess.run([go, "install", f"{MODULE}@v{VERSION}"], env=environment, stdout=sys.stderr)
        if built.returncode != 0:
            return None
        os.replace(f"{making}/versitygw", folder / "versitygw")
    return folder / "versitygw"


def sign(method, path, query, headers, body, key_id, secret):
    """The headers of a request signed with Signature Version 4: an implementation apart from the one that is tested."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    headers = {**headers, "x-amz-date": now, "x-amz-content-sha256": digest}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join([method, path, query, lines, names, digest])
    scope = f"{now[:8]}/{REGION}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = b"AWS4" + secret.encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    authorization = f"AWS4-HMAC-SHA256 Credential={key_id}/{scope},SignedHeaders={names},Signature={signature}"
    return {**headers, "authorization": authorization}


class Server:
    def __init__(self, tls=False):
        self.tls = tls
        self.program = program()
        if self.program is None:
            print(
                "not run: the S3 server is built with Go 1.25 or later (`go` or /usr/local/go/bin/go)", file=sys.stderr
            )
            sys.exit(NOT_RUN)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="chunkmark-s3-"))
        self.key_id, self.secret = "AK" + secrets.token_hex(9).upper(), secrets.token_hex(20)
        self.bucket = "chunkmark"

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        for name in ("data", "sidecar"):
            (self.folder / name).mkdir()
        for _ in range(5):  # another process may take the port that was free
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            command = [self.program, "--port", f"127.0.0.1:{self.port}", "--region", REGION, "--quiet", "--keep-alive"]
            command += self.certificate() + ["posix"]
            command += [] if self.has_attributes() else ["--sidecar", self.folder / "sidecar"]
            environment = {"ROOT_ACCESS_KEY": self.key_id, "ROOT_SECRET_KEY": self.secret, "PATH": os.environ["PATH"]}
            with open(self.folder / "log", "w") as log:
                self.process = subprocess.Popen(
                    [*command, self.folder / "data"],
                    env=environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM),  # it ends with us, however we end
                )
            if self.answers():
                self.request("PUT", f"/{self.bucket}")
                return
        raise RuntimeError(f"versitygw does not answer: {(self.folder / 'log').read_text()}")

    def certificate(self):
        """Options of the server with a certificate of its own, which nobody trusts who is not told to."""
        if not self.tls:
            return []
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
        words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
        subprocess.run(words, check=True, capture_output=True)
        return ["--cert", certificate, "--key", key]

    def has_attributes(self):
        try:
            os.setxattr(self.folder / "data", "user.chunkmark", b"1")
        except OSError:
            return False
        return True

    def answers(self):
        for _ in range(200):
            if self.process.poll() is not None:
                return False
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            time.sleep(0.05)
        return False

    def stop(self):
        if hasattr(self, "process") and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self, port=None):
        trusted = {"AWS_CA_BUNDLE": str(self.folder / "certificate.pem")} if self.tls else {}
        return trusted | {
            "AWS_ENDPOINT_URL": f"{'https' if self.tls else 'http'}://127.0.0.1:{port or self.port}",
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self.key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }

    def request(self, method, path, query=None, body=b"", accept=(200, 204)):
        """A signed request to the server itself: its status and body."""
        encoded = "&".join(f"{n}={urllib.parse.quote(v, safe='')}" for n, v in sorted((query or {}).items()))
        path = urllib.parse.quote(path)
        headers = {"host": f"127.0.0.1:{self.port}"}
        signed = sign(method, path, encoded, headers, body, self.key_id, self.secret)
        if self.tls:
            trust = ssl.create_default_context(cafile=self.folder / "certificate.pem")
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=trust)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path + (f"?{encoded}" if encoded else ""), body, signed)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status not in accept:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode(errors='replace')}")
        return answer.status, content


def main(command):
    tls = command[:1] == ["--tls"]
    command = command[tls:]
    with Server(tls) as s3:
        if command:
            return subprocess.run(command, env={**os.environ, **s3.environment()}).returncode
        for name, value in s3.environment().items():
            print(f"export {name}={value}")
        print(f"# then, say: chunkmark copies --store s3://{s3.bucket}/study   (Ctrl-C stops the server)", flush=True)
        try:
            s3.process.wait()
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
