"""Ball arithmetic: every value encloses the true real number, so disjoint balls surely differ."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random
from typing import Any

import flint

from gradverify.numbers.field import Field
from gradverify.numbers.number import Number
from gradverify.numbers.signals import OutsideField, Tie, TooClose

ROUNDINGS = 2
"""A computed constant may be off by this many units in the last place: √(2/π) has gone through three roundings."""


class Balls(Field):
    """Enclosures by python-flint's `arb`; the value and what comparisons see are the same ball.

    A value outside its function's domain is NaN, which no comparison and no result may meet. With `loose`, a constant that
    stands for another number, as 1.4142135623730951 does for √2, is all the numbers that it may stand for.
    """

    name = "balls"
    certain = True

    def __init__(self, random: Random, bits: int = 256, loose: bool = False) -> None:
        self.bits = bits
        self.loose = loose
        super().__init__(random)

    def element(self, value: Fraction | float) -> Any:
        """The rational, enclosed."""
        return self.near(value)

    def rounded_constant(self, value: Fraction) -> Any:
        """The decimal itself or, if loose, all numbers within a few units of a float64's last place."""
        if not self.loose:
            return self.constant(value)
        ball = flint.arb(flint.fmpq(*value.as_integer_ratio()), ROUNDINGS * math.ulp(float(value)))
        return self.number(ball, self.zero, ball)

    def forget_tangents(self) -> None:
        """Keep them: here they also tell equal values that may differ, and how sensitive a gradient is."""

    def inverse(self, value: Any) -> Any:
        """1/value, where the ball does not hold 0."""
        if value.contains(0):
            raise OutsideField("a division by a value that may be 0")
        return 1 / value

    def half_turn(self) -> Any:
        """Π, enclosed."""
        pi = flint.arb.pi()
        return self.number(pi, self.zero, pi)

    def log_constant(self, value: Fraction) -> Any:
        """The logarithm, enclosed."""
        return self.constant(value).log()

    def compare(self, left: Number, right: Number) -> int:
        """The order, where the balls are disjoint; raises where they are not the same exact number either."""
        u, v = left.value, right.value
        if u > v:
            return 1
        if u < v:
            return -1
        if u is v or (u.is_exact() and v.is_exact() and u == v):
            if not left.tangent.overlaps(right.tangent):
                raise Tie
            return 0
        if not (u.is_finite() and v.is_finite()):
            raise OutsideField("a comparison of a value outside its function's domain")
        raise TooClose

    def as_rational(self, number: Number) -> Fraction | None:
        """The rational that an exact or very narrow ball is."""
        if number.tangent is not self.zero or number.value is None or not number.value.is_finite():
            return None
        known = self._rationals.get(id(number.value))
        if known is not None:
            return known[1]
        guess = Fraction(float(number.value.mid())).limit_denominator(64)
        inside = number.value.contains(flint.fmpq(guess.numerator, guess.denominator))
        return guess if inside and number.value.rel_accuracy_bits() > 100 else None

    def log1p(self, x: Any) -> Any:
        """log(1 + x), enclosed without the cancellation."""
        self.used.add("log")
        value = x.value.log1p()
        return self.number(value, self._times(1 / (1 + x.value), x.tangent), value)

    def expm1(self, x: Any) -> Any:
        """Eˣ − 1, enclosed without the cancellation."""
        self.used.add("exp")
        value = x.value.expm1()
        return self.number(value, self._times(x.value.exp(), x.tangent), value)

    def _times(self, slope: Any, tangent: Any) -> Any:
        return self.zero if tangent is self.zero else slope * tangent

    def value(self, name: str, x: Number, near: Any) -> Any:
        """The enclosure; √ has no slope at 0."""
        if name == "sqrt" and x.value.contains(0):
            raise Tie
        return near

    def power_value(self, base: Any, near: Any, exponent: Fraction) -> Any:
        """The enclosure."""
        return near
