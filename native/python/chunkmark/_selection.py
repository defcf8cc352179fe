"""NumPy's basic indexing of an array as a box: integers, slices, one ellipsis."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple


class Box(NamedTuple):
    start: tuple[int, ...]
    extents: tuple[int, ...]
    shape: tuple[int, ...]  # of what is seen
    # How what lies in the box is seen: its steps, and its axes that an integer took away.
    view: tuple[slice | int, ...]
    is_dense: bool  # every step is 1


def _whole_index(selection: Any, rank: int) -> list[Any]:
    parts = list(selection) if isinstance(selection, tuple) else [selection]
    ellipses = [i for i, part in enumerate(parts) if part is Ellipsis]
    if len(ellipses) > 1:
        raise IndexError("expected one ellipsis at most")
    at = ellipses[0] if ellipses else len(parts)
    missing = rank - (len(parts) - len(ellipses))
    if missing < 0:
        raise IndexError(f"expected at most {rank} indexes, found {len(parts) - len(ellipses)}")
    return parts[:at] + [slice(None)] * missing + parts[at + 1 :]


def dense_slices(selection: Any, shape: tuple[int, ...]) -> tuple[list[int], list[int]] | None:
    """Start and extents of a slice of step 1 an axis, which is what is asked most; of anything else None."""
    parts = selection if type(selection) is tuple else (selection,)
    if len(parts) != len(shape):
        return None
    start: list[int] = []
    extents: list[int] = []
    for part, extent in zip(parts, shape):
        if type(part) is not slice:
            return None
        begin, end, step = part.indices(extent)
        if step != 1 or end <= begin:
            return None
        start.append(begin)
        extents.append(end - begin)
    return start, extents


def box_of(selection: Any, shape: tuple[int, ...]) -> Box:
    if dense := dense_slices(selection, shape):
        counts = tuple(dense[1])
        return Box(tuple(dense[0]), counts, counts, (slice(None),) * len(counts), True)
    start: list[int] = []
    extents: list[int] = []
    seen: list[int] = []
    view: list[slice | int] = []
    is_dense = True
    for axis, (part, extent) in enumerate(zip(_whole_index(selection, len(shape)), shape)):
        if isinstance(part, slice):
            first, end, step = part.indices(extent)
            count = len(range(first, end, step))
            last = first + (count - 1) * step
            start.append(min(first, last) if count else 0)
            extents.append(abs(last - first) + 1 if count else 0)
            seen.append(count)
            view.append(slice(None, None, step))
            is_dense = is_dense and step == 1
            continue
        try:
            position = operator.index(part if not isinstance(part, bool) else None)  # type: ignore[arg-type]
        except TypeError:
            raise IndexError(
                f"axis {axis}: expected an integer, a slice or an ellipsis, found {type(part).__name__}"
            ) from None
        if not -extent <= position < extent:
            raise IndexError(f"index {position} is out of bounds for axis {axis} with size {extent}")
        start.append(position % extent)
        extents.append(1)
        view.append(0)
    return Box(tuple(start), tuple(extents), tuple(seen), tuple(view), is_dense)
