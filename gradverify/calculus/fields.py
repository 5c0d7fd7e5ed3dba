"""The two kinds of numbers an expression is evaluated in: exact rationals, and balls that surely hold the real value.

Both come from FLINT. Values that cannot be used (a division by 0, a kink, a root of a negative number) raise
`OutsideDomain`; what rationals cannot express raises `NeedsBalls`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any, Protocol

import flint

from gradverify.calculus.terms import Rational


class OutsideDomain(Exception):
    """The drawn values lie where the expression is not defined or not differentiable: draw others."""


class NeedsBalls(Exception):
    """The value is not rational: evaluate in balls instead."""


class Field(Protocol):
    """What an evaluation needs of its numbers, beside + − × ÷."""

    name: str

    def number(self, value: Rational) -> Any:
        """The constant."""

    def draw(self, largest: int) -> Any:
        """A random positive value; `largest` says how many different ones there are."""

    def pi(self) -> Any:
        """The number π."""

    def power(self, base: Any, exponent: Fraction) -> Any:
        """base^exponent for an exponent that is not whole."""

    def function(self, name: str, orders: tuple[int, ...], arguments: tuple[Any, ...]) -> Any:
        """The value of a function."""

    def is_positive(self, value: Any) -> bool:
        """The sign of a value that is not 0."""

    def surely_differ(self, left: Any, right: Any) -> bool:
        """Whether two values are different beyond doubt."""

    def functions(self) -> Mapping[Any, Any]:
        """What was drawn for the functions of which nothing is known."""

    def precision(self) -> AbstractContextManager[Any]:
        """The context in which its arithmetic is to be done."""


@dataclass
class Rationals:
    """Exact rational arithmetic. A function about which nothing is known gets a random value at each new argument."""

    random: Random
    largest: int = 9
    name: str = "exactly"
    known: dict[Any, Any] = field(default_factory=dict)

    def number(self, value: Rational) -> Any:
        """The constant."""
        return flint.fmpq(value.numerator, value.denominator)

    def draw(self, largest: int) -> Any:
        """A whole number from 1 to `largest`."""
        return flint.fmpq(self.random.randint(1, largest))

    def pi(self) -> Any:
        """Leave π to the balls."""
        raise NeedsBalls

    def power(self, base: Any, exponent: Fraction) -> Any:
        """Leave roots to the balls."""
        raise NeedsBalls

    def function(self, name: str, orders: tuple[int, ...], arguments: tuple[Any, ...]) -> Any:
        """A value drawn once per argument: some smooth function passes through any finite number of them."""
        if name in REAL_FUNCTIONS:
            raise NeedsBalls
        key = (name, orders, arguments)
        if key not in self.known:
            self.known[key] = flint.fmpq(self.random.choice((-1, 1)) * self.random.randint(1, self.largest))
        return self.known[key]

    def is_positive(self, value: Any) -> bool:
        """The sign; 0 is a kink."""
        if value == 0:
            raise OutsideDomain
        return bool(value > 0)

    def surely_differ(self, left: Any, right: Any) -> bool:
        """Exact comparison."""
        return bool(left != right)

    def functions(self) -> Mapping[Any, Any]:
        """The value of each function, and derivative, at each argument."""
        return self.known

    def precision(self) -> AbstractContextManager[Any]:
        """Nothing to set."""
        return nullcontext()


@dataclass
class Balls:
    """Ball arithmetic: every result is an interval that holds the true real value, so disjoint balls surely differ.

    A function about which nothing is known is a random polynomial here, because its arguments are balls.
    """

    random: Random
    bits: int = 256
    name: str = "in balls"
    polynomials: dict[tuple[str, int], list[list[int]]] = field(default_factory=dict)

    def number(self, value: Rational) -> Any:
        """The constant, enclosed."""
        return flint.arb(flint.fmpq(value.numerator, value.denominator))

    def draw(self, largest: int) -> Any:
        """A multiple of 3/`largest` up to 3: where e^x and tanh x are still far from their limits."""
        step = flint.fmpq(3, largest) if largest > SMALL else flint.fmpq(1)
        return flint.arb(self.random.randint(1, largest) * step)

    def pi(self) -> Any:
        """Enclose π."""
        return flint.arb.pi()

    def power(self, base: Any, exponent: Fraction) -> Any:
        """A root of a positive base."""
        if not base > 0:
            raise OutsideDomain
        return base ** self.number(exponent)

    def function(self, name: str, orders: tuple[int, ...], arguments: tuple[Any, ...]) -> Any:
        """An elementary function, or a random polynomial that stands for an unknown one."""
        if name in REAL_FUNCTIONS:
            value = REAL_FUNCTIONS[name](arguments[0])
            if not value.is_finite():
                raise OutsideDomain
            return value
        key = (name, len(arguments))
        if key not in self.polynomials:
            self.polynomials[key] = [
                [self.random.randint(-4, 4)] + [self.random.randint(0, 6) for _ in arguments] for _ in range(8)
            ]
        return sum((_differentiated(term, orders, arguments) for term in self.polynomials[key]), flint.arb(0))

    def is_positive(self, value: Any) -> bool:
        """The sign, where the ball does not touch 0."""
        if value > 0:
            return True
        if value < 0:
            return False
        raise OutsideDomain

    def surely_differ(self, left: Any, right: Any) -> bool:
        """Whether the balls are disjoint."""
        if not (left.is_finite() and right.is_finite()):
            raise OutsideDomain
        return not left.overlaps(right)

    def functions(self) -> Mapping[Any, Any]:
        """The terms of each polynomial: its coefficient, then the exponents of the arguments."""
        return self.polynomials

    def precision(self) -> AbstractContextManager[Any]:
        """Enough bits that what agrees does so to dozens of digits."""
        context: AbstractContextManager[Any] = flint.ctx.workprec(self.bits)
        return context


SMALL = 100
"""Up to this, draws are whole numbers in balls too, because they are printed for a person to read."""

REAL_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": lambda u: u.exp(),
    "log": lambda u: u.log(),
    "tanh": lambda u: u.tanh(),
    "sin": lambda u: u.sin(),
    "cos": lambda u: u.cos(),
}


def _differentiated(term: list[int], orders: tuple[int, ...], arguments: tuple[Any, ...]) -> Any:
    """One term c·u^a·v^b … differentiated `orders` times by each argument."""
    value: Any = flint.arb(term[0])
    for exponent, order, argument in zip(term[1:], orders, arguments, strict=True):
        for step in range(order):
            value *= exponent - step
        if exponent < order:
            return flint.arb(0)
        for _ in range(exponent - order):
            value *= argument
    return value
