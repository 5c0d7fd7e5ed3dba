"""The exact witness: the op's own NumPy code on exact numbers, ⟨ȳ, Jẋ⟩ against ⟨backward(ȳ), ẋ⟩ with no tolerance.

Every case goes through the models in turn: residues (a rational identity), opaque functions, the exponent field, balls of 256
bits. Only balls and rational mismatches refute; a model that merely fails to prove hands the case on.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from random import Random
from typing import Any

from gradverify.cases import Mismatch, Skipped, cases, certain, joined, joined_digest, mapped, search
from gradverify.model import Case, Evidence, Finding, Op, Outcome, Sign, Space, Strength
from gradverify.numbers.fields import (
    DRAWN,
    Balls,
    ExponentField,
    Field,
    PrimeField,
    QuadraticField,
)
from gradverify.numbers.run import Code, Trial, code_of, precision, roots_of, short, where
from gradverify.numbers.signals import NotExact, OutsideField
from gradverify.witnesses._exact_bounds import Bounds, bits_of
from gradverify.witnesses._exact_run import run_trial
from gradverify.witnesses._exact_words import explain, magnitude
from gradverify.witnesses._extremes import Extremes, extremes

__all__ = ["exact"]

NAME = "exact"

ROUNDED = 1e-10
"""Where constants are rounded, as 0.6666666666666667 for 2/3, enclosures of a smaller share of the terms than this can tell."""


class Tier(Enum):
    """How one case was decided, strongest first."""

    RATIONAL = "rational identity"
    OPAQUE = "identity in the functions' values"
    EXPONENT = "identity by the laws of exp and log"
    BALLS = "agreement in 256-bit balls"
    CONSTANTS = "equal up to rounded constants"


RESIDUES = {Tier.RATIONAL, Tier.OPAQUE, Tier.EXPONENT}
"""The tiers that compare random residues, whose agreement may be chance."""


@dataclass(frozen=True)
class Decided:
    """What one case gave."""

    tier: Tier
    digits: int | None
    region: int
    bits: float
    """The chance that a wrong backward passes is below 2^−bits; 0 where no bound is known."""


class _Undecided(Exception):
    """No model could follow the code."""


def exact(op: Op, space: Space, *, seed: int, examples: int = 30) -> Evidence:
    """Compare both sides exactly at `examples` cases. HOLDS only if every case was decided; no tolerance is used."""
    started = time.perf_counter()
    code = code_of(op.forward, op.backward, roots_of(op.forward, op.backward))
    blocked: Counter[str] = Counter()

    sites: Sites = {}
    bounds: Bounds = {}
    models: list[Callable[[Random], Field]] = [PrimeField, QuadraticField]

    def check(case: Case) -> Decided:
        if not any(array.size for array in case.inputs):
            raise Skipped("the inputs are empty")
        try:
            return _decide(op, code, case, sites, models, bounds)
        except NotExact as reason:
            blocked[f"{reason} at {where(reason)}" if where(reason) else str(reason)] += 1
            raise Skipped(str(reason)) from None

    drawn = cases(space, max_elements=MOST_ELEMENTS)
    result = search(drawn, check, examples=examples, seed=seed, first=certain(space, max_elements=MOST_ELEMENTS))
    if result.finding is None and one_sided(sites):
        steered = search(
            drawn.map(partial(mapped, partial(steer, space))), check, examples=max(examples // 2, 1), seed=seed + 1
        )
        result = joined(result, steered)
    finding = result.finding
    if finding is not None and result.case is not None:
        finding = explain(op, code, result.case, finding, seed)
    special = extremes(op, code, space, seed) if finding is None and not blocked else Extremes()
    finding = finding or special.finding
    outcome, strength, tried = _conclude(result.seen, blocked, result, finding, sites)
    if outcome is Outcome.HOLDS and special.tried:
        tried += f"; {special.tried}"
    return Evidence(
        witness=NAME,
        outcome=outcome,
        strength=strength,
        tried=tried,
        findings=() if finding is None else (finding,),
        cases=result.cases,
        refused=result.refused,
        seconds=time.perf_counter() - started,
        failing=result.case or special.case,
        digest=joined_digest(result.digest, special.digest) if special.digest else result.digest,
    )


MOST_ELEMENTS = 100
"""Inputs have at most this many entries: exact numbers are Python objects."""


Sites = dict[tuple[str, int], set[int]]


def _decide(
    op: Op, code: Code, case: Case, sites: Sites, models: list[Callable[[Random], Field]], bounds: Bounds
) -> Decided:
    """Put one case through the models; raises `Mismatch` for a certain refutation.

    `models` are tried in this order, and the one that the case lies in is put first for the next.
    """
    random = Random(case.seed)
    for model in models:
        first = _attempt(code, case, model, random)
        if isinstance(first, Trial):
            models.sort(key=lambda other: other is not model)
            break
    if isinstance(first, Trial):
        for site, seen in first.field.sites.items():
            sites.setdefault(site, set()).update(seen)
        rational = not first.field.used
        if first.left == first.right:
            if not rational:
                _cross_check(op, code, case, random, first.field.used)
            tier = Tier.RATIONAL if rational else Tier.OPAQUE
            return Decided(tier, None, _region(first), bits_of(code, case, random, first, bounds))
        if rational:
            return _constants_or_mismatch(op, code, case, random, first.field.rounded_constants)
        second = _attempt(code, case, ExponentField, random)
        if isinstance(second, Trial) and second.left == second.right:
            _cross_check(op, code, case, random, second.field.used)
            return Decided(Tier.EXPONENT, None, _region(second), bits_of(code, case, random, second, bounds))
    return _in_balls(op, code, case, random)


def one_sided(sites: Sites) -> list[tuple[str, int]]:
    """The comparing lines at which only one outcome was seen."""
    return sorted(site for site, seen in sites.items() if not {-1, 1} <= seen)


def where_is(site: tuple[str, int]) -> str:
    """FILE:LINE, in short."""
    return f"{short(site[0])}:{site[1]}"


SCALES = (1.0, -1.0, 30.0, -30.0, 1 / 32, 1000.0)


def steer(space: Space, case: Case) -> Case:
    """The case with its inputs scaled or mirrored, to reach the other side of a comparison with a constant."""
    scale = SCALES[case.seed % len(SCALES)]
    if scale < 0 and any(spec.sign is Sign.POSITIVE for spec in space.inputs):
        scale = -scale
    inputs = tuple(array * scale for array in case.inputs)
    names = [spec.name for spec in space.inputs]
    return replace(case, inputs=inputs) if space.accepts(dict(zip(names, inputs, strict=True))) else case


def _region(trial: Trial) -> int:
    return hash(tuple(trial.field.decisions))


def _attempt(code: Code, case: Case, kind: Callable[[Random], Field], random: Random) -> Trial | OutsideField:
    """A trial with random residues; a few draws, because a residue may be 0 where a real number is not."""
    trouble = OutsideField("")
    for _ in range(3):
        try:
            return run_trial(code, case, kind(random))
        except OutsideField as outside:
            trouble = outside
    return trouble


BITS = (256, 1024, 4096)
"""The precisions that balls are tried at, while they are too wide to tell."""

AGREE = 1e-30
"""Sides whose difference is enclosed in a smaller share of their terms than this agree."""


def _in_balls(op: Op, code: Code, case: Case, random: Random) -> Decided:
    """The last resort, at the case's own real values."""
    for bits in BITS:
        trial, gap, share = _gap(code, case, Balls(random, bits))
        if gap.contains(0) and share <= AGREE:
            return Decided(Tier.BALLS, int(-math.log10(max(share, 1e-300))), _region(trial), 0.0)
        if not gap.contains(0):
            return _up_to_constants(code, case, random, bits, trial.field.rounded_constants)
    raise Skipped(f"enclosures too wide to tell, at {BITS[-1]} bits")


def _up_to_constants(code: Code, case: Case, random: Random, bits: int, rounded: bool) -> Decided:
    """A difference is excused only where constants stand for other numbers, and some of these leave no difference."""
    if rounded:
        trial, gap, share = _gap(code, case, Balls(random, bits, loose=True))
        if gap.contains(0) and share <= ROUNDED:
            return Decided(Tier.CONSTANTS, None, _region(trial), 0.0)
        if gap.contains(0):
            raise Skipped("a difference that rounded constants may explain, but in too wide a range")
    raise Mismatch(Finding("the code is not the true VJP"))


def _gap(code: Code, case: Case, field: Balls) -> tuple[Trial, Any, float]:
    """A run in balls: the difference of the two sides, and its largest possible share of their terms."""
    try:
        trial = run_trial(code, case, field)
    except OutsideField as outside:
        raise Skipped(f"outside the domain: {outside}") from None
    with precision(field):
        gap = trial.left - trial.right
        if not gap.is_finite():
            raise Skipped("outside the domain: a derivative is infinite or undefined")
        return trial, gap, float(gap.abs_upper()) / (magnitude(trial) or 1.0)


def _cross_check(op: Op, code: Code, case: Case, random: Random, used: set[str]) -> None:
    """A model with functions chose roots and values freely, so the real numbers must not contradict it.

    Residues cannot know which root is the positive one, so an identity with roots holds only where the real numbers agree.
    Without roots accepting is sound by itself, and one case in four is held against the real numbers all the same.
    """
    if "sqrt" not in used and case.seed % 4:
        return
    try:
        _in_balls(op, code, case, random)
    except (Skipped, NotExact):
        if "sqrt" in used:
            raise


def _constants_or_mismatch(op: Op, code: Code, case: Case, random: Random, rounded: bool) -> Decided:
    """Residues that differ are a certain refutation of the formula as written, unless it is written with rounded constants.

    Where balls agree at the case's values and the residues do not, a wrong term is 0 there.
    """
    if not rounded:
        raise Mismatch(Finding("the code is not the true VJP"))
    return _in_balls(op, code, case, random)


def _conclude(
    seen: tuple[Decided, ...], blocked: Counter[str], result: Any, finding: Finding | None, sites: Sites
) -> tuple[Outcome, Strength, str]:
    """The outcome, its strength, and in words what was tried and what bound it gives."""
    if finding is not None:
        return Outcome.REFUTED, Strength.EXACT, f"{result.cases} cases held before the first failure"
    if blocked:
        reason, count = blocked.most_common(1)[0]
        return Outcome.NOT_APPLICABLE, Strength.EXACT, f"{reason} ({count} of {count + result.cases} cases)"
    if not seen:
        why = ", ".join((*result.skips, *result.refusals)) or "no case was drawn"
        return Outcome.UNDECIDED, Strength.EXACT, f"no case could be decided: {why}"
    tiers = Counter(each.tier for each in seen)
    parts = [
        f"{count} cases: {tier.value}"
        for tier, count in sorted(tiers.items(), key=lambda row: list(Tier).index(row[0]))
    ]
    bounded = [each.bits for each in seen if each.bits]
    if bounded:
        degree = round(2 ** (DRAWN - min(bounded)))
        chance = f"with a chance below 2^-{int(min(bounded))}"
        drawn = f"degree ≤ {degree}, each unknown one of 2^{DRAWN} residues modulo p ≈ 2^127, 1 trial each"
        parts.append(f"a wrong backward passes one case {chance} ({drawn})")
        unbounded = sum(not each.bits and each.tier in RESIDUES for each in seen)
        if unbounded:
            parts.append(f"no such bound is known for {unbounded} of {len(seen)} cases")
    digits = [each.digits for each in seen if each.digits is not None]
    if digits:
        parts.append(f"to {min(digits)} digits")
    if sites:
        regions = len({each.region for each in seen})
        parts.append(f"{regions} regions of equal comparisons, {len(sites)} comparing lines")
        parts += [f"never the other side at {where_is(site)}" for site in one_sided(sites)]
    parts.append(result.shapes)
    if result.skipped:
        parts.append(f"{result.skipped} left out: {', '.join(result.skips)}")
    if result.refused:
        parts.append(f"{result.refused} refused: {', '.join(result.refusals)}")
    weakest = {Tier.BALLS, Tier.CONSTANTS} & set(tiers)
    return Outcome.HOLDS, Strength.DIGITS if weakest else Strength.EXACT, "; ".join(parts)
