"""Reports as SARIF 2.1.0, for code scanning: a result for every op that is refuted or undecided, and for every warning."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gradverify.model import Evidence, Finding, Outcome, Report, Verdict
from gradverify.report.escape import printable
from gradverify.report.findings import is_warning, told
from gradverify.report.terminal import finding_text, findings_text

__all__ = ["as_sarif"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

ROOT = "%SRCROOT%"

RULES = {
    "proof": "A line of a derivation does not equal the line before it.",
    "exact": "The code is not the true vector-Jacobian product, by exact arithmetic.",
    "closed form": "The code differs from the closed form that the derivation ends in.",
    "kinks": "At a point without a derivative, the gradient is no valid subgradient.",
    "difference": "The code differs from finite differences of its own forward.",
    "conduct": "A backward breaks a promise, such as leaving its inputs alone.",
    "accuracy": "The code loses accuracy in floating point.",
}
"""What a result of each witness means; a witness that is not listed gets a rule of its name."""


def as_sarif(reports: Sequence[Report]) -> str:
    """The log as JSON. Paths are relative to the working folder where they lie in it."""
    results = [result for report in reports for result in _results(report)]
    rules = list(dict.fromkeys([*map(_slug, RULES), "undecided", *(result["ruleId"] for result in results)]))
    for result in results:
        result["ruleIndex"] = rules.index(result["ruleId"])
    described = {_slug(witness): text for witness, text in RULES.items()}
    described["undecided"] = "Nothing effective could be checked, or a limit ran out."
    driver = {
        "name": "gradverify",
        "version": reports[0].version if reports else "",
        "rules": [{"id": rule, "shortDescription": {"text": described.get(rule, rule)}} for rule in rules],
    }
    if not reports:
        del driver["version"]  # SARIF wants no empty text
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "the folder in which gradverify was run"}}},
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, allow_nan=False) + "\n"


def _slug(witness: str) -> str:
    return witness.replace(" ", "-")


def _results(report: Report) -> Iterator[dict[str, Any]]:
    findings = told(report)
    if report.verdict is Verdict.REFUTED:
        refuted = [each for each in report.evidence if each.outcome is Outcome.REFUTED]
        evidence = findings.main[0] if findings.main else refuted[0] if refuted else None
        finding = findings.main[1] if findings.main else None
        what = finding.what if finding else report.because
        where = f" ({finding.where})" if finding and finding.where else ""
        said = f"{report.name} is REFUTED: {what}{where}\n\n{findings_text(report, scripts=False)}"
        yield _result(report, _slug(evidence.witness) if evidence else "undecided", "error", said, finding)
    elif report.verdict is Verdict.UNDECIDED:
        yield _result(report, "undecided", "warning", f"{report.name} is UNDECIDED: {report.because}", None)
    for evidence, finding in findings.in_full:
        if is_warning(evidence, finding):
            yield _warning(report, evidence, finding)


def _warning(report: Report, evidence: Evidence, finding: Finding) -> dict[str, Any]:
    said = f"{report.name}: {finding.what}\n\n{finding_text(evidence, finding, script=False)}"
    return _result(report, _slug(evidence.witness), "warning", said, finding)


def _result(report: Report, rule: str, level: str, message: str, finding: Finding | None) -> dict[str, Any]:
    what = "" if finding is None else finding.what
    key = "\n".join((report.name, rule, what))
    result: dict[str, Any] = {
        "ruleId": rule,
        "level": level,
        "message": {"text": printable(message).rstrip()},
        "partialFingerprints": {"gradverify/v1": hashlib.sha256(key.encode(errors="replace")).hexdigest()},
    }
    # A wrong line of a derivation is where its finding says, not where the op's code is.
    step = re.search(r"\S+\.py:\d+$", finding.where) if finding is not None and rule == "proof" else None
    location = _location(step[0] if step else report.location)
    if location is not None:
        result["locations"] = [location]
    return result


def _location(text: str) -> dict[str, Any] | None:
    """FILE:LINE as a physical location; None where it is none."""
    file, _, line = text.rpartition(":")
    if not file or not line.isdigit() or not int(line):
        return None
    try:
        os.fsencode(file)
    except UnicodeEncodeError:  # no file has such a name
        return None
    path, here = Path(os.path.abspath(file)), Path.cwd()
    if path.is_relative_to(here):
        artifact = {"uri": quote(os.fsencode(path.relative_to(here).as_posix())), "uriBaseId": ROOT}
    else:
        artifact = {"uri": path.as_uri()}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": int(line)}}}
