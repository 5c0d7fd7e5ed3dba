"""Reports as JUnit XML: an op is a suite, a witness a test; an op that is UNDECIDED has an error, so that CI is not green."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from gradverify.model import Evidence, Outcome, Report, Verdict
from gradverify.report.escape import in_xml, in_xml_attribute
from gradverify.report.terminal import finding_text

__all__ = ["as_junit"]


def as_junit(reports: Sequence[Report]) -> str:
    """The document. A refuted witness is a failure; one that decided nothing is skipped, as the others decide."""
    suites = [_suite(report) for report in reports]
    total = sum((counts for counts, _ in suites), Counter[str]())
    seconds = sum(_finite(report.seconds) for report in reports)
    head = f'<testsuites name="gradverify"{_counted(total)} time="{seconds:.3f}">'
    return "\n".join(
        ['<?xml version="1.0" encoding="utf-8"?>', head, *(text for _, text in suites), "</testsuites>", ""]
    )


def _suite(report: Report) -> tuple[Counter[str], str]:
    cases = [_case(report, evidence) for evidence in report.evidence]
    if report.verdict is Verdict.UNDECIDED:
        cases.append(("errors", _undecided(report)))
    counts = Counter(kind for kind, _ in cases)
    counts["tests"] = len(cases)
    file, _, line = report.location.rpartition(":")
    place = f' file="{in_xml_attribute(file)}"' if file and line.isdigit() else ""
    lines = [
        f'  <testsuite name="{in_xml_attribute(report.name)}"{_counted(counts)} time="{_finite(report.seconds):.3f}"{place}>',
        "    <properties>",
        *(
            f'      <property name="{in_xml_attribute(name)}" value="{in_xml_attribute(value)}"/>'
            for name, value in _properties(report)
        ),
        "    </properties>",
        *(text for _, text in cases),
        "  </testsuite>",
    ]
    return counts, "\n".join(lines)


def _properties(report: Report) -> Iterator[tuple[str, str]]:
    yield "verdict", report.verdict.name
    yield "because", report.because
    yield "seed", str(report.seed)
    yield "gradverify", report.version
    yield from report.versions.items()


def _counted(counts: Counter[str]) -> str:
    return "".join(f' {name}="{counts[name]}"' for name in ("tests", "failures", "errors", "skipped"))


def _case(report: Report, evidence: Evidence) -> tuple[str, str]:
    """What kind of ending the test has, and its XML."""
    findings = "\n\n".join(finding_text(evidence, finding) for finding in evidence.findings)
    reach = f" {evidence.strength.value}" if evidence.outcome is Outcome.HOLDS else ""
    said = f"{evidence.outcome.value}{reach}\n{evidence.tried}"
    if evidence.outcome is Outcome.REFUTED:
        what = evidence.findings[0].what if evidence.findings else "refuted"
        body = _element("failure", what, "REFUTED", findings or evidence.tried)
        return "failures", _test(report, evidence.witness, evidence.seconds, body)
    if evidence.outcome in (Outcome.UNDECIDED, Outcome.NOT_APPLICABLE):
        message = in_xml_attribute(f"{evidence.outcome.value}: {evidence.tried}")
        return "skipped", _test(report, evidence.witness, evidence.seconds, f'      <skipped message="{message}"/>\n')
    told = in_xml("\n\n".join(part for part in (said, findings) if part))
    return "passed", _test(report, evidence.witness, evidence.seconds, f"      <system-out>{told}</system-out>\n")


def _undecided(report: Report) -> str:
    body = _element("error", report.because, "UNDECIDED", f"{report.verdict.value}\n{report.because}")
    return _test(report, "verdict", 0.0, body)


def _element(tag: str, message: str, kind: str, text: str) -> str:
    return f'      <{tag} message="{in_xml_attribute(message)}" type="{kind}">{in_xml(text)}</{tag}>\n'


def _test(report: Report, name: str, seconds: float, body: str) -> str:
    named = f'classname="{in_xml_attribute(report.name)}" name="{in_xml_attribute(name)}"'
    head = f'    <testcase {named} time="{_finite(seconds):.3f}">'
    return f"{head}\n{body}    </testcase>"


def _finite(seconds: float) -> float:
    return seconds if math.isfinite(seconds) else 0.0
