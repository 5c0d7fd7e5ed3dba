"""What may be special about the entries of a case: zeros, ties, huge or tiny numbers, rows that nearly cancel.

Takes generic entries and turns them into those of a kind, one small function for each; gives None where the shape or the
sign leaves no room for it. Whether the result lies inside the domain is for the caller to see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradverify.cases.values import Style, attempt
from gradverify.model import Array, Sign, Space

GENERIC = "generic"

MOST_ELEMENTS = 600
"""Inputs whose entries are special have at most this many: they are written out in a script, no generator makes them."""

BOUNDS = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, 6.0)
"""Numbers that code likes to compare with, beside the parameters."""

BEYOND = 1e4
"""Parameters from here on are no bounds: a count, a seed, infinity; float16 ends soon after."""

_PALETTE = (2.5, -1.5, 0.75)
"""The entries of ties; few, so that there are several ties in a row, and the same in every input."""

_KEY = 7  # tells the streams from those of generic entries, cotangents and directions


@dataclass(frozen=True)
class Draw:
    """What a kind has to know: the entries' sign and dtype, the numbers among the parameters, and where chance comes from."""

    sign: Sign
    dtype: np.dtype[Any]
    numbers: tuple[float, ...]
    rng: np.random.Generator

    def whole(self, low: int, high: int, shape: tuple[int, ...]) -> Array:
        """Whole numbers from `low` to `high`, both included."""
        return np.asarray(self.rng.integers(low, high + 1, shape))

    def signed(self, magnitude: Array) -> Array:
        """The magnitudes with random signs, as far as the sign allows."""
        if self.sign is Sign.POSITIVE:
            return magnitude
        return np.asarray(np.where(self.rng.random(magnitude.shape) < 0.5, -magnitude, magnitude))

    def may_be(self, number: float) -> bool:
        """Whether an entry may be this number."""
        return number > 0 or (number < 0 and self.sign is not Sign.POSITIVE) or self.sign is Sign.REAL


Make = Callable[[Array, Draw], Array | None]
"""Makes the entries of a kind from generic ones of at least one entry; both are float64 or wider."""


def _zeros(x: Array, draw: Draw) -> Array | None:
    return np.zeros_like(x) if draw.sign is Sign.REAL else None


def _one_zero(x: Array, draw: Draw) -> Array | None:
    if draw.sign is not Sign.REAL:
        return None
    x = np.where(x == 0, 1.0, x)
    x.flat[draw.rng.integers(x.size)] = 0.0
    return x


def _zeros_in_a_row(x: Array, draw: Draw) -> Array | None:
    if draw.sign is not Sign.REAL or _row_length(x) < 2:
        return None
    rows = x.reshape(-1, x.shape[-1])
    for row in {0, int(draw.rng.integers(len(rows)))}:
        count = draw.rng.integers(2, x.shape[-1] + 1)
        rows[row, draw.rng.permutation(x.shape[-1])[:count]] = 0.0
    return rows.reshape(x.shape)


def _ties(x: Array, draw: Draw) -> Array | None:
    """Few different entries; the largest of every row at least twice; in one draw of four all rows are the same."""
    if x.size < 2:
        return None
    palette = np.abs(_PALETTE) if draw.sign is Sign.POSITIVE else np.array(_PALETTE)
    x = draw.rng.choice(palette, x.shape)
    rows = x.reshape(-1, x.shape[-1] if _row_length(x) > 1 else x.size)
    largest = rows.argmax(axis=1)
    other = (largest + draw.rng.integers(1, rows.shape[1], len(rows))) % rows.shape[1]
    every = np.arange(len(rows))
    rows[every, other] = rows[every, largest]
    if draw.rng.random() < 0.25:
        rows[...] = rows[0]
    return rows.reshape(x.shape)


def _negative(x: Array, draw: Draw) -> Array | None:
    return None if draw.sign is Sign.POSITIVE or not x.all() else -np.abs(x)


def _at_a_bound(x: Array, draw: Draw) -> Array | None:
    """Two entries of three are such a number, and one at least."""
    # The parameters' own numbers as often as all the others together: they are what the op does compare with.
    others = [number for number in BOUNDS if draw.may_be(number)]
    own = [number for number in draw.numbers if draw.may_be(number)]
    table = np.array([*others, *own * -(-len(others) // max(len(own), 1))])
    there = np.asarray(draw.rng.random(x.shape) < 2 / 3)
    there.flat[draw.rng.integers(x.size)] = True
    return np.asarray(np.where(there, draw.rng.choice(table, x.shape), x))


def _large(x: Array, draw: Draw) -> Array:
    """Beyond what exp bears: up to ±800 in float64, ±80 in float32, ±8 in float16, both ends among them; multiples of 1/4."""
    most = {2: 8, 4: 80}.get(draw.dtype.itemsize, 800)
    x = draw.signed(np.asarray(draw.whole(2 * most, 4 * most, x.shape) / 4))
    ends = draw.rng.permutation([most, most if draw.sign is Sign.POSITIVE else -most])
    places = draw.rng.permutation(x.size)[:2]
    x.flat[places] = ends[: len(places)]
    return x


def _tiny(x: Array, draw: Draw) -> Array:
    return draw.signed(np.asarray(draw.whole(1, 16, x.shape) * 1e-7))


def _subnormal(x: Array, draw: Draw) -> Array:
    smallest = draw.dtype.type(np.finfo(draw.dtype).smallest_subnormal)
    return draw.signed(np.asarray(draw.whole(1, 999, x.shape).astype(draw.dtype) * smallest))


def _mixed_scales(x: Array, draw: Draw) -> Array | None:
    """From 1e-8 to 1e8 in one array (1e-3 to 1e3 in float16), both ends among them."""
    if x.size < 2:
        return None
    most = 3 if draw.dtype.itemsize == 2 else 8
    scales = np.array([float(f"1e{k}") for k in range(-most, most + 1)])  # pow is not the same on every platform
    exponents = draw.rng.integers(0, len(scales), x.shape)
    exponents.flat[draw.rng.permutation(x.size)[:2]] = (0, len(scales) - 1)
    return draw.signed(draw.whole(1, 4, x.shape) * scales[exponents])


def _step(draw: Draw) -> float:
    """A small difference that the dtype can still tell beside a sum."""
    return {2: 2.0**-6, 4: 2.0**-10}.get(draw.dtype.itemsize, 2.0**-16)


def _ill_conditioned(x: Array, draw: Draw) -> Array | None:
    """Rows and columns that are nearly multiples of one: all rows nearly equal, or all columns; a vector is nearly constant."""
    if x.size < 2:
        return None
    x = _in_quarters(x, draw)
    axis = int(draw.rng.integers(x.ndim)) if x.ndim < 2 else x.ndim - 1 - int(draw.rng.integers(2))
    if x.shape[axis] < 2:
        axis = int(np.argmax(x.shape))
    first = np.take(x, [0], axis)
    return np.asarray(first + draw.whole(0, 8, x.shape) * _step(draw) * np.sign(first))


def _nearly_cancelling(x: Array, draw: Draw) -> Array | None:
    """Along the last axis the entries sum to 2^-16, in float32 to 2^-10."""
    if draw.sign is Sign.POSITIVE or _row_length(x) < 2:
        return None
    x = _in_quarters(x, draw)
    x[..., -1] = _step(draw) - x[..., :-1].sum(axis=-1)
    return x


def _one_row_repeated(x: Array, draw: Draw) -> Array | None:
    return np.asarray(np.broadcast_to(x[:1], x.shape)).copy() if x.ndim and len(x) > 1 else None


def _row_length(x: Array) -> int:
    return x.shape[-1] if x.ndim else 0


def _in_quarters(x: Array, draw: Draw) -> Array:
    """Entries of ±1/4 to ±4 instead: their sums are exact."""
    return draw.signed(np.asarray(draw.whole(1, 16, x.shape) / 4))


REPEATED = "one row repeated"
"""The kind that goes with the layout `zero-stride`."""

KINDS: Mapping[str, Make] = {
    "zeros": _zeros,
    "one zero": _one_zero,
    "zeros in a row": _zeros_in_a_row,
    "ties": _ties,
    "negative": _negative,
    "at a bound": _at_a_bound,
    "large": _large,
    "tiny": _tiny,
    "subnormal": _subnormal,
    "mixed scales": _mixed_scales,
    "ill-conditioned": _ill_conditioned,
    "nearly cancelling": _nearly_cancelling,
    REPEATED: _one_row_repeated,
}
"""Every kind but `generic`, which `values` draws."""

KINKY = ("zeros", "one zero", "zeros in a row", "ties", "at a bound")
"""Kinds at which an op may have no derivative."""

ORDINARY = (GENERIC, "negative")
"""Kinds at which floats behave like real numbers."""

EXTREME = ("large", "tiny", "subnormal", "mixed scales", "ill-conditioned", "nearly cancelling")
"""Kinds at which floats overflow, underflow or cancel, and the mathematics is as it is."""

ALL_KINDS = (*ORDINARY, *KINKY, *EXTREME)

_IN_ROWS = {"zeros in a row", "ties", "mixed scales", "ill-conditioned", "nearly cancelling", REPEATED}


def least_side(kind: str) -> int:
    """The smallest drawn side at which the kind shows."""
    return 0 if kind == GENERIC else 2 if kind in _IN_ROWS else 1


def numbers_in(parameters: Mapping[str, Any]) -> tuple[float, ...]:
    """The numbers of ordinary size among the parameters, in tuples and lists as well."""
    values = [
        each for value in parameters.values() for each in (value if isinstance(value, tuple | list) else (value,))
    ]
    real = [each for each in values if isinstance(each, int | float | np.integer | np.floating)]
    numbers = dict.fromkeys(float(each) for each in real if not isinstance(each, bool))
    return tuple(number for number in numbers if abs(number) < BEYOND)


def special_inputs(
    kind: str,
    space: Space,
    generic: Sequence[Array],
    seed: int,
    numbers: tuple[float, ...] = (),
    only: int | None = None,
) -> tuple[Array, ...] | None:
    """The generic arrays with those of `kind` in place of all of them, or of `only` one; None where none has room for it."""
    arrays = list(generic)
    changed = False
    for index, (spec, array) in enumerate(zip(space.inputs, generic, strict=True)):
        if only not in (None, index) or not array.size:
            continue
        draw = Draw(spec.sign, array.dtype, numbers, np.random.default_rng((seed, index, 0, _KEY)))
        made = KINDS[kind](array.astype(np.promote_types(array.dtype, np.float64)), draw)
        if made is not None:
            arrays[index] = np.asarray(made).astype(array.dtype)
            changed = True
    return tuple(arrays) if changed else None


def possible(kind: str, space: Space) -> bool:
    """Whether the sign of some input leaves room for the kind."""
    if kind == GENERIC:
        return True
    shape = (2, 2)
    trial = Space(space.inputs)
    arrays = attempt(trial, [shape] * len(space.inputs), 0, Style(), np.float64)
    return special_inputs(kind, trial, arrays, 0) is not None
