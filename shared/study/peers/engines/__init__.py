"""The engines that the study compares with, one file each, named as in peers.json ("-" is "_" here), with a class Engine.

Engine(task) knows what to store where; open_for_write() and open_for_read() prepare; write(array) and read() are the storage
call. Each works with its best settings for one large array on a local disk, without syncing (durability none), as its own
documentation names them; the comments say which and why. Libraries are imported where they are used, since each engine
has an environment of its own.
"""

import importlib


def load(name):
    """The class of the engine with this name in peers.json."""
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}").Engine
