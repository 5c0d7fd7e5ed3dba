"""The accuracy witness: float64 and float32 results beside the enclosed true value of the same formula at the same inputs.

Errors are in units in the last place, next to the problem's own condition number: code that loses no more than its problem
must is accurate. What is found is a warning, because the mathematics may still be right; strict checks make it an error.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np

from gradverify.cases import Mismatch, Refused, Skipped, as_python, cases, draw_cotangents, in_words
from gradverify.cases.collect import collect
from gradverify.model import Array, Case, Evidence, Finding, Op, Outcome, Sign, Space, Strength
from gradverify.numbers.array import entries
from gradverify.numbers.fields import Balls
from gradverify.numbers.number import Number
from gradverify.numbers.run import Code, Trial, code_of, precision, roots_of, run, where
from gradverify.numbers.signals import NotExact, OutsideField
from gradverify.witnesses import _run
from gradverify.witnesses._exact_run import told

__all__ = ["accuracy"]

NAME = "accuracy"

SLACK = 16
"""An error of this many units in the last place, times the condition number, is what careful code may have."""

DIRECTIONS = 3
"""The condition number is estimated along this many random directions."""

MOST_ELEMENTS = 60

NARROW = 70
"""Enclosures of this relative precision, in bits, are as good as the true value; a float64 has 53."""

MORE_BITS = 2500
"""Where 256 bits leave an enclosure wide: enough for 1 + e^−800."""


@dataclass(frozen=True)
class Stretch:
    """A change of a case's inputs that brings out what floats cannot do."""

    words: str
    factor: float
    offset: float


STRETCHES = {
    np.float64: (Stretch("", 1, 0), Stretch("×200", 200, 0), Stretch("×1e-5", 1e-5, 0), Stretch("+1e6", 1, 1e6)),
    np.float32: (Stretch("", 1, 0), Stretch("×40", 40, 0), Stretch("×1e-3", 1e-3, 0), Stretch("+1e3", 1, 1e3)),
}


@dataclass(frozen=True)
class Loss:
    """The worst entry of one array in one run. `excess` is its error as a share of what careful code may have."""

    excess: float
    ulps: float
    condition: float
    kind: str
    where: str
    got: str
    expected: str
    case: Case
    words: str


def accuracy(op: Op, space: Space, *, seed: int, examples: int = 4, strict: bool = False) -> Evidence:
    """Compare outputs and gradients with enclosures, in both dtypes, at drawn inputs and at stretched ones."""
    started = time.perf_counter()
    code = code_of(op.forward, op.backward, roots_of(op.forward, op.backward))
    losses: list[Loss] = []
    left_out: Counter[str] = Counter()
    compared = 0
    for case, words in _cases(space, seed, examples):
        try:
            losses += _losses(op, code, case, words)
            compared += 1
        except (Refused, Skipped, Mismatch, OutsideField) as reason:
            left_out[type(reason).__name__] += 1
        except NotExact as reason:
            tried = f"{reason} at {where(reason)}" if where(reason) else str(reason)
            return Evidence(
                NAME, Outcome.NOT_APPLICABLE, Strength.ACCURACY, tried, seconds=time.perf_counter() - started
            )
    seconds = time.perf_counter() - started
    if not compared:
        return Evidence(NAME, Outcome.UNDECIDED, Strength.ACCURACY, "no case could be compared", seconds=seconds)
    bad = _worst_of_each_kind(losses)
    worst = max(losses, key=lambda loss: loss.ulps, default=None)
    tried = f"{compared} cases in float64 and float32"
    if worst is not None:
        tried += f", worst error {worst.ulps:.3g} ulp where the condition number is {worst.condition:.2g}"
    outcome = Outcome.HOLDS if not bad else Outcome.REFUTED if strict else Outcome.WARNING
    findings = tuple(_finding(op, loss) for loss in bad)
    return Evidence(NAME, outcome, Strength.ACCURACY, tried, findings, compared, left_out["Refused"], seconds)


def _cases(space: Space, seed: int, examples: int) -> Iterator[tuple[Case, str]]:
    """Drawn cases in both dtypes, as they are and stretched, as far as they stay inside the domain."""
    for dtype, stretches in STRETCHES.items():
        for case in collect(cases(space, dtype=dtype, max_elements=MOST_ELEMENTS), examples, seed):
            for stretch in stretches:
                stretched = _stretched(space, case, stretch)
                if stretched is not None:
                    yield stretched, stretch.words


def _stretched(space: Space, case: Case, stretch: Stretch) -> Case | None:
    arrays = tuple(
        (array * array.dtype.type(stretch.factor) + array.dtype.type(stretch.offset)) for array in case.inputs
    )
    for spec, array in zip(space.inputs, arrays, strict=True):
        if spec.sign is Sign.POSITIVE and not (array > 0).all():
            return None
        if spec.sign is Sign.NONZERO and not (array != 0).all():
            return None
    names = [spec.name for spec in space.inputs]
    if stretch.words and not space.accepts(dict(zip(names, arrays, strict=True))):
        return None
    return Case(arrays, case.parameters, case.sizes, case.seed, case.layout)


def _losses(op: Op, code: Code, case: Case, words: str) -> list[Loss]:
    """The worst entry of every output and gradient at one case."""
    if not any(array.size for array in case.inputs):
        return []
    floats = _run.run_case(op, case)
    cotangents = draw_cotangents(floats.outputs, case.seed)
    try:
        gradients = _run.backward(op, floats.context, [cotangent.copy() for cotangent in cotangents])
    except _run.UserError as error:
        raise Refused(str(error)) from None
    trials = [_enclosed(code, case, cotangents, number) for number in range(DIRECTIONS)]
    if not _is_narrow(trials[0]):
        trials = [_enclosed(code, case, cotangents, number, MORE_BITS) for number in range(DIRECTIONS)]
    found = []
    labelled = [(f"output {k}", y, [t.outputs[k] for t in trials]) for k, y in enumerate(floats.outputs)]
    labelled += [
        (f"gradient of {op.inputs[k]}", g, [t.gradients[k] for t in trials])
        for k, g in enumerate(gradients)
        if g is not None
    ]
    with precision(trials[0].field):
        for name, values, enclosures in labelled:
            worst = _worst_entry(name, np.asarray(values), enclosures, case, words)
            if worst is not None:
                found.append(worst)
    return found


def _is_narrow(trial: Trial) -> bool:
    """Whether every enclosure is far narrower than a float's unit in the last place, or surely 0."""
    arrays = (*trial.outputs, *trial.gradients)
    balls = [entry.value for array in arrays for entry in entries(array) if isinstance(entry, Number)]
    return all(ball is None or ball.is_zero() or ball.rel_accuracy_bits() > NARROW for ball in balls)


def _enclosed(code: Code, case: Case, cotangents: Sequence[Array], number: int, bits: int = 256) -> Trial:
    """The run in balls at the very floats of the case; tangents are relative perturbations of random sign."""
    random = Random(1000 * case.seed + number)
    field = Balls(random, bits)

    def nudge(x: float) -> Any:
        return field.element(Fraction(float(x)) * random.choice((-1, 1)))

    def barred(place: int, shape: Any) -> list[Any]:
        flat = np.asarray(cotangents[place]).reshape(-1).tolist()
        return [field.number(field.element(Fraction(x)), nudge(x), field.element(Fraction(x))) for x in flat]

    flat = [array.reshape(-1) for array in case.inputs]
    return told(
        lambda: run(
            code,
            case.inputs,
            case.parameters,
            field,
            values=lambda place, entry, x: field.element(x),
            tangents=lambda place, entry: nudge(flat[place][entry]),
            cotangents=barred,
        )
    )


def _worst_entry(name: str, values: Array, enclosures: list[Any], case: Case, words: str) -> Loss | None:
    worst: Loss | None = None
    columns = [list(entries(enclosure)) for enclosure in enclosures]
    flat = values.reshape(-1)
    for place in range(flat.size):
        loss = _loss(name, values, place, [column[place] for column in columns], case, words)
        if loss is not None and (worst is None or loss.excess > worst.excess):
            worst = loss
    return worst


def _loss(name: str, values: Array, place: int, balls: list[Any], case: Case, words: str) -> Loss | None:
    """One entry: its error in units in the last place, and the condition number along the worst direction tried."""
    kind = values.dtype.type
    got = values.reshape(-1)[place]
    ball = balls[0].value if isinstance(balls[0], Number) else None
    if ball is None:
        return None
    true = 0.0 if ball.contains(0) else float(ball.mid())
    info = np.finfo(kind)
    if not math.isfinite(true) or abs(true) > float(info.max):
        return None  # the true value itself is no float of this dtype
    moved = max(float(abs(ball.tangent).mid()) for ball in balls if isinstance(ball, Number))
    unit = float(np.spacing(kind(max(abs(true), float(info.tiny)))))
    condition = moved / abs(true) if true else math.inf if moved else 0.0
    index = [int(k) for k in np.unravel_index(place, values.shape)]
    common = (f"{name}, entry {index}", repr(got.item()), f"{true:.17g}", case, words)
    if not np.isfinite(got):
        what = "a NaN" if np.isnan(got) else "an overflow"
        return Loss(math.inf, math.inf, condition, f"{what} where the true value is finite", *common)
    error = max(0.0, abs(float(got) - true) - float(ball.rad()))
    allowed = SLACK * (unit + math.sqrt(values.size) * moved * float(info.eps))
    if got == 0 and abs(true) >= float(info.tiny) and error > allowed:
        return Loss(
            error / allowed, error / unit, condition, "an underflow to 0 where the true value is not 0", *common
        )
    return Loss(error / allowed, error / unit, condition, "a loss of digits that the problem does not explain", *common)


def _worst_of_each_kind(losses: Sequence[Loss]) -> list[Loss]:
    worst: dict[str, Loss] = {}
    for loss in losses:
        if loss.excess > 1 and (loss.kind not in worst or _rank(loss) > _rank(worst[loss.kind])):
            worst[loss.kind] = loss
    return list(worst.values())


def _rank(loss: Loss) -> tuple[bool, float, int]:
    """float64 before float32, then the larger excess, then the smaller case."""
    return (loss.case.inputs[0].dtype == np.float64, loss.excess, -sum(array.size for array in loss.case.inputs))


def _finding(op: Op, loss: Loss) -> Finding:
    inputs = np.concatenate([np.abs(array).reshape(-1) for array in loss.case.inputs])
    reach = f"the largest |x| is {float(inputs.max()):.3g}" if inputs.size else ""
    error = f"{loss.ulps:.3g} ulp, condition number {loss.condition:.2g}" if math.isfinite(loss.ulps) else ""
    outputs = _run.run_case(op, loss.case).outputs
    return Finding(
        what=loss.kind,
        where=loss.where,
        got=loss.got,
        expected=loss.expected,
        case=in_words(op.inputs, loss.case),
        note="; ".join(part for part in (error, reach) if part),
        reproduce=as_python(op, loss.case, draw_cotangents(outputs, loss.case.seed)),
    )
