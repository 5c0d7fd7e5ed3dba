"""Gradients that only move or add up entries of the cotangent: how they were arranged, and how they must be.

Takes a view; both the returned and the true gradient must be one of the arrangements at every point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import numpy as np

from gradverify.diagnosis.elements import all_same
from gradverify.diagnosis.points import FEWEST, View

Arrange = Callable[[Any, tuple[int, ...]], Any]
"""What a cotangent becomes in a gradient of some shape; it may have another shape where it does not fit."""


def arrangements(view: View) -> Iterator[str]:
    """The sentence without its subject."""
    if len(view.points) < FEWEST or len(view.points[0].seen.cotangents) != 1:
        return
    known = list(_all(len(view.points[0].seen.cotangents[0].shape), len(np.shape(view.truth(view.points[0])))))
    truth = next((text for text, arrange in known if _holds(view, arrange, view.truth)), None)
    if truth is None:
        return
    got = next((text for text, arrange in known if _holds(view, arrange, view.got)), None)
    if got is not None:
        yield f"is {got}, and must be {truth}"


def _holds(view: View, arrange: Arrange, wanted: Callable[[Any], Any]) -> bool:
    for point in view.points:
        try:
            made = arrange(point.seen.cotangents[0].values, np.shape(view.truth(point)))
        except ValueError:  # the shape does not fit
            return False
        if made is None or not all_same(made, wanted(point)):
            return False
    return True


def _all(rank: int, needed: int) -> Iterator[tuple[str, Arrange]]:
    yield "ȳ itself", lambda bar, shape: bar
    for order in permutations(range(rank)):
        if order != tuple(range(rank)):
            yield f"ȳ.transpose{order}", lambda bar, shape, o=order: bar.transpose(o)  # type: ignore[misc]  # mypy cannot type the default
    for axis in range(rank):
        yield from _along(axis)
    yield "ȳ reshaped, in the order of its entries", lambda bar, shape: bar.reshape(shape)
    yield "ȳ reshaped column by column", lambda bar, shape: bar.reshape(shape, order="F")
    if rank == needed == 2:
        yield "np.tril(ȳ)", lambda bar, shape: _kept(bar, np.tril(np.ones(shape, dtype=bool)))
        yield "np.triu(ȳ)", lambda bar, shape: _kept(bar, np.triu(np.ones(shape, dtype=bool)))


def _along(axis: int) -> Iterator[tuple[str, Arrange]]:
    yield f"np.flip(ȳ, {axis})", lambda bar, shape: np.flip(bar, axis)
    for shift in (1, -1, 2, -2, 3, -3):
        yield f"np.roll(ȳ, {shift}, {axis})", lambda bar, shape, s=shift: np.roll(bar, s, axis)  # type: ignore[misc]  # mypy cannot type the default
    yield f"np.cumsum(ȳ, {axis})", lambda bar, shape: np.cumsum(bar, axis)
    backwards = f"the sums of ȳ from each entry to the end of axis {axis}"
    yield backwards, lambda bar, shape: np.flip(np.cumsum(np.flip(bar, axis), axis), axis)
    yield f"the first entries of ȳ along axis {axis}", lambda bar, shape: _part(bar, shape, axis, at_end=False)
    yield f"the last entries of ȳ along axis {axis}", lambda bar, shape: _part(bar, shape, axis, at_end=True)
    yield f"the sum of neighbours in ȳ along axis {axis}", lambda bar, shape: _added(bar, shape, axis, neighbours=True)
    yield (
        f"the sum of whole blocks of ȳ along axis {axis}",
        lambda bar, shape: _added(bar, shape, axis, neighbours=False),
    )


def _kept(bar: Any, mask: Any) -> Any | None:
    return np.where(mask, bar, bar - bar) if bar.shape == mask.shape else None


def _part(bar: Any, shape: tuple[int, ...], axis: int, *, at_end: bool) -> Any | None:
    if bar.ndim != len(shape) or bar.shape[axis] < shape[axis]:
        return None
    places = np.arange(shape[axis]) + (bar.shape[axis] - shape[axis] if at_end else 0)
    return np.take(bar, places, axis)


def _added(bar: Any, shape: tuple[int, ...], axis: int, *, neighbours: bool) -> Any | None:
    """Each so many entries along an axis added up: those beside each other, or those a whole side apart."""
    if bar.ndim != len(shape) or bar.shape[axis] == shape[axis] or bar.shape[axis] % max(shape[axis], 1):
        return None
    times = bar.shape[axis] // shape[axis]
    sides = (shape[axis], times) if neighbours else (times, shape[axis])
    split = bar.reshape((*bar.shape[:axis], *sides, *bar.shape[axis + 1 :]))
    return split.sum(axis=axis + 1 if neighbours else axis)
