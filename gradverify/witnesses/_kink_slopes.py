"""One special point of an op: its outputs and gradients there, and the slopes of its outputs on both sides of it.

Runs the op's own code on rationals or balls. A slope is that of the branches which the code takes just beside the point,
taken at the point itself; where that cannot be computed, the limit of two difference quotients.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from gradverify.cases import Refused, Skipped, draw_cotangents
from gradverify.model import Array, Case
from gradverify.numbers.array import ExactArray, entries, exact_array
from gradverify.numbers.makers import constants
from gradverify.numbers.number import Number
from gradverify.numbers.run import Code, precision
from gradverify.numbers.sided import Choose, Sided, SidedBalls, power_of_two
from gradverify.numbers.signals import NotExact, OutsideField
from gradverify.witnesses._exact_run import told
from gradverify.witnesses._kink_cases import Turning

__all__ = ["Direction", "Point", "Slopes", "opened"]

BESIDE = (-300, -320)
"""Points beside a kink are 2^-300 and 2^-320 times the direction away: closer than any ε in code."""

LARGEST = 1e6
"""Entries are not set to larger numbers than this."""

SETTLED = -100
"""Two difference quotients, or a quotient and a slope, that agree to 2^-100 are the same slope."""

Direction = tuple[int, ...]
"""A whole number for every entry of all inputs, in order."""


@dataclass(frozen=True)
class Slopes:
    """The slope of every output entry along a direction, on the far and on the near side; and whether they are exact."""

    right: list[Any]
    left: list[Any]
    exact: bool = True

    @cached_property
    def kinked(self) -> tuple[int, ...]:
        """The output entries whose slopes on the two sides surely differ."""
        if self.right is self.left:
            return ()
        tolerance = power_of_two(SETTLED // 2)  # limits are found to 2^SETTLED, balls are narrower
        pairs = zip(self.right, self.left, strict=True)
        return tuple(k for k, (u, v) in enumerate(pairs) if surely_below(tolerance * (1 + abs(u)), abs(u - v)))


@dataclass(frozen=True)
class _Ran:
    values: list[Any]
    tangents: list[Any]
    tape: list[int]


@dataclass
class Point:
    """A special point. `values` are the outputs there, `bars` the cotangents, `gradients` what backward returned.

    A gradient's entry is an element of the field or, where it is infinite or undefined, `None`.
    """

    code: Code
    case: Case
    field: Sided
    values: list[Any] = dataclasses.field(default_factory=list)
    bars: list[Any] = dataclasses.field(default_factory=list)
    gradients: list[Any] = dataclasses.field(default_factory=list)
    cotangents: tuple[Array, ...] = ()
    on_a_tie: bool = False
    """Whether a comparison landed on equality, or something else happened that has no slope."""
    ties: int = 0
    backward_fails: str = ""
    """Why backward has no value where forward has one."""

    @property
    def size(self) -> int:
        """How many entries the inputs have together."""
        return sum(array.size for array in self.case.inputs)

    @property
    def exact(self) -> bool:
        """Whether values are exact and not enclosed, and no constant stands for another number."""
        return not isinstance(self.field, SidedBalls) and not self.field.rounded_constants

    def floats(self) -> list[float]:
        """The entries of all inputs."""
        return [float(x) for array in self.case.inputs for x in array.reshape(-1).tolist()]

    def place(self, entry: int) -> tuple[int, tuple[int, ...]]:
        """Which input an entry is of, and its index there."""
        for k, array in enumerate(self.case.inputs):
            if entry < array.size:
                return k, tuple(int(i) for i in np.unravel_index(entry, array.shape))
            entry -= array.size
        raise IndexError(entry)

    # Runs.

    def look(self) -> None:
        """Run forward and backward at the point itself. Raises the search's signals where forward has no value."""
        self.field.begin()
        outputs, context = self._forward(self._inputs())
        self.on_a_tie = self.field.ties > 0 or self.field.special
        self.ties = self.field.ties
        self.values = [self._element(entry) for y in outputs for entry in entries(y)]
        shapes = [np.shape(y) for y in outputs]
        # As the op's own code sees it, an exact array is one of floats; an array of indices has no cotangent.
        dtypes = [np.dtype(float) if isinstance(y, Number) else getattr(y, "dtype", np.dtype(float)) for y in outputs]
        self.cotangents = draw_cotangents(
            [np.zeros(shape, dtype) for shape, dtype in zip(shapes, dtypes, strict=True)], self.case.seed
        )
        bars = [[Fraction(float(b)) for b in bar.reshape(-1)] for bar in self.cotangents]
        self.bars = [self.field.element(b) for flat in bars for b in flat]
        barred = tuple(exact_array(map(self.field.constant, b), s) for b, s in zip(bars, shapes, strict=True))
        self.field.begin()
        try:
            gradients = told(lambda: self.code.backward(context, barred))
        except (OutsideField, Skipped, Refused) as trouble:
            self.backward_fails = str(trouble)
            return
        self.gradients = self._flat_gradients(gradients)

    def run(
        self,
        direction: Direction | None = None,
        *,
        beside: tuple[Direction, int] | None = None,
        tape: list[int] | None = None,
        choose: Choose | None = None,
    ) -> _Ran:
        """One forward: at the point, or `beside` it by a direction times a power of two; with tangents along `direction`."""
        self.field.begin(tape, choose)
        outputs, _ = self._forward(self._inputs(direction, beside))
        self.field.finish()
        numbers = [self._number(entry) for y in outputs for entry in entries(y)]
        if self.values and len(numbers) != len(self.values):
            raise Skipped("the outputs' shapes depend on the values")
        return _Ran([n.value for n in numbers], [n.tangent for n in numbers], self.field.tape)

    def _forward(self, arrays: list[ExactArray]) -> Any:
        parameters = {
            name: constants(value) if type(value) is np.ndarray and value.dtype == np.float64 else value
            for name, value in self.case.parameters.items()
        }
        return told(lambda: self.code.forward(*arrays, **parameters))

    def _inputs(
        self, direction: Direction | None = None, beside: tuple[Direction, int] | None = None
    ) -> list[ExactArray]:
        field, arrays, start = self.field, [], 0
        step = power_of_two(beside[1]) if beside else None
        made: dict[tuple[float, int], Any] = {}  # equal entries that move together are one element: seen to be equal
        for array in self.case.inputs:
            numbers = []
            for entry, x in enumerate(array.reshape(-1).tolist(), start):
                value = field.lift(float(x)).value
                field.own.add(id(value))
                shift = beside[0][entry] if beside else 0
                if shift:
                    if (x, shift) not in made:
                        made[x, shift] = value + field.element(Fraction(shift)) * step
                    value = made[x, shift]
                along = direction[entry] if direction else 0
                tangent = field.element(Fraction(along)) if along else field.zero
                numbers.append(field.number(value, tangent, value))
            arrays.append(exact_array(numbers, array.shape))
            start += array.size
        return arrays

    def _number(self, entry: Any) -> Number:
        number = self.field.lift(entry)
        if number is NotImplemented:
            raise NotExact(f"an output has an entry of type {type(entry).__name__}")
        if number.value is None or not self.field.is_defined(number):
            raise OutsideField("an output is infinite or undefined")
        made: Number = number
        return made

    def _element(self, entry: Any) -> Any:
        return self._number(entry).value

    def _flat_gradients(self, gradients: Sequence[Any]) -> list[Any]:
        if len(gradients) != len(self.case.inputs):
            raise Skipped("the number of gradients is wrong")
        flat = []
        for gradient, array in zip(gradients, self.case.inputs, strict=True):
            if gradient is None or np.shape(gradient) != array.shape:
                raise Skipped("a gradient is missing or has the wrong shape")
            for entry in entries(gradient):
                number = self.field.lift(entry)
                if number is NotImplemented:
                    raise Skipped("a gradient has an entry that is no number")
                defined = number.value is not None and self.field.is_defined(number)
                flat.append(number.value if defined else None)
        return flat

    def turning(self, entry: int) -> Turning:
        """The constants that forward compares with, and where an entry would have to be for a comparison to be equal."""
        self.field.watched = []
        self.run(tuple(int(k == entry) for k in range(self.size)))
        x = self.floats()[entry]
        steps = [as_number(gap / slope) for gap, slope in self.field.watched if slope != 0]
        turns = dict.fromkeys(_shortened(x - step) for step in steps if math.isfinite(step) and step)
        constants = [float(constant) for constant in self.field.compared]
        return Turning(len(self.field.watched), tuple(constants), tuple(turn for turn in turns if abs(turn) < LARGEST))

    # Slopes.

    def slopes(self, direction: Direction) -> Slopes:
        """The slopes along a direction; raises `Skipped` where a side has none."""
        if not self.on_a_tie:
            try:
                tangents = self.run(direction).tangents
                return Slopes(tangents, tangents)
            except (Skipped, OutsideField):
                pass  # an infinite slope of a part: the limits may exist
        right = self._beside(direction)
        opposite = tuple(-d for d in direction)
        left = self._beside(opposite)
        far, exact = self._side(direction, right)
        if exact and left.tape == right.tape:
            return Slopes(far, far)
        near, also = self._side(opposite, left)
        return Slopes(far, [-slope for slope in near], exact and also)

    def nearby(self, direction: Direction, at: Direction) -> list[Any]:
        """The slopes along one direction at the point that lies beside this one in another."""
        return self.run(direction, beside=(at, BESIDE[0])).tangents

    def composed(self, direction: Direction, choose: Choose) -> list[Any] | None:
        """The slopes if comparisons of equal values come out as chosen; `None` where that gives other outputs."""
        try:
            ran = self.run(direction, choose=choose)
        except (Skipped, Refused, OutsideField):
            return None
        return None if self._jumps(ran.values) else ran.tangents

    def _beside(self, direction: Direction, exponent: int = BESIDE[0]) -> _Ran:
        return self.run(beside=(direction, exponent))

    def _side(self, direction: Direction, beside: _Ran) -> tuple[list[Any], bool]:
        """The slopes on one side, and whether they are exact."""
        quotients = self._quotients(beside, BESIDE[0])
        try:
            at_it = self.run(direction, tape=beside.tape)
        except (Skipped, OutsideField):
            at_it = None
        if at_it is not None:
            if self._jumps(at_it.values):
                raise Skipped("a jump: there is no slope")
            if self._settled(quotients, at_it.tangents):
                return at_it.tangents, True
        closer = self._quotients(self._beside(direction, BESIDE[1]), BESIDE[1])
        if not self._settled(quotients, closer):
            raise Skipped("an infinite slope, or a jump")
        return closer, False

    def _quotients(self, beside: _Ran, exponent: int) -> list[Any]:
        factor = power_of_two(-exponent)
        return [(u - v) * factor for u, v in zip(beside.values, self.values, strict=True)]

    def _jumps(self, values: list[Any]) -> bool:
        return any(surely_below(u, v) or surely_below(v, u) for u, v in zip(values, self.values, strict=True))

    def _settled(self, first: list[Any], second: list[Any]) -> bool:
        tolerance = power_of_two(SETTLED)
        return all(
            not surely_below(tolerance * (1 + abs(v) + abs(u)), abs(u - v)) for u, v in zip(first, second, strict=True)
        )


def _shortened(x: float) -> float:
    """The decimal that a float which went through some roundings was."""
    return float(f"{x:.14g}")


def surely_below(u: Any, v: Any) -> bool:
    """Whether one element is less than another, beyond doubt."""
    return bool(u < v)


def as_number(value: Any) -> float:
    """An element as a float, for words."""
    return float(value.mid()) if hasattr(value, "mid") else math.inf if value is None else int(value.p) / int(value.q)


@contextmanager
def opened(code: Code, case: Case, field: Sided) -> Iterator[Point]:
    """A point to look at; the op's code makes exact arrays until this ends."""
    with precision(field), code.running(field):
        yield Point(code, case, field)
