"""Hypotheses about what several output entries add to one entry of a gradient, and about entries taken from elsewhere.

An output entry o contributes ȳ_o ∂y_o/∂x_e to x̄_e. Code that should add these up may keep one of them, or miss one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from gradverify.diagnosis.elements import flat, is_zero, same
from gradverify.diagnosis.points import FEWEST, Point, View
from gradverify.diagnosis.words import cotangent, entry
from gradverify.numbers.observe import objects

Share = list[Any]
"""The contributions to one entry that are not 0, in the order of the output's entries, added up in groups."""

MOST_AXES = 2
"""The most axes of an output that contributions are summed over before one of them is kept."""

KEPT: tuple[tuple[str, Callable[[Share], Share]], ...] = (
    ("keeps only the last of several contributions to an entry: it overwrites where it must add up", lambda s: s[-1:]),
    ("keeps only the first of several contributions to an entry, where it must add all of them", lambda s: s[:1]),
    ("lacks the last of the contributions to an entry", lambda s: s[:-1]),
    ("lacks the first of the contributions to an entry", lambda s: s[1:]),
    ("counts the last of the contributions to an entry twice", lambda s: [*s, *s[-1:]]),
    ("counts the first of the contributions to an entry twice", lambda s: [*s, *s[:1]]),
)


def contributions(view: View) -> Iterator[str]:
    """The sentences that hold, without their subject.

    What is written at once may be a sum already, over the channels of an output for instance: so contributions are also
    taken in groups of output entries that differ in some axes only.
    """
    if len(view.points) < FEWEST:
        return
    rank = len(view.points[0].seen.outputs[0].shape)
    for count in range(min(rank, MOST_AXES) + 1):
        for summed in combinations(range(rank), count):
            shares = [_shares(point, view.place, summed) for point in view.points]
            wrong = [each for p, each in zip(view.points, shares, strict=True) if any(p.wrong(view.place))]
            if not wrong or not all(any(len(share) > 1 for share in each) for each in wrong):
                continue
            for sentence, choose in KEPT:
                if _hold(view, shares, choose):
                    yield sentence
                    return
            if not summed:
                yield from _mean(view, shares)


def _shares(point: Point, place: int, summed: tuple[int, ...]) -> list[Share]:
    shapes = [bar.shape for bar in point.seen.cotangents]
    found = []
    for share in point.seen.contributions(place):
        groups: dict[Any, Any] = {}
        for (output, o), value in share.items():
            if is_zero(value):
                continue
            index = _index(o, shapes[output]) if summed else [o]
            key = (output, *(k for axis, k in enumerate(index) if axis not in summed))
            groups[key] = groups[key] + value if key in groups else value
        found.append([groups[key] for key in sorted(groups)])
    return found


def _hold(view: View, shares: Sequence[list[Share]], choose: Callable[[Share], Share]) -> bool:
    return all(
        all(
            same(sum(choose(share) if len(share) > 1 else share, point.seen.field.zero), got)
            for share, got in zip(each, flat(view.got(point)), strict=True)
        )
        for point, each in zip(view.points, shares, strict=True)
    )


def _mean(view: View, shares: Sequence[list[Share]]) -> Iterator[str]:
    for point, each in zip(view.points, shares, strict=True):
        for share, got in zip(each, flat(view.got(point)), strict=True):
            total = sum(share, point.seen.field.zero)
            if not same(got * max(len(share), 1), total):
                return
    yield "is the mean of the contributions to an entry, and must be their sum"


def misplaced(view: View) -> Iterator[str]:
    """Every entry is an entry of the cotangent, times the same number as it should be, but from another place."""
    found: Taken | None = None
    points = [point for point in view.points if any(point.wrong(view.place))]
    for point in points:
        shown = _taken(point, view)
        if shown is None:
            return
        found = shown if found is None else found
    if len(points) >= FEWEST and found is not None:
        index, output, wrong, right = found
        bar = cotangent(output, len(view.points[0].seen.cotangents))
        name = f"{view.op.inputs[view.place]}̄"
        yield (
            "takes entries of the cotangent from the wrong places: "
            f"{entry(name, index)} is {entry(bar, wrong)}, and must be {'0' if right is None else entry(bar, right)}"
        )


Taken = tuple[Sequence[int], int, Sequence[int], Sequence[int] | None]
"""An entry's index, the output, where it was taken from and where it should be, which is nowhere for an entry of 0."""


def _taken(point: Point, view: View) -> Taken | None:
    """The first misplaced entry; None where not all entries are taken from the cotangent."""
    shares = point.seen.contributions(view.place)
    bars = [flat(bar.values) for bar in point.seen.cotangents]
    first = None
    for e, (share, got) in enumerate(zip(shares, flat(view.got(point)), strict=True)):
        if not share and is_zero(got):
            continue
        if len(share) > 1:
            return None
        output, o, value = next(((k, o, v) for (k, o), v in share.items()), (0, None, None))
        if o is not None and not same(value, bars[output][o]):
            return None
        places = [k for k, bar in enumerate(bars[output]) if same(bar, got)]
        if len(places) != 1:
            return None
        if places[0] != o and first is None:
            shape = point.seen.cotangents[output].shape
            first = (
                _index(e, point.seen.inputs[view.place].shape),
                output,
                _index(places[0], shape),
                None if o is None else _index(o, shape),
            )
    return first


def _index(place: int, shape: tuple[int, ...]) -> list[int]:
    return [int(k) for k in np.unravel_index(place, shape)]


def by_output(point: Point, place: int, output: int) -> Any:
    """For each entry of an output: what it contributes to the gradient of an input, over all entries of that input."""
    sums = [point.seen.field.zero] * point.seen.cotangents[output].values.size
    for share in point.seen.contributions(place):
        for (k, o), value in share.items():
            if k == output:
                sums[o] = sums[o] + value
    return objects(sums, point.seen.cotangents[output].shape)
