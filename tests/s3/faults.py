"""Faults between us and a real S3 server: faults.py S3_SCHEDULE [SEEDS]

A proxy of one process a schedule delays, cuts requests and answers, answers 429, 500 and 503 itself, and loses answers of
what the server has done. Each seeded schedule (s3_schedule.cc) must give no wrong read, lose and double no acknowledged
write, leave no upload open, and end in time, also where the server is away for longer than we try.
"""

import collections
import concurrent.futures
import os
import random
import socket
import socketserver
import subprocess
import sys
import threading
import time

import server

FAULTS = ["delay", "cut request", "cut answer", "lose answer", "500", "503", "429", "503 unread"]
RATE = 0.25
LIMIT_SECONDS = 240  # of a schedule: 12 calls of at most 7 attempts each
AWAY_EVERY = 20  # every so many seeds the server is away for a while


class Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, seed, port):
        super().__init__(("127.0.0.1", 0), Exchange)
        self.random, self.lock, self.upstream = random.Random(seed), threading.Lock(), port
        self.away = range(10, 40) if seed % AWAY_EVERY == 0 else range(0)
        self.count, self.met = 0, collections.Counter()

    def next_fault(self):
        with self.lock:
            self.count += 1
            if self.count in self.away:
                fault = self.random.choice(["cut request", "500", "503 unread"])
            else:
                fault = self.random.choice(FAULTS) if self.random.random() < RATE else None
            self.met[fault] += 1
            return fault, self.random.random()

    def handle_error(self, *_):  # connections that are cut are what this is for
        pass


def read_head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            return None, b""
        head += piece
    head, rest = head.split(b"\r\n\r\n", 1)
    return head + b"\r\n\r\n", rest


def length_of(head):
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def read_body(connection, rest, length):
    pieces, size = [rest], len(rest)
    while size < length:
        piece = connection.recv(1 << 20)
        if not piece:
            raise ConnectionError
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


class Exchange(socketserver.BaseRequestHandler):
    def handle(self):
        while self.one():
            pass

    def one(self):
        head, rest = read_head(self.request)
        if head is None:
            return False
        fault, fraction = self.server.next_fault()
        if fault == "503 unread":
            return self.refuse(503, close=True)
        body = read_body(self.request, rest, length_of(head))
        if fault in ("500", "503", "429"):
            return self.refuse(int(fault), close=False)
        if fault == "delay":
            time.sleep(0.2 * fraction)
        with socket.create_connection(("127.0.0.1", self.server.upstream)) as upstream:
            whole = head + body
            if fault == "cut request":
                upstream.sendall(whole[: int(len(whole) * fraction)])
                return False
            upstream.sendall(whole)
            answer, rest = read_head(upstream)
            has_none = head.startswith(b"HEAD") or answer[9:12] in (b"204", b"304")
            answer += rest if has_none else read_body(upstream, rest, length_of(answer))
        if fault == "lose answer":
            return False
        if fault == "cut answer":
            self.request.sendall(answer[: int(len(answer) * fraction)])
            return False
        self.request.sendall(answer)
        return True

    def refuse(self, status, close):
        body = b"<Error><Code>SlowDown</Code><Message>put in</Message></Error>"
        head = (
            f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{'Connection: close' if close else 'X: y'}\r\n\r\n"
        )
        self.request.sendall(head.encode() + body)
        return not close


def run(program, s3, seed):
    proxy = Proxy(seed, s3.port)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    environment = {**os.environ, **s3.environment(proxy.server_address[1])}
    command = [program, str(seed), f"http://127.0.0.1:{s3.port}"] + (["--may-leave"] if len(proxy.away) else [])
    try:
        result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS)
        output, status = result.stdout + result.stderr, result.returncode
    except subprocess.TimeoutExpired as late:
        output, status = f"WRONG: not done after {LIMIT_SECONDS} s\n{late.stdout}", 1
    proxy.shutdown()
    proxy.server_close()
    return seed, status, output, proxy.met


def main(program, seeds="200"):
    met, failures, bad, counts = collections.Counter(), 0, [], collections.Counter()
    with server.Server() as s3, concurrent.futures.ThreadPoolExecutor(4) as pool:
        for seed, status, output, found in pool.map(lambda i: run(program, s3, i), range(int(seeds))):
            met += found
            failures += "gave up" in output
            words = output.split("done: ")[-1].split()
            if len(words) == 6:
                counts += collections.Counter(acknowledged=int(words[0]), failed=int(words[2]))
            if status != 0:
                bad.append(seed)
                print(f"seed {seed}: status {status}\n{output}")
    print(
        f"{seeds} schedules: {dict(counts)}, {failures} with a call that gave up, {len(bad)} bad {bad}; met {dict(met)}"
    )
    if not all(met[fault] for fault in FAULTS) or not failures:
        print("expected every fault to be met, and a server that is away for too long")
        return 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
