"""The hypothesis that a gradient is wrong only somewhere: in some cases, or at some entries, and what it is there.

A property is accepted only if wrongness coincides with it without an exception, with enough right and wrong instances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from gradverify.diagnosis.elements import constant_ratio, flat, is_zero, rational, same
from gradverify.diagnosis.points import FEWEST, Point, View
from gradverify.diagnosis.predicates import of_cases, of_entries, sizes_of_one, special_in, unused, zero_entries
from gradverify.diagnosis.words import cotangent, number

INSTANCES = 4
"""So many right and so many wrong instances must have been seen."""

MOST_POINTS = 6
"""So many points are enough to tell what a gradient is in the cases where it is wrong."""

SIGNED = "is wrong only at entries where"

Hypotheses = Callable[[View], Iterator[str]]


def in_cases(view: View, hypotheses: Hypotheses) -> Iterator[str]:
    """Wrong in the cases of one kind only; `hypotheses` are asked what the gradient is there."""
    bad = [p for p in view.points if any(p.wrong(view.place))]
    good = [p for p in view.points if not any(p.wrong(view.place))]
    if len(bad) < INSTANCES or len(good) < INSTANCES:
        return
    # Of two sizes that are 1, one may hide what is wrong where the other is.
    telling = [p for p in good if sizes_of_one(p) <= min(map(sizes_of_one, bad))]
    for each, against in (
        *((each, good) for each in of_cases(view, view.points)),
        *((each, telling) for each in of_cases(view, view.points)),
    ):
        if all(map(each.holds, bad)) and len(against) >= INSTANCES and not any(map(each.holds, against)):
            few = tuple(bad[:MOST_POINTS])
            there = next(hypotheses(View(view.op, view.place, few)), "") if len(few) >= FEWEST else ""
            yield f"is wrong only {each.words}" + (f"; there it {there}" if there else "")
            return
    for each in special_in(view):
        without = [p for p in good if not each.holds(p)]
        if all(map(each.holds, bad)) and len(without) >= INSTANCES:
            yield f"is wrong only {each.words}"
            return


def where_cases(view: View, bad: Sequence[Point], good: Sequence[Point]) -> str:
    """`only where …`: the first property that all of these have and none of those; empty where there is none."""
    if len(bad) >= INSTANCES and len(good) >= INSTANCES:
        for each in of_cases(view, [*bad, *good]):
            if all(map(each.holds, bad)) and not any(map(each.holds, good)):
                return f"only {each.words}"
    return ""


def at_entries(view: View) -> Iterator[str]:
    """Wrong at the entries of one kind only, and what it is there."""
    wrong = [_wrong(point, view) for point in view.points]
    number_wrong = sum(int(array.sum()) for array in wrong)
    if number_wrong < INSTANCES or sum(array.size for array in wrong) - number_wrong < INSTANCES:
        return
    for each in of_entries(view, view.points):
        masks = [each.holds(p) for p in view.points]
        if all(np.array_equal(mask, there) for mask, there in zip(masks, wrong, strict=True)):
            yield f"is wrong only at entries {each.words}{_there(view, masks)}"
            return
    for each in zero_entries(view):  # such an entry may be right by chance, where all that it is multiplied by is 0
        masks = [each.holds(p) for p in view.points]
        if not any((there & ~mask).any() for mask, there in zip(masks, wrong, strict=True)):
            yield f"is wrong only at entries {each.words}{_there(view, wrong)}"
            return


def _wrong(point: Point, view: View) -> Any:
    return np.array(point.wrong(view.place), dtype=bool).reshape(np.shape(view.got(point)))


def signed(view: View) -> Iterator[str]:
    """Wrong only where the values of an input are on one side of a bound."""
    yield from (sentence for sentence in at_entries(view) if sentence.startswith(SIGNED))


def not_depended_on(view: View) -> Iterator[str]:
    """Not 0 at entries that no output depends on, and wrong nowhere else."""
    masks = [_wrong(point, view) for point in view.points]
    if not all(
        mask.any() and not (mask & ~unused(p, view.place)).any() for p, mask in zip(view.points, masks, strict=True)
    ):
        return
    if sum(int(mask.sum()) for mask in masks) < INSTANCES or next(at_entries(view), "").startswith(SIGNED):
        return  # an entry of an input below 0 that a function cuts off is better said as such
    yield f"is not 0 at entries that no output depends on{_there(view, masks)}"


def _there(view: View, masks: Sequence[Any]) -> str:
    """What the wrong entries are, as far as one number tells."""
    got, truth, bars = [], [], []
    for point, mask in zip(view.points, masks, strict=True):
        chosen = np.flatnonzero(mask)
        got += [flat(view.got(point))[e] for e in chosen]
        truth += [flat(view.truth(point))[e] for e in chosen]
        same_shape = [bar for bar in point.seen.cotangents if bar.shape == np.shape(view.got(point))]
        bars += [flat(same_shape[0].values)[e] for e in chosen] if len(same_shape) == 1 else []
    if all(map(is_zero, got)):
        return ", where it is 0"
    found = constant_ratio(got, truth)
    constant = None if found is None else rational(found)
    if constant is not None:
        return f", where it is {number(constant)} times the true one"
    must = " and must be 0" if all(map(is_zero, truth)) else ""
    if len(bars) == len(got):
        found = constant_ratio(got, bars)
        constant = None if found is None else rational(found)
        if constant is not None:
            bar = cotangent(0, 1)
            return f", where it is {bar if constant == 1 else f'{number(constant)}·{bar}'}{must}"
    constants = [rational(g) for g in got]
    if constants[0] is not None and all(same(g, got[0]) for g in got):
        return f", where it is {number(constants[0])}{must}"
    return ", which must be 0" if must else ""
