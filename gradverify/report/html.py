"""A report as a small HTML table for Jupyter; every text in it is escaped."""

from __future__ import annotations

from gradverify.model import Evidence, Finding, Outcome, Report
from gradverify.report.escape import in_html
from gradverify.report.findings import is_warning, labelled
from gradverify.report.words import MARKS, duration, outcome_of

__all__ = ["as_html"]


def as_html(report: Report) -> str:
    """The verdict, a table with one row per witness, and the findings."""
    mark = MARKS[outcome_of(report.verdict)]
    title = f": {in_html(report.title)}" if report.title else ""
    heading = "".join(f"<th>{name}</th>" for name in ("witness", "tried", "strength", "outcome", "time"))
    rows = "\n".join(_row(evidence) for evidence in report.evidence)
    findings = "\n".join(_finding(evidence, finding) for evidence in report.evidence for finding in evidence.findings)
    return (
        f"<p><b>{in_html(report.name)}</b>{title}</p>\n"
        f"<table>\n<thead><tr>{heading}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n"
        f"<p><b>{mark} {report.verdict.name}</b> {in_html(report.because)} "
        f"({in_html(duration(report.seconds))}, seed {report.seed})</p>\n"
        f"{findings}"
    )


def _row(evidence: Evidence) -> str:
    strength = evidence.strength.value if evidence.outcome is Outcome.HOLDS else ""
    outcome = f"{MARKS[evidence.outcome]} {evidence.outcome.value}"
    cells = (evidence.witness, evidence.tried, strength, outcome, duration(evidence.seconds))
    return f"<tr>{''.join(f'<td>{_lines(cell)}</td>' for cell in cells)}</tr>"


def _finding(evidence: Evidence, finding: Finding) -> str:
    parts = "".join(f"<dt>{label}</dt><dd>{_lines(value)}</dd>" for label, value in labelled(finding))
    likely = "".join(f"<li>{_lines(each)}</li>" for each in finding.looks_like)
    looks_like = f"<p>It looks like:</p>\n<ul>{likely}</ul>\n" if likely else ""
    code = f"<pre><code>{in_html(finding.reproduce)}</code></pre>" if finding.reproduce else ""
    warning = ", a warning" if is_warning(evidence, finding) else ""
    said = f"<p>{in_html(evidence.witness)}{warning}: {_lines(finding.what)}</p>"
    return f"{said}\n<dl>{parts}</dl>\n{looks_like}{code}"


def _lines(text: str) -> str:
    return in_html(text).replace("\n", "<br>")
