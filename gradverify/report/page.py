"""One self-contained HTML page for the reports of a run: no script, nothing loaded from anywhere, every text escaped."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from gradverify.derivation.records import Derivation
from gradverify.model import Evidence, Finding, Outcome, Report, Request
from gradverify.report.curve import Curve
from gradverify.report.derivation_html import derivation_section
from gradverify.report.escape import in_html
from gradverify.report.findings import Found, agreement, is_warning, labelled, told
from gradverify.report.heat import heat_map
from gradverify.report.vcurve import as_svg, in_words
from gradverify.report.words import MARKS, duration, outcome_of

__all__ = ["Pictured", "as_page"]

CLASSES = {
    Outcome.HOLDS: "holds",
    Outcome.REFUTED: "refuted",
    Outcome.UNDECIDED: "undecided",
    Outcome.WARNING: "warning",
    Outcome.NOT_APPLICABLE: "none",
}

# The page needs no script, so a browser is told to run none, whatever slipped in.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Pictured:
    """A report, with what a page shows beside it."""

    report: Report
    derivation: Derivation | None = None
    curve: Curve | None = None


def as_page(reports: Sequence[Pictured]) -> str:
    """The page: a table of the verdicts where there are several, then a section for each."""
    style = files("gradverify.report").joinpath("assets", "page.css").read_text(encoding="utf-8")
    names = ", ".join(each.report.name for each in reports[:3]) + (", …" if len(reports) > 3 else "")
    body = [*_overview([each.report for each in reports])] if len(reports) > 1 else []
    for number, each in enumerate(reports, 1):
        body += _section(each, number)
    body += _footer(reports[0].report) if reports else ["<p>Nothing was checked.</p>"]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>gradverify: {in_html(names)}</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            "<main>",
            "<h1>gradverify</h1>",
            *body,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _lines(text: str) -> str:
    return in_html(text).replace("\n", "<br>")


def _marked(outcome: Outcome, words: str) -> str:
    return f'<span class="{CLASSES[outcome]}">{MARKS[outcome]} {in_html(words)}</span>'


def _table(headings: Sequence[str], rows: Sequence[Sequence[tuple[str, str]]]) -> str:
    """A table that stacks its cells on a narrow screen; cells come as a class and HTML."""
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    lines = ['<table class="stacked">', f"<thead><tr>{head}</tr></thead>", "<tbody>"]
    for row in rows:
        cells = zip(headings, row, strict=True)
        made = "".join(f'<td class="{kind}" data-label="{label}">{cell}</td>' for label, (kind, cell) in cells)
        lines.append(f"<tr>{made}</tr>")
    return "\n".join([*lines, "</tbody>", "</table>"])


def _overview(reports: Sequence[Report]) -> Iterator[str]:
    rows = []
    for number, report in enumerate(reports, 1):
        link = f'<a href="#op-{number}">{in_html(report.name)}</a>'
        verdict = _marked(outcome_of(report.verdict), report.verdict.name)
        because = in_html(report.because)
        rows.append((("", link), ("outcome", verdict), ("", because), ("time", duration(report.seconds))))
    yield _table(("op", "verdict", "because", "time"), rows)


def _section(pictured: Pictured, number: int) -> Iterator[str]:
    report = pictured.report
    outcome = outcome_of(report.verdict)
    yield f'<section class="op" id="op-{number}">'
    yield f"<h2>{in_html(report.name)}</h2>"
    if report.title:
        yield f"<p>{_lines(report.title)}</p>"
    yield f'<p class="verdict {CLASSES[outcome]}"><b>{MARKS[outcome]} {report.verdict.name}</b>'
    yield f"<span>{in_html(report.because)}</span></p>"
    yield f'<p class="soft">{in_html(report.verdict.value)}</p>'
    yield from _findings(report)
    yield "<h3>Evidence</h3>"
    yield _table(("witness", "tried", "outcome", "time"), [_row(evidence) for evidence in report.evidence])
    if pictured.curve is not None:
        yield from _curve(pictured.curve)
    if pictured.derivation is not None:
        yield from derivation_section(pictured.derivation)
    yield from _request(report)
    yield "</section>"


def _row(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    outcome = _marked(evidence.outcome, evidence.outcome.value)
    if evidence.outcome is Outcome.HOLDS:
        outcome += f"<br>{in_html(evidence.strength.value.partition(',')[0])}"
    return (
        ("short", in_html(evidence.witness)),
        ("", _lines(evidence.tried)),
        ("", f"<span>{outcome}</span>"),
        ("time", duration(evidence.seconds)),
    )


def _findings(report: Report) -> Iterator[str]:
    findings = told(report)
    if findings.in_full:
        yield "<h3>What was found</h3>"
    for found in findings.in_full:
        agreeing = findings.agreeing if found is findings.main else ()
        yield from _finding(*found, agreeing, with_script=findings.with_script(found))


def _finding(evidence: Evidence, finding: Finding, agreeing: Sequence[Found], *, with_script: bool) -> Iterator[str]:
    """What is wrong, which entries, what it looks like, who agrees, how to reproduce it."""
    warning = is_warning(evidence, finding)
    outcome = Outcome.WARNING if warning else evidence.outcome
    yield '<article class="finding">'
    witness = _marked(outcome, f"{evidence.witness}, a warning" if warning else evidence.witness)
    yield f"<h4>{witness}: {_lines(finding.what)}</h4>"
    parts = [f"<dt>{label}</dt><dd>{_lines(value)}</dd>" for label, value in labelled(finding)]
    if parts:
        yield f"<dl>{''.join(parts)}</dl>"
    if finding.entries is not None:
        yield from heat_map(finding.entries)
    if finding.looks_like:
        yield f"<p>It looks like:</p><ul>{''.join(f'<li>{_lines(each)}</li>' for each in finding.looks_like)}</ul>"
    for other in agreeing:
        yield f'<p class="soft">{MARKS[other[0].outcome]} {_lines(agreement(other))}</p>'
    if finding.reproduce and with_script:
        yield "<details><summary>A script that reproduces it</summary>"
        yield f"<pre><code>{in_html(finding.reproduce)}</code></pre></details>"
    yield "</article>"


def _curve(curve: Curve) -> Iterator[str]:
    picture = as_svg(curve)
    if not picture:
        return
    yield "<h3>Finite differences</h3>"
    yield picture
    yield f"<p>{in_html(in_words(curve))}</p>"
    yield f'<p class="soft">At one case: {in_html(curve.case)}; the true slope is {in_html(curve.source)}.</p>'


def _request(report: Report) -> Iterator[str]:
    if report.location:
        yield f'<p class="soft">Code: <code>{in_html(report.location)}</code></p>'
    if report.request is not None and report.request.target:
        yield f'<p class="soft">Checked by <code>{in_html(_command(report.request))}</code></p>'


def _command(request: Request) -> str:
    words = ["gradverify", "check", request.target]
    words += [word for shape in request.shapes for word in ("--shape", shape)]
    words += [word for parameter in request.parameters for word in ("--param", parameter)]
    words += ["--seed", str(request.seed), *(["--strict"] if request.strict else [])]
    return shlex.join(words)


def _footer(report: Report) -> Iterator[str]:
    versions: Mapping[str, str] = {"gradverify": report.version, **report.versions}
    said = ", ".join(f"{name} {version}" for name, version in versions.items())
    yield f"<footer>Made by {in_html(said)}. Seed {report.seed}.</footer>"
