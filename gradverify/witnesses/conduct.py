"""The conduct witness: what a backward must not do besides being wrong, such as changing an array it was only lent.

Takes an op and its space, gives evidence; every breach comes with its rating and the smallest case that shows it. The
promises are in `_promises`, each with its name.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from gradverify.cases import (
    ALL_KINDS,
    GENERIC,
    LAYOUTS,
    Mismatch,
    Refused,
    SearchResult,
    cases,
    draw_cotangents,
    empty_ones,
    search,
    shrink,
)
from gradverify.errors import UsageError
from gradverify.model import Case, Evidence, Finding, Op, Outcome, Rating, Space, Strength
from gradverify.witnesses._breaches import Breach, complete
from gradverify.witnesses._promises import CALM, FURTHER, HISTORY, LINEAR, PROMISES, RETURNED, Promise
from gradverify.witnesses._promises_layout import any_input_layout, refused_layout
from gradverify.witnesses._promises_memory import views_of_cotangents
from gradverify.witnesses._promises_returned import promoted
from gradverify.witnesses._run import UserError
from gradverify.witnesses._trial import Trial, start, varies

NAME = "conduct"

DTYPES = (np.float64, np.float64, np.float64, np.float32)
"""One case of four is in float32."""

DRAWN = (GENERIC,) * (3 * len(ALL_KINDS)) + ALL_KINDS
"""Three cases of four have generic entries, the others every special kind: promises hold at kinks and at extremes too."""

MOST_SHRUNK = 8
"""Breaches that are shrunk; any further ones are reported at the case where they were first seen."""

Kind = tuple[str, str, str]
"""What two cases that break the same promise at the same place have in common: its name, the finding's what and where."""


def conduct(op: Op, space: Space, *, seed: int, examples: int = 30, strict: bool = False) -> Evidence:
    """Ask every promise of `op` at `examples` cases, in float64 and float32 and in every memory layout.

    HOLDS when no case broke a promise; REFUTED when one broke a promise whose breach is an error, WARNING when only such
    whose breach is a warning, which with `strict` are REFUTED as well; one finding for each distinct breach. UNDECIDED
    when forward refused every case. A breach that `space.allowed` names is a remark and no finding.

    Raises `UsageError` if `space.allowed` names a promise that there is not.
    """
    if examples < 1:
        raise ValueError(f"conduct needs at least one example, got {examples}")
    _know(op, space.allowed)
    started = time.perf_counter()
    drawn = cases(space, dtype=DTYPES, kinds=DRAWN, layouts=(*LAYOUTS, "zero-stride"))
    result = search(
        drawn,
        lambda case: _examine(op, space, case),
        examples=examples,
        seed=seed,
        first=empty_ones(space, dtype=DTYPES),
    )
    random = any(seen.random for seen in result.seen)
    if not random and any(seen.across for seen in result.seen):
        random = any(search(drawn, partial(varies, op), examples=examples, seed=seed).seen)
    breaches = _distinct(result.seen, random)
    failing: Case | None = None
    for kind in list(breaches)[:MOST_SHRUNK]:
        broken = next(seen.case for seen in result.seen if kind in seen.breaches)
        breaches[kind], case = shrink(breaches[kind], broken, partial(_only, op, space, kind))
        failing = failing or case
    findings = tuple(breaches.values())
    return Evidence(
        witness=NAME,
        outcome=_outcome(findings, result.cases, strict),
        strength=Strength.CONDUCT,
        tried=_tried(result, random),
        findings=findings,
        cases=result.cases,
        refused=result.refused,
        seconds=time.perf_counter() - started,
        failing=failing,
        digest=result.digest,
    )


def _know(op: Op, allowed: Mapping[str, str]) -> None:
    known = [promise.name for promise in PROMISES]
    for name in allowed:
        if name not in known:
            raise UsageError(f"{op.name} allows a breach of {name!r}: the promises are {', '.join(known)}")


def _outcome(findings: Iterable[Finding], number_of_cases: int, strict: bool) -> Outcome:
    ratings = {finding.rating for finding in findings}
    if Rating.ERROR in ratings or (ratings and strict):
        return Outcome.REFUTED
    if ratings:
        return Outcome.WARNING
    return Outcome.HOLDS if number_of_cases else Outcome.UNDECIDED


@dataclass(frozen=True)
class _Seen:
    """What one case showed: breaches by kind, remarks on what is worth knowing, and whether forward was random there."""

    case: Case
    breaches: Mapping[Kind, Finding]
    across: frozenset[Kind] = frozenset()
    """The kinds that rest on a comparison of two forward calls."""
    remarks: tuple[str, ...] = ()
    random: bool = False


def _distinct(seen: Iterable[_Seen], random: bool) -> dict[Kind, Finding]:
    """The first finding of every kind, errors first.

    Left out are comparisons of two forward calls if forward is random, and a warning that says what an error says.
    """
    first: dict[Kind, Finding] = {}
    for each in seen:
        for kind, finding in each.breaches.items():
            if not (random and kind in each.across):
                first.setdefault(kind, finding)
    errors = {kind: finding for kind, finding in first.items() if finding.rating is Rating.ERROR}
    said = {kind[1:] for kind in errors}
    return errors | {kind: finding for kind, finding in first.items() if kind in errors or kind[1:] not in said}


def _only(op: Op, space: Space, kind: Kind, case: Case) -> None:
    """Fail on this kind of breach alone, so that it is shrunk as itself."""
    finding = _examine(op, space, case, only=kind[0]).breaches.get(kind)
    if finding is not None:
        raise Mismatch(finding)


def _examine(op: Op, space: Space, case: Case, only: str = "") -> _Seen:
    """Ask every promise at one case, or `only` one and what must hold before it; raises `Refused` when forward does."""
    try:
        trial = start(op, space, case)
    except Refused as refusal:
        breach = refused_layout(op, case, refusal)
        if breach is None:
            raise
        promise = next(promise for promise in PROMISES if promise.ask is any_input_layout)
        return _seen(op, space, case, [(promise, breach)])
    found, finished = _asked(trial, space.allowed, only)
    if not finished:
        return _seen(op, space, case, found, trial)
    return _seen(op, space, case, found, trial, _remarks(trial), trial.random)


def _asked(trial: Trial, allowed: Mapping[str, str], only: str) -> tuple[list[tuple[Promise, Breach]], bool]:
    """The breaches at one case, each with its promise, and whether all promises were asked that can be."""
    found: list[tuple[Promise, Breach]] = []
    for promise in RETURNED:
        found += _ask(promise, trial)
        if found:
            return found, False
    for stage, gated in ((CALM, True), (FURTHER, False), (HISTORY, True), (LINEAR, False)):
        if stage is LINEAR and not trial.finite:
            break
        for promise in stage:
            if only and not gated and promise.name != only:
                continue
            breaches = _ask(promise, trial)
            found += breaches
            if promise.name == only or (gated and breaches and promise.name not in allowed):
                return found, False
    return found, True


def _ask(promise: Promise, trial: Trial) -> list[tuple[Promise, Breach]]:
    """The breaches of one promise; a backward that fails only now, called again, is one."""
    try:
        with np.errstate(all="ignore"):  # gradients may overflow when doubled or added: that is compared, not warned of
            return [(promise, breach) for breach in promise.ask(trial)]
    except UserError as error:
        what = f"a later call of backward fails: {error.kind}"
        asked = (promise.ask.__doc__ or "").partition("\n")[0].rstrip(".")
        return [(promise, Breach(Finding(what, asked, str(error), "a gradient: the first call gave one")))]


def _seen(
    op: Op,
    space: Space,
    case: Case,
    found: Sequence[tuple[Promise, Breach]],
    trial: Trial | None = None,
    remarks: tuple[str, ...] = (),
    random: bool = False,
) -> _Seen:
    """The breaches as findings; those that are allowed as remarks."""
    breaches: dict[Kind, Finding] = {}
    across = set()
    # drawn again, as backward may have changed those that it got
    cotangents = draw_cotangents(trial.run.outputs, case.seed) if trial is not None and found else ()
    for promise, breach in found:
        kind = promise.name, breach.finding.what, breach.finding.where
        if promise.name in space.allowed:
            remarks += (f"allowed: {promise.name} ({space.allowed[promise.name]})",)
        elif kind not in breaches:
            breaches[kind] = complete(breach, promise.name, promise.rating, op, case, cotangents)
            across |= {kind} if breach.across else set()
    return _Seen(case, breaches, frozenset(across), remarks, random)


def _remarks(trial: Trial) -> tuple[str, ...]:
    remarks = [f"the gradient of {name} is a view of the cotangent" for name in views_of_cotangents(trial)]
    if promoted(trial):
        remarks.append("forward returns another float dtype than it gets")
    return tuple(remarks)


def _tried(result: SearchResult[_Seen], random: bool) -> str:
    text = f"{result.cases} cases, {len(PROMISES)} promises each; {result.shapes}"
    if result.outside:
        text = "nothing: none of the inputs drawn lies in the domain"
    elif not result.cases:
        text = "nothing: forward refused every case"
    if result.refused:
        number = f"{result.refused} case{'' if result.refused == 1 else 's'}"
        text += f"; refused: {number}: {', '.join(result.refusals)}"
    remarks = [remark for seen in result.seen for remark in seen.remarks]
    if random:
        remarks.append("forward is random: what two calls of it give was not compared")
    return "; ".join([text, *dict.fromkeys(remarks)])
