"""What is wrong where the formula is right: exact numbers agree, so it lies in the floats, their dtype, the memory or the case.

The op's float code is run at cases of more kinds than exact numbers were. What is said is read off the arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from gradverify.diagnosis.draws import draws, empty_cases
from gradverify.diagnosis.float_runs import FloatRun, float_run
from gradverify.diagnosis.scaled_cotangents import not_linear
from gradverify.model import Case, Op, Space

FLOATS = (
    "the formula is right in exact arithmetic at every case tried: what is wrong is how floats are computed or stored, "
    "or lies in cases of another kind"
)


KINKS = (
    "the formula is right in exact arithmetic at every case off the kinks: what is wrong lies on a kink, as a tie or an "
    "entry of 0, or in how floats are computed or stored"
)

FEWEST = 4
"""So many entries, or cases, must be wrong, and as many right."""

BEYOND_ROUNDING = 1e-3
"""Two gradients of the same values are surely not the same where they differ by this share of the largest entry."""


def in_floats(op: Op, space: Space, failing: Case | None, *, kinks: bool = False) -> Iterator[str]:
    """The sentences; `kinks` says whether some cases lay on a kink."""
    drawn = draws(space, None)
    cases = [*([failing] if failing is not None else []), *drawn.special, *drawn.general, *empty_cases(space)]
    runs = [run for case in cases if (run := float_run(op, case)) is not None]
    if not runs:
        return
    returned = [run for run in runs if not run.error]
    said = [*_raised(runs), *_dtypes(op, returned), *_not_finite(op, returned), *_of_layout(op, failing)]
    said = said or [*_not_finite_for(op, returned), *not_linear(op, drawn.general)]
    yield from said or [KINKS if kinks else FLOATS]


def _raised(runs: Sequence[FloatRun]) -> Iterator[str]:
    """An exception that only empty arrays bring about."""
    bad = [run for run in runs if run.error]
    good = [run for run in runs if not run.error]
    if bad and len(good) >= FEWEST and all(map(_empty, bad)) and not any(map(_empty, good)):
        yield f"backward raises only where an array is empty: {bad[0].error}"
    elif bad and all(map(_empty, bad)):
        yield f"backward raises for some empty arrays, and only for these: {bad[0].error}"


def _empty(run: FloatRun) -> bool:
    return any(array.size == 0 for array in (*run.case.inputs, *run.outputs))


def _dtypes(op: Op, runs: Sequence[FloatRun]) -> Iterator[str]:
    for run in runs[:1]:
        for name, x, x_bar in zip(op.inputs, run.case.inputs, run.gradients, strict=True):
            if x_bar is not None and x_bar.dtype.newbyteorder("=") != x.dtype.newbyteorder("="):
                yield (
                    f"the gradient of {name} is {x_bar.dtype} where {name} is {x.dtype}: "
                    "the formula is right, its digits are lost"
                )


Entries = Callable[[Any], Any]

PLACES: tuple[tuple[str, str, Entries], ...] = (
    ("is 0", "it divides by {}", lambda x: x == 0),
    ("< 0", "as from a logarithm or a root of {}", lambda x: x < 0),
    ("is not above 0", "as from a logarithm of {}", lambda x: x <= 0),
    ("> 0", "as from a logarithm or a root of −{}", lambda x: x > 0),
)
"""Where entries may be undefined, what that is like, and which entries these are."""


def _not_finite(op: Op, runs: Sequence[FloatRun]) -> Iterator[str]:
    """NaN or infinity exactly at the entries of one kind."""
    for k, name in enumerate(op.inputs):
        found = [(run, run.gradients[k]) for run in runs]
        pairs = [(run, ~np.isfinite(x_bar)) for run, x_bar in found if x_bar is not None and x_bar.dtype.kind == "f"]
        count = sum(int(bad.sum()) for _, bad in pairs)
        if count < FEWEST or sum(bad.size for _, bad in pairs) - count < FEWEST:
            continue
        for j, other in enumerate(op.inputs):
            for words, like, entries in PLACES:
                if all(np.array_equal(bad, entries(run.case.inputs[j])) for run, bad in pairs):
                    yield (f"the gradient of {name} is not finite exactly where {other} {words}: {like.format(other)}")
                    return


def _not_finite_for(op: Op, runs: Sequence[FloatRun]) -> Iterator[str]:
    """NaN or infinity somewhere for one value of a parameter, and never for another."""
    for k, name in enumerate(op.inputs):
        full = [run for run in runs if run.gradients[k] is not None and run.case.inputs[k].size]
        finite = [bool(np.isfinite(np.asarray(run.gradients[k], dtype=float)).all()) for run in full]
        bad = [run for run, right in zip(full, finite, strict=True) if not right]
        good = [run for run, right in zip(full, finite, strict=True) if right]
        if len(bad) < FEWEST or len(good) < FEWEST:
            continue
        for parameter in bad[0].case.parameters:
            values = {repr(run.case.parameters[parameter]) for run in bad}
            if len(values) == 1 and not values & {repr(run.case.parameters[parameter]) for run in good}:
                yield f"the gradient of {name} is not finite only where {parameter}={values.pop()}"
                return


def _of_layout(op: Op, failing: Case | None) -> Iterator[str]:
    """Another gradient for the same values in another memory layout: that of the failing case beside C order."""
    if failing is None or failing.layout == "C":
        return
    plain, laid_out = float_run(op, failing), float_run(op, failing, failing.layout)
    if plain is None or laid_out is None or plain.error:
        return
    if laid_out.error:
        writes = "writes into an input in place: it " if "read-only" in laid_out.error else ""
        yield f"backward {writes}raises only where the inputs lie in memory otherwise ({failing.layout}): {laid_out.error}"
        return
    for name, a, b in zip(op.inputs, plain.gradients, laid_out.gradients, strict=True):
        if a is None or b is None or a.shape != b.shape or not a.size:
            continue
        with np.errstate(invalid="ignore"):
            apart = np.abs(a - b).max() > BEYOND_ROUNDING * np.abs(a).max()
        if apart:
            yield (
                f"the gradient of {name} depends on the memory layout: it is right where the inputs lie in C order, "
                f"and another one for the same values where they lie otherwise ({failing.layout})"
            )
            return
