"""Asks the gradient at one special point along every direction that tells something: entries, groups of equal ones, all.

Gives what is wrong there, made as small as it can be, and what was met and skipped on the way.
"""

from __future__ import annotations

import contextvars
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from gradverify.cases import Refused, Skipped
from gradverify.model import Op, Rating
from gradverify.numbers.signals import OutsideField
from gradverify.witnesses import _run
from gradverify.witnesses._kink_bounds import Outside, judged, tight
from gradverify.witnesses._kink_slopes import Direction, Point, Slopes

__all__ = ["Seen", "Undefined", "along", "confirm", "examine", "slopes_along", "suspects"]


@dataclass(frozen=True)
class Undefined:
    """An entry of the gradient that is infinite or undefined, or a backward that raises, though forward has slopes."""

    entry: int | None
    got: str
    slopes: Slopes | None


@dataclass
class Seen:
    """What one point showed."""

    singles: dict[int, Slopes] = field(default_factory=dict)
    """The slopes along each entry alone."""
    wrong: list[Outside] = field(default_factory=list)
    undefined: list[Undefined] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    warned: bool = False
    """Whether a warning was given, here or at another point."""
    directions: int = 0
    """Along how many directions the gradient was compared."""

    @property
    def is_wrong(self) -> bool:
        """Whether an error was found, and not only what automatic differentiation explains."""
        return any(each.rating is Rating.ERROR for each in self.wrong)

    @property
    def kinks(self) -> int:
        """The entries along which the slopes on the two sides differ."""
        return sum(bool(slopes.kinked) for slopes in self.singles.values())


def examine(op: Op, point: Point, warned: bool) -> Seen:
    """Compare the gradient at a point that has been looked at."""
    seen = Seen(warned=warned)
    random = Random(point.case.seed)
    if point.backward_fails or None in point.gradients:
        confirm(op, point, seen)
        if point.backward_fails or seen.undefined:
            return seen
    finite = [entry for entry, x_bar in enumerate(point.gradients) if x_bar is not None]
    if not point.on_a_tie:
        _judge_together(point, _random(point.size, finite, random, (-1, 1)), finite, random, seen)
        return seen
    smooth = _smooth(point, finite, random)
    if smooth is not None:
        _judge(point, *smooth, finite, random, seen)
        if seen.is_wrong:
            seen.wrong = [_smaller(point, seen.wrong[-1], finite, random)]
            return seen
        _judge_together(point, _random(point.size, finite, random, (1,)), finite, random, seen)
        return seen
    free = _alone(point, finite, random, seen)
    if not seen.is_wrong:
        _judge_together(point, _groups(point, free, random), free, random, seen)
    return seen


def _alone(point: Point, finite: Sequence[int], random: Random, seen: Seen) -> list[int]:
    """Judge the entries that have kinks each by itself; the others will move together. Gives those that may be moved."""
    special = suspects(point, finite)
    quiet = [entry for entry in finite if entry not in special]
    if quiet and _smooth(point, quiet, random) is None:
        special, quiet = list(finite), []
    for entry in special:
        slopes = slopes_along(point, along([entry], point.size), seen)
        if slopes is not None:
            seen.singles[entry] = slopes
    free = sorted([*quiet, *seen.singles])
    for entry, slopes in seen.singles.items():
        _judge(point, along([entry], point.size), slopes, free, random, seen)
        if seen.is_wrong:
            break
    return free


def _smooth(point: Point, chosen: Sequence[int], random: Random) -> tuple[Direction, Slopes] | None:
    """A random direction of these entries along which the slopes on both sides agree: then none of them has a kink."""
    for direction in _random(point.size, chosen, random, (-1, 1)):
        try:
            slopes = point.slopes(direction)
        except (Skipped, OutsideField, Refused):
            return None
        return None if slopes.kinked else (direction, slopes)
    return None


def suspects(point: Point, finite: Sequence[int]) -> list[int]:
    """The entries that are 0, equal to another one, or one of the constants that the op compares with."""
    """The entries that are 0, equal to another one, or one of the constants that the op compares with."""
    values = point.floats()
    often = Counter(values)
    constants = {float(constant) for constant in point.field.compared}
    return [entry for entry in finite if values[entry] in constants or not values[entry] or often[values[entry]] > 1]


def _judge_together(
    point: Point, directions: Iterable[Direction], finite: Sequence[int], random: Random, seen: Seen
) -> None:
    """Directions of several entries; the first that fails is made smaller, or taken apart where there is no kink."""
    for direction in directions:
        slopes = slopes_along(point, direction, seen)
        if slopes is None:
            continue
        outside = judged(point, direction, slopes, finite, random, seen.warned)
        seen.directions += 1
        if outside is None:
            continue
        if point.on_a_tie:
            if outside.rating is Rating.ERROR:
                seen.wrong.append(_smaller(point, outside, finite, random))
                return
            seen.wrong.append(outside)
            seen.warned = True
            continue
        for entry in finite:
            alone = along([entry], point.size)
            of_one = slopes_along(point, alone, seen)
            if of_one is not None:
                seen.singles[entry] = of_one
                _judge(point, alone, of_one, finite, random, seen)
        seen.wrong = seen.wrong or [outside]


def _judge(point: Point, direction: Direction, slopes: Slopes, free: Sequence[int], random: Random, seen: Seen) -> None:
    seen.directions += 1
    outside = judged(point, direction, slopes, free, random, seen.warned)
    if outside is not None:
        seen.wrong.append(outside)
        seen.warned |= outside.rating is Rating.WARNING


def slopes_along(point: Point, direction: Direction, seen: Seen) -> Slopes | None:
    """The slopes along a direction; None, and noted as skipped, where there are none."""
    try:
        return point.slopes(direction)
    except (Skipped, OutsideField, Refused) as why:
        seen.skipped[str(why)] += 1
        return None


def along(chosen: Sequence[int], size: int) -> Direction:
    """The direction in which these entries move by 1."""
    return tuple(int(entry in chosen) for entry in range(size))


def _random(size: int, finite: Sequence[int], random: Random, signs: Sequence[int]) -> Iterator[Direction]:
    direction = [0] * size
    for entry in finite:
        direction[entry] = random.choice(signs) * random.randint(2**20, 2**24)
    if any(direction):
        yield tuple(direction)


def _groups(point: Point, finite: Sequence[int], random: Random) -> Iterator[Direction]:
    """Everything upwards by random steps; the same with random signs; equal entries together, along which ties do not part."""
    yield from _random(point.size, finite, random, (1,))
    yield from _random(point.size, finite, random, (-1, 1))
    by_value: dict[float, list[int]] = {}
    values = point.floats()
    for entry in finite:
        by_value.setdefault(values[entry], []).append(entry)
    for group in by_value.values():
        if len(group) > 1:
            yield along(group, point.size)


def _smaller(point: Point, outside: Outside, finite: Sequence[int], random: Random) -> Outside:
    """The same complaint about as few entries as possible, moved by the same step if that will do."""

    def fails(direction: Direction) -> bool:
        try:
            return tight(point, direction, point.slopes(direction)) is not None
        except (Skipped, OutsideField, Refused):
            return False

    smallest = outside.direction
    for entry in range(point.size):
        fewer = tuple(0 if k == entry else d for k, d in enumerate(smallest))
        if fewer != smallest and any(fewer) and fails(fewer):
            smallest = fewer
    even = tuple(int(d != 0) for d in smallest)
    for direction in (even, smallest):
        if direction != outside.direction and fails(direction):
            found = judged(point, direction, point.slopes(direction), finite, random)
            if found is not None and found.rating is outside.rating:
                return found
    return outside


def _in_floats(op: Op, point: Point) -> list[Any]:
    """The gradients of the real float code, run outside of the exact run that is under way."""

    def run() -> list[Any]:
        ran = _run.run_case(op, point.case)
        return list(_run.backward(op, ran.context, tuple(bar.copy() for bar in point.cotangents)))

    return contextvars.Context().run(run)


def confirm(op: Op, point: Point, seen: Seen) -> None:
    """Ask the real float code where exact numbers have no gradient; complain only where forward has slopes there."""
    try:
        gradients = _in_floats(op, point)
    except Refused as refusal:
        seen.skipped[str(refusal)] += 1
        return
    except _run.UserError as raised:
        all_slopes = [slopes_along(point, along([entry], point.size), seen) for entry in range(point.size)]
        if all_slopes and None not in all_slopes:
            seen.undefined.append(Undefined(None, str(raised), None))
        return
    shapes = [None if gradient is None else gradient.shape for gradient in gradients]
    if shapes != [array.shape for array in point.case.inputs]:
        seen.skipped["a gradient is missing or has the wrong shape"] += 1
        return
    flat = np.concatenate([np.asarray(gradient, dtype=float).reshape(-1) for gradient in gradients])
    for entry in range(point.size):
        if np.isfinite(flat[entry]):
            continue
        slopes = slopes_along(point, along([entry], point.size), seen)
        if slopes is not None:
            seen.undefined.append(Undefined(entry, str(float(flat[entry])), slopes))
    if np.isfinite(flat).all():
        seen.skipped[f"no exact gradient: {point.backward_fails or 'a division by 0'}"] += 1
