"""Hypotheses of a right formula at the wrong place: at the output, at −x, at the transpose of a matrix.

The op itself is run again on other exact numbers, so nothing needs to be known about its formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np

from gradverify.diagnosis.elements import all_same
from gradverify.diagnosis.points import FEWEST, Point, View
from gradverify.diagnosis.words import cotangent
from gradverify.numbers.observe import Exacts, objects

MOST_OUTPUTS = 4
"""For so many outputs at most all orders of the cotangents are tried."""


def elsewhere(view: View) -> Iterator[str]:
    """The sentences that hold, without their subject."""
    inputs = view.points[0].seen.inputs
    for k, name in enumerate(view.op.inputs):
        rank = len(inputs[k].shape)
        if rank == 2 and _truth_at(view, k, lambda p, k=k: _transposed(p, k)):  # type: ignore[misc]  # mypy cannot type the default
            yield f"is the true one with {name} transposed: a transposition of {name} is missing, or one too many"
            return
        if _truth_at(view, k, lambda p, k=k: p.seen.inputs[k].each(lambda values: -values)):  # type: ignore[misc]  # as above
            yield f"is the true one at −{name} instead of {name}"
            return
        for axis in range(rank):
            if _truth_at(view, k, lambda p, k=k, a=axis: p.seen.inputs[k].each(lambda values: np.flip(values, a))):  # type: ignore[misc]  # as above
                yield f"is the true one with {name} reversed along axis {axis}: {name} is taken the wrong way round"
                return
        if k != view.place and _truth_at(view, k, lambda p, k=k: _ones(p, k)):  # type: ignore[misc]  # as above
            yield f"is the true one for {name} = 1: the factor {name} is missing, wherever it stands"
            return
        if _truth_at(view, k, lambda p, k=k: _output_like(p, k)):  # type: ignore[misc]  # as above
            yield f"is the derivative at the output y instead of at the input {name}"
            return
        if _formula_at_input(view, k):
            yield f"is the formula in terms of the output y, with the input {name} put in for y"
            return


def at_magnitude(view: View) -> Iterator[str]:
    """The true gradient at |x|: wrong where an entry below 0 matters."""
    for k, name in enumerate(view.op.inputs):
        if _truth_at(view, k, lambda p, k=k: _magnitudes(p, k)):  # type: ignore[misc]  # mypy cannot type the default
            yield f"is the true one at |{name}| instead of {name}: right only where no entry below 0 matters"
            return


def _truth_at(view: View, k: int, moved: Callable[[Point], Exacts | None]) -> bool:
    """Whether what was returned is the true gradient with input k replaced."""
    if len(view.points) < FEWEST:
        return False
    for point in view.points:
        other = moved(point)
        if other is None:
            return False
        seen = point.again(inputs=[other if j == k else x for j, x in enumerate(point.seen.inputs)])
        if seen is None or not all_same(seen.truth(view.place), view.got(point)):
            return False
    return True


def _magnitudes(point: Point, k: int) -> Exacts | None:
    """|x|; None where no entry is below 0, which would tell nothing."""
    given = point.seen.inputs[k]
    below = [bool(near < 0) for near in given.near.reshape(-1).tolist()]
    if not any(below):
        return None

    def turned(part: Any) -> Any:
        pairs = zip(part.reshape(-1).tolist(), below, strict=True)
        return objects([-value if negative else value for value, negative in pairs], part.shape)

    return given.each(turned)


def _ones(point: Point, k: int) -> Exacts:
    field, array = point.seen.field, point.seen.inputs[k]
    count = array.values.size
    return Exacts(objects([field.one] * count, array.shape), objects([field.near(Fraction(1))] * count, array.shape))


def cotangent_elsewhere(view: View) -> Iterator[str]:
    """The true gradient for the cotangent transposed, or for the cotangents in another order."""
    bars = view.points[0].seen.cotangents
    if len(bars) == 1 and _truth_for(view, lambda p: [_turned(bar) for bar in p.seen.cotangents]):
        yield "is the true one with the cotangent ȳ transposed: a transposition of ȳ is missing, or one too many"
    if not 1 < len(bars) <= MOST_OUTPUTS:
        return
    for order in permutations(range(len(bars))):
        if order != tuple(range(len(bars))) and _truth_for(
            view,
            lambda p, o=order: [p.seen.cotangents[k] for k in o],  # type: ignore[misc]  # mypy cannot type the default
        ):
            taken = ", ".join(cotangent(k, len(bars)) for k in order)
            yield f"is the true one with the cotangents exchanged: it takes them as if they came in the order {taken}"
            return


def _turned(bar: Exacts) -> Exacts | None:
    return bar.each(lambda values: values.T) if len(bar.shape) == 2 and bar.shape[0] == bar.shape[1] else None


def _truth_for(view: View, changed: Callable[[Point], Sequence[Exacts | None]]) -> bool:
    """Whether what was returned is the true gradient for other cotangents."""
    if len(view.points) < FEWEST:
        return False
    for point in view.points:
        bars = [bar for bar in changed(point) if bar is not None]
        if [bar.shape for bar in bars] != [bar.shape for bar in point.seen.cotangents]:
            return False
        seen = point.again(cotangents=bars)
        if seen is None or not all_same(seen.truth(view.place), view.got(point)):
            return False
    return True


def _transposed(point: Point, k: int) -> Exacts | None:
    rows, columns = point.seen.inputs[k].shape
    return point.seen.inputs[k].each(lambda values: values.T) if rows == columns else None


def _output_like(point: Point, k: int) -> Exacts | None:
    (first, *more) = point.seen.outputs
    return first if not more and first.shape == point.seen.inputs[k].shape else None


def _formula_at_input(view: View, k: int) -> bool:
    """Whether backward at the point y = f(x) would give the true gradient at x: it takes x where it must take y."""
    if len(view.points) < FEWEST:
        return False
    for point in view.points:
        output = _output_like(point, k)
        if output is None:
            return False
        seen = point.again(inputs=[output if j == k else x for j, x in enumerate(point.seen.inputs)])
        if seen is None or len(seen.gradients) <= view.place or seen.gradients[view.place] is None:
            return False
        if not all_same(seen.gradients[view.place], view.truth(point)):
            return False
    return True
