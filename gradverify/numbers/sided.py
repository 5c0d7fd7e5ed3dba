"""Rationals and balls for runs at and beside a kink: every comparison is noted, and can be told how to come out.

A run beside a point notes its comparisons on a tape; a run at the point itself that is given this tape takes the branches
that are taken just beside it, so its tangents are one-sided derivatives.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import flint

from gradverify.numbers.balls import Balls
from gradverify.numbers.field import Field, is_inner
from gradverify.numbers.number import Number
from gradverify.numbers.rationals import Rationals
from gradverify.numbers.signals import NotExact, OutsideField, Tie

__all__ = ["SIDED", "Choose", "Sided", "SidedBalls", "SidedRationals"]

BITS = 1024
"""The precision of balls: points beside a kink are 2^-300 away, and differences of second order must still be seen."""

Choose = Callable[[tuple[str, int]], int]
"""The outcome for a comparison of equal values, by the line of the op's code that compares."""

_ROUNDINGS: dict[str, Callable[[Fraction], int]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "rint": round,
}


class Sided(Field):
    """What the two fields share. `begin` starts a run; the attributes then say what the run met."""

    def __init__(self, random: Random) -> None:
        self.tape: list[int] = []
        """The outcomes of all comparisons and roundings of the run, in order."""
        self.ties = 0
        """How many comparisons landed on equality."""
        self.special = False
        """Whether the run met a root of 0, a whole number to be rounded, or a division by 0."""
        self.compared: dict[Fraction, None] = {}
        """The constants that other values were compared with, in all runs."""
        self.watched: list[tuple[Any, Any]] | None = None
        """If asked for, u − v and its tangent for every comparison of u and v."""
        self.own: set[int] = set()
        """The identities of the elements that are the inputs' entries, and no constants."""
        self._forced: list[int] | None = None
        self._choose: Choose | None = None
        self._place = 0
        super().__init__(random)

    def begin(self, forced: list[int] | None = None, choose: Choose | None = None) -> None:
        """Start a run: comparisons come out as the values say, as on the tape `forced`, or at equality as `choose` says."""
        self.tape, self.ties, self.special = [], 0, False
        self._forced, self._choose, self._place = forced, choose, 0
        self.decisions.clear()

    def forget_tangents(self) -> None:
        """Keep them: forward runs again after backward."""

    def order(self, left: Number, right: Number) -> int:
        """−1, 0 or 1 as the values say."""
        raise NotImplementedError

    def compare(self, left: Number, right: Number) -> int:
        """The order; in a run with a tape that of the tape, if the values do not contradict it."""
        if self._forced is not None:
            found = self._next()
            if found not in (-1, 0, 1) or self._apart(left, right) not in (0, found):
                raise Tie("the branches beside the point are not those of its neighbourhood")
        else:
            found = self.order(left, right)
            self._note_constant(left, right)
            if self.watched is not None:
                self.watched.append((left.value - right.value, left.tangent - right.tangent))
            if found == 0:
                self.ties += 1
                if self._choose is not None:
                    found = self._choose(_line())
        self.tape.append(found)
        return found

    def _apart(self, left: Number, right: Number) -> int:
        """The order where the values are surely apart, else 0."""
        u, v = left.value, right.value
        return 1 if u > v else -1 if u < v else 0

    def _next(self) -> int:
        forced = self._forced or []
        if self._place >= len(forced):
            raise Tie("more comparisons at the point than beside it")
        self._place += 1
        return forced[self._place - 1]

    def finish(self) -> None:
        """Raise `Tie` where a run with a tape has not used all of it."""
        if self._forced is not None and self._place != len(self._forced):
            raise Tie("fewer comparisons at the point than beside it")

    def _note_constant(self, left: Number, right: Number) -> None:
        for number in (left, right):
            known = self._rationals.get(id(number.value))
            if known is not None and id(number.value) not in self.own:
                self.compared[known[1]] = None

    def known(self, number: Number) -> Fraction | None:
        """The rational that a value surely is."""
        raise NotImplementedError

    def rounded(self, number: Number, how: str) -> Any:
        """The whole number, noted on the tape; where the value is one that rounding jumps at, the run is special."""
        if number.value is None:
            raise NotExact("an infinity is rounded")
        if self._forced is not None:
            found = self._next()
        else:
            value = self.known(number)
            if value is None:
                below = self.floor_of(number.value + self.near(Fraction(1, 2)) if how == "rint" else number.value)
                found = below + int(how == "ceil" or (how == "trunc" and below < 0))
            else:
                jumps = value + Fraction(1, 2) if how == "rint" else value
                self.special |= jumps.denominator == 1 and not (how == "trunc" and value == 0)
                found = _ROUNDINGS[how](value)
        self.tape.append(found)
        return self.lift(found)

    def function(self, name: str, x: Number) -> Any:
        """As in the field; the root of 0 is 0, and has no slope."""
        if name == "sqrt" and x.value == self.zero:
            self.special = True
            self.used.add(name)
            if x.tangent is self.zero:
                return self.lift(0)
            raise Tie("the slope of a root at 0")
        return self._function(name, x)

    def _function(self, name: str, x: Number) -> Any:
        return super().function(name, x)

    def over_zero(self, number: Number) -> Any:
        """As in floats; the run is special."""
        self.special = True
        return super().over_zero(number)


class SidedRationals(Sided, Rationals):
    """Rational numbers: slopes and gradients are exact."""

    def order(self, left: Number, right: Number) -> int:
        """The exact order."""
        u, v = left.value, right.value
        return int(u > v) - int(u < v)

    def _function(self, name: str, x: Number) -> Any:
        at_zero = {"exp": 1, "cos": 1, "tanh": 0, "sin": 0, "arctan": 0}
        if x.value == 0 and name in at_zero:  # the values at 0 that are rational
            self.used.add(name)
            slope = self.zero if name == "cos" else x.tangent
            return self.number(self.element(Fraction(at_zero[name])), slope, self.near(Fraction(at_zero[name])))
        return Rationals.function(self, name, x)

    def known(self, number: Number) -> Fraction | None:
        """The value itself."""
        return Fraction(int(number.value.p), int(number.value.q))


class SidedBalls(Sided, Balls):
    """Balls of 1024 bits. A function's value is computed once for each argument, so that equal ones are seen to be equal."""

    def __init__(self, random: Random) -> None:
        self._values: dict[Any, tuple[Any, Any]] = {}
        super().__init__(random)
        self.bits = BITS

    def order(self, left: Number, right: Number) -> int:
        """The order, where the balls are disjoint or surely equal."""
        u, v = left.value, right.value
        if u is v:
            return 0
        if u > v:
            return 1
        if u < v:
            return -1
        known = self._rationals.get(id(u)), self._rationals.get(id(v))
        if known[0] is not None and known[1] is not None and known[0][1] == known[1][1]:
            return 0
        # No tangents: whether equal values go apart is for the runs beside the point to say.
        return int(Balls.compare(self, self.number(u, self.zero, u), self.number(v, self.zero, v)))

    def inverse(self, value: Any) -> Any:
        """1/value."""
        return Balls.inverse(self, value)

    def value(self, name: str, x: Number, near: Any) -> Any:
        """The enclosure, the same object for the same argument."""
        key: Any = (name, x.value.man_exp()) if x.value.is_exact() and x.value.is_finite() else (name, id(x.value))
        return self._values.setdefault(key, (x.value, near))[1]  # the argument is kept, so that its id is its own

    def _function(self, name: str, x: Number) -> Any:
        if name == "sqrt" and x.value.contains(0):
            raise OutsideField("the root of a value that may be 0")
        return Balls.function(self, name, x)

    def known(self, number: Number) -> Fraction | None:
        """The rational that an exact ball is, or that the constant is."""
        known = self._rationals.get(id(number.value))
        if known is not None:
            return known[1]
        if not (number.value.is_exact() and number.value.is_finite()):
            return None
        whole, exponent = number.value.man_exp()
        return Fraction(int(whole)) * Fraction(2) ** int(exponent)


SIDED: tuple[type[SidedRationals] | type[SidedBalls], ...] = (SidedRationals, SidedBalls)


def power_of_two(exponent: int) -> Any:
    """2^exponent as a rational, for the distance of a point beside another."""
    return flint.fmpq(2**exponent) if exponent >= 0 else flint.fmpq(1, 2**-exponent)


def _line() -> tuple[str, int]:
    """The line of the op's own code that a comparison is made for."""
    frame = sys._getframe(2)
    while is_inner(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
