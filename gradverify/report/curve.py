"""Measures how far a central difference of an op's float64 forward is from the true slope, step size by step size.

Takes an op and a case. The true slope is exact where the op's forward runs on exact numbers; elsewhere it is extrapolated.
Nothing is decided here: it is what the V-shaped picture of a report is drawn from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np

from gradverify.cases import Mismatch, Refused, Skipped, draw_cotangents, draw_directions, in_words
from gradverify.model import Array, Case, Op
from gradverify.numbers.fields import Balls
from gradverify.numbers.run import code_of, roots_of, run
from gradverify.numbers.signals import NotExact, OutsideField
from gradverify.witnesses import _run
from gradverify.witnesses._exact_run import told
from gradverify.witnesses._slope import inner, measure, sample

__all__ = ["Curve", "curve_of", "telling_curve"]

STEPS = tuple(10.0 ** (-k / 4) for k in range(4, 49))
"""From 1e-1 to 1e-12, four for each power of ten."""

MOST_ENTRIES = 200
ENOUGH = 8
"""Errors that are not 0 which a telling curve has at least."""


PLAINLY = 1e-6
"""A backward that misses the slope by this share of it is wrong at the case, beyond any rounding."""


@dataclass(frozen=True)
class Curve:
    """Central differences of φ(h) = ⟨ȳ, f(x + hẋ)⟩ against its true slope at 0."""

    case: str
    slope: float
    source: str
    """Where the true slope is from, in words."""
    errors: tuple[tuple[float, float | None], ...]
    """Each step with the error of its difference; None where the forward has no value."""
    claimed: float | None
    """The slope by the op's own backward, ⟨backward(ȳ), ẋ⟩; None where it returns nothing that fits."""

    @property
    def off(self) -> float | None:
        """How far the backward's slope is from the true one; None where it has none."""
        return None if self.claimed is None else abs(self.claimed - self.slope)

    @property
    def telling(self) -> bool:
        """Whether there is a slope, and errors to draw."""
        return self.slope != 0 and sum(1 for _, error in self.errors if error) >= ENOUGH


def telling_curve(op: Op, cases: Iterable[Case], *, wrong: bool = False) -> Curve | None:
    """The curve of the first case that has a slope and rounding errors; failing that, of the first with any curve.

    For an op that was refuted, `wrong`, the first case at which its backward misses the slope is preferred.
    """
    spare: Curve | None = None
    for case in cases:
        curve = curve_of(op, case)
        if curve is None:
            continue
        misses = curve.off is None or curve.off > PLAINLY * max(abs(curve.slope), 1e-300)
        if curve.telling and (misses or not wrong):
            return curve
        if spare is None or (curve.telling and not spare.telling):
            spare = curve
    return spare


def curve_of(op: Op, case: Case) -> Curve | None:
    """The curve at this case in float64; None where forward refuses it, or its slope cannot be had."""
    if not 0 < sum(array.size for array in case.inputs) <= MOST_ENTRIES:
        return None
    case = replace(case, inputs=tuple(np.asarray(array, dtype=np.float64) for array in case.inputs), layout="C")
    try:
        start = _run.run_case(op, case)
    except Refused:
        return None
    directions = draw_directions(case.inputs, case.seed)
    cotangents = draw_cotangents(start.outputs, case.seed)

    def evaluate(step: float) -> tuple[Array, ...] | None:
        return _moved(op, case, directions, step, cotangents)

    claimed = _claimed(op, start, directions, cotangents)
    exact = _exact_slope(op, case, directions, cotangents)
    slope, source = (
        (exact, "computed exactly") if exact is not None else (_extrapolated(evaluate, start, cotangents), "")
    )
    if slope is None or not math.isfinite(slope):
        return None
    errors = tuple((step, _error(evaluate, cotangents, step, slope)) for step in STEPS)
    return Curve(in_words(op.inputs, case), slope, source or "extrapolated from differences", errors, claimed)


def _moved(
    op: Op, case: Case, directions: Sequence[Array], step: float, cotangents: Sequence[Array]
) -> tuple[Array, ...] | None:
    """The outputs at x + step·ẋ; None where forward refuses that or gives something else."""
    moved = [x + step * x_dot for x, x_dot in zip(case.inputs, directions, strict=True)]
    try:
        outputs = _run.forward(op, moved, _run.copy_parameters(case.parameters)).outputs
    except Refused:
        return None
    fits = [y.shape for y in outputs] == [y_bar.shape for y_bar in cotangents]
    return outputs if fits and all(np.isfinite(y).all() for y in outputs) else None


def _error(evaluate: Any, cotangents: Sequence[Array], step: float, slope: float) -> float | None:
    after, before = evaluate(step), evaluate(-step)
    if after is None or before is None:
        return None
    error = abs(inner(cotangents, after, before) / (2 * step) - slope)
    return error if math.isfinite(error) else None


def _claimed(op: Op, start: _run.Run, directions: Sequence[Array], cotangents: Sequence[Array]) -> float | None:
    try:
        gradients = _run.backward(op, start.context, [y_bar.copy() for y_bar in cotangents])
    except _run.UserError:
        return None
    if _run.misfit(op, directions, gradients) is not None:
        return None
    pairs = [(g, x_dot) for g, x_dot in zip(gradients, directions, strict=True) if g is not None]
    slope = inner([g for g, _ in pairs], [x_dot for _, x_dot in pairs])
    return slope if math.isfinite(slope) else None


def _exact_slope(op: Op, case: Case, directions: Sequence[Array], cotangents: Sequence[Array]) -> float | None:
    """⟨ȳ, Jẋ⟩ in 256-bit balls, from the op's own forward on dual numbers; None where it cannot run on them."""
    field = Balls(Random(0), 256)

    def numbers(place: int, shape: Any) -> list[Any]:
        return [field.constant(Fraction(float(value))) for value in cotangents[place].reshape(-1)]

    try:
        trial = told(
            lambda: run(
                code_of(op.forward, op.backward, roots_of(op.forward, op.backward)),
                case.inputs,
                case.parameters,
                field,
                values=lambda place, entry, x: field.element(x),
                tangents=lambda place, entry: field.element(float(directions[place].flat[entry])),
                cotangents=numbers,
            )
        )
    except (NotExact, OutsideField, Mismatch, Refused, Skipped):
        return None
    return float(trial.left.mid())


def _extrapolated(evaluate: Any, start: _run.Run, cotangents: Sequence[Array]) -> float | None:
    measured = measure(
        evaluate, sample(start.outputs), cotangents, conditioning=0.0, epsilon=float(np.finfo(np.float64).eps)
    )
    return None if measured is None else measured.value
