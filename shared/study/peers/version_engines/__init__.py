"""The engines that versions.py replays a history with: a module each, with a class Engine(task).

begin(arrays) stores the first version, commit(i, changes) the i-th, durable in the process's own sense and readable from
then on, end() closes. reading() gives, in a `with`, what read_version(store, i) reads the three arrays of a version from, as
if the store had been opened anew; open_version(store, i) opens them and reads no element: an engine that keeps no versions
has none.
"""

import numpy as np

NAMES = ["key0", "key1", "val"]
RESIZE, WRITE, SET = range(3)


def apply(changes, datasets, one_by_one=True):
    """Changes of a history to h5py's datasets, or to what behaves as they do. Elements of two axes are set one by one, as
    h5py must, or by arrays of their positions."""
    for kind, i, start, shape, positions, elements in changes:
        dataset = datasets[i]
        if kind == RESIZE:
            dataset.resize(shape)
        elif kind == WRITE:
            where = tuple(slice(at, at + n) for at, n in zip(start, shape))
            dataset[where] = elements.reshape(shape)
        elif len(dataset.shape) == 1:
            dataset[positions.astype(np.int64)] = elements  # in one call, which is the libraries' fastest way
        elif not one_by_one:
            dataset[tuple(positions.astype(np.int64).reshape(-1, 2).T)] = elements
        else:
            for (row, column), value in zip(positions.reshape(-1, 2).tolist(), elements):
                dataset[row, column] = value


class Arrays:
    """The three arrays as they are now, for engines that are given whole arrays or large parts."""

    def __init__(self, arrays):
        self.arrays = [np.array(array) for array in arrays]

    def apply(self, changes):
        """For each array that changed: the first row that did, the end of the rows that did, and whether its shape did."""
        touched = {}
        for kind, i, start, shape, positions, elements in changes:
            before = self.arrays[i].shape
            if kind == RESIZE:
                grown = np.zeros(shape, self.arrays[i].dtype)
                kept = tuple(slice(0, min(a, b)) for a, b in zip(before, shape))
                grown[kept] = self.arrays[i][kept]
                self.arrays[i] = grown
                rows = (min(before[0], shape[0]), shape[0]) if before[1:] == tuple(shape[1:]) else (0, shape[0])
            elif kind == WRITE:
                where = tuple(slice(at, at + n) for at, n in zip(start, shape))
                self.arrays[i][where] = elements.reshape(shape)
                rows = (start[0], start[0] + shape[0])
            else:
                places = positions.astype(np.int64).reshape(-1, len(before))
                self.arrays[i][tuple(places.T)] = elements
                rows = (int(places[:, 0].min()), int(places[:, 0].max()) + 1)
            first, end, resized = touched.get(i, (*rows, False))
            touched[i] = (min(first, rows[0]), max(end, rows[1]), resized or kind == RESIZE)
        # A later change may have cut off rows that an earlier one made.
        return {i: (first, min(end, len(self.arrays[i])), resized) for i, (first, end, resized) in touched.items()}
