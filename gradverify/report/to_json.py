"""A report as plain dictionaries that any JSON library can write; `schema` counts the changes that break readers."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

from gradverify.model import Entries, Evidence, Finding, Report

__all__ = ["SCHEMA", "as_dict"]

SCHEMA = 1


def as_dict(report: Report) -> dict[str, Any]:
    """The report with its enums by name, its verdict's promise and exit code; a number that is not finite is `None`."""
    return {
        "schema": SCHEMA,
        "name": report.name,
        "title": report.title,
        "verdict": report.verdict.name,
        "promise": report.verdict.value,
        "because": report.because,
        "exit_code": report.verdict.exit_code,
        "evidence": [_evidence(evidence) for evidence in report.evidence],
        "seed": report.seed,
        "seconds": _number(report.seconds),
        "version": report.version,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "witness": evidence.witness,
        "outcome": evidence.outcome.value,
        "strength": evidence.strength.value,
        "tried": evidence.tried,
        "cases": evidence.cases,
        "refused": evidence.refused,
        "seconds": _number(evidence.seconds),
        "findings": [_finding(finding) for finding in evidence.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    written = {part.name: getattr(finding, part.name) for part in fields(finding)}
    written["rating"] = finding.rating.name.lower()
    written["looks_like"] = list(finding.looks_like)
    written["entries"] = None if finding.entries is None else _entries(finding.entries)
    return written


def _entries(entries: Entries) -> dict[str, Any]:
    return {
        "name": entries.name,
        "shape": list(entries.shape),
        "got": [_number(value) for value in entries.got],
        "expected": [_number(value) for value in entries.expected],
        "wrong": list(entries.wrong),
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
