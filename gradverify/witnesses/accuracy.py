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
from random import Random
from typing import Any

import numpy as np

from gradverify.cases import Digest, Mismatch, Refused, Skipped, as_python, cases, draw_cotangents, in_words
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

DIRECTIONS = 2
"""The condition number is estimated along this many random directions."""

LIKE_THE_LARGEST = 0.5
"""An entry that seems to move by less than this share of the most in its array may have met directions that cancel there."""

MOST_ELEMENTS = 60
"""Drawn inputs have at most this many entries. Where fixed sides make more, one direction and no stretch must do."""

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
    compared, digest = 0, Digest()
    for case, words in _cases(space, seed, examples):
        digest.add(case)
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
        return Evidence(
            NAME,
            Outcome.UNDECIDED,
            Strength.ACCURACY,
            "no case could be compared",
            seconds=seconds,
            digest=digest.hex(),
        )
    bad = _worst_of_each_kind(losses)
    worst = max(losses, key=lambda loss: loss.ulps, default=None)
    tried = f"{compared} cases in float64 and float32"
    if worst is not None:
        tried += f", worst error {worst.ulps:.3g} ulp where the condition number is {worst.condition:.2g}"
    outcome = Outcome.HOLDS if not bad else Outcome.REFUTED if strict else Outcome.WARNING
    findings = tuple(_finding(op, loss) for loss in bad)
    counts = compared, left_out["Refused"], seconds
    failing = bad[0].case if bad else None
    return Evidence(NAME, outcome, Strength.ACCURACY, tried, findings, *counts, failing=failing, digest=digest.hex())


def _cases(space: Space, seed: int, examples: int) -> Iterator[tuple[Case, str]]:
    """Drawn cases in both dtypes, as they are and stretched, as far as they stay inside the domain."""
    for dtype, stretches in STRETCHES.items():
        for case in collect(cases(space, dtype=dtype, max_elements=MOST_ELEMENTS), examples, seed):
            for stretch in stretches if _size(case) <= MOST_ELEMENTS else stretches[:1]:
                stretched = _stretched(space, case, stretch)
                if stretched is not None:
                    yield stretched, stretch.words


def _size(case: Case) -> int:
    """The number of entries of all inputs."""
    return sum(array.size for array in case.inputs)


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
    if not _size(case):
        return []
    floats = _run.run_case(op, case)
    outputs = tuple(y.copy() for y in floats.outputs)  # backward may write into them, which is conduct's affair
    cotangents = draw_cotangents(outputs, case.seed)
    try:
        gradients = _run.backward(op, floats.context, [cotangent.copy() for cotangent in cotangents])
    except _run.UserError as error:
        raise Refused(str(error)) from None
    directions = range(DIRECTIONS if _size(case) <= MOST_ELEMENTS else 1)
    trials = [_enclosed(code, case, cotangents, number) for number in directions]
    if not _is_narrow(trials[0]):
        trials = [_enclosed(code, case, cotangents, number, MORE_BITS) for number in directions]
    with np.errstate(all="ignore"):
        at_stake = max((_largest(y * bar) for y, bar in zip(outputs, cotangents, strict=True)), default=0.0)
        results = [
            (f"output {k}", np.asarray(y), [t.outputs[k] for t in trials], np.zeros(np.shape(y)))
            for k, y in enumerate(outputs)
        ]
        results += [
            (
                f"gradient of {name}",
                np.asarray(g),
                [t.gradients[k] for t in trials],
                at_stake / np.minimum(np.abs(x).astype(float), 1),
            )
            for k, (name, g, x) in enumerate(zip(op.inputs, gradients, case.inputs, strict=True))
            if g is not None
        ]
    with precision(trials[0].field):
        worst = [
            _worst_entry(name, values, enclosures, immaterial, case, words)
            for name, values, enclosures, immaterial in results
            if values.dtype.kind == "f"
        ]
    return [loss for loss in worst if loss is not None]


def _largest(array: Array) -> float:
    """The largest finite absolute value."""
    return float(np.abs(array[np.isfinite(array)]).max(initial=0))


def _is_narrow(trial: Trial) -> bool:
    """Whether every enclosure is far narrower than a float's unit in the last place, or surely 0."""
    arrays = (*trial.outputs, *trial.gradients)
    balls = [entry.value for array in arrays for entry in entries(array) if isinstance(entry, Number)]
    return all(ball is None or ball.is_zero() or ball.rel_accuracy_bits() > NARROW for ball in balls)


def _enclosed(code: Code, case: Case, cotangents: Sequence[Array], number: int, bits: int = 256) -> Trial:
    """The run in balls at the very floats of the case; tangents are relative perturbations of random sign.

    Odd directions are the one before with every second sign turned: two neighbours do not move alike in both of them, as
    they would in one of many rows of two if all signs were random.
    """
    random = Random(1000 * case.seed + number // 2)
    field = Balls(random, bits)

    def nudge(x: float, entry: int) -> Any:
        return field.element(x if random.getrandbits(1) ^ (entry & number & 1) else -x)

    def barred(place: int, shape: Any) -> list[Any]:
        flat = np.asarray(cotangents[place], dtype=float).reshape(-1).tolist()
        return [field.number(field.element(x), nudge(x, entry), field.element(x)) for entry, x in enumerate(flat)]

    flat = [array.astype(float).reshape(-1).tolist() for array in case.inputs]
    return told(
        lambda: run(
            code,
            case.inputs,
            case.parameters,
            field,
            values=lambda place, entry, x: field.element(x),
            tangents=lambda place, entry: nudge(flat[place][entry], entry),
            cotangents=barred,
        )
    )


def _worst_entry(
    name: str, values: Array, enclosures: list[Any], immaterial: Array, case: Case, words: str
) -> Loss | None:
    """The entry with the largest error as a share of what careful code may have.

    That is a few units in the last place of the entry, of the array's largest entry and of the smallest normal number; what
    perturbed inputs do to it; and a change of a gradient that, on a step as long as the input or 1, would move no output
    by more than its own rounding (`immaterial` units): 1 − tanh² may be 0 where tanh rounds to 1.
    """
    precise = min((values.dtype, *(array.dtype for array in case.inputs)), key=lambda dtype: np.finfo(dtype).bits)
    info = np.finfo(precise)  # float32 inputs give no more than its digits, in a float64 either
    tiny, largest = float(info.tiny), float(info.max)
    got = values.reshape(-1)
    columns = [list(entries(enclosure)) for enclosure in enclosures]
    true, radius = _middles(columns[0])
    comparable = np.isfinite(true) & (np.abs(true) <= largest)  # elsewhere the true value is no float of this dtype
    if not comparable.any():
        return None
    true[~comparable] = 0
    moved = np.max([_moved(column) for column in columns], axis=0)
    share = moved[np.isfinite(moved)].max(initial=0) * LIKE_THE_LARGEST
    with np.errstate(all="ignore"):
        unit = np.spacing(np.maximum(np.abs(true), tiny).astype(precise)).astype(float)
        error = np.maximum(np.abs(got.astype(float) - true) - radius, 0)
        spread = math.sqrt(values.size) * np.maximum(moved, share) + np.abs(true).max() + immaterial.reshape(-1)
        excess = error / (SLACK * (unit + tiny + spread * float(info.eps)))
    excess[np.isnan(excess)] = 0  # a perturbation without bound excuses everything
    excess[~np.isfinite(got)] = np.inf
    excess[~comparable] = -1
    place = int(np.argmax(excess))
    scale = abs(float(true[place]))
    return Loss(
        excess=float(excess[place]),
        ulps=float(error[place]) / float(unit[place]) if np.isfinite(got[place]) else math.inf,
        condition=float(moved[place]) / scale if scale else math.inf if moved[place] else 0.0,
        kind=_kind(float(got[place]), scale >= tiny),
        where=f"{name}, entry {[int(k) for k in np.unravel_index(place, values.shape)]}",
        got=repr(got[place].item()),
        expected=f"{float(true[place]):.17g}",
        case=case,
        words=words,
    )


def _middles(column: list[Any]) -> tuple[Array, Array]:
    """The middle and the radius of every enclosure: exactly 0 where it holds 0, NaN where the value is undefined."""
    balls = [entry.value if isinstance(entry, Number) else None for entry in column]
    true = [math.nan if ball is None else 0.0 if ball.contains(0) else float(ball.mid()) for ball in balls]
    return np.array(true), np.array([0.0 if ball is None else float(ball.rad()) for ball in balls])


def _moved(column: list[Any]) -> Array:
    """How far each entry moves when every input moves by itself."""
    return np.array([abs(float(entry.tangent.mid())) if isinstance(entry, Number) else 0.0 for entry in column])


def _kind(got: float, true_is_normal: bool) -> str:
    """What went wrong at an entry, in words, if it went wrong."""
    if math.isnan(got):
        return "a NaN where the true value is finite"
    if math.isinf(got):
        return "an overflow where the true value is finite"
    if got == 0 and true_is_normal:
        return "an underflow to 0 where the true value is not 0"
    return "a loss of digits that the problem does not explain"


def _worst_of_each_kind(losses: Sequence[Loss]) -> list[Loss]:
    worst: dict[str, Loss] = {}
    for loss in losses:
        if loss.excess > 1 and (loss.kind not in worst or _rank(loss) > _rank(worst[loss.kind])):
            worst[loss.kind] = loss
    return list(worst.values())


def _rank(loss: Loss) -> tuple[bool, float, int]:
    """float64 before float32, then the larger excess, then the smaller case."""
    return (loss.case.inputs[0].dtype == np.float64, loss.excess, -_size(loss.case))


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
