"""Reports as GitHub's Markdown for the summary of a CI run: a table of verdicts, then a fold for each that is not green."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gradverify.model import Report, Verdict
from gradverify.report.escape import as_code_block, in_html, in_markdown
from gradverify.report.findings import told
from gradverify.report.terminal import findings_text
from gradverify.report.words import MARKS, duration, outcome_of

__all__ = ["as_markdown"]


def as_markdown(reports: Sequence[Report]) -> str:
    """The document. Its folds hold the findings as the terminal shows them, in blocks of code."""
    counts = Counter(report.verdict for report in reports)
    summary = ", ".join(f"{counts[verdict]} {verdict.name}" for verdict in Verdict if counts[verdict])
    lines = ["## gradverify", "", summary or "Nothing was checked.", ""]
    if reports:
        lines += ["| op | verdict | because | time |", "|---|---|---|--:|", *map(_row, reports), ""]
    for report in reports:
        lines += _fold(report)
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(report: Report) -> str:
    verdict = f"{MARKS[outcome_of(report.verdict)]} {report.verdict.name}"
    cells = (in_markdown(report.name), f"**{verdict}**", in_markdown(report.because), duration(report.seconds))
    return f"| {' | '.join(cells)} |"


def _fold(report: Report) -> Iterator[str]:
    """The findings, or why nothing was decided; warnings of a green report too."""
    findings = told(report)
    undecided = report.verdict is Verdict.UNDECIDED
    if not findings.in_full and not undecided:
        return
    mark = MARKS[outcome_of(report.verdict)]
    what = (
        f"{mark} {report.verdict.name}" if report.verdict.exit_code else f"{mark} {report.verdict.name}, with warnings"
    )
    # Up to the empty line this is HTML, and Markdown is not read; a backtick is none for those who read it all the same.
    name = in_html(" ".join(report.name.split())).replace("`", "&#96;")
    yield from ("<details>", f"<summary><b>{name}</b>: {what}</summary>", "")
    if report.location:
        yield from (f"Code: {in_markdown(report.location)}", "")
    if undecided:
        yield from (in_markdown(report.because), "")
    if findings.in_full:
        yield from (as_code_block(findings_text(report, scripts=False), "text"), "")
    for found in findings.in_full:
        if found[1].reproduce and findings.with_script(found):
            yield from (f"To reproduce what {in_markdown(found[0].witness)} found, run", "")
            yield from (as_code_block(found[1].reproduce, "python"), "")
    yield from ("</details>", "")
