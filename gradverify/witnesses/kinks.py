"""The witness of kinks: at special points (zeros, ties, entries at a bound) the gradient is a valid subgradient, exactly.

A kink is found, not assumed: the slopes on the two sides of a point differ. There a gradient must lie between them along
every direction; where they agree it must be equal, and it may never be infinite or undefined where they exist.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from gradverify.cases import Mismatch, Refused, Skipped
from gradverify.cases.digest import Digest
from gradverify.cases.shapes import summarize
from gradverify.model import Case, Evidence, Finding, Op, Outcome, Rating, Space, Strength
from gradverify.numbers.run import Code, code_of, roots_of, where, without_collector
from gradverify.numbers.sided import SIDED, SidedBalls, SidedRationals
from gradverify.numbers.signals import NotExact, OutsideField
from gradverify.witnesses._kink_drawn import special_points
from gradverify.witnesses._kink_judge import Seen, examine
from gradverify.witnesses._kink_slopes import Point, opened
from gradverify.witnesses._kink_words import conventions, finding_of

__all__ = ["kinks"]

NAME = "kinks"

MOST_CONVENTIONS = 4
"""So many conventions are named."""


@dataclass
class _Tally:
    """What all points together showed."""

    kinds: Counter[str] = field(default_factory=Counter)
    shapes: set[tuple[int, ...]] = field(default_factory=set)
    directions: int = 0
    on_a_tie: int = 0
    kinks: int = 0
    rational: int = 0
    irrational: int = 0
    in_balls: bool = False
    conventions: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    blocked: Counter[str] = field(default_factory=Counter)
    outside: int = 0
    finding: Finding | None = None
    failing: Case | None = None

    @property
    def cases(self) -> int:
        """How many cases were compared."""
        return self.kinds.total()


def kinks(op: Op, space: Space, *, seed: int, examples: int = 12) -> Evidence:
    """Compare the gradient with the slopes on both sides at up to `examples` special cases, small ones first.

    REFUTED where it is no valid subgradient; WARNING where it is none, but what automatic differentiation of the parts
    gives. HOLDS says how many kinks were met, the conventions seen and what was skipped.
    """
    started = time.perf_counter()
    code = code_of(op.forward, op.backward, roots_of(op.forward, op.backward))
    tally, digest = _Tally(), Digest()
    with without_collector():
        points, tally.outside = special_points(code, space, seed, examples)
        for case in points:
            digest.add(case)
            _try(op, code, case, tally)
            if tally.finding is not None and tally.finding.rating is Rating.ERROR:
                break
    outcome, tried = _conclude(tally)
    return Evidence(
        witness=NAME,
        outcome=outcome,
        strength=Strength.DIGITS if tally.in_balls else Strength.EXACT,
        tried=tried,
        findings=() if tally.finding is None else (tally.finding,),
        cases=tally.cases,
        refused=tally.refused.total(),
        seconds=time.perf_counter() - started,
        failing=tally.failing,
        digest=digest.hex(),
    )


def _try(op: Op, code: Code, case: Case, tally: _Tally) -> None:
    """Look at one case, in rationals or else in balls, and count what it showed."""
    why = ""
    # Where the first cases had values that are not rational, so have the others.
    kinds = SIDED[1:] if tally.irrational > 1 and not tally.rational else SIDED
    for kind in kinds:
        try:
            with opened(code, case, kind(Random(case.seed))) as point:
                point.look()
                if kind is SidedRationals and point.backward_fails:
                    continue  # a function that balls have may be all that it lacks
                seen = examine(op, point, tally.finding is not None)
                _count(op, point, seen, tally)
                return
        except OutsideField as outside:
            why = str(outside)
            tally.irrational += kind is SidedRationals
        except (Skipped, Mismatch) as skip:
            tally.skipped[str(skip)] += 1
            return
        except Refused as refusal:
            tally.refused[str(refusal)] += 1
            return
        except NotExact as reason:
            tally.blocked[f"{reason} at {where(reason)}" if where(reason) else str(reason)] += 1
            return
    tally.skipped[f"outside the domain: {why}"] += 1


def _count(op: Op, point: Point, seen: Seen, tally: _Tally) -> None:
    tally.skipped.update(seen.skipped)
    finding = finding_of(op, point, seen)
    if finding is not None and (tally.finding is None or finding.rating is Rating.ERROR):
        tally.finding, tally.failing = finding, point.case
    if seen.directions == 0:
        return
    tally.kinds[point.case.kind] += 1
    tally.shapes.update(array.shape for array in point.case.inputs)
    tally.directions += seen.directions
    tally.on_a_tie += seen.kinks > 0
    tally.kinks += seen.kinks
    tally.rational += isinstance(point.field, SidedRationals)
    tally.in_balls |= isinstance(point.field, SidedBalls)
    if finding is None and seen.kinks:
        tally.conventions.update(conventions(op, point, seen))


def _conclude(tally: _Tally) -> tuple[Outcome, str]:
    """The outcome, and in words what was tried, met and skipped."""
    if tally.finding is not None and tally.finding.rating is Rating.ERROR:
        return Outcome.REFUTED, f"{tally.cases} special cases looked at"
    if tally.blocked and not tally.cases:
        reason, count = tally.blocked.most_common(1)[0]
        return Outcome.NOT_APPLICABLE, f"{reason} ({count} of {tally.blocked.total()} special cases)"
    left_out = _left_out(tally)
    if not tally.cases:
        # Nothing special lies in the domain, or nothing has a slope there: an op that has no kinks is none the worse for it.
        return Outcome.NOT_APPLICABLE, "; ".join(["no special point could be compared", *left_out])
    kinds = ", ".join(f"{kind} {count}" for kind, count in tally.kinds.most_common())
    parts = [f"{tally.cases} special cases ({kinds}), {tally.directions} directions"]
    if tally.kinks:
        parts.append(f"{tally.kinks} kinks met in {tally.on_a_tie} of them")
    else:
        parts.append("no kink met: the gradient is exact there too")
    named = [text for text, _ in tally.conventions.most_common(MOST_CONVENTIONS)]
    more = len(tally.conventions) - len(named)
    parts += [*named, *([f"and {more} other choices of slopes"] if more else []), summarize(tally.shapes)]
    outcome = Outcome.HOLDS if tally.finding is None else Outcome.WARNING
    return outcome, "; ".join([*parts, *left_out])


def _left_out(tally: _Tally) -> list[str]:
    parts = []
    if tally.skipped.total():
        reasons = ", ".join(f"{why} ({count})" for why, count in tally.skipped.most_common(3))
        parts.append(f"{tally.skipped.total()} skipped: {reasons}")
    if tally.refused:
        parts.append(f"{tally.refused.total()} refused: {', '.join(why for why, _ in tally.refused.most_common(3))}")
    if tally.blocked:
        reasons = ", ".join(why for why, _ in tally.blocked.most_common(3))
        parts.append(f"{tally.blocked.total()} that exact numbers cannot follow: {reasons}")
    if tally.outside:
        parts.append(f"{tally.outside} with nothing special inside the domain")
    return parts
