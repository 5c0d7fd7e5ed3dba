"""Which sizes a factor is made of that differs from shape to shape: n, 1/n, m·n, (n − 1)/n, 1/√n."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from gradverify.diagnosis.elements import rational
from gradverify.diagnosis.points import Point
from gradverify.diagnosis.words import number, power

ROUNDED = 1e-14
"""How far the square of a rounded constant may be from a whole number or a fraction, as a share of it."""

EXPONENTS = (1, -1, 2, -2, 3, -3)


@dataclass(frozen=True)
class Sized:
    """A factor in words, and what to do about it."""

    factor: str
    remedy: str


def sizes_behind(ratios: Sequence[tuple[Point, Any]]) -> Sized | None:
    """The product of sizes, times a constant, that these factors are at their points; None where there is none.

    At least two different values must be explained, so that n is told from the number that it happens to be.
    """
    squared = False
    values = [rational(ratio) for _, ratio in ratios]
    if None in values:
        squared = True
        values = [_squared(point, ratio) for point, ratio in ratios]
    if None in values or len(set(values)) < 2:
        return None
    points = [point for point, _ in ratios]
    for parts in _products(_names(points)):
        rest = {value / _value(parts, point) for value, point in zip(values, points, strict=True) if value is not None}
        if len(rest) == 1 and (constant := rest.pop()) != 0:
            return _sized(constant, parts, squared)
    return None


def _squared(point: Point, ratio: Any) -> Fraction | None:
    """The square of a ratio; where the code has rounded constants, as np.sqrt(3), the rational that it is close to."""
    exactly = rational(ratio * ratio)
    if exactly is not None or not point.seen.field.rounded_constants:
        return exactly
    written = float(ratio.mid()) if hasattr(ratio, "mid") else rational(ratio, 2**60)  # a decimal of 17 digits
    if written is None:
        return None
    square = float(written) ** 2
    guess = Fraction(square).limit_denominator(256)
    return guess if abs(float(guess) - square) <= ROUNDED * square else None


Sides = tuple[tuple[int, int], ...]

Part = tuple[str, Sides, int, int]
"""A name, the sides it is the product of (input, axis), what is added to it, and its exponent."""


def _names(points: Sequence[Point]) -> list[tuple[str, Sides]]:
    """The sides that inputs have, by the size's name or as in Python; outputs' sides have the places after the inputs'."""
    arrays = [*points[0].seen.inputs, *points[0].seen.outputs]
    names = list(points[0].laboratory.op.inputs)
    names += ["y"] if len(points[0].seen.outputs) == 1 else [f"y{k}" for k in range(len(points[0].seen.outputs))]
    found: list[tuple[str, Sides]] = [
        (f"{names[k]}.shape[{axis}]", ((k, axis),))
        for k, array in enumerate(arrays)
        for axis in range(len(array.shape))
    ]
    found += [
        (f"{names[k]}.size", tuple((k, axis) for axis in range(len(array.shape))))
        for k, array in enumerate(arrays)
        if len(array.shape) > 1
    ]
    return found


def _products(names: Sequence[tuple[str, Sides]]) -> Iterator[tuple[Part, ...]]:
    for exponent in EXPONENTS:
        for name, sides in names:
            yield ((name, sides, 0, exponent),)
    for name, sides in names:
        for add in (-1, 1):
            yield ((name, sides, add, 1), (name, sides, 0, -1))
            yield ((name, sides, 0, 1), (name, sides, add, -1))
            yield ((name, sides, add, 1),)
            yield ((name, sides, add, -1),)
    for (a, a_sides), (b, b_sides) in combinations(names, 2):
        for p in (1, -1):
            for q in (1, -1):
                yield ((a, a_sides, 0, p), (b, b_sides, 0, q))


def _value(parts: tuple[Part, ...], point: Point) -> Fraction:
    shapes = [array.shape for array in (*point.seen.inputs, *point.seen.outputs)]
    result = Fraction(1)
    for _, sides, add, exponent in parts:
        base = 1
        for k, axis in sides:
            base *= shapes[k][axis]
        if base + add == 0:
            return Fraction(1)  # 0 to some power: the factor is then not told
        result *= Fraction(base + add) ** exponent
    return result


def _sized(constant: Fraction, parts: tuple[Part, ...], squared: bool) -> Sized:
    words = [power(name if not add else f"({name} {'−' if add < 0 else '+'} 1)", e) for name, _, add, e in parts]
    inverse = [power(name if not add else f"({name} {'−' if add < 0 else '+'} 1)", -e) for name, _, add, e in parts]
    first = [] if constant == 1 else [number(constant)]
    last = [] if constant == 1 else [number(1 / constant)]
    factor, missing = "·".join(first + words), "·".join(last + inverse)
    if squared:
        factor, missing = f"√({factor})", f"√({missing})"
    return Sized(factor, f"a factor of {missing} is missing")
