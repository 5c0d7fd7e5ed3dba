"""Holds an op's backward against the claim of its derivation, evaluated in floats over drawn shapes and values.

Both forms of the claim are evaluated: the index form by our own evaluator, which also bounds the rounding of any float64
code for it, and the NumPy form that is printed beside it.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradverify.cases import Mismatch, as_python, cases, draw_cotangents, in_words, search
from gradverify.derivation.numeric import Approximation, Numeric
from gradverify.derivation.records import Derivation, Gradient
from gradverify.model import Array, Case, Evidence, Finding, Op, Outcome, Space, Strength
from gradverify.witnesses import _run

__all__ = ["closed_form"]

NAME = "closed form"

ROUNDING = float(np.finfo(np.float64).eps)

ANOTHER_WAY = 4
"""Code may compute the claim by another formula with this many times the rounding error of the claim's own."""


def closed_form(op: Op, derivation: Derivation, space: Space, *, seed: int, examples: int = 40) -> Evidence:
    """Compare backward with the claim at `examples` cases, entry by entry, within the claim's own rounding bound."""
    started = time.perf_counter()
    result = search(cases(space), lambda case: _check(op, derivation, case), examples=examples, seed=seed)
    worst = max(result.seen, default=0.0)
    refused = f"; {result.refused} refused: {', '.join(result.refusals)}" if result.refused else ""
    if result.finding is not None:
        outcome, tried = Outcome.REFUTED, f"{result.cases} cases held before the first failure"
    elif not any(result.seen) and not result.cases:
        outcome, tried = Outcome.UNDECIDED, f"no case could be compared{refused}"
    else:
        outcome = Outcome.HOLDS
        tried = f"{result.cases} cases, index and NumPy form, worst error {worst:.2g} of what rounding allows"
        tried = f"{tried}; {result.shapes}{refused}"
    findings = () if result.finding is None else (result.finding,)
    seconds = time.perf_counter() - started
    return Evidence(NAME, outcome, Strength.FLOAT, tried, findings, result.cases, result.refused, seconds)


@dataclass(frozen=True)
class _Claim:
    """A claim evaluated at one case."""

    index: Approximation
    numpy: Array | None


def _check(op: Op, derivation: Derivation, case: Case) -> float:
    """The worst error as a share of the bound; raises `Mismatch` where an entry exceeds it."""
    run = _run.run_case(op, case)
    cotangents = draw_cotangents(run.outputs, case.seed)
    try:
        gradients = _run.backward(op, run.context, [cotangent.copy() for cotangent in cotangents])
    except _run.UserError as error:
        raise Mismatch(_complete(_run.raised(error), op, case, cotangents)) from None
    misfit = _run.misfit(op, run.inputs, gradients)
    if misfit is not None:
        raise Mismatch(_complete(misfit, op, case, cotangents))
    worst = 0.0
    for name, gradient in zip(op.inputs, gradients, strict=True):
        derived = next(each for each in derivation.gradients if each.input == name)
        claim = _claim(derivation, derived, case, run.outputs, cotangents)
        if gradient is None:
            what = "backward returns None for an input that has a gradient"
            raise Mismatch(_complete(Finding(what, f"gradient of {name}", "None", "an array"), op, case, cotangents))
        for found, form in ((gradient, "backward"), (claim.numpy, "the NumPy form of the claim")):
            if found is not None:
                worst = max(worst, _compare(found, claim.index, name, form, op, case, cotangents))
    return worst


def _claim(
    derivation: Derivation, gradient: Gradient, case: Case, outputs: tuple[Array, ...], cotangents: tuple[Array, ...]
) -> _Claim:
    arrays = {str(array.label): value for array, value in zip(derivation.inputs, case.inputs, strict=True)}
    barred = {
        f"{entry.base.label}_bar": cotangent for entry, cotangent in zip(derivation.forward, cotangents, strict=True)
    }
    functions = {kind: case.parameters[name] for name, kind in derivation.parameters.items() if isinstance(kind, type)}
    numeric = Numeric({**arrays, **barred}, case.sizes, functions)
    with np.errstate(all="ignore"):
        index = numeric.at_every_index(gradient.claim, gradient.entry.indices)
        numpy = None
        if gradient.numpy is not None:
            named: Mapping[str, Any] = {**arrays, **barred, **case.parameters}
            numpy = gradient.numpy(**{name: named[name] for name in inspect.signature(gradient.numpy).parameters})
    return _Claim(index, numpy)


def _compare(
    found: Array, claim: Approximation, name: str, form: str, op: Op, case: Case, cotangents: tuple[Array, ...]
) -> float:
    """The worst error of all entries as a share of its bound; raises `Mismatch` for the worst entry beyond it."""
    if found.shape != claim.value.shape:
        finding = Finding(
            f"{form} has the wrong shape", f"gradient of {name}", str(found.shape), str(claim.value.shape)
        )
        raise Mismatch(_complete(finding, op, case, cotangents))
    if not found.size:
        return 0.0
    tiny = float(np.finfo(np.float64).smallest_subnormal)
    allowed = ANOTHER_WAY * ROUNDING * claim.error + tiny
    with np.errstate(all="ignore"):
        share = np.abs(found.astype(np.longdouble) - claim.value) / allowed
    share = np.where(np.isnan(share), np.inf, share)
    place = tuple(int(k) for k in np.unravel_index(int(np.argmax(share)), share.shape))
    if share[place] > 1:
        wrong = int((share > 1).sum())
        finding = Finding(
            what=f"{form} differs from the closed form",
            where=f"gradient of {name}, entry {list(place)}",
            got=f"{float(found[place])!r}",
            expected=f"{float(claim.value[place])!r} ± {float(allowed[place]):.1e}",
            note=f"{wrong} of {share.size} entries are wrong",
        )
        raise Mismatch(_complete(finding, op, case, cotangents))
    return float(share[place])


def _complete(finding: Finding, op: Op, case: Case, cotangents: tuple[Array, ...]) -> Finding:
    return Finding(
        what=finding.what,
        where=finding.where,
        got=finding.got,
        expected=finding.expected,
        case=in_words(op.inputs, case),
        note=finding.note,
        reproduce=as_python(op, case, cotangents),
    )
