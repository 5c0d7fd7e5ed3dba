"""The finite-difference witness: an op's backward against extrapolated central differences of its own float64 forward.

Takes an op and its space, gives evidence. It uses no derivation and no arithmetic but the op's own; the tolerance of
every comparison is the error estimate of that comparison.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from gradverify.cases import (
    Mismatch,
    Refused,
    SearchResult,
    Skipped,
    as_python,
    cases,
    certain,
    draw_cotangents,
    empty_ones,
    in_words,
    joined,
    search,
)
from gradverify.cases.shapes import LARGE, able_to_be_wide
from gradverify.model import Array, Case, Evidence, Finding, Op, Outcome, Space, Strength
from gradverify.witnesses import _run
from gradverify.witnesses._compare import Comparison, Direction, Point, claim, compare, direction, prepare
from gradverify.witnesses._locate import locate, not_finite

NAME = "difference"
WRONG = "the gradients differ from the central difference of forward"

MOST_WIDE = 20_000
"""Cases with a wide side may have so many entries: 131 by 131."""

EACH_WIDE = 2
"""So many of them for every size; the first has the simplest entries and sides of 1 beside it."""

_Seen = tuple[Comparison, ...]
"""What one case gives: a comparison for each direction."""


def difference(op: Op, space: Space, *, seed: int, examples: int = 30, directions: int = 2) -> Evidence:
    """Compare `backward` with central differences of `forward` at `examples` cases, along `directions` each.

    A size that was never above 128 gets two further cases in which it is.

    The first direction moves all inputs together; with several inputs each of the others moves one input alone.
    Per direction at most 10 evaluations of forward and one of backward, three times that before anything is accused; in
    memory about 8 times the inputs. HOLDS when nothing failed and every input's gradient was seen at least once to
    within a thousandth; UNDECIDED when one was not; REFUTED with the smallest failing case. Gradients of exactly 0 count
    as seen where forward returned the same bits at every step.
    """
    if examples < 1 or directions < 1:
        raise ValueError(f"difference needs at least one example and one direction, got {examples} and {directions}")
    started = time.perf_counter()
    widest: dict[str, int] = {}

    def check(case: Case) -> _Seen:
        seen = _check(op, space, case, directions)
        if any(one.sees(k) for one in seen for k in range(len(op.inputs))):
            widest.update({name: max(side, widest.get(name, 0)) for name, side in case.sizes.items()})
        return seen

    with np.errstate(all="ignore"):  # a gradient may be so large that its products overflow: compared, not warned of
        result = search(cases(space), check, examples=examples, seed=seed, first=(*certain(space), *empty_ones(space)))
        result = _widened(space, check, result, widest, seed)
        finding = _explain(op, space, result, directions)
    effective, unseen = _effective(op, result)
    if finding is not None:
        outcome, tried = Outcome.REFUTED, f"{_counted(len(effective), 'case')} held before the first failure"
    elif unseen:
        never = " and ".join(f"gradient of {name}" for name in unseen)
        outcome, tried = Outcome.UNDECIDED, f"no effective comparison of the {never}{_left_out(op, result)}"
    else:
        tried = f"{_counted(len(effective), 'case')} × {_counted(directions, 'direction')}, {_worst(effective)}"
        wide = [name for name in able_to_be_wide(space) if widest.get(name, 0) > LARGE]
        far = f"; above {LARGE}: {', '.join(wide)}" if wide else ""
        outcome, tried = Outcome.HOLDS, f"{tried}; {result.shapes}{far}{_left_out(op, result)}"
    return Evidence(
        witness=NAME,
        outcome=outcome,
        strength=Strength.FLOAT,
        tried=tried,
        findings=() if finding is None else (finding,),
        cases=len(effective),
        refused=result.refused,
        seconds=time.perf_counter() - started,
        failing=result.case,
        digest=result.digest,
    )


def _widened(
    space: Space, check: Callable[[Case], _Seen], result: SearchResult[_Seen], widest: Mapping[str, int], seed: int
) -> SearchResult[_Seen]:
    """The result with cases in which a size is above `LARGE`, for every size of which none was compared.

    A block of 128, or an unrolled loop, is wrong there alone, and drawn cases may all miss it.
    """
    for number, name in enumerate(able_to_be_wide(space)):
        if result.finding is None and widest.get(name, 0) <= LARGE:
            drawn = cases(space, max_elements=MOST_WIDE, wide=name)
            result = joined(result, search(drawn, check, examples=EACH_WIDE, seed=seed + number + 1))
    return result


def _directions(space: Space, case: Case, number: int) -> list[Direction]:
    """All inputs together first; with several inputs, the other directions move one of them each."""
    count = len(case.inputs)
    alone = [None if count == 1 or stream == 0 else (case.seed + stream) % count for stream in range(number)]
    return [direction(space, case, stream, only) for stream, only in enumerate(alone)]


def _check(op: Op, space: Space, case: Case, number: int) -> _Seen:
    """Compare along every direction; raises `Mismatch` at the first that fails."""
    point, gradients = prepare(op, space, case)
    if not _finite(gradients):
        return _check_not_finite(point, gradients, _directions(space, case, number)[0])
    # The claims are taken first, so that the gradients need not be kept while forward runs.
    claims = [claim(case, gradients, along) for along in _directions(space, case, number)]
    del gradients
    comparisons = []
    for stream, claimed in enumerate(claims):
        comparison = compare(point, _directions(space, case, number)[stream], claimed)
        if comparison.accuses:
            if not point.repeats():
                raise Skipped("forward gives different outputs for the same inputs")
            raise Mismatch(Finding(what=WRONG))
        comparisons.append(comparison)
    return tuple(comparisons)


def _check_not_finite(point: Point, gradients: Sequence[Array | None], along: Direction) -> _Seen:
    finding = not_finite(point, gradients, along)
    if finding is not None:
        raise Mismatch(finding)
    why = "backward is not finite, and forward has no slope to compare it with"
    return (Comparison(claim(point.case, [None] * len(gradients), along), None, (), why),)


def _finite(gradients: Sequence[Array | None]) -> bool:
    return all(x_bar is None or np.isfinite(x_bar).all() for x_bar in gradients)


def _explain(op: Op, space: Space, result: SearchResult[_Seen], number: int) -> Finding | None:
    """The finding for the smallest failing case, down to the entry, with a script that shows it."""
    finding, case = result.finding, result.case
    if finding is None or case is None or finding.reproduce:
        return finding
    try:
        point, gradients = prepare(op, space, case)
        for stream, along in enumerate(_directions(space, case, number)):
            if compare(point, along, claim(case, gradients, along)).accuses:
                found = locate(point, gradients, direction(space, case, stream))
                return replace(found, note="; ".join(part for part in (found.note, finding.note) if part))
    except (Refused, Skipped):
        pass
    except Mismatch as mismatch:  # nothing to compare: an exception, a wrong number of gradients, a wrong shape
        cotangents = draw_cotangents(_run.run_case(op, case).outputs, case.seed)
        return replace(mismatch.finding, note=finding.note, reproduce=as_python(op, case, cotangents))
    return replace(finding, case=in_words(op.inputs, case), note="seen once, not again at the same case")


def _effective(op: Op, result: SearchResult[_Seen]) -> tuple[list[_Seen], list[str]]:
    """The cases with at least one comparison that saw something, and the inputs whose gradient none saw."""
    inputs = range(len(op.inputs))
    effective = [seen for seen in result.seen if any(comparison.sees(k) for comparison in seen for k in inputs)]
    unseen = [op.inputs[k] for k in inputs if not any(one.sees(k) for seen in effective for one in seen)]
    return effective, unseen


def _worst(effective: Sequence[_Seen]) -> str:
    """The comparison that came closest to failing."""
    seeing = [one for seen in effective for one in seen if any(one.sees(k) for k in range(len(one.moved)))]
    comparisons = [one for one in seeing if one.allowed > 0]
    worst = max(comparisons, key=lambda one: one.error / one.allowed, default=None)
    if worst is None:
        return "worst error 0"
    return f"worst error {worst.error:.1e} (allowed {worst.allowed:.1e})"


def _left_out(op: Op, result: SearchResult[_Seen]) -> str:
    """What was not compared, how often and why."""
    inputs = range(len(op.inputs))
    blind = Counter(one.reason for seen in result.seen for one in seen if not any(one.sees(k) for k in inputs))
    parts = ["none of the inputs drawn lies in the domain"] if result.outside else []
    if blind:
        reasons = ", ".join(f"{reason} ({count})" for reason, count in blind.most_common())
        parts.append(f"left out: {_counted(blind.total(), 'comparison')}: {reasons}")
    if result.skipped:
        parts.append(f"left out: {_counted(result.skipped, 'case')}: {', '.join(result.skips)}")
    if result.refused:
        parts.append(f"refused: {_counted(result.refused, 'case')}: {', '.join(result.refusals)}")
    return "".join(f"; {part}" for part in parts)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
