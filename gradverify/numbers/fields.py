"""The fields whose elements exact numbers are made of: a prime field, its quadratic extension, rationals, balls.

A field lifts constants (a float constant is read as its shortest decimal), inverts, compares approximations and gives the
elementary functions with their derivatives. Functions are opaque in the finite fields: a random value for each argument.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import flint
import numpy as np

from gradverify.numbers.infinite import infinite_class
from gradverify.numbers.number import Number
from gradverify.numbers.signals import NotExact, OutsideField, Tie, TooClose

PRIME = 2**127 - 2721
"""p = 2q + 1 with q prime: p ≡ 3 mod 4, and there are roots of unity of the prime order q."""

ORDER = (PRIME - 1) // 2

CLOSE = 1e-9
"""Approximations whose difference is a smaller share of their size than this are not compared."""


INNER = ("gradverify.numbers", "numpy")
"""Modules that compare on behalf of the op's code."""


class Field:
    """What all fields share. A subclass says what its elements are; numbers of its own class point back to it."""

    name: str
    certain: bool = False
    """Whether a difference found in this field is a difference of the real functions."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.number: type[Number] = type("Number", (Number,), {"field": self, "__slots__": ()})
        self.decisions: list[int] = []
        """The outcomes of all comparisons so far: runs with equal ones took the same branches."""
        self.sites: dict[tuple[str, int], set[int]] = {}
        """For each line of the op's code that compares, which outcomes were seen there."""
        self.used: set[str] = set()
        """The functions met, beside the arithmetic operations."""
        self.zero = self.element(Fraction(0))
        self.one = self.element(Fraction(1))

    def element(self, value: Fraction) -> Any:
        """The field's element for a rational."""
        raise NotImplementedError

    def near(self, value: Fraction) -> Any:
        """The approximation of a rational."""
        return float(value)

    def constant(self, value: Fraction) -> Any:
        """A number that does not depend on the inputs."""
        return self.number(self.element(value), self.zero, self.near(value))

    def decide(self, order: int) -> None:
        """Note the outcome of a comparison, and the line of the op's own code that it is made for."""
        frame = sys._getframe(2)
        while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(INNER):
            frame = frame.f_back
        self.sites.setdefault((frame.f_code.co_filename, frame.f_lineno), set()).add(order)
        self.decisions.append(order)

    def lift(self, other: Any) -> Any:
        """The number that a Python or NumPy number stands for; `NotImplemented` for anything else."""
        if isinstance(other, Number):
            if type(other).field is not self:
                raise NotExact("numbers of two exact runs meet: the op keeps values from one call to another")
            return other
        if isinstance(other, bool | int | np.integer | np.bool_):
            return self.constant(Fraction(int(other)))
        if isinstance(other, float | np.floating):
            if not math.isfinite(other):
                return self.infinite(float(other))
            # The shortest decimal is what the author wrote: 0.1 is 1/10, not the nearest binary fraction.
            return self.constant(Fraction(repr(float(other)) if not isinstance(other, np.floating) else str(other)))
        if isinstance(other, Fraction):
            return self.constant(other)
        return NotImplemented

    def infinite(self, value: float) -> Any:
        """±∞ and NaN, as constants."""
        if math.isnan(value):
            raise NotExact("a NaN constant")
        return infinite_class(self.number)(value)

    def inverse(self, value: Any) -> Any:
        """1/value."""
        if value == self.zero:
            raise OutsideField("a division by 0")
        return self.one / value

    def near_quotient(self, u: Any, v: Any) -> Any:
        """The quotient of two approximations."""
        return u / v if v else math.nan

    def compare(self, left: Number, right: Number) -> int:
        """−1, 0 or 1, from the approximations; raises where they cannot tell."""
        if left.value == right.value:
            if left.tangent != right.tangent:
                raise Tie
            return 0
        u, v = left.near, right.near
        if not (math.isfinite(u) and math.isfinite(v)):
            raise NotExact("a comparison of values that overflow")
        if abs(u - v) <= CLOSE * max(abs(u), abs(v)):
            raise TooClose
        return 1 if u > v else -1

    def rounded(self, number: Number, rounding: Callable[[float], Any]) -> Any:
        """A whole number near a number; at a whole number itself the rounding jumps."""
        near = float(number.near)
        if not math.isfinite(near):
            raise NotExact("a value that overflows is rounded")
        if abs(near - round(near)) <= CLOSE * max(1.0, abs(near)):
            whole = round(near)
            if number.value == self.element(Fraction(whole)) and number.tangent == self.zero:
                return self.constant(Fraction(whole))
            raise Tie
        return self.constant(Fraction(int(rounding(near))))

    def power(self, base: Any, exponent: Any) -> Any:
        """base^exponent: whole powers by multiplication, √ as itself, all others by e^(exponent·log base)."""
        plain = exponent
        if isinstance(exponent, Number):
            known = self.as_rational(exponent)
            plain = exponent if known is None else known
        if isinstance(plain, float | np.floating | int | np.integer | np.bool_ | Fraction):
            plain = _as_fraction(plain)
            if plain.denominator == 1:
                return self._whole_power(base, int(plain))
            if plain.denominator == 2:
                root = base.sqrt()
                return self._whole_power(root, plain.numerator)
            return self._broken_power(base, plain)
        lifted = self.lift(exponent)
        if lifted is NotImplemented:
            return lifted
        return (lifted * base.log()).exp()

    def as_rational(self, number: Number) -> Fraction | None:
        """The small rational that a constant is, if the field can tell."""
        if number.tangent != self.zero:
            return None
        try:
            guess = Fraction(float(number.near)).limit_denominator(64)
        except (ValueError, OverflowError):
            return None
        return guess if number.value == self.element(guess) else None

    def _whole_power(self, base: Any, exponent: int) -> Any:
        if exponent < 0:
            return 1 / self._whole_power(base, -exponent)
        if exponent > 4096:
            raise NotExact(f"the power {exponent}")
        result = self.constant(Fraction(1))
        while exponent:
            if exponent & 1:
                result = result * base
            base, exponent = base * base, exponent >> 1
        return result

    def _broken_power(self, base: Any, exponent: Fraction) -> Any:
        self.used.add("power")
        value = self.raw("power", base, exponent)
        slope = self.element(exponent) * value.value * self.inverse(base.value)
        return self.number(value.value, slope * base.tangent, value.near)

    def function(self, name: str, argument: Number) -> Any:
        """An elementary function with its derivative."""
        self.used.add(name)
        plain = self.number(argument.value, self.zero, argument.near)
        value = self.raw(name, plain, None)
        if argument.tangent == self.zero:
            return value
        slope = SLOPES[name](plain, value)
        return self.number(value.value, slope.value * argument.tangent, value.near)

    def log1p(self, x: Any) -> Any:
        """log(1 + x)."""
        return (1 + x).log()

    def expm1(self, x: Any) -> Any:
        """Eˣ − 1."""
        return x.exp() - 1

    def raw(self, name: str, argument: Number, exponent: Fraction | None) -> Number:
        """The value of a function, without its derivative."""
        raise NotImplementedError


def _as_fraction(value: Any) -> Fraction:
    """A plain number as the fraction that was written: a float by its shortest decimal."""
    if isinstance(value, Fraction):
        return value
    return Fraction(repr(float(value))) if isinstance(value, float | np.floating) else Fraction(int(value))


SLOPES: dict[str, Callable[[Any, Any], Any]] = {
    "exp": lambda x, y: y,
    "log": lambda x, y: 1 / x,
    "sqrt": lambda x, y: 1 / (2 * y),
    "tanh": lambda x, y: 1 - y * y,
    "sin": lambda x, y: x.cos(),
    "cos": lambda x, y: -x.sin(),
    "arctan": lambda x, y: 1 / (1 + x * x),
    "arcsin": lambda x, y: 1 / (1 - x * x).sqrt(),
    "arccos": lambda x, y: -1 / (1 - x * x).sqrt(),
    "erf": lambda x, y: x.field.lift(2 / math.sqrt(math.pi)) * (-x * x).exp(),
    "gammaln": lambda x, y: x.field.function("digamma", x),
    "digamma": lambda x, y: x.field.function("trigamma", x),
}
"""f′(x), given x and y = f(x)."""


def near_value(name: str, near: float, exponent: Fraction | None) -> float:
    """The approximation of a function's value."""
    try:
        if name == "power":
            assert exponent is not None
            return float(near ** float(exponent)) if near >= 0 else math.nan
        return float(NEAR[name](near))
    except (ValueError, OverflowError):
        return math.inf if name == "exp" else math.nan


NEAR: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "sin": math.sin,
    "cos": math.cos,
    "arctan": math.atan,
    "arcsin": math.asin,
    "arccos": math.acos,
    "erf": math.erf,
    "gammaln": math.lgamma,
    "digamma": lambda x: float(flint.arb(x).digamma()),
    "trigamma": lambda x: math.nan,
}


class PrimeField(Field):
    """Residues modulo p. A function's value is random, once for each argument; a root is a true root where there is one."""

    name = "prime field"

    def __init__(self, random: Random) -> None:
        self.ring = flint.fmpz_mod_ctx(PRIME)
        self.known: dict[Any, Any] = {}
        super().__init__(random)

    def element(self, value: Fraction) -> Any:
        """The residue."""
        if value.denominator == 1:
            return self.ring(value.numerator)
        return self.ring(value.numerator) / self.ring(value.denominator)

    def random_element(self) -> Any:
        """A uniformly random residue."""
        return self.ring(self.random.randrange(PRIME))

    def raw(self, name: str, argument: Number, exponent: Fraction | None) -> Number:
        """A random residue, remembered; sin and cos of one argument lie on the circle."""
        near = near_value(name, argument.near, exponent)
        if name == "sqrt":
            return self.number(self.root(argument.value), self.zero, near)
        if name == "tanh":  # by way of e^−2x, so that code which writes it with exp agrees
            return self._tanh(argument, near)
        if name in ("sin", "cos"):
            sine, cosine = self._remember(("circle", argument.value), self._on_circle)
            return self.number(sine if name == "sin" else cosine, self.zero, near)
        value = self._remember((name, exponent, argument.value), self.random_element)
        if name == "exp" and argument.value == self.zero:
            value = self.one
        if name == "log" and argument.value == self.one:
            value = self.zero
        return self.number(value, self.zero, near)

    def _tanh(self, argument: Number, near: float) -> Number:
        falling = self.raw("exp", self.number(-(argument.value + argument.value), self.zero, -2 * argument.near), None)
        value = (self.one - falling.value) * self.inverse(self.one + falling.value)
        return self.number(value, self.zero, near)

    def _remember(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]

    def _on_circle(self) -> tuple[Any, Any]:
        t = self.random_element()
        scale = self.inverse(self.one + t * t)
        return (t + t) * scale, (self.one - t * t) * scale

    def root(self, value: Any) -> Any:
        """A square root, the same one for the same residue."""
        if value == self.zero:
            raise Tie  # the slope of √ at 0
        return self._remember(("sqrt", value), lambda: self._root(value))

    def _root(self, value: Any) -> Any:
        root = value ** ((PRIME + 1) // 4)
        if root * root != value:
            raise OutsideField("a root of a non-square")
        return root


class Rationals(Field):
    """Exact rationals, for values that are printed. There are no functions, and only roots of squares."""

    name = "rationals"
    certain = True

    def element(self, value: Fraction) -> Any:
        """The rational."""
        return flint.fmpq(value.numerator, value.denominator)

    def near(self, value: Fraction) -> Any:
        """The rational itself: comparisons are exact."""
        return self.element(value)

    def near_quotient(self, u: Any, v: Any) -> Any:
        """The exact quotient."""
        return u / v if v else self.zero

    def compare(self, left: Number, right: Number) -> int:
        """The exact order."""
        if left.value == right.value:
            if left.tangent != right.tangent:
                raise Tie
            return 0
        return 1 if left.value > right.value else -1

    def raw(self, name: str, argument: Number, exponent: Fraction | None) -> Number:
        """Refuse: the value is not rational."""
        raise OutsideField(f"{name} of a rational")


class Balls(Field):
    """Ball arithmetic: every value encloses the true real number, so disjoint balls surely differ."""

    name = "balls"
    certain = True

    def __init__(self, random: Random, bits: int = 256) -> None:
        self.bits = bits
        super().__init__(random)

    def element(self, value: Fraction) -> Any:
        """The rational, enclosed."""
        return flint.arb(flint.fmpq(value.numerator, value.denominator))

    def near(self, value: Fraction) -> Any:
        """The ball itself."""
        return self.element(value)

    def inverse(self, value: Any) -> Any:
        """1/value, where the ball does not hold 0."""
        if value.contains(0):
            raise OutsideField("a division by a value that may be 0")
        return 1 / value

    def near_quotient(self, u: Any, v: Any) -> Any:
        """The quotient, enclosed."""
        return u / v

    def compare(self, left: Number, right: Number) -> int:
        """The order, where the balls are disjoint; raises where they are not the same exact number either."""
        u, v = left.value, right.value
        if u > v:
            return 1
        if u < v:
            return -1
        if u.is_exact() and v.is_exact() and u == v:
            if not (left.tangent.overlaps(right.tangent)):
                raise Tie
            return 0
        raise TooClose

    def rounded(self, number: Number, rounding: Callable[[float], Any]) -> Any:
        """The same as elsewhere, from the ball's midpoint."""
        near = float(number.value.mid())
        if abs(near - round(near)) <= CLOSE * max(1.0, abs(near)):
            raise Tie
        return self.constant(Fraction(int(rounding(near))))

    def as_rational(self, number: Number) -> Fraction | None:
        """The rational that an exact ball is."""
        if not number.value.is_exact() or not number.tangent.is_zero():
            guess = Fraction(float(number.value.mid())).limit_denominator(64)
            inside = number.value.contains(flint.fmpq(guess.numerator, guess.denominator))
            narrow = number.value.rel_accuracy_bits() > 100
            return guess if inside and narrow and number.tangent.is_zero() else None
        return Fraction(float(number.value.mid()))

    def log1p(self, x: Any) -> Any:
        """log(1 + x), enclosed without the cancellation."""
        value = x.value.log1p()
        if not value.is_finite():
            raise OutsideField("log1p outside its domain")
        self.used.add("log")
        return self.number(value, x.tangent / (1 + x.value), value)

    def expm1(self, x: Any) -> Any:
        """Eˣ − 1, enclosed without the cancellation."""
        value = x.value.expm1()
        self.used.add("exp")
        return self.number(value, x.value.exp() * x.tangent, value)

    def function(self, name: str, argument: Number) -> Any:
        """A function with its derivative, enclosed."""
        made = super().function(name, argument)
        if not made.value.is_finite():
            raise OutsideField(f"{name} outside its domain")
        return made

    def raw(self, name: str, argument: Number, exponent: Fraction | None) -> Number:
        """The value, enclosed."""
        if name == "power":
            assert exponent is not None
            value = argument.value ** self.element(exponent)
        elif name == "sqrt" and argument.value.contains(0):
            raise Tie
        else:
            value = ENCLOSED[name](argument.value)
        return self.number(value, self.zero, value)


ENCLOSED: dict[str, Callable[[Any], Any]] = {
    "exp": lambda u: u.exp(),
    "log": lambda u: u.log(),
    "sqrt": lambda u: u.sqrt(),
    "tanh": lambda u: u.tanh(),
    "sin": lambda u: u.sin(),
    "cos": lambda u: u.cos(),
    "arctan": lambda u: u.atan(),
    "arcsin": lambda u: u.asin(),
    "arccos": lambda u: u.acos(),
    "erf": lambda u: u.erf(),
    "gammaln": lambda u: u.lgamma(),
    "digamma": lambda u: u.digamma(),
}
