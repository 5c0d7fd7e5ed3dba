"""What the gradient does at special points, kink by kink: how a tie is shared, which slope is chosen, where it is undefined.

Takes an op and its space, gives one record for each point that could be looked at; the diagnosis words them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from gradverify.cases import Mismatch, Refused, Skipped
from gradverify.model import Case, Op, Space
from gradverify.numbers.run import Code, code_of, roots_of
from gradverify.numbers.sided import SIDED, SidedRationals
from gradverify.numbers.signals import NotExact, OutsideField
from gradverify.witnesses._kink_bounds import tight
from gradverify.witnesses._kink_drawn import special_points
from gradverify.witnesses._kink_judge import Seen, along, confirm, slopes_along, suspects
from gradverify.witnesses._kink_slopes import Point, Slopes, as_number, opened

DIGITS = 12

NOTHING_THERE = (NotExact, Skipped, Refused, Mismatch)

Place = tuple[int, tuple[int, ...]]
"""An input and an index into it."""


@dataclass(frozen=True)
class Tie:
    """Entries that are tied for one output entry, and the share of its cotangent that each of them gets."""

    places: tuple[Place, ...]
    shares: tuple[float, ...]
    own: bool
    """Whether nothing else ties the same entries, as a sort does for several outputs."""
    given: tuple[float, ...] = ()
    bars: tuple[float, ...] = ()
    """Where it is a sort: the gradients of the entries, and the cotangents that are due to them in some order."""


@dataclass(frozen=True)
class Bend:
    """One entry with a kink of its own: the slope that the gradient chose, and those on the two sides."""

    place: Place
    value: float
    slope: float
    low: float
    high: float

    @property
    def wrong(self) -> bool:
        """Whether the slope is on neither side nor between."""
        return not self.low <= self.slope <= self.high


@dataclass(frozen=True)
class Stray:
    """An entry without a kink whose gradient is wrong."""

    place: Place
    value: float
    got: float
    expected: float


@dataclass(frozen=True)
class Facts:
    """What one special point showed; whether it has ties or kinks at all is in what is listed."""

    case: Case
    ties: tuple[Tie, ...] = ()
    bends: tuple[Bend, ...] = ()
    strays: tuple[Stray, ...] = ()
    undefined: tuple[Place, ...] = ()


def kink_facts(op: Op, space: Space, failing: Case | None, *, seed: int = 0, examples: int = 12) -> tuple[Facts, ...]:
    """The facts at the failing case and at special cases drawn anew."""
    code = code_of(op.forward, op.backward, roots_of(op.forward, op.backward))
    drawn, _ = special_points(code, space, seed, examples)
    found = [_facts(op, code, case) for case in (*([] if failing is None else [failing]), *drawn)]
    return tuple(each for each in found if each is not None)


def _facts(op: Op, code: Code, case: Case) -> Facts | None:
    if not any(array.size for array in case.inputs):
        return None
    for kind in SIDED:
        try:
            with opened(code, case, kind(Random(case.seed))) as point:
                point.look()
                if kind is SidedRationals and point.backward_fails:
                    continue  # a function that balls have may be all that it lacks
                return _at(op, point)
        except OutsideField:
            continue
        except NOTHING_THERE:
            return None
    return None


def _at(op: Op, point: Point) -> Facts | None:
    seen = Seen()
    if point.backward_fails or None in point.gradients:
        confirm(op, point, seen)
        entries = [each.entry for each in seen.undefined if each.entry is not None]
        return Facts(point.case, undefined=tuple(map(point.place, entries))) if entries else None
    if not point.on_a_tie:
        return Facts(point.case)
    everything = list(range(point.size))
    singles = {e: s for e in suspects(point, everything) if (s := slopes_along(point, along([e], point.size), seen))}
    strays = tuple(_strays(point, [e for e in everything if e not in singles], singles, seen))
    return Facts(point.case, tuple(_ties(point, singles, seen)), tuple(_bends(point, singles)), strays)


def _strays(point: Point, quiet: Sequence[int], singles: dict[int, Slopes], seen: Seen) -> Iterator[Stray]:
    """The entries without a kink that are wrong: asked together first, and one by one where that fails."""
    smooth = {e: s for e, s in singles.items() if not s.kinked}
    together = slopes_along(point, along(quiet, point.size), seen) if quiet else None
    if quiet and (together is None or together.kinked or tight(point, along(quiet, point.size), together)):
        smooth |= {e: s for e in quiet if (s := slopes_along(point, along([e], point.size), seen)) and not s.kinked}
    for entry, slopes in smooth.items():
        outside = tight(point, along([entry], point.size), slopes)
        if outside is not None:
            got, expected = as_number(point.gradients[entry]), as_number(outside.bounds.low)
            yield Stray(point.place(entry), point.floats()[entry], got, expected)


def _kinks(singles: dict[int, Slopes]) -> dict[int, list[int]]:
    """For each output entry the input entries along which it has a kink."""
    at: dict[int, list[int]] = {}
    for entry, slopes in singles.items():
        for k in slopes.kinked:
            at.setdefault(k, []).append(entry)
    return at


def _chosen(point: Point, slopes: Slopes, entry: int, k: int) -> Any:
    """The slope of output k that the gradient chose: what is left of it after all other outputs' share."""
    rest = point.gradients[entry]
    for m, (bar, slope) in enumerate(zip(point.bars, slopes.right, strict=True)):
        if m != k:
            rest = rest - bar * slope
    return rest / point.bars[k]


def _rounded(value: Any) -> float:
    return round(as_number(value), DIGITS)


def _bends(point: Point, singles: dict[int, Slopes]) -> Iterator[Bend]:
    for k, group in _kinks(singles).items():
        if len(group) == 1 and len(singles[group[0]].kinked) == 1:
            slopes = singles[group[0]]
            low, high = sorted((_rounded(slopes.left[k]), _rounded(slopes.right[k])))
            chosen = _rounded(_chosen(point, slopes, group[0], k))
            yield Bend(point.place(group[0]), point.floats()[group[0]], chosen, low, high)


def _ties(point: Point, singles: dict[int, Slopes], seen: Seen) -> Iterator[Tie]:
    at = _kinks(singles)
    for k, group in at.items():
        if len(group) < 2:
            continue
        places = tuple(map(point.place, group))
        outputs = [m for m, other in at.items() if set(other) & set(group)]
        if len(outputs) > 1:
            if k == outputs[0] and all(at[m] == group for m in outputs):
                given = tuple(_rounded(point.gradients[e]) for e in group)
                yield Tie(places, (), False, given, tuple(_rounded(point.bars[m]) for m in outputs))
            continue
        slopes = slopes_along(point, along(group, point.size), seen)
        if slopes is None or k in slopes.kinked or not as_number(slopes.right[k]):
            continue
        total = slopes.right[k]
        yield Tie(places, tuple(_rounded(_chosen(point, singles[e], e, k) / total) for e in group), True)


def masks(case: Case, places: Sequence[Place]) -> list[Any]:
    """For each input an array of truth values: whether an entry is among these."""
    found = [np.zeros(array.shape, dtype=bool) for array in case.inputs]
    for k, index in places:
        found[k][index] = True
    return found
