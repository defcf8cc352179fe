"""Makes blocks of known sizes in every way that a Python frame can come about, and prints where: {bytes: [frame, ..]}.

A frame is "function file:line", innermost first, as the interpreter's own traceback has it.
"""

import asyncio
import ctypes
import functools
import json
import sys
import sysconfig
import threading
import traceback

kept = []
expected = {}
allocate = ctypes.CDLL(None).malloc
allocate.restype, allocate.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
# The free-threaded interpreter has an allocator of its own, inside which blocks are not seen one by one.
block = allocate if sysconfig.get_config_var("Py_GIL_DISABLED") else bytes


def frames():
    stack = traceback.extract_stack(sys._getframe(1))
    return [f"{frame.name} {frame.filename}:{frame.lineno}" for frame in reversed(stack)]


def function():
    kept.append(block(3_000_000)), expected.update({3_000_000: frames()})


def nested():
    def inner():
        kept.append(block(3_100_000)), expected.update({3_100_000: frames()})

    return inner()


def generator():
    kept.append(block(3_200_000)), expected.update({3_200_000: frames()})
    yield


def delegating():
    yield from generator()


async def coroutine():
    await asyncio.sleep(0)
    kept.append(block(3_300_000)), expected.update({3_300_000: frames()})


async def waiting():
    await coroutine()


def called_from_c(_):
    kept.append(block(3_400_000)), expected.update({3_400_000: frames()})
    return 0


def handling():
    try:
        raise ValueError
    except ValueError:
        kept.append(block(3_500_000)), expected.update({3_500_000: frames()})


def threaded():
    kept.append(block(3_600_000)), expected.update({3_600_000: frames()})


def foreign():
    kept.append(allocate(3_700_000)), expected.update({3_700_000: frames()})


class Constructed:
    def __init__(self):
        kept.append(block(3_800_000)), expected.update({3_800_000: frames()})

    @property
    def attribute(self):
        kept.append(block(3_900_000)), expected.update({3_900_000: frames()})


class Common:
    """Made so often that the interpreter specialises the call."""

    def __init__(self, last):
        if last:
            kept.append(block(4_400_000)), expected.update({4_400_000: frames()})


def common():
    for i in range(1000):
        Common(i == 999)


def ünïcode_名():
    kept.append(block(4_000_000)), expected.update({4_000_000: frames()})


def comprehension():
    return [(kept.append(block(4_100_000)), expected.update({4_100_000: frames()})) for _ in range(1)]


def recursive(depth):
    if depth > 0:
        return recursive(depth - 1)
    kept.append(block(4_200_000)), expected.update({4_200_000: frames()})


def callback(_):
    kept.append(block(4_300_000)), expected.update({4_300_000: frames()})


function()
nested()
list(delegating())
asyncio.run(waiting())
sorted([0], key=called_from_c)
handling()
thread = threading.Thread(target=threaded)
thread.start()
thread.join()
foreign()
Constructed().attribute  # noqa: B018
common()
ünïcode_名()
comprehension()
recursive(100)
functools.reduce(lambda _, item: callback(item), [0, 1])
print(json.dumps(expected))
