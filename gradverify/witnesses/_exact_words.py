"""Explains an exact refutation: the true gradient entry by entry, computed exactly, beside what backward returned."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np

from gradverify.cases import as_python, draw_cotangents, in_words
from gradverify.model import Array, Case, Entries, Finding, Op
from gradverify.numbers.array import entries
from gradverify.numbers.fields import Balls, Field, Rationals
from gradverify.numbers.number import Number
from gradverify.numbers.run import Code, Trial, WrongGradients, precision, run, value_of
from gradverify.numbers.signals import NotExact, OutsideField, Tie, TooClose

MOST_ENTRIES = 60
"""Up to this many input entries the true gradient is computed entry by entry."""


def magnitude(trial: Trial) -> float:
    """The sum of the absolute values of the terms on the right: what a rounding error is measured against."""
    size = 0.0
    for array, gradient in zip(trial.inputs, trial.gradients, strict=True):
        for x, g in zip(entries(array), entries(gradient), strict=True):
            size += abs(_as_float(value_of(trial.field, g) * x.tangent))
    return size


def _as_float(value: Any) -> float:
    return float(value.mid()) if hasattr(value, "mid") else float(Fraction(int(value.p), int(value.q)))


def explain(op: Op, code: Code, case: Case, finding: Finding, seed: int) -> Finding:
    """The finding with the worst entry, what it is and should be, the case in words and a script to paste.

    A residue may be refuted where the wrong term is 0 at the case's own values: then values nearby are shown.
    """
    complete = replace(finding, case=in_words(op.inputs, case))
    for shown in (case, *_nearby(case, seed)):
        for kind in (Rationals, Balls):
            field: Field = kind(Random(seed))
            try:
                cotangents = _cotangents(code, shown, field)
                script = as_python(op, shown, cotangents)
                worst = _worst_entry(op, code, shown, field, finding)
            except (NotExact, OutsideField, Tie, TooClose, WrongGradients):
                continue
            except Exception:  # noqa: BLE001  # the op refuses values that were not drawn for it
                break
            if worst is not None:
                worst = replace(worst, case=in_words(op.inputs, shown), reproduce=script)
                return replace(worst, note="; ".join(filter(None, (finding.note, worst.note))))
            if not complete.reproduce:
                complete = replace(complete, reproduce=script)
    return complete


def _nearby(case: Case, seed: int) -> Iterator[Case]:
    """The case with its entries changed by up to an eighth, each by itself, to short binary fractions."""
    draw = np.random.default_rng(seed)
    for _ in range(3):
        factors = [1 + draw.integers(-8, 9, array.shape) / 64 for array in case.inputs]
        yield replace(
            case,
            inputs=tuple(
                (array * factor).astype(array.dtype) for array, factor in zip(case.inputs, factors, strict=True)
            ),
        )


def _cotangents(code: Code, case: Case, field: Field) -> tuple[Array, ...]:
    """The float cotangents of the reproduction, of the outputs' shapes."""
    shapes: list[tuple[int, ...]] = []

    def ones(place: int, shape: Any) -> list[Any]:
        shapes.append(tuple(shape))
        return [field.constant(Fraction(1)) for _ in range(math.prod(shape))]

    run(
        code,
        case.inputs,
        case.parameters,
        field,
        values=lambda place, entry, x: field.element(x),
        tangents=lambda place, entry: field.zero,
        cotangents=ones,
    )
    return draw_cotangents([np.zeros(shape) for shape in shapes], case.seed)


def _worst_entry(op: Op, code: Code, case: Case, field: Field, finding: Finding) -> Finding | None:
    """The finding at the entry with the largest error relative to the truth, among those that surely differ."""
    count = sum(array.size for array in case.inputs)
    if count > MOST_ENTRIES:
        return None
    worst: tuple[float, Finding] | None = None
    wrong = 0
    for place, array in enumerate(case.inputs):
        pairs = [_entry(code, case, field, place, entry) for entry in range(array.size)]
        with precision(field):
            gaps = [_gap(field, got, expected) for expected, got in pairs]
        if not any(gaps):
            continue
        wrong += sum(gap > 0 for gap in gaps)
        at = max(range(array.size), key=gaps.__getitem__)
        if worst is None or gaps[at] > worst[0]:
            expected, got = pairs[at]
            index = [int(k) for k in np.unravel_index(at, array.shape)]
            worst = (
                gaps[at],
                replace(
                    finding,
                    where=f"gradient of {op.inputs[place]}, entry {index}",
                    got=_written(got),
                    expected=_written(expected),
                    entries=Entries(
                        op.inputs[place],
                        array.shape,
                        tuple(_as_float(got) for _, got in pairs),
                        tuple(_as_float(expected) for expected, _ in pairs),
                        tuple(gap > 0 for gap in gaps),
                    ),
                ),
            )
    return None if worst is None else replace(worst[1], note=f"{wrong} of {count} entries are wrong")


def _gap(field: Field, got: Any, expected: Any) -> float:
    """The difference as a share of the truth; 0 where the two may be equal."""
    if not (got != expected if not isinstance(field, Balls) else not got.overlaps(expected)):
        return 0.0
    return abs(_as_float(got - expected)) / max(abs(_as_float(expected)), 1e-300)


def _entry(code: Code, case: Case, field: Field, place: int, entry: int) -> tuple[Any, Any]:
    """The true and the returned gradient at one entry, for the reproduction's cotangents."""

    def cotangents(output: int, shape: Any) -> list[Any]:
        zeros = [np.zeros(shape) if k == output else np.zeros(()) for k in range(output + 1)]
        drawn = draw_cotangents(zeros, case.seed)[output]
        return [field.constant(Fraction(float(value))) for value in np.asarray(drawn).reshape(-1)]

    trial = run(
        code,
        case.inputs,
        case.parameters,
        field,
        values=lambda k, e, x: field.element(x),
        tangents=lambda k, e: field.one if (k, e) == (place, entry) else field.zero,
        cotangents=cotangents,
    )
    got = list(entries(trial.gradients[place]))[entry]
    return trial.left, got.value if isinstance(got, Number) else value_of(field, got)


def _written(value: Any) -> str:
    if hasattr(value, "mid"):
        return str(value.str(20, radius=False))
    number = Fraction(int(value.p), int(value.q))
    text = str(number)
    return text if number.denominator == 1 or len(text) > 40 else f"{text} = {float(number):.12g}"
