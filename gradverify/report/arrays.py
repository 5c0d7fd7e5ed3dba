"""Writes an array as plain JSON values that give back every bit of its numbers, and reads it back.

Floats are written as hexadecimal text (`0x1.8p+1`, `nan`, `-inf`), which has no rounding and is no bare NaN; the sign and
payload of a NaN are not kept. Entries stand in C order; where they lay in memory is the case's `layout`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradverify.model import Array

__all__ = ["array_from", "array_in_json"]


def array_in_json(array: Array) -> dict[str, Any]:
    """The array as `dtype` (NumPy's text, with the byte order), `shape` and `data`.

    Floats of up to 64 bits are hexadecimal texts, complex numbers pairs of them, integers numbers, booleans true or false;
    for any other dtype `data` is one text, the bytes in hexadecimal.
    """
    flat = np.ascontiguousarray(array).reshape(-1)
    write = _writer(array.dtype)
    data = flat.tobytes().hex() if write is None else [write(value) for value in flat.tolist()]
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def array_from(written: dict[str, Any]) -> Array:
    """The array that `array_in_json` wrote, in C order."""
    dtype, shape, data = np.dtype(written["dtype"]), tuple(written["shape"]), written["data"]
    if isinstance(data, str):
        return np.frombuffer(bytes.fromhex(data), dtype=dtype).reshape(shape).copy()
    return np.array([_entry(value) for value in data], dtype=dtype).reshape(shape)


def _writer(dtype: np.dtype[Any]) -> Callable[[Any], Any] | None:
    """How one entry is written; None where only the bytes say it exactly."""
    if dtype.kind == "f" and dtype.itemsize <= 8:
        return float.hex
    if dtype.kind == "c" and dtype.itemsize <= 16:
        return lambda value: [value.real.hex(), value.imag.hex()]
    return (lambda value: value) if dtype.kind in "iub" else None


def _entry(value: Any) -> Any:
    if isinstance(value, list):
        return complex(*map(float.fromhex, value))
    return float.fromhex(value) if isinstance(value, str) else value
