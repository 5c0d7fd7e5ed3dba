"""Which arrays a run can reach, which of them share memory, and which have changed since a snapshot.

Takes whatever an op saved as its context: containers are searched, objects by their attributes, functions by what they
have closed over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import FunctionType, MethodType, ModuleType
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
        if value is None or id(value) in seen or isinstance(value, _LEAVES):
            continue
        seen.add(id(value))
        if isinstance(value, np.ndarray):
            found.append(Named(path, value))
        waiting.extend(_parts(path, value))
    return found


_LEAVES = (str, bytes, int, float, complex, type, ModuleType, np.generic)


def _parts(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What a container holds, each part with the way to it."""
    if isinstance(value, np.ndarray):
        if isinstance(value, np.ma.MaskedArray):
            yield f"{path}.mask", value.mask
        if value.dtype == object:
            yield from ((f"{path}.flat[{k}]", part) for k, part in enumerate(value.flat))
    elif isinstance(value, Mapping):
        yield from ((f"{path}[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, list | tuple | deque):
        yield from ((f"{path}[{k}]", part) for k, part in enumerate(value))
    elif isinstance(value, FunctionType):
        yield from _closed_over(path, value)
    elif isinstance(value, MethodType):
        yield f"{path}.__self__", value.__self__
    elif isinstance(value, partial):
        yield from ((f"{path}.args[{k}]", part) for k, part in enumerate(value.args))
        yield from ((f"{path}.keywords[{key!r}]", part) for key, part in value.keywords.items())
        yield f"{path}.func", value.func
    else:
        yield from _attributes(path, value)


def _closed_over(path: str, function: FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield f"{path}, closing over {name}", cell.cell_contents
        except ValueError:  # not assigned yet
            continue


def _attributes(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The attributes an object stores, in its `__dict__` or in slots; properties are not run."""
    if hasattr(value, "__dict__"):
        yield from ((f"{path}.{key}", part) for key, part in vars(value).items())
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                yield f"{path}.{name}", getattr(value, name)


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


def same(a: Array, b: Array) -> bool:
    """Whether shapes, dtypes and all bits are the same."""
    return a.shape == b.shape and a.dtype == b.dtype and differing(a, b) is None
