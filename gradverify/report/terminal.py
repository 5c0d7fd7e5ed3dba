"""Shows a report in the terminal: a table with one row per witness, the verdict, then every finding in full."""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text

from gradverify.model import Evidence, Finding, Outcome, Report
from gradverify.report.console import NARROWEST, STYLES, Page, console_for, held, wrap
from gradverify.report.steps import show_derivation
from gradverify.report.words import MARKS, duration, outcome_of

__all__ = ["as_text", "console_for", "show", "show_derivation", "show_verdict"]


def as_text(report: Report) -> str:
    """The report as plain text."""
    stream = io.StringIO()
    show(report, console_for(stream, color=False))
    return stream.getvalue().rstrip("\n")


def show(report: Report, console: Console) -> None:
    """Print the table of the evidence, the verdict with its reason, and the findings."""
    page = Page(console)
    page.rows((page.text((report.name, "bold"), f": {report.title}" if report.title else ""),), hang=2)
    page.line()
    if report.evidence:
        _table(report.evidence, page)
        page.line()
    _verdict(report, page)
    for evidence in report.evidence:
        for finding in evidence.findings:
            page.line()
            _finding(evidence, finding, page)


def show_verdict(report: Report, console: Console) -> None:
    """Print the verdict alone, on one line that is not wrapped."""
    outcome = outcome_of(report.verdict)
    head = (f"{MARKS[outcome]} {report.verdict.name:<9}", STYLES[outcome])
    line = Page(console).text(head, f" {report.name}: {report.because} ({duration(report.seconds)})")
    console.print(line, soft_wrap=True)


_OUTCOME_WIDTH = 21
"""Columns of the outcome: `✓ holds for all sizes`."""


def _table(evidence: tuple[Evidence, ...], page: Page) -> None:
    heading = tuple(page.text((name, "dim")) for name in ("witness", "tried", "outcome", "time"))
    rows = [heading]
    for row in evidence:
        outcome = page.text((_outcome(row), STYLES[row.outcome]))
        rows.append((page.text(row.witness), page.text(row.tried), outcome, page.text((duration(row.seconds), "dim"))))
    last = max(row[-1].cell_len for row in rows)
    widths = [max(row[0].cell_len for row in rows), 0, _OUTCOME_WIDTH, last]
    widths[1] = max(page.console.width - 2 - sum(widths) - 2 * 3, NARROWEST)
    for witness, tried, outcome, time in rows:
        time.pad_left(last - time.cell_len)
        cells = ([witness], wrap(tried, widths[1]), wrap(outcome, _OUTCOME_WIDTH, hang=2), [time])
        page.columns(*cells, widths=widths, indent=2)


def _outcome(evidence: Evidence) -> str:
    """The outcome and how far it reaches, without the `at every case tried` that the column before it says."""
    reach = f" {evidence.strength.value.partition(',')[0]}" if evidence.outcome is Outcome.HOLDS else ""
    return f"{MARKS[evidence.outcome]} {evidence.outcome.value}{reach}"


def _verdict(report: Report, page: Page) -> None:
    outcome = outcome_of(report.verdict)
    head = page.text((f"{MARKS[outcome]} {report.verdict.name}", f"bold {STYLES[outcome]}"))
    tail = (f" ({held(duration(report.seconds))}, {held(f'seed {report.seed}')})", "dim")
    page.rows((head, page.text(report.because, tail)), indent=2)


def _finding(evidence: Evidence, finding: Finding, page: Page) -> None:
    outcome = evidence.outcome
    page.rows(
        (page.text((f"{MARKS[outcome]} {evidence.witness}:", STYLES[outcome])), page.text(finding.what)),
        indent=2,
        gap=1,
    )
    labelled = [(label, getattr(finding, label)) for label in ("where", "got", "expected", "case", "note")]
    rows: list[tuple[Text, ...]] = [(page.text((name, "dim")), page.text(value)) for name, value in labelled if value]
    if rows:
        page.rows(*rows, indent=4)
    if finding.reproduce:
        page.line(("    to reproduce it, paste", "dim"))
        page.line()
        page.verbatim(finding.reproduce)
