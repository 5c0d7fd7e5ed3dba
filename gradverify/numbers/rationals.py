"""The rational numbers themselves, for values that are printed: there are no functions, only what arithmetic gives."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import flint

from gradverify.numbers.field import Field
from gradverify.numbers.number import Number
from gradverify.numbers.signals import NotExact, OutsideField, Tie


class Rationals(Field):
    """Exact rationals: value and approximation are the same."""

    name = "rationals"
    certain = True

    def element(self, value: Fraction | float) -> Any:
        """The rational."""
        return flint.fmpq(*value.as_integer_ratio())

    near = element

    def forget_tangents(self) -> None:
        """Keep them: here they also tell equal values that may differ."""

    def is_defined(self, number: Number) -> bool:
        """Always."""
        return True

    def near_quotient(self, u: Any, v: Any) -> Any:
        """The exact quotient."""
        return u / v

    def compare(self, left: Number, right: Number) -> int:
        """The exact order."""
        if left.value == right.value:
            if left.tangent != right.tangent:
                raise Tie
            return 0
        return 1 if left.value > right.value else -1

    def as_rational(self, number: Number) -> Fraction | None:
        """Any constant."""
        if number.value is None or number.tangent is not self.zero:
            return None
        return Fraction(int(number.value.p), int(number.value.q))

    def floor_of(self, near: Any) -> int:
        """The greatest whole number below."""
        if near.q == 1:
            raise Tie
        return int(near.floor())

    def function(self, name: str, x: Number) -> Any:
        """Only the root of a square is rational."""
        p, q = (math.isqrt(max(int(part), 0)) for part in (x.value.p, x.value.q))
        root = flint.fmpq(p, q)
        if name != "sqrt" or root * root != x.value:
            raise OutsideField(f"{name} of a rational")
        if not root:
            raise Tie
        self.used.add(name)
        return self.number(root, self.zero if x.tangent is self.zero else x.tangent / (2 * root), root)

    def _broken_power(self, base: Any, exponent: Fraction) -> Any:
        raise OutsideField("a fractional power of a rational")

    def log_constant(self, value: Fraction) -> Any:
        """Refuse: no logarithm is rational."""
        raise OutsideField("log of a rational")

    def rounded(self, number: Number, how: str) -> Any:
        """The same as elsewhere."""
        if number.value is None:
            raise NotExact("an infinity is rounded")
        return super().rounded(number, how)
