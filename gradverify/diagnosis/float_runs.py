"""The op's own float code, run once at a case: the gradients, or what backward raised. Nothing is compared here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradverify.cases import Refused, draw_cotangents
from gradverify.model import Array, Case, Op
from gradverify.witnesses import _run

CALLS = 8
"""So many calls tell whether a gradient is random: a coin falls alike on all of them but rarely."""


@dataclass(frozen=True, eq=False)
class FloatRun:
    """What one run took and gave. `gradients` is empty where backward raised, and `error` says what."""

    case: Case
    outputs: tuple[Array, ...]
    cotangents: tuple[Array, ...]
    gradients: tuple[Array | None, ...]
    error: str = ""


def float_run(
    op: Op, case: Case, layout: str = "C", cotangents: Sequence[Array] | None = None, exponent: int = 0
) -> FloatRun | None:
    """One forward and backward on copies; None where forward refuses the case or the gradients are not one for each input.

    The cotangents are those of the case's seed unless given, times two to the `exponent`.
    """
    try:
        run = _run.run_case(op, case, layout)
    except Refused:  # the user's code refuses a case, which then says nothing
        return None
    outputs = tuple(np.array(y) for y in run.outputs)
    drawn = draw_cotangents(list(outputs), case.seed) if cotangents is None else cotangents
    bars = tuple(np.asarray(np.ldexp(bar, exponent)) if exponent else np.array(bar) for bar in drawn)
    try:
        gradients = _run.backward(op, run.context, tuple(bar.copy() for bar in bars))
    except _run.UserError as error:  # that the user's code raises, and what, is what is looked at
        return FloatRun(case, outputs, bars, (), str(error))
    return FloatRun(case, outputs, bars, gradients) if len(gradients) == len(case.inputs) else None


def varies(op: Op, case: Case) -> bool:
    """Whether the same forward and backward, called from scratch, give other gradients for the same outputs again and again."""
    runs = [float_run(op, case) for _ in range(CALLS)]
    found = [run for run in runs if run is not None and not run.error]
    if len(found) < len(runs):
        return False
    _, second, *later = found  # the first may have left something behind that all others find
    return not all(_same(second.gradients, run.gradients) for run in later) and all(
        _same(second.outputs, run.outputs) for run in found
    )


def _same(a: Sequence[Array | None], b: Sequence[Array | None]) -> bool:
    return len(a) == len(b) and all(
        (x is None and y is None) or (x is not None and y is not None and np.array_equal(x, y, equal_nan=True))
        for x, y in zip(a, b, strict=True)
    )
