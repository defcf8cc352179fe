"""Makes a memray capture of any size from a real one of header version 13: large_capture.py REAL FILE BYTES

REAL was written by `memray run --no-compress` (memray 1.20). The program's run is repeated: what it had not freed is freed,
calls that had not ended end, and times go on, so that each run begins as the first did. Names are told once.
"""

import collections
import struct
import sys

from memray_capture import signed, varint

FREE, MMAP, MUNMAP, PYMALLOC_FREE = 5, 14, 15, 1
CACHED = 15


class Run:
    """One run of the program: its records as pieces, between which stand the times of its samples of memory."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.names, self.pieces, self.records = bytearray(), [], 0
        self.pointer, self.cache = 0, [0] * CACHED
        self.alive, self.mapped = {}, {}
        self.depths, self.thread = collections.Counter(), 0
        self.begin = at
        while self.record():
            pass

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def signed(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def text(self):
        self.at = self.data.index(0, self.at) + 1

    def address(self, cached):
        if cached < CACHED:
            return self.cache[cached]
        self.pointer = (self.pointer + self.signed()) % 2**64
        self.cache = [self.pointer, *self.cache[:-1]]
        return self.pointer

    def allocation(self, tag):
        address = self.address(tag >> 3 & 15)
        allocator = tag & 7 or self.byte()
        self.records += 1
        if allocator in (FREE, PYMALLOC_FREE):
            self.alive.pop(address, None)
            return
        size = self.varint()
        if allocator == MUNMAP:
            self.mapped.pop((address, size), None)
        elif allocator == MMAP:
            self.mapped[address, size] = True
        else:
            self.alive[address] = True

    def cut(self, end):
        """What was passed up to `end` is repeated."""
        if end > self.begin:
            self.pieces.append(self.data[self.begin : end])
        self.begin = self.at

    def record(self):
        start, tag = self.at, self.byte()
        if tag >= 128:
            self.allocation(tag)
        elif tag >= 64:
            self.varint()
            self.signed()
            self.depths[self.thread] += 1
        elif 16 <= tag < 32:
            self.depths[self.thread] -= (tag & 15) + 1
        elif tag == 14:
            self.varint()
            self.text()
            self.text()
            self.signed()
            lines = self.varint()
            self.at += lines
            self.names += self.data[start : self.at]
            self.cut(start)
        elif tag == 12:
            (self.thread,) = struct.unpack_from("<Q", self.data, self.at)
            self.at += 8
        elif tag == 10:
            self.text()
        elif tag == 7:
            self.text()
            self.varint()
            self.at += 8
        elif tag == 8:
            self.at += 8
            self.varint()
        elif tag == 6:
            pass
        elif tag == 2:
            resident, ms = self.varint(), self.varint()
            self.cut(start)
            self.pieces.append((resident, ms))
        elif tag in (0, 1):
            self.cut(start)
            return False
        else:
            sys.exit(f"{start}: expected a record of a capture without native frames, found {tag}")
        return True

    def ended(self):
        """What brings everything back to where it was at the beginning."""
        out = bytearray()
        for thread, depth in self.depths.items():
            if depth > 0:
                out += b"\x0c" + struct.pack("<Q", thread)
            while depth > 0:
                out.append(16 | min(depth, 16) - 1)
                depth -= min(depth, 16)
        pointer = self.pointer

        def move(to):
            nonlocal pointer
            step, pointer = to - pointer, to
            return signed(step)

        for address in self.alive:
            out += bytes([0x80 | CACHED << 3 | FREE]) + move(address)
        for address, size in self.mapped:
            out += bytes([0x80 | CACHED << 3, MUNMAP]) + move(address) + varint(size)
        out += bytes([0x80 | CACHED << 3 | FREE]) + move(0)
        return bytes(out), len(self.alive) + len(self.mapped) + 1


def main():
    real, path, size = sys.argv[1], sys.argv[2], int(float(sys.argv[3]))
    with open(real, "rb") as file:
        data = file.read()
    fixed = struct.Struct("<iiBBQQqq")
    version, python, native, kind, _, frames, start, end = fixed.unpack_from(data, 7)
    if data[:7] != b"memray\0" or version != 13 or native or kind:
        sys.exit(f"{real}: expected a plain capture of header version 13, of all allocations and without native frames")
    at = data.index(0, 7 + fixed.size) + 1 + 4 + 8 + 8 + 1 + 1 + 1  # the command, and numbers
    at = data.index(0, at) + 1
    for _ in range(2):  # site_packages and sys_path: texts up to an empty one
        while data[at] != 0:
            at = data.index(0, at) + 1
        at += 1
    run = Run(data, at)
    ending, ends = run.ended()
    duration = max(1, end - start)
    times = 1 + size // (sum(len(piece) for piece in run.pieces if isinstance(piece, bytes)) + len(ending))
    header = data[:7] + fixed.pack(
        version, python, native, kind, times * (run.records + ends), frames, start, start + times * duration
    )
    with open(path, "wb", buffering=1 << 22) as file:
        file.write(header + data[7 + fixed.size : at] + run.names)
        for number in range(times):
            for piece in run.pieces:
                if isinstance(piece, bytes):
                    file.write(piece)
                else:
                    file.write(b"\x02" + varint(piece[0]) + varint(piece[1] + number * duration))
            file.write(ending)
        file.write(b"\x01")
    print(f"{times} runs of {run.records} records")


if __name__ == "__main__":
    main()
