"""The entries of a case's inputs: inside the domain, of generic size and sign, and short when there are few of them.

Half of the arrays of up to 12 entries have quarters such as `[[2.0, -1.0]]`. All others are on a grid of 2^-20, dense
enough to be generic, coarse enough that the points of a central difference are exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from gradverify.cases.choices import Reader
from gradverify.model import Array, Sign, Space

FEW = 12
"""Arrays of at most this many entries may have quarters for entries."""

SEED_BITS = 12

FLIPS = 4
"""How many coin flips `read_style` takes."""

# At seed 0, to which cases shrink: entries that differ in sign and size. Of equal ones, or of ones alone, many a mistake
# cannot be seen, and shrinking would get stuck at a larger case.
SIMPLEST = (2.0, -1.0, 3.0, 0.5, -2.0, 1.0, 4.0, -0.5, 1.5, -3.0, 2.5, -4.0)

# How many entries are negative, attempt by attempt: a domain such as "row sums away from 0" is hard to hit with even
# signs once the rows are long, and easy when most signs agree.
SHARES_NEGATIVE = (0.5, 0.5, 0.5, 0.25, 0.1, 0.9, 0.02, 0.0)


def generic(shape: tuple[int, ...], sign: Sign, key: tuple[int, ...], share_negative: float = 0.5) -> Array:
    """Entries of magnitude 0.1 to 4, small ones more often; float64, the same for the same `key`."""
    rng = np.random.default_rng(key)
    magnitude = np.ceil(2**20 * (0.1 + 3.9 * rng.random(shape) ** 2)) / 2**20
    if sign is Sign.POSITIVE:
        return np.asarray(magnitude)
    return np.asarray(np.where(rng.random(shape) < share_negative, -magnitude, magnitude))


def quarters(shape: tuple[int, ...], sign: Sign, key: tuple[int, ...]) -> Array:
    """At most 12 entries, multiples of 1/4 from ±1/4 to ±4; for a first key of 0 and a last of 0, the simplest ones."""
    count = prod(shape)
    if key[0] == key[-1] == 0:
        values = np.array(SIMPLEST[:count])
    else:
        rng = np.random.default_rng(key)
        values = rng.integers(1, 17, count) * rng.choice([-0.25, 0.25], count)
    return np.asarray(np.abs(values) if sign is Sign.POSITIVE else values).reshape(shape)


def inside(space: Space, arrays: tuple[Array, ...]) -> bool:
    """Whether `space.accepts` takes these inputs; silent about the floating-point flags it raises on the way."""
    by_name: Mapping[str, Array] = {spec.name: array for spec, array in zip(space.inputs, arrays, strict=True)}
    with np.errstate(all="ignore"):
        return bool(space.accepts(by_name))


@dataclass(frozen=True)
class Style:
    """How the generic entries of a case are written: in quarters where there are few, and with a 0 among them."""

    short: bool = True
    with_a_zero: bool = False


def read_style(reader: Reader) -> Style:
    """Half of the cases are short, one in eight has a 0 in each input that may have one."""
    return Style(short=reader.number(1) == 0, with_a_zero=reader.number(3) == 7)


def attempt(
    space: Space, shapes: Sequence[tuple[int, ...]], seed: int, style: Style, dtype: Any, number: int = 0
) -> tuple[Array, ...]:
    """Arrays for every input of `space`, in C order and of `dtype`, inside the domain or not."""
    arrays = []
    for index, (spec, shape) in enumerate(zip(space.inputs, shapes, strict=True)):
        key = (seed, index, number)
        few = style.short and prod(shape) <= FEW
        array = quarters(shape, spec.sign, key) if few else generic(shape, spec.sign, key, SHARES_NEGATIVE[number])
        if style.with_a_zero and spec.sign is Sign.REAL and array.size:
            array.flat[seed % array.size] = 0.0  # `y / x`, as the gradient of a product, fails there
        arrays.append(array.astype(dtype))
    return tuple(arrays)


def generic_inputs(
    space: Space, shapes: Sequence[tuple[int, ...]], seed: int, style: Style, dtype: Any
) -> tuple[Array, ...] | None:
    """The first attempt that `space` accepts; None where it accepts none."""
    for number in range(len(SHARES_NEGATIVE)):
        arrays = attempt(space, shapes, seed, style, dtype, number)
        if inside(space, arrays):
            return arrays
    return None
