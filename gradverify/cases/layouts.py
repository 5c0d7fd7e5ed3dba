"""The ways an array can lie in memory: the values stay the same, the strides, the direction and the flags do not.

A backward that is right for contiguous arrays only shows it here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradverify.model import Array

LAYOUTS = ("C", "Fortran", "strided", "reversed", "read-only")
"""Those that every witness may use. Simplest first: a case shrinks to `C`."""

CONDUCT_LAYOUTS = ("big-endian", "zero-stride")
"""Those that a backward must bear, but that change more than strides: the byte order; which entries are one element."""


def lay_out(array: Array, layout: str) -> Array:
    """A fresh array with the values and shape of `array`, in `layout`; its dtype too, but for `big-endian`'s byte order.

    `strided` takes every second element of a larger buffer along every axis; the elements between are NaN, so code
    that ignores the strides cannot go unnoticed. `reversed` has a negative stride along every axis. `zero-stride` is the
    first row again and again, read-only; where the rows are not the same bit for bit it is C order.
    """
    if layout == "C" or (layout == "zero-stride" and not is_one_row(array)):
        return np.array(array, order="C")
    if layout == "zero-stride":
        return np.broadcast_to(np.array(array[:1], order="C"), array.shape)
    if layout == "big-endian":
        return np.array(array, dtype=array.dtype.newbyteorder(">"), order="C")
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
    raise ValueError(f"unknown layout {layout!r}: expected one of {', '.join(LAYOUTS + CONDUCT_LAYOUTS)}")


def lay_out_together(arrays: Sequence[Array], layout: str) -> tuple[Array, ...]:
    """Each array in `layout`; one that stands there twice, as the very same object, does so afterwards."""
    laid_out = {id(array): lay_out(array, layout) for array in arrays}
    return tuple(laid_out[id(array)] for array in arrays)


def is_one_row(array: Array) -> bool:
    """Whether there is an axis and all rows along it have the same bits."""
    if array.ndim == 0:
        return False
    rows = np.ascontiguousarray(array).reshape(len(array), -1) if array.size else np.zeros((1, 0))
    return all(row.tobytes() == rows[0].tobytes() for row in rows[1:])


def _everywhere(part: slice, ndim: int) -> tuple[Any, ...]:
    return (..., *[part] * ndim)  # with `...` in front, indexing gives an array even where there is no axis


def zero_stride(array: Array) -> Array:
    """A read-only array of `array`'s shape in which every entry is one and the same element: `array`'s first."""
    first = array[(0,) * array.ndim] if array.size else np.zeros((), array.dtype)
    return np.broadcast_to(first, array.shape)
