"""The hypothesis that a gradient is wrong only somewhere: in some cases, or at some entries, and what it is there.

A property is accepted only if wrongness coincides with it without an exception, with enough right and wrong instances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from gradverify.diagnosis.elements import constant_ratio, flat, is_zero, rational, same
from gradverify.diagnosis.points import FEWEST, Point, View
from gradverify.diagnosis.predicates import of_cases, of_entries, unused
from gradverify.diagnosis.words import cotangent, number

INSTANCES = 4
"""So many right and so many wrong instances must have been seen."""

Hypotheses = Callable[[View], Iterator[str]]


def only_where(view: View, points: Sequence[Point], hypotheses: Hypotheses) -> Iterator[str]:
    """Sentences without their subject, for a gradient that is wrong at some of these points or entries.

    `hypotheses` are asked what it is in the cases where it is wrong.
    """
    wrong = {id(p): np.array(p.wrong(view.place), dtype=bool).reshape(np.shape(view.got(p))) for p in points}
    where = _entries(view, points, wrong)
    if where is not None:
        yield where
        return
    bad = [p for p in points if wrong[id(p)].any()]
    good = [p for p in points if not wrong[id(p)].any()]
    if len(bad) < INSTANCES or len(good) < INSTANCES:
        return
    for each in of_cases(view, points):
        if all(map(each.holds, bad)) and not any(map(each.holds, good)):
            there = next(hypotheses(View(view.op, view.place, tuple(bad))), "") if len(bad) >= FEWEST else ""
            yield f"is wrong only {each.words}" + (f"; there it {there}" if there else "")
            return


def not_depended_on(view: View) -> Iterator[str]:
    """Wrong at entries that no output depends on, and nowhere else."""
    seen = 0
    numbers = []
    for point in view.points:
        wrong = np.array(point.wrong(view.place), dtype=bool).reshape(np.shape(view.got(point)))
        if not wrong.any() or (wrong & ~unused(point, view.place)).any():
            return
        seen += int(wrong.sum())
        numbers += [flat(view.got(point))[e] for e in np.flatnonzero(wrong)]
    if seen >= INSTANCES:
        known = {rational(value) for value in numbers}
        value = known.pop() if len(known) == 1 else None
        what = "not 0" if value is None else number(value)
        yield f"is {what} at entries that no output depends on, and must be 0 there"


def _entries(view: View, points: Sequence[Point], wrong: dict[int, Any]) -> str | None:
    number_wrong = sum(int(array.sum()) for array in wrong.values())
    number_right = sum(array.size for array in wrong.values()) - number_wrong
    if number_wrong < INSTANCES or number_right < INSTANCES:
        return None
    for each in of_entries(view, points):
        masks = [each.holds(p) for p in points]
        if all(np.array_equal(mask, wrong[id(p)]) for p, mask in zip(points, masks, strict=True)):
            return f"is wrong only at entries {each.words}{_there(view, points, masks)}"
    return None


def _there(view: View, points: Sequence[Point], masks: Sequence[Any]) -> str:
    """What the wrong entries are, as far as one number tells."""
    got, truth, bars = [], [], []
    for point, mask in zip(points, masks, strict=True):
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
