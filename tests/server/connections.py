"""Connections that are idle, half a request, slow, or listen to events make nobody wait: connections.py CHUNKMARK [slow]"""

import contextlib
import os
import resource
import signal
import sys
import threading
import time
import unittest

from served import Server

IS_SLOW = sys.argv[1:2] == ["slow"] and bool(sys.argv.pop(1))
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
kMost = 0.5  # seconds for an answer of a few bytes, on a busy machine; with a thread per connection it was 5 and more


class Connections(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server())

    def open(self, count, sent=b""):
        return [self.enterContext(contextlib.closing(self.server.connect(sent))) for _ in range(count)]

    def assert_quick(self, path="/healthz"):
        self.assertLess(max(self.server.seconds(path) for _ in range(5)), kMost)

    def test_idle_after_a_request(self):
        for connection in self.open(8, REQUEST):
            self.assertTrue(connection.recv(4096).startswith(b"HTTP/1.1 200"))
        self.assert_quick()

    def test_half_sent_requests(self):
        self.open(60, b"GET / HTTP/1.1\r\nHos")
        self.open(60, b"POST /api/v1/call/profile.inspect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n\r\nx")
        self.assert_quick()

    def test_idle_connections_and_event_streams(self):
        self.open(100)
        streams = self.open(50, b"GET /api/v1/runs/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for stream in streams:
            self.assertIn(b"text/event-stream", stream.recv(4096))
        self.assert_quick()
        self.assert_quick("/")
        self.server.add_run("one")
        for stream in streams:
            self.assertIn(b"event: run\n", stream.recv(4096))
        self.assertIn(b"chunkmark_event_streams 50\n", self.server.ask("/metrics")[2])

    def test_a_byte_a_second(self):
        slow = self.open(20)
        is_over = threading.Event()

        def send():
            for i in range(len(REQUEST)):
                for connection in slow:
                    with contextlib.suppress(OSError):
                        connection.sendall(REQUEST[i : i + 1])
                if is_over.wait(1):
                    return

        sender = threading.Thread(target=send)
        sender.start()
        self.addCleanup(sender.join)
        self.addCleanup(is_over.set)
        self.assert_quick()
        if not IS_SLOW:
            return
        for connection in slow:  # and none of them is waited for without end
            self.assertEqual(connection.recv(4096), b"")
        self.assert_quick()

    def test_those_that_wait_longest_make_room(self):
        """More connections than the program may have files."""
        resource.prlimit(self.server.process.pid, resource.RLIMIT_NOFILE, (200, 200))
        self.open(250)
        self.assert_quick()

    def test_slow_answers_do_not_hold_quick_ones(self):
        """Captures that are being received and analysed, more than there are processors."""
        head = b"POST /api/v1/call/profile.inspect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\n"
        body = b"CMKCAP1\n" + bytes(20_000_000 - 8)
        senders = [threading.Thread(target=c.sendall, args=(head + body,)) for c in self.open(4)]
        for sender in senders:
            sender.start()
        self.assert_quick()
        for sender in senders:
            sender.join()

    def test_requests_in_a_row_on_one_connection(self):
        [connection] = self.open(1, 3 * REQUEST)
        received = b""
        while received.count(b"ok\n") < 3:
            received += connection.recv(4096)
        self.assertEqual(received.count(b"HTTP/1.1 200"), 3)

    def test_a_signal_ends_it_while_clients_are_there(self):
        self.open(20)
        self.open(20, b"GET / HT")
        streams = self.open(20, b"GET /api/v1/runs/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for stream in streams:
            stream.recv(4096)
        began = time.monotonic()
        os.kill(self.server.process.pid, signal.SIGTERM)
        self.assertEqual(self.server.process.wait(timeout=20), 0)
        self.assertLess(time.monotonic() - began, 3)
        for stream in streams:
            self.assertEqual(stream.recv(4096), b"")


if __name__ == "__main__":
    unittest.main()
