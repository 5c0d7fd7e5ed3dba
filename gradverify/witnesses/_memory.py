"""Which arrays a run can reach, which of them share memory, and which have changed since a snapshot.

Takes whatever an op saved as its context: containers are searched, objects by their attributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradverify.model import Array

MOST_OBJECTS = 1000
"""Objects of a context that are looked at; a context is a handful of arrays, not a heap."""


@dataclass(frozen=True)
class Named:
    """An array and what a reader calls it."""

    name: str
    array: Array


def arrays_in(context: Any, name: str = "context") -> list[Named]:
    """Every array the context holds, named by the way to it: `context['y']`, `context[0].mask`."""
    found: list[Named] = []
    seen: set[int] = set()
    waiting = [(name, context)]
    while waiting and len(seen) < MOST_OBJECTS:
        path, value = waiting.pop(0)
        if id(value) in seen or isinstance(value, str | bytes | int | float | complex | type | None):
            continue
        seen.add(id(value))
        if isinstance(value, np.ndarray):
            found.append(Named(path, value))
        else:
            waiting.extend(_parts(path, value))
    return found


def _parts(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((f"{path}[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"{path}[{k}]", part) for k, part in enumerate(value))
    elif hasattr(value, "__dict__"):
        yield from ((f"{path}.{key}", part) for key, part in vars(value).items())


def overlap(a: Array, b: Array) -> bool:
    """Whether some element of one is an element of the other."""
    return bool(np.may_share_memory(a, b) and np.shares_memory(a, b))


@dataclass(frozen=True)
class Change:
    """What differs between a snapshot and now: the first entry, before and after."""

    name: str
    before: str
    after: str


class Snapshot:
    """The bits of some arrays at one moment."""

    def __init__(self, arrays: Sequence[Named]) -> None:
        self._taken = [(named, named.array.copy(order="C")) for named in arrays]

    def changes(self) -> list[Change]:
        """The arrays that differ now, one entry for those that are the same memory under several names."""
        grouped: list[tuple[Named, Change]] = []
        for named, before in self._taken:
            change = _change(named, before)
            if change is None:
                continue
            for k, (other, known) in enumerate(grouped):
                if overlap(named.array, other.array):
                    names = f"{known.name}, the same memory as {named.name}"
                    grouped[k] = (other, Change(names, known.before, known.after))
                    break
            else:
                grouped.append((named, change))
        return [change for _, change in grouped]


def _change(named: Named, before: Array) -> Change | None:
    after = named.array
    if after.shape != before.shape or after.dtype != before.dtype:
        return Change(named.name, f"{before.dtype} {before.shape}", f"{after.dtype} {after.shape}")
    different = differing(before, after)
    if different is None:
        return None
    entry = f"entry [{', '.join(map(str, different))}]: " if different else ""
    was, became = (f"{entry}{array[different].item()!r}" for array in (before, after))
    return Change(named.name, was, became)


def differing(a: Array, b: Array) -> tuple[int, ...] | None:
    """The index of the first entry whose bits differ, None where none does; the shapes and dtypes are the same."""
    if a.size == 0 or a.dtype.hasobject:
        return None
    left = np.ascontiguousarray(a).reshape(-1, 1).view(np.uint8).reshape(a.size, -1)
    right = np.ascontiguousarray(b).reshape(-1, 1).view(np.uint8).reshape(b.size, -1)
    rows = np.flatnonzero((left != right).any(axis=1))
    if not len(rows):
        return None
    return tuple(int(k) for k in np.unravel_index(int(rows[0]), a.shape))
