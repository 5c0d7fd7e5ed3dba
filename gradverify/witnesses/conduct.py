"""The conduct witness: what a backward must not do besides being wrong, such as changing an array it was only lent.

Takes an op and its space, gives evidence; every breach comes with the smallest case that shows it. The promises are in
`_promises`, one function each.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gradverify.cases import Mismatch, Refused, SearchResult, cases, search
from gradverify.model import Case, Evidence, Finding, Op, Outcome, Space, Strength
from gradverify.witnesses._memory import overlap
from gradverify.witnesses._promises import BASIC, FURTHER, LINEAR, Promise, promoted
from gradverify.witnesses._run import UserError
from gradverify.witnesses._trial import Breach, Trial, complete, refused_layout, start

NAME = "conduct"

DTYPES = (np.float64, np.float64, np.float64, np.float32)
"""One case of four is in float32."""

MOST_SHRUNK = 8
"""Breaches that are shrunk; any further ones are reported at the case where they were first seen."""


def conduct(op: Op, space: Space, *, seed: int, examples: int = 30) -> Evidence:
    """Ask every promise of `op` at `examples` cases, in float64 and float32 and in every memory layout.

    HOLDS when no case broke a promise; REFUTED with one finding for each distinct breach; UNDECIDED when forward
    refused every case.
    """
    if examples < 1:
        raise ValueError(f"conduct needs at least one example, got {examples}")
    started = time.perf_counter()
    drawn = cases(space, dtype=DTYPES)
    result = search(drawn, lambda case: _examine(op, space, case), examples=examples, seed=seed)
    breaches: dict[tuple[str, str], Finding] = {}
    failing: Case | None = None
    for seen in result.seen:
        for kind, finding in seen.breaches.items():
            breaches.setdefault(kind, finding)
    for kind in list(breaches)[:MOST_SHRUNK]:
        smaller = search(drawn, partial(_only, op, space, kind), examples=examples, seed=seed)
        breaches[kind] = smaller.finding or breaches[kind]
        failing = failing or smaller.case
    if breaches:
        outcome = Outcome.REFUTED
    else:
        outcome = Outcome.HOLDS if result.cases else Outcome.UNDECIDED
    return Evidence(
        witness=NAME,
        outcome=outcome,
        strength=Strength.CONDUCT,
        tried=_tried(result),
        findings=tuple(breaches.values()),
        cases=result.cases,
        refused=result.refused,
        seconds=time.perf_counter() - started,
        failing=failing,
        digest=result.digest,
    )


@dataclass(frozen=True)
class _Seen:
    """What one case showed: breaches by kind, and remarks on what is allowed but worth knowing."""

    breaches: dict[tuple[str, str], Finding]
    remarks: tuple[str, ...] = ()


def _only(op: Op, space: Space, kind: tuple[str, str], case: Case) -> None:
    """Fail on this kind of breach alone, so that it is shrunk as itself."""
    finding = _examine(op, space, case).breaches.get(kind)
    if finding is not None:
        raise Mismatch(finding)


def _examine(op: Op, space: Space, case: Case) -> _Seen:
    """Ask every promise at one case; raises `Refused` when forward does."""
    try:
        trial = start(op, space, case)
    except Refused as refusal:
        breach = refused_layout(op, case, refusal)
        if breach is None:
            raise
        return _Seen({breach.kind: complete(breach, op, case, ())})
    breaches: list[Breach] = []
    remarks: tuple[str, ...] = ()
    for promise in BASIC:
        breaches += _ask(promise, trial)
        if breaches:
            break
    else:
        remarks = _remarks(trial)
        for promise in FURTHER + (LINEAR if trial.finite else ()):
            breaches += _ask(promise, trial)
    found = {breach.kind: complete(breach, op, case, trial.cotangents) for breach in breaches}
    return _Seen(found, remarks)


def _ask(promise: Promise, trial: Trial) -> list[Breach]:
    """The breaches of one promise; a backward that fails only now, called again, is one."""
    try:
        with np.errstate(all="ignore"):  # gradients may overflow when doubled or added: that is compared, not warned of
            return list(promise(trial))
    except UserError as error:
        what = f"a later call of backward fails: {error.kind}"
        asked = (promise.__doc__ or "").rstrip(".")
        return [Breach(Finding(what, asked, str(error), "a gradient: the first call gave one"))]


def _remarks(trial: Trial) -> tuple[str, ...]:
    remarks = [
        f"the gradient of {name} is a view of the cotangent"
        for _, name, (x_bar,) in trial.pairs()
        if any(overlap(x_bar, y_bar) for y_bar in trial.cotangents)
    ]
    if promoted(trial):
        remarks.append("forward returns another float dtype than it gets")
    return tuple(remarks)


def _tried(result: SearchResult[Any]) -> str:
    text = f"{result.cases} cases, {len(BASIC + FURTHER + LINEAR)} promises each; {result.shapes}"
    if result.outside:
        text = "nothing: none of the inputs drawn lies in the domain"
    elif not result.cases:
        text = "nothing: forward refused every case"
    if result.refused:
        number = f"{result.refused} case{'' if result.refused == 1 else 's'}"
        text += f"; refused: {number}: {', '.join(result.refusals)}"
    remarks = dict.fromkeys(remark for seen in result.seen for remark in seen.remarks)
    return "; ".join([text, *remarks])
