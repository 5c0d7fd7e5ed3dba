"""Bounds the chance that a wrong identity holds at random residues (Schwartz, Zippel): its degree over their number.

A run on degrees in place of values gives, for every output's tangent and every gradient, the degrees of the rational
functions that they are of the random residues.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from random import Random
from typing import Any

from gradverify.numbers.field import Field
from gradverify.numbers.number import Number
from gradverify.numbers.prime import DRAWN

REMEMBERED = 100_000

COTANGENT = 1
"""The mark of what depends on a cotangent; the higher bits stand for the roots that a value depends on."""


class Degree:
    """Bounds on the degrees of a rational function's numerator and denominator.

    `power` bounds the degrees of its exponential, where the laws of the exponent field make that a rational function;
    `whole` is the integer that a constant is. A run meets few different degrees, so what two of them give is remembered.
    """

    __slots__ = ("above", "below", "hash", "marks", "power", "whole")

    def __init__(
        self,
        above: int,
        below: int,
        marks: int = 0,
        power: tuple[int, int] | None = None,
        whole: int | None = None,
    ) -> None:
        self.above = above
        self.below = below
        self.marks = marks
        self.power = power
        self.whole = whole
        self.hash = hash(self._fields())

    def _fields(self) -> tuple[Any, ...]:
        return (self.above, self.below, self.marks, self.power, self.whole)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Degree) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return self.hash

    @lru_cache(REMEMBERED)  # noqa: B019
    def with_marks(self, marks: int) -> Degree:
        """The same with these marks."""
        return Degree(self.above, self.below, marks, self.power, self.whole)

    @lru_cache(REMEMBERED)  # noqa: B019  # degrees are small, and so is what is remembered
    def __add__(self, other: Degree) -> Degree:
        if self.below or other.below:
            above = max(self.above + other.below, other.above + self.below)
        else:
            above = max(self.above, other.above)
        p, q = self.power, other.power
        power = None if p is None or q is None else (p[0] + q[0], p[1] + q[1])
        return Degree(above, self.below + other.below, self.marks | other.marks, power)

    def __sub__(self, other: Degree) -> Degree:
        return self + -other

    @lru_cache(REMEMBERED)  # noqa: B019
    def __mul__(self, other: Degree) -> Degree:
        power = None
        for constant, factor in ((self.whole, other.power), (other.whole, self.power)):
            if constant is not None and factor is not None:
                p, q = factor if constant >= 0 else factor[::-1]
                power = (abs(constant) * p, abs(constant) * q)
        return Degree(self.above + other.above, self.below + other.below, self.marks | other.marks, power)

    @lru_cache(REMEMBERED)  # noqa: B019
    def __neg__(self) -> Degree:
        whole = None if self.whole is None else -self.whole
        return Degree(self.above, self.below, self.marks, self.power and self.power[::-1], whole)

    @lru_cache(REMEMBERED)  # noqa: B019
    def reciprocal(self) -> Degree:
        """Numerator and denominator change places."""
        return Degree(self.below, self.above, self.marks)


CONSTANT = Degree(0, 0, 0, (0, 0))

UNKNOWN = Degree(1, 0, 0, (1, 0))


class DegreeField(Field):
    """Computes with degrees; `laws` are those of the exponent field, without them every function is an unknown."""

    name = "degrees"

    def __init__(self, random: Random, laws: bool = False) -> None:
        self.laws = laws
        self.roots = 0
        self.calls = 0
        self.reach = 1
        """The largest degree of an argument of a function or a comparison."""
        self.bounded = True
        """Whether every exponential was a rational function of the unknowns."""
        self.linear = True
        """Whether no cotangent was divided by or put into a function."""
        super().__init__(random)

    def element(self, value: Fraction | float) -> Any:
        """A constant."""
        p, q = value.as_integer_ratio()
        return Degree(0, 0, 0, (0, 0), p) if q == 1 else CONSTANT

    def random_element(self) -> Any:
        """An unknown."""
        return UNKNOWN

    random_value = random_element

    def as_cotangent(self, number: Number) -> Number:
        """The same, marked."""
        return self.number(number.value.with_marks(COTANGENT), number.tangent, number.near)

    def inverse(self, value: Any) -> Any:
        """The reciprocal: numerator and denominator change places."""
        self.linear = self.linear and not value.marks & COTANGENT
        return value.reciprocal()

    def compare(self, left: Number, right: Number) -> int:
        """By the enclosures; those that overlap were found equal by the field that is being bounded."""
        self._met(left)
        self._met(right)
        return int(left.near > right.near) - int(left.near < right.near)

    def as_rational(self, number: Number) -> Fraction | None:
        """What the enclosure of a constant says."""
        if number.tangent is not self.zero or number.value is None or number.value.above or number.value.below:
            return None
        return Fraction(float(number.near)).limit_denominator(64)

    def floor_of(self, near: Any) -> int:
        """Near the middle of the enclosure."""
        return math.floor(float(near))

    def value(self, name: str, x: Number, near: Any) -> Any:
        """An unknown, or what the laws make of it."""
        self._met(x)
        self.calls += 1
        marks = x.value.marks
        self.linear = self.linear and not marks & COTANGENT
        if name == "sqrt":
            self.roots += 1
            return Degree(x.value.above, x.value.below, marks | 1 << self.roots, (1, 0), x.value.whole)
        if name == "tanh":
            return Degree(1, 1, marks, (1, 0))
        if name in ("sin", "cos"):
            return Degree(2, 2, marks, (1, 0))
        if self.laws and name == "exp":
            self.bounded = self.bounded and x.value.power is not None
            above, below = x.value.power or (1, 0)
            return Degree(above, below, marks, (1, 0))
        if self.laws and name == "log":
            return Degree(self.reach, self.reach, marks, (x.value.above, x.value.below))
        return Degree(1, 0, marks, (1, 0))

    def power_value(self, base: Any, near: Any, exponent: Fraction) -> Any:
        """An unknown."""
        self.calls += 1
        return Degree(1, 0, base.marks, (1, 0))

    def _met(self, x: Number) -> None:
        self.reach = max(self.reach, x.value.above + x.value.below)


def failure_bits(field: DegreeField, tangents: Iterable[Any], gradients: Iterable[Any]) -> float:
    """−log₂ of the chance that residues drawn at random make a wrong backward pass; 0 where no bound is known.

    `tangents` are those of the outputs' entries, `gradients` the values of the gradients' entries. A wrong backward is
    wrong in one entry of the Jacobian, a rational function of the inputs whose degree follows from one tangent and one
    gradient; if that is not 0, the sum over all entries is 0 for a share of at most its degree in ȳ and ẋ. To this come
    accidental equalities: of two arguments of functions, and of two compared values. Roots double the degree, and the
    chance once more, because inputs are drawn again until they exist.
    """
    if not field.bounded:
        return 0.0
    t, g = _worst(tangents), _worst(gradients)
    entry = max(t.above + g.below, g.above + t.below)
    if not field.linear:
        entry *= g.above + g.below + 2
    entry <<= 2 * ((t.marks & ~COTANGENT).bit_count() + (g.marks & ~COTANGENT).bit_count())
    total = entry + t.above + g.above + field.reach * (field.calls**2 + 2 * len(field.decisions))
    return max(DRAWN - math.log2(max(total, 1)), 0.0)  # with a root in every row, a long column has none


def _worst(degrees: Iterable[Any]) -> Degree:
    """A degree as large as every one of these, with as many roots as any."""
    above = below = 0
    marks = 0
    for degree in degrees:
        above, below = max(above, degree.above), max(below, degree.below)
        if (degree.marks & ~COTANGENT).bit_count() > (marks & ~COTANGENT).bit_count():
            marks = degree.marks
    return Degree(above, below, marks)
