"""The ways an array can lie in memory: the values stay the same, the strides, the direction and the flags do not.

A backward that is right for contiguous arrays only shows it here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradverify.model import Array

LAYOUTS = ("C", "Fortran", "strided", "reversed", "read-only")
"""Simplest first: a case shrinks to `C`."""


def lay_out(array: Array, layout: str) -> Array:
    """A fresh array with the values, shape and dtype of `array`, in `layout`.

    `strided` takes every second element of a larger buffer along every axis; the elements between are NaN, so code
    that ignores the strides cannot go unnoticed. `reversed` has a negative stride along every axis.
    """
    if layout == "C":
        return np.array(array, order="C")
    if layout == "Fortran":
        return np.array(array, order="F")
    if layout == "read-only":
        fixed = np.array(array, order="C")
        fixed.flags.writeable = False
        return fixed
    if layout == "strided":
        buffer = np.empty([2 * side for side in array.shape], dtype=array.dtype)
        if np.issubdtype(array.dtype, np.floating):
            buffer.fill(np.nan)
        every_second: Array = buffer[_everywhere(slice(None, None, 2), array.ndim)]
        every_second[...] = array
        return every_second
    if layout == "reversed":
        backwards = _everywhere(slice(None, None, -1), array.ndim)
        contiguous: Array = np.array(array[backwards], order="C")
        return np.asarray(contiguous[backwards])
    raise ValueError(f"unknown layout {layout!r}: expected one of {', '.join(LAYOUTS)}")


def _everywhere(part: slice, ndim: int) -> tuple[Any, ...]:
    return (..., *[part] * ndim)  # with `...` in front, indexing gives an array even where there is no axis


def zero_stride(array: Array) -> Array:
    """A read-only array of `array`'s shape in which every entry is one and the same element: `array`'s first."""
    first = array[(0,) * array.ndim] if array.size else np.zeros((), array.dtype)
    return np.broadcast_to(first, array.shape)
