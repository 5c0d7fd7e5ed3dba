"""What is wrong where the formula is right: exact numbers agree, so it lies in the floats, their dtype or the memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradverify.cases import draw_cotangents
from gradverify.diagnosis.draws import draws
from gradverify.model import Array, Case, Op, Space

FLOATS = (
    "the formula is right in exact arithmetic at every case tried: what is wrong is how floats are computed or stored"
)


KINKS = (
    "the formula is right in exact arithmetic at every case off the kinks: what is wrong lies on a kink, as a tie or an "
    "entry of 0, or in how floats are computed or stored"
)


def in_floats(op: Op, space: Space, failing: Case | None, *, kinks: bool = False) -> Iterator[str]:
    """The sentences; `kinks` says whether some cases lay on a kink.

    What is said of dtypes and of NaN is read off the arrays, not guessed.
    """
    cases = ([failing] if failing is not None else []) + list(draws(space, None).special)
    runs = [(case, run) for case in cases if (run := _run(op, case)) is not None]
    if not runs:
        return
    said = [*_dtypes(op, *runs[0]), *_not_finite(op, runs)]
    yield from said or [KINKS if kinks else FLOATS]


def _run(op: Op, case: Case) -> tuple[Array | None, ...] | None:
    try:
        with np.errstate(all="ignore"):
            outputs, context = op.forward(*(np.array(x) for x in case.inputs), **case.parameters)
            returned = op.backward(context, draw_cotangents([np.asarray(y) for y in outputs], case.seed))
    except Exception:  # noqa: BLE001  # the user's code refuses a case, which then says nothing
        return None
    gradients = tuple(None if g is None else np.asarray(g) for g in returned)
    return gradients if len(gradients) == len(case.inputs) else None


def _dtypes(op: Op, case: Case, gradients: tuple[Array | None, ...]) -> Iterator[str]:
    for name, x, x_bar in zip(op.inputs, case.inputs, gradients, strict=True):
        if x_bar is not None and x_bar.dtype != x.dtype:
            yield (
                f"the gradient of {name} is {x_bar.dtype} where {name} is {x.dtype}: the formula is right, its digits are lost"
            )


def _not_finite(op: Op, runs: list[tuple[Case, tuple[Array | None, ...]]]) -> Iterator[str]:
    """NaN or infinity exactly where an entry of an input is 0."""
    for k, name in enumerate(op.inputs):
        pairs = [(case, gradients[k]) for case, gradients in runs if gradients[k] is not None]
        bad = [~np.isfinite(x_bar) for _, x_bar in pairs if x_bar is not None]
        if sum(int(each.sum()) for each in bad) < 4:
            continue
        for j, other in enumerate(op.inputs):
            zeros = [case.inputs[j] == 0 for case, _ in pairs]
            if all(np.array_equal(a, b) for a, b in zip(bad, zeros, strict=True)):
                yield f"the gradient of {name} is not finite exactly where {other} is 0: it divides by {other}"
                return
