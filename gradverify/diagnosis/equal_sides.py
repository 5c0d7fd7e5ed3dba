"""The hypothesis that a gradient is wrong only where two sizes are equal: an array then fits in a wrong place, silently."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from gradverify.diagnosis.points import FEWEST, Point, View

INSTANCES = 3
"""So many right and so many wrong cases must have been seen."""


def nothing(view: View) -> Iterator[str]:
    """Asked in place of hypotheses, where none of them explains what is wrong."""
    yield from ()


def equal_sides(view: View, hypotheses: Callable[[View], Iterator[str]]) -> Iterator[str]:
    """The sentence without its subject; `hypotheses` are asked what the gradient is where it is wrong."""
    wrong = [p for p in view.points if any(p.wrong(view.place))]
    right = [p for p in view.points if not any(p.wrong(view.place))]
    if len(wrong) < INSTANCES or len(right) < INSTANCES:
        return
    for a, b in combinations(wrong[0].case.sizes, 2):
        if all(_equal(p, a, b) for p in wrong) and not any(_equal(p, a, b) for p in right):
            few = tuple(p for p in wrong if p.case.kind == "generic")[:6]
            there = next(hypotheses(View(view.op, view.place, few)), "") if len(few) >= FEWEST else ""
            if there:
                yield f"is wrong only where the sizes {a} and {b} are equal; there it {there}"
            elif hypotheses is nothing:
                yield (
                    f"is wrong only where the sizes {a} and {b} are equal, as happens where a transposition "
                    "is missing, or an axis is another one"
                )
            return


def _equal(point: Point, a: str, b: str) -> bool:
    sizes = point.case.sizes
    return sizes.get(a) == sizes.get(b) and sizes.get(a) != 1
