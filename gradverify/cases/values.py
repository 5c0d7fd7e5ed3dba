"""The entries of a case's inputs: inside the domain, of generic size and sign, and short when there are few of them.

Up to 12 entries come from a grid of quarters, drawn one by one, so a shrunk case reads `[[1.0, 2.0]]`. More than that,
and half of the small ones, come from a seeded generator on a grid of 2^-20, whose finite-difference points are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from gradverify.cases.choices import bits
from gradverify.cases.shapes import shape_of
from gradverify.model import Array, Sign, Space

FEW = 12
"""Arrays of at most this many entries may be drawn entry by entry."""

SEED_BITS = 16

# 32 values, simplest first: whole numbers, then halves, then quarters.
GRID = tuple(
    sign * quarters / 4
    for group in ((4, 8, 12, 16), (2, 6, 10, 14), (1, 3, 5, 7, 9, 11, 13, 15))
    for sign in (1, -1)
    for quarters in group
)

# Added to the drawn indices: where nothing is drawn but zeros, entries still differ in sign and size (2, -1, 3, 0.5, …).
# Of equal entries, or of ones alone, many a mistake cannot be seen, and shrinking would get stuck at a larger case.
PLAIN = tuple(GRID.index(value) for value in (2, -1, 3, 0.5, -2, 1, 4, -0.5, 1.5, -3, 2.5, -4))

# How many entries are negative, attempt by attempt: a domain such as "row sums away from 0" is hard to hit with even
# signs once the rows are long, and easy when most signs agree.
SHARES_NEGATIVE = (0.5, 0.5, 0.5, 0.25, 0.1, 0.9, 0.02, 0.0)


_FEW_ENTRIES = st.tuples(*[bits(5)] * FEW).map(
    lambda drawn: [GRID[(index + plain) % len(GRID)] for index, plain in zip(drawn, PLAIN, strict=True)]
)


def generic(shape: tuple[int, ...], sign: Sign, key: tuple[int, ...], share_negative: float = 0.5) -> Array:
    """Entries of magnitude 0.1 to 4, small ones more often; float64, the same for the same `key`."""
    rng = np.random.default_rng(key)
    magnitude = np.ceil(2**20 * (0.1 + 3.9 * rng.random(shape) ** 2)) / 2**20
    if sign is Sign.POSITIVE:
        return np.asarray(magnitude)
    return np.asarray(np.where(rng.random(shape) < share_negative, -magnitude, magnitude))


def inside(space: Space, arrays: tuple[Array, ...]) -> bool:
    """Whether `space.accepts` takes these inputs; silent about the floating-point flags it raises on the way."""
    by_name: Mapping[str, Array] = {spec.name: array for spec, array in zip(space.inputs, arrays, strict=True)}
    with np.errstate(all="ignore"):
        return bool(space.accepts(by_name))


def inputs(space: Space, sides: Mapping[str, int], seed: int, dtype: Any) -> st.SearchStrategy[tuple[Array, ...]]:
    """Arrays for every input of `space`, accepted by it, in C order and of `dtype`."""
    return _inputs(space, sides, seed, np.dtype(dtype))


@st.composite
def _inputs(
    draw: st.DrawFn, space: Space, sides: Mapping[str, int], seed: int, dtype: np.dtype[Any]
) -> tuple[Array, ...]:
    # The number of choices is the same for every case, however many entries it has: Hypothesis takes fewer choices for
    # simpler, and would otherwise shrink towards the large arrays, whose entries come from the seed alone.
    one_by_one = draw(bits(1)) == 0
    with_a_zero = draw(bits(3)) == 7
    entries = [draw(_FEW_ENTRIES) for _ in space.inputs]
    for attempt in range(len(SHARES_NEGATIVE)):
        arrays = []
        for index, (spec, few) in enumerate(zip(space.inputs, entries, strict=True)):
            shape = shape_of(spec.shape, sides)
            if one_by_one and prod(shape) <= FEW:
                array = np.array(few[: prod(shape)], dtype=float).reshape(shape)
                array = np.abs(array) if spec.sign is Sign.POSITIVE else array
            else:
                array = generic(shape, spec.sign, (seed, index, attempt), SHARES_NEGATIVE[attempt])
            if with_a_zero and spec.sign is Sign.REAL and array.size:
                array.flat[seed % array.size] = 0.0  # `y / x`, as the gradient of a product, fails there
            arrays.append(array.astype(dtype))
        if inside(space, tuple(arrays)):
            return tuple(arrays)
    assume(False)
    raise AssertionError("assume(False) does not return")
