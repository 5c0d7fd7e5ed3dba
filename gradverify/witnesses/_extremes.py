"""Special values for the exact witness: is the gradient the true one where entries are huge, tiny or nearly cancel?

Takes an op and its space. The truth is the derivative of the op's own forward in balls, at the very floats of a case; a
gradient that floats return is held against it, and so is the formula of backward in balls. Rounding alone is no error here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import numpy as np

from gradverify.cases import (
    Digest,
    Mismatch,
    Refused,
    Skipped,
    as_python,
    cases,
    draw_cotangents,
    in_words,
    inside,
    search,
)
from gradverify.cases.collect import collect
from gradverify.cases.kinds import EXTREME, numbers_in, special_inputs
from gradverify.cases.values import Style, generic_inputs
from gradverify.model import Array, Case, Entries, Finding, Op, Space
from gradverify.numbers.fields import Balls
from gradverify.numbers.observe import Exacts, ForwardFailed, Observed, drawn, observe
from gradverify.numbers.run import Code, precision
from gradverify.numbers.signals import NotExact, OutsideField
from gradverify.witnesses import _run
from gradverify.witnesses._exact_run import told

__all__ = ["Extremes", "extremes"]

PLAN = ("large", "tiny", "mixed scales", "large", "nearly cancelling", "ill-conditioned", "tiny", "large", "subnormal")
"""The kinds of the cases, in turn; above all those at which code takes another branch or overflows."""

FLUSHED = "subnormal"
"""Hardware may take such numbers for 0: what is not finite there is not finite at 0, which is for the witness of kinks."""

MOST_ELEMENTS = 12
"""Drawn inputs have at most this many entries: one run gives the slopes by all of them."""

MOST_FIXED = 40
"""Cases that fixed sides make larger than this are left out."""

SLACK = 16
"""An error matters beyond this many units in the last place, as for the accuracy witness."""

MOST_SHRINKING = 20
"""So many cases of a kind are drawn in search of a smaller one that fails."""


@dataclass
class Extremes:
    """What the cases showed: how many of each kind were compared, why others were not, and the smallest that failed."""

    compared: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    finding: Finding | None = None
    case: Case | None = None
    digest: str = ""

    @property
    def tried(self) -> str:
        """In words; empty where nothing was compared."""
        kinds = ", ".join(f"{kind} {count}" for kind, count in self.compared.items())
        return f"{self.compared.total()} cases of special values ({kinds})" if kinds else ""


def extremes(op: Op, code: Code, space: Space, seed: int) -> Extremes:
    """Compare at one small case after the other, until one fails; that one is shrunk."""
    seen, digest = Extremes(), Digest()
    for case in _cases(space, seed):
        digest.add(case)
        try:
            _compare(op, code, case)
            seen.compared[case.kind] += 1
        except (Refused, Skipped, OutsideField, NotExact) as reason:
            seen.left_out[str(reason)] += 1
        except Mismatch as mismatch:
            seen.finding, seen.case = mismatch.finding, case
            _shrink(op, code, space, seed, seen)
            break
    seen.digest = digest.hex()
    return seen


def _cases(space: Space, seed: int) -> list[Case]:
    """Drawn shapes and parameters, each with entries of the kind whose turn it is; where these do not fit, as drawn."""
    strategy = cases(space, max_elements=MOST_ELEMENTS, kinds=EXTREME, layouts=("C",))
    made = []
    for number, case in enumerate(collect(strategy, len(PLAN), seed)):
        kind, count = PLAN[number % len(PLAN)], len(case.inputs)
        # All inputs, and then one of several beside ordinary ones.
        only = None if number % 2 == 0 or count == 1 else (number // 4) % count
        shapes, numbers = [array.shape for array in case.inputs], numbers_in(case.parameters)
        plain = generic_inputs(space, shapes, case.seed, Style(), np.float64) or case.inputs
        inputs = special_inputs(kind, space, plain, case.seed, numbers, only)
        if inputs is not None and inside(space, inputs):
            case = replace(case, inputs=inputs, kind=kind)
        if case.kind in EXTREME:
            made.append(case)
    return made


def _shrink(op: Op, code: Code, space: Space, seed: int, seen: Extremes) -> None:
    """Look for a smaller case of the same kind that fails as well."""
    kind = seen.case.kind if seen.case is not None else ""

    def check(case: Case) -> None:
        if case.kind == kind:
            try:
                _compare(op, code, case)
            except (OutsideField, NotExact) as reason:
                raise Skipped(str(reason)) from None

    strategy = cases(space, max_elements=MOST_ELEMENTS, kinds=(kind,), layouts=("C",))
    smaller = search(strategy, check, examples=MOST_SHRINKING, seed=seed)
    if smaller.finding is not None:
        seen.finding, seen.case = smaller.finding, smaller.case


@dataclass(frozen=True)
class _Run:
    """What floats gave at a case, with the cotangents that were passed."""

    outputs: tuple[Array, ...]
    cotangents: tuple[Array, ...]
    gradients: tuple[Array | None, ...]

    @property
    def at_stake(self) -> float:
        """The largest |y·ȳ|: what rounding the outputs once costs, in units."""
        return max(
            (float(np.abs(y * bar).max(initial=0)) for y, bar in zip(self.outputs, self.cotangents, strict=True))
        )


def _compare(op: Op, code: Code, case: Case) -> None:
    """Hold one case's float gradients against the truth; raises `Mismatch` where one is wrong."""
    if not 0 < sum(array.size for array in case.inputs) <= MOST_FIXED:
        raise Skipped("the inputs are empty or too large")
    floats = _in_floats(op, case)
    seen = _observed(code, case, floats, loose=False)
    if seen.field.rounded_constants:
        seen = _observed(code, case, floats, loose=True)
    with precision(seen.field), np.errstate(all="ignore"):
        for place, gradient in enumerate(floats.gradients):
            if gradient is None or gradient.dtype != np.float64:
                continue
            finding = _judge(op, case, floats, seen, place)
            if finding is not None:
                raise Mismatch(replace(finding, reproduce=as_python(op, case, floats.cotangents)))


def _in_floats(op: Op, case: Case) -> _Run:
    run = _run.run_case(op, case, "C")
    if not run.outputs or not all(np.isfinite(y).all() for y in run.outputs):
        raise Skipped("forward is not finite")
    cotangents = draw_cotangents(run.outputs, case.seed)
    outputs = tuple(y.copy() for y in run.outputs)
    try:
        gradients = _run.backward(op, run.context, [bar.copy() for bar in cotangents])
    except _run.UserError as error:
        raise Skipped(f"backward fails: {error}") from None
    if _run.misfit(op, case.inputs, gradients) is not None:
        raise Skipped("the gradients do not fit")
    return _Run(outputs, cotangents, gradients)


def _observed(code: Code, case: Case, floats: _Run, loose: bool) -> Observed:
    """The same case in balls, with all slopes of forward."""
    numbers = Balls(Random(case.seed), loose=loose)

    def given(place: int, shape: tuple[int, ...]) -> Exacts:
        if place >= len(floats.cotangents) or shape != floats.cotangents[place].shape:
            raise NotExact("forward returns other shapes on exact numbers")
        return drawn(numbers, floats.cotangents[place])

    def attempt() -> Observed:
        try:
            return observe(code, [drawn(numbers, x) for x in case.inputs], case.parameters, numbers, given)
        except ForwardFailed as failed:
            raise Refused(str(failed)) from None

    seen = told(attempt)
    if seen.error is not None or len(seen.gradients) != len(case.inputs):
        raise Skipped("backward fails on exact numbers")
    return seen


def _judge(op: Op, case: Case, floats: _Run, seen: Observed, place: int) -> Finding | None:
    """What is wrong with one gradient: entries that are not finite, or else those that its formula has wrong."""
    x, got = case.inputs[place].reshape(-1), np.asarray(floats.gradients[place]).reshape(-1)
    true = seen.truth(place).reshape(-1).tolist()
    formula = seen.gradients[place]
    info = np.finfo(np.float64)
    middle = np.array([float(ball.mid()) if ball.is_finite() else np.nan for ball in true])
    representable = np.array([bool(ball.is_finite() and abs(ball) < float(info.max)) for ball in true])
    lost = ~np.isfinite(got) & representable
    if case.kind != FLUSHED and lost.any():
        at = int(np.argmax(lost))
        what = "NaN" if np.isnan(got[at]) else "infinite"
        return _finding(op, case, place, at, got, middle, lost, f"backward is {what} where its true value is finite")
    if formula is None or np.shape(formula) != case.inputs[place].shape:
        return None
    gaps = np.array([_gap(*pair) for pair in zip(formula.reshape(-1).tolist(), true, strict=True)])
    size = float(np.abs(middle[representable]).max(initial=0))
    immaterial = floats.at_stake / np.minimum(np.abs(x), 1)
    matters = SLACK * (np.spacing(np.abs(middle)) + info.tiny + (size + immaterial) * info.eps)
    # The floats must show the error of the formula: code may well work otherwise on exact numbers.
    wrong = representable & (gaps > matters) & (np.abs(got - middle) > gaps / 2)
    if not wrong.any():
        return None
    at = int(np.argmax(np.where(wrong, gaps / matters, 0)))
    return _finding(op, case, place, at, got, middle, wrong, "the code is not the true VJP")


def _gap(formula: Any, true: Any) -> float:
    """How far apart two balls surely are; 0 where they may hold the same number."""
    if not (formula.is_finite() and true.is_finite()) or formula.overlaps(true):
        return 0.0
    return float(abs(formula - true).abs_lower())


def _finding(op: Op, case: Case, place: int, at: int, got: Array, true: Array, wrong: Array, what: str) -> Finding:
    shape, name = case.inputs[place].shape, op.inputs[place]
    index = [int(k) for k in np.unravel_index(at, shape)]
    finite = bool(np.isfinite(got).all() and np.isfinite(true).all())
    return Finding(
        what=what,
        where=f"gradient of {name}, entry {index}",
        got=repr(float(got[at])),
        expected=f"{true[at]:.17g}",
        case=in_words(op.inputs, case),
        note=f"{int(wrong.sum())} of {wrong.size} entries are wrong; the values are {case.kind}: {_reach(case.inputs)}",
        entries=Entries(name, shape, *map(_tuple, (got, true, wrong))) if finite else None,
    )


def _reach(inputs: Sequence[Array]) -> str:
    """From the smallest to the largest |x|."""
    sizes = np.concatenate([np.abs(x).reshape(-1) for x in inputs])
    return f"|x| from {sizes.min():.3g} to {sizes.max():.3g}"


def _tuple(array: Array) -> tuple[Any, ...]:
    return tuple(array.tolist())
