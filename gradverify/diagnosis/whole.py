"""Hypotheses about a whole gradient: zero, a multiple of the true one, transposed, flipped, another input's.

Each takes a view and gives a sentence without its subject, or None.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations
from math import log, pi, sqrt
from typing import Any

import numpy as np

from gradverify.diagnosis.elements import all_same, constant_ratio, flat, rational, same
from gradverify.diagnosis.points import FEWEST, View
from gradverify.diagnosis.sizes import sizes_behind
from gradverify.diagnosis.words import axes, cotangent, number


def zero(view: View) -> str | None:
    """All entries are 0."""
    if view.everywhere(lambda point: _zeros(view.truth(point))):
        return "is 0 everywhere, though the input matters"
    return None


def _zeros(truth: Any) -> Any:
    return truth - truth


def multiple(view: View) -> str | None:
    """A constant, or a product of sizes, times the true gradient."""
    ratios = [constant_ratio(flat(view.got(p)), flat(view.truth(p))) for p in view.points]
    if len(ratios) < FEWEST or any(ratio is None for ratio in ratios):
        return None
    constants = [rational(ratio) for ratio in ratios]
    if None not in constants and len(set(constants)) == 1:
        return _constant(constants[0] or Fraction(0))
    if all(same(ratio, ratios[0]) for ratio in ratios):
        return _real(ratios[0])
    found = sizes_behind([(point, ratio) for point, ratio in zip(view.points, ratios, strict=True)])
    return None if found is None else f"is {found.factor} times the true one: {found.remedy}"


CONSTANTS = {
    "log(2)": log(2),
    "log(10)": log(10),
    "π": pi,
    "2π": 2 * pi,
    "√π": sqrt(pi),
    "√(2π)": sqrt(2 * pi),
    "√(2/π)": sqrt(2 / pi),
    "√2": sqrt(2),
    "π/180": pi / 180,
}
"""Constants that are forgotten, or that stand on the wrong side of a fraction."""

NEAR = 1e-13
"""How far a constant of float64 may be from the real one, as a share of it."""

ROUNDED = 0.01


def _real(ratio: Any) -> str:
    """One constant at every entry of every point that is no small rational number."""
    if not hasattr(ratio, "mid"):
        return "is the true one times a constant, the same at every entry and shape: a constant factor in it is wrong"
    value = float(ratio.mid())
    for name, constant in CONSTANTS.items():
        if abs(value / constant - 1) < NEAR:
            return f"is {name} times the true one: a factor of {name} too many, or a division by it is missing"
        if abs(value * constant - 1) < NEAR:
            return f"is 1/({name}) times the true one: a factor of {name} is missing, or a division by it too many"
    if abs(value - 1) < ROUNDED:
        return f"is {value:.12g} times the true one: a constant factor in it is rounded, or not quite right"
    return f"is {value:.12g} times the true one: a constant factor in it is wrong"


def _constant(value: Fraction) -> str | None:
    if value == 0:
        return None
    if value == -1:
        return "is −1 times the true one: the sign is wrong"
    sign = ", and the sign is wrong" if value < 0 else ""
    factor = abs(value)
    which = f"{number(factor)} too many" if factor.denominator == 1 else f"{number(1 / factor)} is missing"
    return f"is {number(value)} times the true one: a factor of {which}{sign}"


def returned_cotangent(view: View) -> str | None:
    """The cotangent of an output, unchanged."""
    for k, bar in enumerate(view.points[0].seen.cotangents):
        if bar.shape == view.points[0].seen.inputs[view.place].shape and view.everywhere(
            lambda point, k=k: point.seen.cotangents[k].values  # type: ignore[misc]  # mypy cannot type the default
        ):
            return f"is the cotangent {cotangent(k, len(view.points[0].seen.cotangents))} itself, returned unchanged"
    return None


def rearranged(view: View) -> str | None:
    """The true gradient with its axes permuted, or flipped or rolled along one."""
    rank = view.truth(view.points[0]).ndim
    for order in permutations(range(rank)):
        if order != tuple(range(rank)) and view.everywhere(lambda p, o=order: view.truth(p).transpose(o)):  # type: ignore[misc]  # as above
            return "is the true one transposed" + ("" if rank == 2 else f": its axes are in the order {order}")
    for axis in range(rank):
        if view.everywhere(lambda p, a=axis: np.flip(view.truth(p), a)):  # type: ignore[misc]  # as above
            return f"is the true one reversed along axis {axis}"
        for shift in (1, -1):
            if view.everywhere(lambda p, a=axis, s=shift: np.roll(view.truth(p), s, a)):  # type: ignore[misc]  # as above
                return f"is the true one rolled by {shift} along axis {axis}"
    return None


def other_input(view: View) -> str | None:
    """The true gradient of another input, at the points where that has the same shape, and not of another kind elsewhere."""
    for k, name in enumerate(view.op.inputs):
        alike = tuple(p for p in view.points if np.shape(p.truth[k]) == np.shape(view.got(p)))
        if k != view.place and View(view.op, view.place, alike).everywhere(lambda p, k=k: p.truth[k]):  # type: ignore[misc]  # as above
            back = all(p.has(k) and all_same(p.seen.gradients[k], view.truth(p)) for p in alike)
            given = "the two are swapped" if back else f"that of {view.op.inputs[view.place]} is not given"
            return f"is the true one of {name}: {given}"
    return None


def reduced(view: View) -> str | None:
    """Where the gradient must be constant along an axis, or the other way round: averages of the true one."""
    rank = view.truth(view.points[0]).ndim
    for axis in range(rank):
        if view.everywhere(lambda p, a=axis: _spread(view.truth(p), a)):  # type: ignore[misc]  # as above
            return f"is the sum of the true one along {axes([axis])}, in every place"
    return None


def _spread(array: Any, axis: int) -> Any:
    return np.broadcast_to(array.sum(axis=axis, keepdims=True), array.shape)


def replaced(view: View) -> Iterator[str]:
    """Another input's gradient, or the cotangent where no constant factor explains it."""
    for hypothesis in (other_input, returned_cotangent):
        sentence = None if multiple(view) is not None else hypothesis(view)
        if sentence is not None:
            yield sentence
            return


def scaled(view: View) -> Iterator[str]:
    """A multiple of the true gradient."""
    sentence = multiple(view)
    if sentence is not None:
        yield sentence


WHOLE = (zero, multiple, returned_cotangent, other_input, rearranged, reduced)


def whole(view: View) -> Iterator[str]:
    """The sentences of every hypothesis about a whole gradient that holds."""
    for hypothesis in WHOLE:
        sentence = hypothesis(view)
        if sentence is not None:
            yield sentence
