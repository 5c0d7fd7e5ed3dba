"""Asks the gradient at one special point along every direction that tells something: entries, groups of equal ones, all.

Gives what is wrong there, made as small as it can be, and what was met and skipped on the way.
"""

from __future__ import annotations

import contextvars
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from gradverify.cases import Refused, Skipped
from gradverify.model import Op, Rating
from gradverify.numbers.signals import OutsideField
from gradverify.witnesses import _run
from gradverify.witnesses._kink_bounds import Outside, judged
from gradverify.witnesses._kink_slopes import Direction, Point, Slopes

__all__ = ["Seen", "Undefined", "examine"]


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
    directions: int = 0
    """Along how many directions the gradient was compared."""

    @property
    def kinks(self) -> int:
        """The entries along which the slopes on the two sides differ."""
        return sum(slopes.right != slopes.left for slopes in self.singles.values())


def examine(op: Op, point: Point) -> Seen:
    """Compare the gradient at a point that has been looked at."""
    seen = Seen()
    random = Random(point.case.seed)
    if point.backward_fails or None in point.gradients:
        _confirm(op, point, seen)
        if point.backward_fails or seen.undefined:
            return seen
    finite = [entry for entry, x_bar in enumerate(point.gradients) if x_bar is not None]
    if point.on_a_tie:
        for entry in finite:
            slopes = _slopes(point, _along([entry], point.size), seen)
            if slopes is not None:
                seen.singles[entry] = slopes
        finite = list(seen.singles)
        for entry in finite:
            _judge(point, _along([entry], point.size), seen.singles[entry], finite, random, seen)
    if not any(each.rating is Rating.ERROR for each in seen.wrong):
        _judge_together(point, finite, random, seen)
    return seen


def _judge_together(point: Point, finite: Sequence[int], random: Random, seen: Seen) -> None:
    """Directions of several entries; the first that fails is made smaller, or taken apart where there is no kink."""
    directions = _groups(point, finite, random) if point.on_a_tie else _random(point.size, finite, random, (-1, 1))
    for direction in directions:
        slopes = _slopes(point, direction, seen)
        if slopes is None:
            continue
        outside = judged(point, direction, slopes, finite, random)
        seen.directions += 1
        if outside is None:
            continue
        if point.on_a_tie:
            seen.wrong.append(_smaller(point, outside, finite, random))
            if seen.wrong[-1].rating is Rating.ERROR:
                return
            continue
        for entry in finite:
            alone = _along([entry], point.size)
            of_one = _slopes(point, alone, seen)
            if of_one is not None:
                seen.singles[entry] = of_one
                _judge(point, alone, of_one, finite, random, seen)
        seen.wrong = seen.wrong or [outside]


def _judge(
    point: Point, direction: Direction, slopes: Slopes, free: Sequence[int], random: Random, seen: Seen
) -> None:
    seen.directions += 1
    outside = judged(point, direction, slopes, free, random)
    if outside is not None:
        seen.wrong.append(outside)


def _slopes(point: Point, direction: Direction, seen: Seen) -> Slopes | None:
    try:
        return point.slopes(direction)
    except (Skipped, OutsideField, Refused) as why:
        seen.skipped[str(why)] += 1
        return None


def _along(chosen: Sequence[int], size: int) -> Direction:
    return tuple(int(entry in chosen) for entry in range(size))


def _random(size: int, finite: Sequence[int], random: Random, signs: Sequence[int]) -> Iterator[Direction]:
    direction = [0] * size
    for entry in finite:
        direction[entry] = random.choice(signs) * random.randint(2**20, 2**24)
    if any(direction):
        yield tuple(direction)


def _groups(point: Point, finite: Sequence[int], random: Random) -> Iterator[Direction]:
    """Everything upwards by random steps; the same with random signs; equal entries together, along which ties do not part."""
    if len(finite) < 2:
        return
    yield from _random(point.size, finite, random, (1,))
    yield from _random(point.size, finite, random, (-1, 1))
    by_value: dict[float, list[int]] = {}
    values = point.floats()
    for entry in finite:
        by_value.setdefault(values[entry], []).append(entry)
    for group in by_value.values():
        if len(group) > 1:
            yield _along(group, point.size)
    if len(by_value) > 1:
        yield _along(finite, point.size)


def _smaller(point: Point, outside: Outside, finite: Sequence[int], random: Random) -> Outside:
    """The same complaint about as few entries as possible, moved by the same step if that will do."""

    def ask(direction: Direction) -> Outside | None:
        try:
            found = judged(point, direction, point.slopes(direction), finite, random)
        except (Skipped, OutsideField, Refused):
            return None
        return found if found is not None and found.rating is outside.rating else None

    best = outside
    for entry in range(point.size):
        fewer = tuple(0 if k == entry else d for k, d in enumerate(best.direction))
        if fewer != best.direction and any(fewer):
            best = ask(fewer) or best
    even = tuple(int(d != 0) for d in best.direction)
    return ask(even) or best


def _in_floats(op: Op, point: Point) -> list[Any]:
    """The gradients of the real float code, run outside of the exact run that is under way."""

    def run() -> list[Any]:
        ran = _run.run_case(op, point.case)
        return list(_run.backward(op, ran.context, tuple(bar.copy() for bar in point.cotangents)))

    return contextvars.Context().run(run)


def _confirm(op: Op, point: Point, seen: Seen) -> None:
    """Ask the real float code where exact numbers have no gradient; complain only where forward has slopes there."""
    try:
        gradients = _in_floats(op, point)
    except Refused as refusal:
        seen.skipped[str(refusal)] += 1
        return
    except _run.UserError as raised:
        all_slopes = [_slopes(point, _along([entry], point.size), seen) for entry in range(point.size)]
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
        slopes = _slopes(point, _along([entry], point.size), seen)
        if slopes is not None:
            seen.undefined.append(Undefined(entry, str(float(flat[entry])), slopes))
    if np.isfinite(flat).all():
        seen.skipped[f"no exact gradient: {point.backward_fails or 'a division by 0'}"] += 1
