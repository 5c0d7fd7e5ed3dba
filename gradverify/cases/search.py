"""Runs a check over cases drawn by Hypothesis and gives back what was tried and the smallest case that failed.

Takes a strategy and a check; trusts Hypothesis for drawing only. Deterministic for one seed, silent, and
independent of the user's Hypothesis profile, of pytest and of an enclosing `@given`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import errors as hypothesis_errors
from hypothesis.strategies import SearchStrategy

from gradverify.cases.digest import Digest, joined_digest
from gradverify.cases.shapes import summarize
from gradverify.cases.shrink import simplest
from gradverify.model import Case, Finding

T = TypeVar("T")

MAX_SHRINK_RUNS = 100
"""Checks run after the first failure, at most; the smallest failure seen by then is reported."""


class Mismatch(Exception):
    """Raised by a check: the case fails, and `finding` says how."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


class Refused(Exception):
    """Raised by a check: the op itself refused the case with an error. Counted, not a failure; another is drawn."""


class Skipped(Exception):
    """Raised by a check: nothing could be compared at this case. Counted, not a failure."""


@dataclass(frozen=True)
class SearchResult(Generic[T]):
    """What a search tried and found; the counts leave out whatever ran after the first failure."""

    seen: tuple[T, ...]
    """What the check returned, for each case that it could check."""
    refused: int
    refusals: tuple[str, ...]
    """The distinct reasons why the op refused, most frequent first, at most five."""
    skipped: int
    skips: tuple[str, ...]
    """The distinct reasons why nothing could be compared, likewise."""
    shapes: str
    """The shapes seen, in words."""
    outside: bool = False
    """Whether no case at all could be drawn, as the space accepts nothing that was tried."""
    finding: Finding | None = None
    case: Case | None = None
    """The smallest failing case."""
    digest: str = ""
    """A hash of every case up to the first failure, in order, those that were refused or skipped as well."""

    @property
    def cases(self) -> int:
        """How many cases were checked and passed."""
        return len(self.seen)


def joined(first: SearchResult[T], second: SearchResult[T]) -> SearchResult[T]:
    """Two searches as one, of which the first found nothing; the shapes in words are those of the first."""
    return replace(
        first,
        seen=first.seen + second.seen,
        refused=first.refused + second.refused,
        refusals=tuple(dict.fromkeys(first.refusals + second.refusals)),
        skipped=first.skipped + second.skipped,
        skips=tuple(dict.fromkeys(first.skips + second.skips)),
        finding=second.finding,
        case=second.case,
        digest=joined_digest(first.digest, second.digest),
    )


class _Found(BaseException):
    """Ends the drawing at the first failure. Not an `Exception`: Hypothesis must let it through."""


@dataclass
class _Tally(Generic[T]):
    check: Callable[[Case], T]
    seen: list[T] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    skips: Counter[str] = field(default_factory=Counter)
    shapes: set[tuple[int, ...]] = field(default_factory=set)
    first: tuple[Finding, Case] | None = None
    digest: Digest = field(default_factory=Digest)

    def run(self, case: Case) -> None:
        """Check one case that Hypothesis has drawn; it draws another where the op refuses this one."""
        if not self.take(case):
            hypothesis.reject()

    def take(self, case: Case) -> bool:
        """Check one case and count it; False where the op refuses it. Raises `_Found` where it fails."""
        self.digest.add(case)  # before the check, which may do anything to its arrays
        try:
            result = self.check(case)
        except Mismatch as mismatch:
            self.first = mismatch.finding, case
            raise _Found from None
        except Refused as refusal:
            self.refusals[str(refusal)] += 1
            return False
        except Skipped as skip:
            self.skips[str(skip)] += 1
            return True
        self.seen.append(result)
        self.shapes.update(array.shape for array in case.inputs)
        return True


def search(
    strategy: SearchStrategy[Case],
    check: Callable[[Case], T],
    *,
    examples: int,
    seed: int,
    first: Sequence[Case] = (),
) -> SearchResult[T]:
    """Run `check` on up to `examples` cases; on a failure, shrink it.

    `check` returns anything for a case that passes, and raises `Mismatch`, `Refused` or `Skipped`; every other
    exception propagates. A failure that does not repeat on the very same case is reported with a note.
    """
    tally = _Tally(check)
    outside = False
    try:
        for given in first:
            tally.take(given)
        _run(strategy, tally, examples, seed)
    except _Found:
        pass
    except hypothesis_errors.Unsatisfiable:
        outside = not tally.refusals  # else every case was refused, and the counts say so
    finding, case = (None, None) if tally.first is None else shrink(*tally.first, check)
    return SearchResult(
        seen=tuple(tally.seen),
        refused=tally.refusals.total(),
        refusals=tuple(reason for reason, _ in tally.refusals.most_common(2)),
        skipped=tally.skips.total(),
        skips=tuple(reason for reason, _ in tally.skips.most_common(5)),
        shapes=summarize(tally.shapes),
        outside=outside,
        finding=finding,
        case=case,
        digest=tally.digest.hex(),
    )


def shrink(finding: Finding, case: Case, check: Callable[[Case], object]) -> tuple[Finding, Case]:
    """The simplest case that fails and its finding, for a case and a finding that `check` gave for it.

    The case is tried again first, and the simplest one last: a failure that does not repeat is given back with a note.
    """
    found = [(finding, case)]

    def fails(candidate: Case) -> bool:
        try:
            check(candidate)
        except Mismatch as mismatch:
            found.append((mismatch.finding, candidate))
            return True
        except (Refused, Skipped):
            pass
        return False

    def repeats() -> bool:
        drawn = found[-1][1].drawn
        same = found[-1][1] if drawn is None else drawn.make(drawn.numbers)
        return same is not None and fails(same)

    if repeats():
        simplest(found[-1][1], fails, MAX_SHRINK_RUNS - 2)
        if len(found) == 2 or repeats():
            return found[-1]
    finding, case = found[-1]
    again = "the failure did not repeat on the same case: the op depends on more than its arguments"
    return replace(finding, note=f"{finding.note}; {again}" if finding.note else again), case


def _run(strategy: SearchStrategy[Case], tally: _Tally[T], examples: int, seed: int) -> None:
    def test(case: Case) -> None:
        tally.run(case)

    # Every setting is given, so nothing is inherited from a profile or from an enclosing test.
    configure = settings(
        max_examples=examples,
        phases=(Phase.generate,),
        deadline=None,
        database=None,
        derandomize=False,
        verbosity=Verbosity.quiet,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        backend="hypothesis",
    )

    def run() -> None:
        hypothesis.seed(seed)(configure(hypothesis.given(strategy)(test)))()

    if hypothesis.currently_in_test_context():
        # Hypothesis refuses a test within a test, thread by thread.
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(run).result()
    else:
        run()
