"""A hash of the cases that were tried, in order: two searches that have the same one have tried the very same cases.

Takes cases; what goes in does not depend on the process or the platform: numbers in little-endian bytes, functions by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

from gradverify.model import Array, Case

_BYTES = 16


class Digest:
    """A hash that grows case by case."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=_BYTES)

    def add(self, case: Case) -> None:
        """Take one more case into account: entries, shapes, dtypes, layout, kind, seed and parameters."""
        self._hash.update(repr((len(case.inputs), case.layout, case.kind, case.seed)).encode())
        for array in case.inputs:
            self._add_array(array)
        for name, value in case.parameters.items():
            self._hash.update(f"{name}={stable_repr(value)};".encode())

    def _add_array(self, array: Array) -> None:
        self._hash.update(f"{array.dtype.name}{array.shape}".encode())
        self._hash.update(_bytes(array))

    def hex(self) -> str:
        """The hash so far, 32 hexadecimal digits."""
        return self._hash.hexdigest()


def joined_digest(*digests: str) -> str:
    """The digest of several searches, one after the other."""
    return blake2b("".join(digests).encode(), digest_size=_BYTES).hexdigest()


def stable_repr(value: Any) -> str:
    """The value as text that is the same in every process: functions by name, objects without their addresses."""
    if isinstance(value, np.ndarray):
        text = repr(value.tolist()) if value.dtype.hasobject else _bytes(value).hex()
        return f"array({value.dtype.name}, {value.shape}, {text})"
    if isinstance(value, np.generic):
        return f"{value.dtype.name}({value.item()!r})"
    if isinstance(value, np.ufunc):
        return value.__name__
    if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, tuple | list):
        return f"{type(value).__name__}({', '.join(map(stable_repr, value))})"
    if isinstance(value, set | frozenset):
        return f"{type(value).__name__}({', '.join(sorted(map(stable_repr, value)))})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{stable_repr(key)}: {stable_repr(each)}" for key, each in value.items()) + "}"
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


def _bytes(array: Array) -> bytes:
    return np.asarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
