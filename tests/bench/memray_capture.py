"""Makes a memray capture of any size, of header version 11 (memray 1.11 to 1.18): memray_capture.py FILE RECORDS [--round N]

A program that goes in and out of 1,000 functions, about ten deep, and has blocks of 16 bytes to 1 MB, most of them for a
short time; some live on to the end of their round. A round is N allocations (20,000) and as many frees, and its bytes are
the same each time, so that gigabytes are written as fast as the disk takes them; stacks are about half of N. One block of 64 MB comes and goes in the
middle of the run.
"""

import argparse
import random
import struct

MALLOC, FREE = 1, 2


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value):
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


class Writer:
    """The running values that each record is told against."""

    def __init__(self):
        self.out = bytearray()
        self.address = self.frame = self.line = 0

    def define(self, number, function, file, line):
        self.out += bytes([3 | 1 << 4]) + signed(number - self.frame)
        self.out += function.encode() + b"\0" + file.encode() + b"\0" + signed(line - self.line)
        self.frame, self.line = number, line

    def push(self, number):
        self.out += b"\x04" + signed(number - self.frame)
        self.frame = number

    def pop(self, count):
        while count > 0:
            some = min(count, 16)
            self.out.append(9 | (some - 1) << 4)
            count -= some

    def allocate(self, address, size):
        self.out += bytes([1 | MALLOC << 4]) + signed(address - self.address) + varint(size)
        self.address = address

    def free(self, address):
        self.out += bytes([1 | FREE << 4]) + signed(address - self.address)
        self.address = address

    def take(self):
        out, self.out = bytes(self.out), bytearray()
        return out


def one_round(writer, functions, allocations):
    """Ends where it began: nothing on the stack but the first frame, nothing alive, the same running values."""
    choose = random.Random(1)
    frame, address = writer.frame, writer.address
    depth, live, unused = 1, [], [0x7F0000000000 + (i << 21) for i in range(4000)]
    for _ in range(allocations):
        if depth < 4 or (depth < 14 and choose.random() < 0.5):
            writer.push(choose.randrange(2, functions))
            depth += 1
        else:
            count = choose.randrange(1, 3)
            writer.pop(count)
            depth -= count
        if len(live) > 2000 or (live and choose.random() < 0.45):
            at = choose.randrange(max(0, len(live) - 8), len(live)) if choose.random() < 0.9 else 0
            unused.append(live.pop(at))
            writer.free(unused[-1])
        live.append(unused.pop())
        writer.allocate(live[-1], 1 << choose.randrange(4, 20))
    for block in live:
        writer.free(block)
    writer.pop(depth - 1)
    # The running values go back by a call that nothing comes of, and by the end of a block that never was.
    writer.push(frame)
    writer.pop(1)
    writer.free(address)
    return writer.take()


def write_capture(path, records, allocations=20_000):
    writer, functions = Writer(), 1000
    rounds = max(1, records // (2 * allocations))
    end_ms = 10 * rounds
    header = b"memray\0" + struct.pack("<iBBQQqq", 11, 0, 0, records, functions, 10**12, 10**12 + end_ms)
    header += b"many.py\0" + struct.pack("<iQQBB", 77, 1, 0, 1, 0)
    writer.out += b"\x0c" + struct.pack("<Q", 1)
    for number in range(1, functions):
        writer.define(number, f"function_{number}", f"/code/module_{number % 40}.py", 10 + number % 300)
    writer.push(1)
    writer.allocate(0x1000, 64)
    start = writer.take()
    body = one_round(writer, functions, allocations)
    with open(path, "wb", buffering=1 << 22) as file:
        file.write(header + start)
        for done in range(rounds):
            file.write(b"\x0b" + varint(10**8) + varint(10 * done) + body)
            if done == rounds // 2:
                address = writer.address
                writer.allocate(0x2000, 64_000_000)
                writer.free(0x2000)
                writer.free(address)
                file.write(writer.take())
        file.write(b"\x10")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("records", type=int)
    parser.add_argument("--round", type=int, default=20_000, metavar="N")
    options = parser.parse_args()
    write_capture(options.file, options.records, options.round)
