"""Says how a check that was run again compares with its record: the same cases or not, the verdict then and now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradverify.model import Evidence, Outcome, Report
from gradverify.report.console import STYLES, Page
from gradverify.report.recorded import Drawn, Recorded
from gradverify.report.words import MARKS

__all__ = ["Compared", "compare", "in_one_line", "show_replay"]

DRAWING = ("hypothesis", "numpy")
"""The libraries that cases are drawn with."""


@dataclass(frozen=True)
class Compared:
    """One witness: whether it tried the cases of the record; None where that cannot be told."""

    witness: str
    same: bool | None
    said: str


def compare(recorded: Recorded, report: Report) -> tuple[Compared, ...]:
    """Every witness of the record and of the new report, in the new one's order."""
    found = [_compared(evidence, recorded.drawn.get(evidence.witness)) for evidence in report.evidence]
    new = {evidence.witness for evidence in report.evidence}
    found += [Compared(name, None, "is not asked any more") for name in recorded.drawn if name not in new]
    return tuple(found)


def _compared(evidence: Evidence, drawn: Drawn | None) -> Compared:
    if drawn is None:
        return Compared(evidence.witness, None, "was not asked then")
    if not drawn.digest or not evidence.digest:
        return Compared(evidence.witness, None, "cases not recorded")
    if drawn.digest == evidence.digest:
        return Compared(evidence.witness, True, f"the same {_counted(evidence.cases)}")
    return Compared(
        evidence.witness, False, f"other cases: {_counted(drawn.cases)} then, {_counted(evidence.cases)} now"
    )


def _counted(cases: int) -> str:
    """The number of cases that passed; 0 for a witness that failed at the first."""
    return "1 case" if cases == 1 else f"{cases} cases" if cases else "cases"


def in_one_line(recorded: Recorded, report: Report) -> str:
    """The comparison in short: `the same cases (exact, difference); then REFUTED, now PROVED`."""
    compared = compare(recorded, report)
    parts = []
    for same, words in ((True, "the same cases"), (False, "other cases")):
        names = [each.witness for each in compared if each.same is same]
        parts += [f"{words} ({', '.join(names)})"] if names else []
    parts += [f"then {recorded.verdict}, now {report.verdict.name}"]
    return "; ".join(parts)


def show_replay(recorded: Recorded, report: Report, page: Page) -> None:
    """Print the comparison below a report."""
    page.line()
    page.line("  replayed", (f" (recorded by gradverify {recorded.version}, seed {recorded.request.seed})", "dim"))
    compared = compare(recorded, report)
    rows = []
    for each in compared:
        outcome = {True: Outcome.HOLDS, False: Outcome.WARNING, None: Outcome.NOT_APPLICABLE}[each.same]
        mark = page.text((MARKS[outcome], STYLES[outcome]))
        rows.append((mark, page.text(each.witness), page.text(each.said)))
    if rows:
        page.rows(*rows, indent=4)
    if any(each.same is False for each in compared):
        page.rows((page.text(" ".join(_why(recorded, report))),), indent=4)
    verdict = f"then {recorded.verdict}, now {report.verdict.name}"
    said = "the same verdict" if recorded.verdict == report.verdict.name else "ANOTHER verdict"
    page.rows((page.text(f"{said}: {verdict}"),), indent=4)


def _why(recorded: Recorded, report: Report) -> Iterator[str]:
    """The likely cause of other cases."""
    then = {"gradverify": recorded.version, **recorded.versions}
    now = {"gradverify": report.version, **report.versions}
    changed = [name for name in ("gradverify", *DRAWING) if then.get(name) != now.get(name)]
    if not changed:
        yield "The versions are the same, so the op itself must have changed: what it refuses and where it fails decides"
        yield "which cases come next."
        return
    pairs = [f"{name} {then.get(name, 'unknown')} then, {now.get(name, 'unknown')} now" for name in changed]
    yield f"Another version draws other cases: {'; '.join(pairs)}."
