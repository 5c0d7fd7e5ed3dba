"""Shows a report in the terminal: a table with one row per witness, the verdict, then the findings."""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text

from gradverify.model import Evidence, Finding, Outcome, Report
from gradverify.report.console import NARROWEST, STYLES, Page, console_for, held, wrap
from gradverify.report.findings import Found, agreement, is_warning, labelled, told
from gradverify.report.grid import RIGHT, WRONG, as_grid
from gradverify.report.steps import show_derivation
from gradverify.report.words import MARKS, duration, outcome_of

__all__ = ["as_text", "console_for", "finding_text", "findings_text", "show", "show_derivation", "show_verdict"]


def as_text(report: Report) -> str:
    """The report as plain text."""
    stream = io.StringIO()
    show(report, console_for(stream, color=False))
    return stream.getvalue().rstrip("\n")


def findings_text(report: Report, *, scripts: bool = True) -> str:
    """The findings alone as plain text, 80 columns wide; without their scripts, if these are shown elsewhere."""
    stream = io.StringIO()
    _findings(report, _plain(stream), scripts=scripts)
    return stream.getvalue().strip("\n")


def finding_text(evidence: Evidence, finding: Finding, *, script: bool = True) -> str:
    """One finding as plain text, 80 columns wide."""
    stream = io.StringIO()
    page = _plain(stream)
    _finding(evidence, finding, page)
    if script:
        _script(finding, page)
    return stream.getvalue().strip("\n")


def _plain(stream: io.StringIO) -> Page:
    console = console_for(stream, color=False)
    console.width = 80  # what is written into a file does not depend on the terminal
    return Page(console)


def show(report: Report, console: Console) -> None:
    """Print the table of the evidence, the verdict with its reason, and the findings."""
    page = Page(console)
    page.rows((page.text((report.name, "bold"), f": {report.title}" if report.title else ""),), hang=2)
    page.line()
    if report.evidence:
        _table(report.evidence, page)
        page.line()
    _verdict(report, page)
    _findings(report, page)


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


def _findings(report: Report, page: Page, *, scripts: bool = True) -> None:
    """The main finding in full, with a line for each that says the same; then those of another kind."""
    findings = told(report)
    for found in findings.in_full:
        page.line()
        _finding(*found, page)
        for other in findings.agreeing if found is findings.main else ():
            _agreeing(other, page)
        if scripts and findings.with_script(found):
            _script(found[1], page)


def _script(finding: Finding, page: Page) -> None:
    if finding.reproduce:
        page.line(("    to reproduce it, paste", "dim"))
        page.line()
        page.verbatim(finding.reproduce)


def _agreeing(found: Found, page: Page) -> None:
    outcome = found[0].outcome
    page.rows((page.text((MARKS[outcome], STYLES[outcome])), page.text(agreement(found))), indent=4, gap=1)


def _finding(evidence: Evidence, finding: Finding, page: Page) -> None:
    """One finding without its script: what is wrong, which entries, what it looks like."""
    warning = is_warning(evidence, finding)
    outcome = Outcome.WARNING if warning else evidence.outcome
    head = f"{MARKS[outcome]} {evidence.witness}{', a warning' if warning else ''}:"
    page.rows((page.text((head, STYLES[outcome])), page.text(finding.what)), indent=2, gap=1)
    rows: list[tuple[Text, ...]] = [(page.text((label, "dim")), page.text(value)) for label, value in labelled(finding)]
    if rows:
        page.rows(*rows, indent=4)
    _grid(finding, page)
    if finding.looks_like:
        page.line(("    it looks like", "dim"))
        for each in finding.looks_like:
            page.rows((page.text("–"), page.text(each)), indent=6, gap=1)


def _grid(finding: Finding, page: Page) -> None:
    lines = as_grid(finding.entries, page.console.width - 6) if finding.entries is not None else []
    if not lines or finding.entries is None:
        return
    page.line((f"    the gradient of {finding.entries.name}: {WRONG} wrong, {RIGHT} right", "dim"))
    page.verbatim("\n".join(lines), indent=6)
