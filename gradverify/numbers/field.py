"""What the fields share whose elements exact numbers are made of.

A field lifts constants, inverts, compares enclosures of the real values and gives the elementary functions with their
derivatives. It notes every comparison, because an identity found in it holds where the comparisons come out the same.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import flint
import numpy as np

from gradverify.numbers.array import exact_array
from gradverify.numbers.beyond import beyond_class
from gradverify.numbers.constants import as_written
from gradverify.numbers.elementary import ENCLOSED, SLOPES
from gradverify.numbers.number import Number
from gradverify.numbers.signals import NotExact, OutsideField, Tie, TooClose
from gradverify.numbers.untracked import OPERATORS

MOST_DECISIONS = 1_000_000
"""More comparisons than this in one run: a loop that waits for floats to become equal never ends on exact numbers."""

_INNER = (*(str(Path(file).parent) for file in (__file__, np.__file__)), "<")


@cache
def is_inner(file: str) -> bool:
    """Whether code in this file compares on behalf of the op's."""
    return file.startswith(_INNER)


class Field:
    """What all fields share. A subclass says what its elements are; numbers of its own class point back to it."""

    name: str
    certain: bool = False
    """Whether a difference found in this field is a difference of the real functions."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.zero = self.element(Fraction(0))
        self.one = self.element(Fraction(1))
        self.number: type[Number] = type("Number", (Number,), {"field": self, "zero": self.zero, "__slots__": ()})
        self.beyond = beyond_class(self.number)
        self.tracking = True
        """Whether results have tangents."""
        self.decisions: list[int] = []
        """The outcomes of all comparisons so far: runs with equal ones took the same branches."""
        self.roundings: list[int] = []
        """The whole numbers that values were rounded to so far."""
        self.sites: dict[tuple[str, int], set[int]] = defaultdict(set)
        """For each line of the op's code that compares, which outcomes were seen there."""
        self.frame: FrameType | None = None
        """The frame that compared last, on behalf of the op's code; `binding` lets go of it."""
        self._outcomes: set[int] = set()
        self.used: set[str] = set()
        """The functions met, beside the arithmetic operations."""
        self.rounded_constants = False
        """Whether a constant was met that stands for another number, so that the code is exact only up to rounding."""
        self._constants: dict[tuple[type, Any], Any] = {}
        self._rationals: dict[int, tuple[Any, Fraction]] = {}

    # Elements and constants.

    def element(self, value: Fraction | float) -> Any:
        """The field's element for a rational; a float is here the binary fraction that it is."""
        raise NotImplementedError

    def near(self, value: Fraction | float) -> Any:
        """The enclosure of a rational."""
        return flint.arb(value) if type(value) is float else flint.arb(flint.fmpq(*value.as_integer_ratio()))

    def is_defined(self, number: Number) -> bool:
        """Whether this is a real number: the logarithm of a negative one is not."""
        return bool(number.near.is_finite())

    def forget_tangents(self) -> None:
        """From here on, compute without tangents: the forward is over."""
        self.tracking = False
        for name, operator in OPERATORS.items():
            setattr(self.number, name, operator)

    def as_cotangent(self, number: Number) -> Number:
        """The number as an entry of a cotangent."""
        return number

    def constant(self, value: Fraction) -> Any:
        """A number that does not depend on the inputs."""
        made = self.number(self.element(value), self.zero, self.near(value))
        self._rationals[id(made.value)] = made.value, value  # the element is kept, so that its id is its own
        return made

    def rounded_constant(self, value: Fraction) -> Any:
        """The number for a decimal that stands for another number."""
        return self.constant(value)

    def lift(self, other: Any) -> Any:
        """The number that a Python or NumPy number stands for; `NotImplemented` for anything else."""
        if isinstance(other, Number):
            if type(other).field is not self:
                raise NotExact("numbers of two exact runs meet: the op keeps values from one call to another")
            return other
        key = (type(other), other)
        try:
            return self._constants[key]
        except KeyError:
            made = self._constants[key] = self._lifted(other)
            return made
        except TypeError:  # a list, an array: nothing that can be hashed is a number
            return NotImplemented

    def _lifted(self, other: Any) -> Any:
        if isinstance(other, float | np.floating) and not math.isfinite(other):
            if math.isnan(other):
                raise NotExact("a NaN constant")
            return self.beyond(float(other))
        written = as_written(other)
        if written is None:
            return NotImplemented
        if not written.rounded:
            return self.constant(written.value)
        self.rounded_constants = True
        return self.rounded_constant(written.value)

    def scalar(self, number: Number) -> Any:
        """The number in an array of no axes."""
        return exact_array([number], ())

    def inverse(self, value: Any) -> Any:
        """1/value."""
        if value == self.zero:
            raise OutsideField("a division by 0")
        return self.one / value

    def near_quotient(self, u: Any, v: Any) -> Any:
        """The quotient of two enclosures."""
        return u / v

    def over_zero(self, number: Number) -> Any:
        """A number divided by the constant 0: ±∞ or undefined, as in floats, and harmless if it is not used."""
        return self.beyond(math.nan if number.value == self.zero else math.inf * number.sign())

    def half_turn(self) -> Any:
        """π, by the decimal that code knows it by."""
        return self.lift(math.pi)

    def log_constant(self, value: Fraction) -> Any:
        """The logarithm of a constant, by the decimal that code knows it by."""
        return self.lift(math.log(value))

    # Comparisons.

    def compare(self, left: Number, right: Number) -> int:
        """−1, 0 or 1; raises where the enclosures overlap and the elements are not the same."""
        u, v = left.near, right.near
        if u > v:
            return 1
        if u < v:
            return -1
        if left is right or left.value == right.value:
            if self.tracking and left.tangent != right.tangent:
                raise Tie
            return 0
        if not (u.is_finite() and v.is_finite()):
            raise OutsideField("a comparison of a value outside its function's domain")
        raise Tie if u.is_exact() and v.is_exact() else TooClose

    def decide(self, order: int) -> None:
        """Note the outcome of a comparison, and the line of the op's own code that it is made for."""
        frame = sys._getframe(3)  # this, `against` and the operator are ours
        if frame is not self.frame:  # else the loop of a ufunc goes on
            self.frame = frame
            while is_inner(frame.f_code.co_filename) and frame.f_back is not None:
                frame = frame.f_back
            self._outcomes = self.sites[frame.f_code.co_filename, frame.f_lineno]
            if self.frame is frame:  # the op's own frame goes on to other lines
                self.frame = None
        self._outcomes.add(order)
        self.decisions.append(order)
        if len(self.decisions) > MOST_DECISIONS:
            raise NotExact(f"more than {MOST_DECISIONS} comparisons")

    def rounded(self, number: Number, how: str) -> Any:
        """The whole number that `np.floor`, `ceil`, `trunc` or `rint` gives; where one of these jumps is a kink."""
        known = self.as_rational(number)
        if known is not None:
            roundings: dict[str, Callable[[Fraction], int]] = {
                "floor": math.floor,
                "ceil": math.ceil,
                "trunc": math.trunc,
                "rint": round,
            }
            return self.lift(roundings[how](known))
        below = self.floor_of(number.near + self.near(Fraction(1, 2)) if how == "rint" else number.near)
        up = how == "ceil" or (how == "trunc" and number.sign() < 0)
        self.roundings.append(below + up)
        return self.lift(below + up)

    def floor_of(self, near: Any) -> int:
        """The greatest whole number below an enclosure that holds none."""
        if not near.is_finite():
            raise OutsideField("a value outside its function's domain is rounded")
        below = near.floor().unique_fmpz()
        if below is None or near.contains_integer():
            raise Tie if near.is_exact() else TooClose
        return int(below)

    # Powers and functions.

    def power(self, base: Any, exponent: Any) -> Any:
        """base^exponent: whole powers by multiplication, √ as itself, all others by e^(exponent·log base)."""
        if type(exponent) is int:
            return self._whole_power(base, exponent)
        plain = (
            self.as_rational(exponent) if isinstance(exponent, Number) else getattr(as_written(exponent), "value", None)
        )
        if plain is not None:
            if plain.denominator == 1:
                return self._whole_power(base, int(plain))
            if plain.denominator == 2:
                return self._whole_power(base.sqrt(), plain.numerator)
            return self._broken_power(base, plain)
        lifted = self.lift(exponent)
        if lifted is NotImplemented:
            return lifted
        known = self.as_rational(base)
        return (lifted * (base.log() if known is None or known <= 0 else self.log_constant(known))).exp()

    def as_rational(self, number: Number) -> Fraction | None:
        """The rational that a constant is, if the field can tell."""
        if number.tangent is not self.zero or number.value is None:
            return None
        known = self._rationals.get(id(number.value))
        if known is not None:
            return known[1]
        try:
            guess = Fraction(float(number.near)).limit_denominator(64)
        except (ValueError, OverflowError):
            return None
        return guess if number.value == self.element(guess) else None

    def _whole_power(self, base: Any, exponent: int) -> Any:
        if exponent == 2:
            return base * base
        if exponent < 0:
            return 1 / self._whole_power(base, -exponent)
        if exponent > 4096:
            raise NotExact(f"the power {exponent}")
        result: Any = None
        while exponent:
            if exponent & 1:
                result = base if result is None else result * base
            exponent >>= 1
            if exponent:
                base = base * base
        return self.lift(1) if result is None else result

    def _broken_power(self, base: Any, exponent: Fraction) -> Any:
        self.used.add("power")
        near = base.near ** self.near(exponent)
        value = self.power_value(base.value, near, exponent)
        if base.tangent is self.zero:
            return self.number(value, self.zero, near)
        slope = self.element(exponent) * value * self.inverse(base.value)
        return self.number(value, slope * base.tangent, near)

    def function(self, name: str, x: Number) -> Any:
        """An elementary function with its derivative."""
        self.used.add(name)
        near = ENCLOSED[name](x.near)
        value = self.value(name, x, near)
        zero = self.zero
        made = self.number(value, zero, near)
        if x.tangent is zero or not self.tracking:
            return made
        if name == "exp":
            made.tangent = value * x.tangent
        elif name not in SLOPES:
            raise NotExact(f"the derivative of {name}")
        else:
            made.tangent = SLOPES[name](self.number(x.value, zero, x.near), made).value * x.tangent
        return made

    def log1p(self, x: Any) -> Any:
        """log(1 + x)."""
        return (1 + x).log()

    def expm1(self, x: Any) -> Any:
        """Eˣ − 1."""
        return x.exp() - 1

    def value(self, name: str, x: Number, near: Any) -> Any:
        """The element that is a function's value."""
        raise NotImplementedError

    def power_value(self, base: Any, near: Any, exponent: Fraction) -> Any:
        """The element that is a fractional power's value."""
        raise NotImplementedError
