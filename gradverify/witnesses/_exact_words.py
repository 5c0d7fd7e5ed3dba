"""Explains an exact refutation: the true gradient entry by entry, computed exactly, beside what backward returned."""

from __future__ import annotations

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
from gradverify.numbers.observe import Exacts, ForwardFailed, Observed, drawn, observe
from gradverify.numbers.run import Code, Trial, precision, value_of
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
                seen, cotangents = _observed(code, shown, field)
            except (NotExact, OutsideField, Tie, TooClose):
                continue
            except ForwardFailed:  # the op refuses values that were not drawn for it
                break
            script = as_python(op, shown, cotangents)
            with precision(field):
                worst = _worst_entry(op, shown, seen, finding)
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


def _observed(code: Code, case: Case, field: Field) -> tuple[Observed, tuple[Array, ...]]:
    """One exact run with the reproduction's cotangents, and these as floats."""
    floats: list[Array] = []

    def given(place: int, shape: tuple[int, ...]) -> Exacts:
        zeros = [np.zeros(shape) if k == place else np.zeros(()) for k in range(place + 1)]
        floats.append(draw_cotangents(zeros, case.seed)[place])
        return drawn(field, floats[-1])

    seen = observe(code, [drawn(field, x) for x in case.inputs], case.parameters, field, given)
    return seen, tuple(floats)


def _worst_entry(op: Op, case: Case, seen: Observed, finding: Finding) -> Finding | None:
    """The finding at the entry with the largest error relative to the truth, among those that surely differ."""
    count = sum(array.size for array in case.inputs)
    if count > MOST_ENTRIES or len(seen.gradients) != len(case.inputs):
        return None
    worst: tuple[float, Finding] | None = None
    wrong = 0
    for place, (array, gradient) in enumerate(zip(case.inputs, seen.gradients, strict=True)):
        if gradient is None or np.shape(gradient) != array.shape or not array.size:
            continue
        got, expected = gradient.reshape(-1).tolist(), seen.truth(place).reshape(-1).tolist()
        gaps = [_gap(seen.field, *pair) for pair in zip(got, expected, strict=True)]
        wrong += sum(gap > 0 for gap in gaps)
        at = max(range(array.size), key=gaps.__getitem__)
        if gaps[at] and (worst is None or gaps[at] > worst[0]):
            index = [int(k) for k in np.unravel_index(at, array.shape)]
            shown = Entries(
                op.inputs[place],
                array.shape,
                tuple(map(_as_float, got)),
                tuple(map(_as_float, expected)),
                tuple(gap > 0 for gap in gaps),
            )
            where = f"gradient of {op.inputs[place]}, entry {index}"
            values = written(got[at]), written(expected[at])
            worst = gaps[at], replace(finding, where=where, got=values[0], expected=values[1], entries=shown)
    return None if worst is None else replace(worst[1], note=f"{wrong} of {count} entries are wrong")


def _gap(field: Field, got: Any, expected: Any) -> float:
    """The difference as a share of the truth; 0 where the two may be equal."""
    if not (got != expected if not isinstance(field, Balls) else not got.overlaps(expected)):
        return 0.0
    return abs(_as_float(got - expected)) / max(abs(_as_float(expected)), 1e-300)


def written(value: Any, digits: int = 20, longest: int = 40) -> str:
    """An exact number: a ball by so many digits, a fraction of at most `longest` characters with its decimal beside it."""
    if hasattr(value, "mid"):
        return str(value.str(digits, radius=False))
    number = Fraction(int(value.p), int(value.q))
    text = str(number)
    return text if number.denominator == 1 or len(text) > longest else f"{text} = {float(number):.12g}"
