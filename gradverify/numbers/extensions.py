"""Larger models for identities that plain residues do not know: roots of everything, e^(a+b) = e^a·e^b, and degrees.

All of them are fields for the same `Number`: only the elements differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

import flint

from gradverify.numbers.fields import ORDER, PRIME, Field, PrimeField, near_value
from gradverify.numbers.number import Number
from gradverify.numbers.signals import OutsideField


@dataclass(frozen=True, slots=True)
class Gaussian:
    """a + b·i with i² = −1, over the residues modulo p: a field, because p ≡ 3 mod 4."""

    a: Any
    b: Any

    def __add__(self, other: Gaussian) -> Gaussian:
        return Gaussian(self.a + other.a, self.b + other.b)

    def __sub__(self, other: Gaussian) -> Gaussian:
        return Gaussian(self.a - other.a, self.b - other.b)

    def __mul__(self, other: Gaussian) -> Gaussian:
        return Gaussian(self.a * other.a - self.b * other.b, self.a * other.b + self.b * other.a)

    def __truediv__(self, other: Gaussian) -> Gaussian:
        norm = other.a * other.a + other.b * other.b
        return Gaussian((self.a * other.a + self.b * other.b) / norm, (self.b * other.a - self.a * other.b) / norm)

    def __neg__(self) -> Gaussian:
        return Gaussian(-self.a, -self.b)


class QuadraticField(PrimeField):
    """The field with p² elements, in which every residue has a square root."""

    name = "quadratic field"

    def element(self, value: Fraction) -> Any:
        """The residue, without an imaginary part."""
        return Gaussian(super().element(value), self.ring(0))

    def random_element(self) -> Any:
        """A random residue: inputs are drawn from the small field, as before."""
        return Gaussian(super().random_element(), self.ring(0))

    def _root(self, value: Any) -> Any:
        zero, half = self.ring(0), self.ring(1) / self.ring(2)
        if value.b == zero:
            root = _residue_root(value.a)
            return Gaussian(root, zero) if root is not None else Gaussian(zero, _residue_root(-value.a))
        size = _residue_root(value.a * value.a + value.b * value.b)
        if size is None:
            raise OutsideField("a root of a non-square")
        for length in (size, -size):
            real = _residue_root((value.a + length) * half)
            if real is not None and real != zero:
                return Gaussian(real, value.b * half / real)
        raise OutsideField("a root of a non-square")


def _residue_root(value: Any) -> Any:
    root = value ** ((PRIME + 1) // 4)
    return root if root * root == value else None


@dataclass(frozen=True, slots=True, eq=False)
class Exponential:
    """A residue v mod p with what its exponential is: e^x = ω^u·w, with u mod q and ω a root of unity of order q.

    `whole` is the integer that a constant is, for which e^(c·x) = (e^x)^c holds whatever x is.
    """

    field: ExponentField
    v: Any
    u: Any
    w: Any
    whole: int | None = None

    def __add__(self, other: Exponential) -> Exponential:
        return Exponential(self.field, self.v + other.v, self.u + other.u, self.w * other.w)

    def __sub__(self, other: Exponential) -> Exponential:
        return Exponential(self.field, self.v - other.v, self.u - other.u, self.w / other.w)

    def __neg__(self) -> Exponential:
        one = self.field.ring(1)
        return Exponential(self.field, -self.v, -self.u, one / self.w, None if self.whole is None else -self.whole)

    def __mul__(self, other: Exponential) -> Exponential:
        return Exponential(self.field, self.v * other.v, self.u * other.u, self.field.scaled(self, other))

    def __truediv__(self, other: Exponential) -> Exponential:
        v = self.v / other.v
        one = self.field.ring(1)
        plain = self.w == one and other.w == one
        if other.u == self.field.exponents(0):
            raise OutsideField("a division by an exponent that is 0")
        return Exponential(self.field, v, self.u / other.u, one if plain else self.field.opaque_w(v))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exponential) and bool(self.v == other.v)

    def __hash__(self) -> int:
        return hash(self.v)


class ExponentField(PrimeField):
    """Residues in which e^(a+b) = e^a·e^b, e^(log y) = y and log(e^x) = x hold: p = 2q + 1, exponents modulo q."""

    name = "exponent field"

    def __init__(self, random: Random) -> None:
        self.exponents = flint.fmpz_mod_ctx(ORDER)
        super().__init__(random)
        self.omega = self.ring(4) ** self.random.randrange(1, ORDER)  # a square other than 1 has the order q

    def element(self, value: Fraction) -> Any:
        """The rational in both moduli."""
        u = self.exponents(value.numerator) / self.exponents(value.denominator)
        whole = int(value) if value.denominator == 1 else None
        return Exponential(self, super().element(value), u, self.ring(1), whole)

    def random_element(self) -> Any:
        """A random residue with a random exponent."""
        return Exponential(self, super().random_element(), self._exponent(), self.ring(1))

    def _exponent(self) -> Any:
        return self.exponents(self.random.randrange(1, ORDER))

    def scaled(self, left: Exponential, right: Exponential) -> Any:
        """The w of a product: kept where one factor is a whole number, else a value of its own."""
        one = self.ring(1)
        if left.w == one and right.w == one:
            return one
        for constant, other in ((left, right), (right, left)):
            if constant.whole is not None:
                return other.w**constant.whole if constant.whole >= 0 else (one / other.w) ** -constant.whole
        return self.opaque_w(left.v * right.v)

    def opaque_w(self, v: Any) -> Any:
        """The w of something whose exponential obeys no law here."""
        return self._remember(("w", v), lambda: self.ring(self.random.randrange(1, PRIME)))

    def raw(self, name: str, argument: Number, exponent: Fraction | None) -> Number:
        """The exponential and the logarithm by their laws, everything else as in the prime field."""
        x = argument.value
        near = near_value(name, argument.near, exponent)
        if name == "exp":
            v = self.omega ** int(x.u) * x.w
            value = Exponential(self, v, self._remember(("u", v), self._exponent), self.ring(1))
            self.known[("log", v)] = x
            return self.number(value, self.zero, near)
        if name == "log":
            if x.v == self.ring(0):
                raise OutsideField("log 0")
            value = self._remember(("log", x.v), lambda: self._logarithm(x))
            return self.number(value, self.zero, near)
        return super().raw(name, argument, exponent)

    def _logarithm(self, x: Exponential) -> Exponential:
        return Exponential(self, super().random_element(), self.exponents(0), x.v)

    def _on_circle(self) -> tuple[Any, Any]:
        t = self.random_element()
        scale = self.one / (self.one + t * t)
        return (t + t) * scale, (self.one - t * t) * scale

    def _root(self, value: Any) -> Any:
        root = _residue_root(value.v)
        if root is None:
            raise OutsideField("a root of a non-square")
        return Exponential(self, root, self._exponent(), self.ring(1))


@dataclass(frozen=True, slots=True)
class Degree:
    """Bounds on the degrees of a rational function's numerator and denominator in the random residues."""

    above: int
    below: int

    def __add__(self, other: Degree) -> Degree:
        return Degree(max(self.above + other.below, other.above + self.below), self.below + other.below)

    __sub__ = __add__

    def __mul__(self, other: Degree) -> Degree:
        return Degree(self.above + other.above, self.below + other.below)

    def __truediv__(self, other: Degree) -> Degree:
        return Degree(self.above + other.below, self.below + other.above)

    def __neg__(self) -> Degree:
        return self


class DegreeField(Field):
    """Computes with degrees in place of values, to bound the chance that a wrong identity holds at random residues."""

    name = "degrees"

    def element(self, value: Fraction) -> Any:
        """A constant."""
        return Degree(0, 0)

    def random_element(self) -> Any:
        """An unknown."""
        return Degree(1, 0)

    def inverse(self, value: Any) -> Any:
        """The reciprocal: numerator and denominator change places."""
        return Degree(value.below, value.above)

    def compare(self, left: Number, right: Number) -> int:
        """By the approximations alone; equal ones count as equal."""
        u, v = float(left.near), float(right.near)
        return (u > v) - (u < v)

    def rounded(self, number: Number, rounding: Callable[[float], Any]) -> Any:
        """The whole number near the approximation."""
        return self.constant(Fraction(int(rounding(float(number.near)))))

    def function(self, name: str, argument: Number) -> Any:
        """An unknown of its own, whose slope is one as well, times the argument's tangent."""
        near = near_value(name, float(argument.near), None)
        slope = Degree(argument.value.above + argument.value.below + 2, argument.value.below + argument.value.above + 2)
        return self.number(Degree(1, 0), slope * argument.tangent, near)

    def _broken_power(self, base: Any, exponent: Fraction) -> Any:
        return self.function("log", base)

    def as_rational(self, number: Number) -> Fraction | None:
        """What the approximation of a constant is."""
        if number.value != self.zero or number.tangent != self.zero:
            return None
        return Fraction(float(number.near)).limit_denominator(64)


__all__ = ["DegreeField", "ExponentField", "QuadraticField"]
