"""Exact runs of an op at drawn cases, and what a hypothesis about one input's gradient is held against.

Where the op's formula is rational the numbers are residues modulo a large prime, elsewhere balls of 256 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

import numpy as np

from gradverify.diagnosis.elements import all_same, differ, flat
from gradverify.model import Case, Op
from gradverify.numbers.fields import Balls, Field, PrimeField
from gradverify.numbers.observe import Exacts, ForwardFailed, Observed, drawn, observe, random_cotangents
from gradverify.numbers.run import Code
from gradverify.numbers.signals import NotExact, OutsideField, Tie, TooClose

FEWEST = 3
"""A hypothesis is accepted only if it holds at this many points."""


@dataclass(frozen=True, eq=False)
class Point:
    """One exact run with the true gradients beside the returned ones."""

    laboratory: Laboratory
    case: Case
    seen: Observed

    @cached_property
    def truth(self) -> tuple[Any, ...]:
        """The true gradient of every input."""
        return tuple(self.seen.truth(k) for k in range(len(self.seen.inputs)))

    @property
    def fits(self) -> bool:
        """Whether backward returned one gradient for each input."""
        return self.seen.error is None and len(self.seen.gradients) == len(self.seen.inputs)

    def shapes_fit(self, place: int) -> bool:
        """Whether an input's gradient is there and has its shape."""
        return self.fits and np.shape(self.seen.gradients[place]) == self.seen.inputs[place].shape and self.has(place)

    def has(self, place: int) -> bool:
        """Whether there is a gradient for this input."""
        return self.fits and self.seen.gradients[place] is not None

    def wrong(self, place: int) -> list[bool]:
        """Entry by entry, in C order, whether the gradient of an input is surely wrong."""
        return list(map(differ, flat(self.seen.gradients[place]), flat(self.truth[place])))

    def again(
        self, inputs: Sequence[Exacts] | None = None, cotangents: Sequence[Exacts] | None = None
    ) -> Observed | None:
        """The same with other inputs or other cotangents; None where the op does not run there."""
        return self.laboratory.run(self.case, inputs or self.seen.inputs, cotangents or self.seen.cotangents)


@dataclass(eq=False)
class Laboratory:
    """Runs one op exactly. `balls` says whether residues cannot follow it."""

    op: Op
    code: Code
    balls: bool = False
    troubles: list[str] = field(default_factory=list)
    """Why exact numbers could not follow the code, where they could not."""
    kinks: bool = False
    """Whether a case lay on a kink, where there is no one true gradient to compare with."""

    def point(self, case: Case) -> Point | None:
        """One run at a case; None where the op refuses it or exact numbers decide nothing there."""
        numbers = self._field(case.seed)
        seen = self._observe(case, [drawn(numbers, x) for x in case.inputs], numbers, None)
        if not self.balls and numbers.used:
            # A function's values are random residues, which obey no laws: only the real numbers tell.
            self.balls = True
            return self.point(case)
        if seen is None or not all(y.values.size for y in seen.outputs):
            return None
        return Point(self, case, seen)

    def run(self, case: Case, inputs: Sequence[Exacts], cotangents: Sequence[Exacts]) -> Observed | None:
        """One run with these numbers."""
        return self._observe(case, inputs, self._field(case.seed), cotangents)

    def _field(self, seed: int) -> Field:
        return Balls(Random(seed)) if self.balls else PrimeField(Random(seed))

    def _observe(
        self, case: Case, inputs: Sequence[Exacts], numbers: Field, cotangents: Sequence[Exacts] | None
    ) -> Observed | None:
        draw = random_cotangents(numbers, Random(case.seed + 1))

        def given(place: int, shape: tuple[int, ...]) -> Exacts:
            return draw(place, shape) if cotangents is None else cotangents[place]

        try:
            return observe(self.code, inputs, case.parameters, numbers, given)
        except NotExact as reason:
            self.troubles.append(str(reason))
        except Tie:
            self.kinks = True
        except (OutsideField, TooClose, ForwardFailed):
            return None  # other values may do
        return None


def alike(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points whose arrays have as many axes as those of the first: a parameter may change that."""
    return tuple(p for p in points if _ranks(p) == _ranks(points[0]))


def _ranks(point: Point) -> list[int]:
    return [len(array.shape) for array in (*point.seen.inputs, *point.seen.outputs)]


@dataclass(frozen=True)
class View:
    """One input's gradient at the points where a mistake in it is looked for."""

    op: Op
    place: int
    points: tuple[Point, ...]

    def got(self, point: Point) -> Any:
        """The returned gradient."""
        return point.seen.gradients[self.place]

    def truth(self, point: Point) -> Any:
        """The true one."""
        return point.truth[self.place]

    def everywhere(self, candidate: Callable[[Point], Any]) -> bool:
        """Whether a candidate is what backward returned, at every entry of every point, and of enough points."""
        return len(self.points) >= FEWEST and all(self._reproduced(candidate(point), point) for point in self.points)

    def _reproduced(self, candidate: Any, point: Point) -> bool:
        return candidate is not None and all_same(candidate, self.got(point))

    @property
    def shapes(self) -> int:
        """The number of different shapes at the points."""
        return len({point.seen.inputs[self.place].shape for point in self.points})
