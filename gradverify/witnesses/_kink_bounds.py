"""Whether a gradient at a special point is a valid subgradient along one direction, and by which of three measures.

The first is the slopes on the two sides. A gradient outside these is still valid if it is one of points nearby; and it is
what automatic differentiation gives, though no subgradient, if every part of the op chose a valid slope by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

from gradverify.cases import Refused, Skipped
from gradverify.model import Rating
from gradverify.numbers.sided import Choose
from gradverify.numbers.signals import OutsideField
from gradverify.witnesses._kink_slopes import Direction, Point, Slopes, surely_below

__all__ = ["Bounds", "Outside", "bounds", "judged", "tight", "times"]

ROUNDED = Fraction(1, 10**10)
"""Where constants are rounded, as 0.6666666666666667 for 2/3, a difference of a smaller share of the terms says nothing."""

ENCLOSED = Fraction(1, 2**80)
"""The same for slopes that are limits, which are found to 100 bits."""

NEARBY = 64
"""So many points nearby are asked for their slopes before a gradient is called none of theirs."""

MOST_CHOICES = 27
"""So many combinations of choices at the lines that compare equal values are tried, and as many random ones."""


@dataclass(frozen=True)
class Bounds:
    """What Σ x̄·d lies between, if the gradient is valid along d; and what may be ignored."""

    low: Any
    high: Any
    slack: Any

    def hold(self, got: Any) -> bool:
        """Whether a value is not surely outside."""
        return not (surely_below(got + self.slack, self.low) or surely_below(self.high + self.slack, got))


@dataclass(frozen=True)
class Outside:
    """A direction along which the gradient is no valid subgradient; a warning where its parts explain it."""

    direction: Direction
    got: Any
    bounds: Bounds
    rating: Rating


def times(point: Point, direction: Direction) -> Any:
    """Σ x̄·d; the entries where d is 0 may be undefined."""
    total = point.field.zero
    for x_bar, along in zip(point.gradients, direction, strict=True):
        if along:
            total = total + x_bar * along
    return total


def bounds(point: Point, slopes: Sequence[Sequence[Any]], exact: bool) -> Bounds:
    """Σ_k of the least and of the greatest ȳ_k·slope_k; every output entry may choose by itself."""
    reach = _Reach(point, slopes[0])
    for further in slopes[1:]:
        reach.add(further)
    return reach.bounds(exact)


class _Reach:
    """The least and the greatest ȳ_k·slope_k of every output entry k, over the slopes added so far."""

    def __init__(self, point: Point, slopes: Sequence[Any]) -> None:
        self.point = point
        self.low = self.high = [bar * slope for bar, slope in zip(point.bars, slopes, strict=True)]

    def add(self, slopes: Sequence[Any]) -> None:
        """Reach as far as these do."""
        ends = [bar * slope for bar, slope in zip(self.point.bars, slopes, strict=True)]
        self.low = [_least(u, v) for u, v in zip(self.low, ends, strict=True)]
        self.high = [_greatest(u, v) for u, v in zip(self.high, ends, strict=True)]

    def bounds(self, exact: bool) -> Bounds:
        """The sums, and what may be ignored: nothing where all numbers are exact."""
        field = self.point.field
        slack = field.zero
        if field.rounded_constants or not (exact and self.point.exact):
            size = sum((abs(u) + abs(v) for u, v in zip(self.low, self.high, strict=True)), field.one)
            slack = size * field.element(ROUNDED if field.rounded_constants else ENCLOSED)
        return Bounds(sum(self.low, field.zero), sum(self.high, field.zero), slack)


def tight(point: Point, direction: Direction, slopes: Slopes) -> Outside | None:
    """`None` where the gradient lies between the slopes on the two sides."""
    got = times(point, direction)
    held = bounds(point, [slopes.right, slopes.left], slopes.exact)
    return None if held.hold(got) else Outside(direction, got, held, Rating.ERROR)


def judged(
    point: Point, direction: Direction, slopes: Slopes, free: Sequence[int], random: Random, warned: bool = False
) -> Outside | None:
    """`None` where the gradient is valid along a direction. `free` are the entries that may be moved to look nearby.

    Where a warning was given before, it is not asked whether another one is due: the parts' choices explain both.
    """
    outside = tight(point, direction, slopes)
    if outside is None or (not point.on_a_tie and slopes.exact):
        return outside
    reach = _Reach(point, slopes.right)
    reach.add(slopes.left)
    if not warned and _explained(reach, outside.got, _of_neighbours(point, direction, free, random)):
        return None
    if _explained(reach, outside.got, _of_parts(point, direction, random)):
        return replace(outside, rating=Rating.WARNING)
    if warned and _explained(reach, outside.got, _of_neighbours(point, direction, free, random)):
        return None
    return outside


def _explained(reach: _Reach, got: Any, further: Iterator[list[Any]]) -> bool:
    """Whether further slopes, added one by one, reach as far as the gradient does."""
    for slopes in further:
        reach.add(slopes)
        if reach.bounds(False).hold(got):
            return True
    return False


def _least(u: Any, v: Any) -> Any:
    return u.min(v) if hasattr(u, "min") else min(u, v)


def _greatest(u: Any, v: Any) -> Any:
    return u.max(v) if hasattr(u, "max") else max(u, v)


def _of_neighbours(point: Point, direction: Direction, free: Sequence[int], random: Random) -> Iterator[list[Any]]:
    """The slopes at random points nearby: their limits make up the generalised gradient."""
    for _ in range(NEARBY):
        at = [0] * point.size
        for entry in free:
            at[entry] = random.choice((-1, 1)) * random.randint(2**20, 2**24)
        try:
            yield point.nearby(direction, tuple(at))
        except (Skipped, Refused, OutsideField):
            continue


def _of_parts(point: Point, direction: Direction, random: Random) -> Iterator[list[Any]]:
    """The slopes when the lines that compare equal values choose each by itself, and when every comparison does."""
    lines: dict[tuple[str, int], None] = {}

    def note(line: tuple[str, int]) -> int:
        lines[line] = None
        return 0

    plain = point.composed(direction, note)
    if plain is not None:
        yield plain
    for choose in (*_by_line(list(lines), random), *[_at_random(random)] * MOST_CHOICES):
        slopes = point.composed(direction, choose)
        if slopes is not None:
            yield slopes


def _by_line(lines: list[tuple[str, int]], random: Random) -> Iterator[Choose]:
    if 3 ** len(lines) <= MOST_CHOICES:
        tables = [dict(zip(lines, orders, strict=True)) for orders in product((-1, 0, 1), repeat=len(lines))]
    else:
        tables = [{line: random.choice((-1, 0, 1)) for line in lines} for _ in range(MOST_CHOICES)]
    for table in tables:
        yield _from_table(table)


def _from_table(table: dict[tuple[str, int], int]) -> Callable[[tuple[str, int]], int]:
    return lambda line: table.get(line, 0)


def _at_random(random: Random) -> Choose:
    return lambda line: random.choice((-1, 1))
