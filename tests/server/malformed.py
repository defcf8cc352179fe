"""A thousand requests that are no good: each gets the right status, and the server goes on: malformed.py CHUNKMARK"""

import contextlib
import random
import socket
import unittest

from served import Server

HOST = b"Host: localhost\r\n"
CALL = b"POST /api/v1/call/profile.inspect HTTP/1.1\r\n" + HOST
CHUNKED = CALL + b"Transfer-Encoding: chunked\r\n\r\n"

# What is sent, and the statuses that are right.
KINDS = [
    (lambda r: b"\x16\x03\x01" + r.randbytes(40) + b"\r\n\r\n", {400, 505, 501}),
    (lambda r: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    (lambda r: word(r).upper() + b" / HTTP/1.1\r\n" + HOST + b"\r\n", {501}),
    (lambda r: b"GET /\r\n\r\n", {400, 505}),
    (lambda r: b"GET / HTTP/" + digits(r) + b"\r\n" + HOST + b"\r\n", {400, 505}),
    (lambda r: b"GET / HTTP/1.1\r\n\r\n", {400}),
    (lambda r: b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", {400}),
    (lambda r: b"GET / HTTP/1.1\r\nHost: " + word(r) + b".example\r\n\r\n", {421}),
    (lambda r: b"GET / HTTP/1.1\r\n" + HOST + b"Origin: http://" + word(r) + b"\r\n\r\n", {403}),
    (lambda r: b"GET / HTTP/1.1\r\n" + HOST + b"no colon " + word(r) + b"\r\n\r\n", {400}),
    (lambda r: b"GET / HTTP/1.1\r\n" + HOST + b"a\x00b: " + word(r) + b"\r\n\r\n", {400}),
    (lambda r: b"GET / HTTP/1.1\r\n" + HOST + b"a : b\r\n\r\n", {400}),
    (lambda r: b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * r.randrange(20_000, 60_000) + b"\r\n\r\n", {431}),
    (lambda r: b"GET / HTTP/1.1\r\n" + HOST + b"a: b\r\n" * r.randrange(4_000, 9_000) + b"\r\n", {431}),
    (lambda r: b"GET /" + b"a" * r.randrange(20_000, 60_000) + b" HTTP/1.1\r\n" + HOST + b"\r\n", {414}),
    (lambda r: b"GET " + word(r) + b" HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
    (lambda r: b"GET /%" + word(r)[:1] + b"x HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
    (lambda r: b"GET /a%00b HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
    (lambda r: b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n", {404}),
    (lambda r: b"GET /runs/../../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n", {404}),
    (lambda r: b"GET /" + word(r) + b" HTTP/1.1\r\n" + HOST + b"\r\n", {404}),
    (lambda r: b"DELETE /index.html HTTP/1.1\r\n" + HOST + b"\r\n", {405}),
    (lambda r: b"PUT /api/v1/status HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc", {405}),
    (lambda r: b"OPTIONS /api/v1/jobs HTTP/1.1\r\n" + HOST + b"\r\n", {405}),
    (lambda r: b"POST /api/v1/jobs HTTP/1.1\r\n" + HOST + b"Content-Length: 40\r\n\r\n" + r.randbytes(40), {400, 422}),
    (lambda r: CALL + b"Content-Length: " + word(r) + b"\r\n\r\n", {400}),
    (lambda r: CALL + b"Content-Length: -1\r\n\r\n", {400}),
    (lambda r: CALL + b"Content-Length: 99999999999999999999999\r\n\r\n", {400, 413}),
    (lambda r: CALL + b"Content-Length: 2000000000\r\n\r\n", {413}),
    (lambda r: CALL + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", {400}),
    (lambda r: CALL + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx", {400}),
    (lambda r: CALL + b"Transfer-Encoding: " + word(r) + b"\r\n\r\n", {400, 501}),
    (lambda r: CHUNKED + word(r)[:3] + b"zz\r\nabc\r\n", {400}),
    (lambda r: CHUNKED + b"fffffffffffffffff\r\n", {400, 413}),
    (lambda r: CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n", {400}),
    (lambda r: CALL + b"Expect: " + word(r) + b"\r\nContent-Length: 3\r\n\r\nabc", {417}),
    (lambda r: CALL + b"Content-Length: 40\r\n\r\n" + r.randbytes(40), {422}),
    (lambda r: CALL + b"Content-Length: 40\r\n\r\nCMKCAP1\n" + r.randbytes(32), {422}),
    (lambda r: b"POST /api/v1/runs HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n{}", {422}),
    (lambda r: b"GET /api/v1/runs?page=" + word(r) + b" HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
]


def word(generator):
    return bytes(generator.choices(b"ghijklmnopqrstuvwxyz", k=generator.randrange(3, 12)))


def digits(generator):
    return b"%d.%d" % (generator.randrange(2, 10), generator.randrange(10))


def status_of(connection):
    answer = b""
    with contextlib.suppress(OSError):
        while b"\r\n" not in answer:
            part = connection.recv(4096)
            if not part:
                break
            answer += part
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


class Malformed(unittest.TestCase):
    def test_each_has_its_status(self):
        generator = random.Random(1)
        with Server() as server:
            for number in range(1000):
                make, expected = KINDS[number % len(KINDS)]
                request = make(generator)
                with contextlib.closing(server.connect()) as connection:
                    with contextlib.suppress(OSError):  # it has heard enough
                        connection.sendall(request)
                    self.assertIn(status_of(connection), expected, request[:200])
            self.assertIsNone(server.process.poll())
            self.assertEqual(server.ask("/healthz")[0], 200)

    def test_cut_anywhere(self):
        """A good request that ends at each of its bytes: the client goes, or says no more."""
        request = CALL + b"Content-Type: text/strange\r\nContent-Length: 20\r\n\r\n" + bytes(20)
        with Server() as server:
            for end in range(len(request)):
                with contextlib.closing(server.connect(request[:end])) as connection:
                    if end % 2:
                        connection.shutdown(socket.SHUT_WR)
            with contextlib.closing(server.connect(request)) as connection:
                self.assertEqual(status_of(connection), 422)  # whatever type of content it says
            self.assertEqual(server.ask("/healthz")[0], 200)


if __name__ == "__main__":
    unittest.main()
