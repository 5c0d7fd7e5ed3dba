"""A report as plain dictionaries that any JSON library can write; `schema` counts the changes that break readers.

What they look like is said by `report/schema/report-2.json`, a JSON Schema that ships with the package.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from typing import Any

import numpy as np

from gradverify.cases.describe import literal
from gradverify.model import Case, Entries, Evidence, Finding, Report, Request
from gradverify.report.arrays import array_in_json

__all__ = ["SCHEMA", "as_dict", "as_document", "as_json", "json_schema", "worst_exit_code"]

SCHEMA = 2


def as_json(reports: Sequence[Report]) -> str:
    """One document for several reports, as strict JSON."""
    return json.dumps(as_document(reports), indent=2, allow_nan=False) + "\n"


def as_document(reports: Sequence[Report]) -> dict[str, Any]:
    """Several reports as one dictionary, with the exit code that they have together."""
    return {
        "schema": SCHEMA,
        "exit_code": worst_exit_code(reports),
        "reports": [as_dict(report) for report in reports],
    }


def worst_exit_code(reports: Sequence[Report]) -> int:
    """1 if one is REFUTED, else 3 if one is UNDECIDED or there is none, else 0."""
    codes = [report.verdict.exit_code for report in reports]
    return 1 if 1 in codes else max(codes, default=3)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `as_document`."""
    text = files("gradverify.report").joinpath("schema", f"report-{SCHEMA}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def as_dict(report: Report) -> dict[str, Any]:
    """The report with its enums by name, its verdict's promise and exit code; a number that is not finite is `None`."""
    return {
        "schema": SCHEMA,
        "name": report.name,
        "title": report.title,
        "location": report.location,
        "verdict": report.verdict.name,
        "promise": report.verdict.value,
        "because": report.because,
        "exit_code": report.verdict.exit_code,
        "evidence": [_evidence(evidence) for evidence in report.evidence],
        "seed": report.seed,
        "seconds": _number(report.seconds),
        "version": report.version,
        "versions": dict(report.versions),
        "request": None if report.request is None else _request(report.request),
    }


def _request(request: Request) -> dict[str, Any]:
    return {**asdict(request), "shapes": list(request.shapes), "parameters": list(request.parameters)}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "witness": evidence.witness,
        "outcome": evidence.outcome.value,
        "strength": evidence.strength.value,
        "tried": evidence.tried,
        "cases": evidence.cases,
        "refused": evidence.refused,
        "seconds": _number(evidence.seconds),
        "digest": evidence.digest,
        "findings": [_finding(finding) for finding in evidence.findings],
        "failing": None if evidence.failing is None else _case(evidence.failing),
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "inputs": [array_in_json(np.asarray(array)) for array in case.inputs],
        "parameters": {name: _python(value) for name, value in case.parameters.items()},
        "sizes": {name: int(size) for name, size in case.sizes.items()},
        "seed": int(case.seed),
        "layout": case.layout,
        "kind": case.kind,
    }


def _python(value: Any) -> str:
    """A parameter as Python text: an expression, or the name of a function."""
    if isinstance(value, np.ndarray):
        return literal(value) if value.dtype.kind in "fiub" else repr(value)
    if callable(value):
        module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        return f"{module or 'numpy'}.{name or getattr(value, '__name__', type(value).__name__)}"
    return repr(value)


def _finding(finding: Finding) -> dict[str, Any]:
    texts = ("what", "where", "got", "expected", "case", "note", "reproduce")
    return {
        **{name: getattr(finding, name) for name in texts},
        "rating": finding.rating.name.lower(),
        "looks_like": list(finding.looks_like),
        "entries": None if finding.entries is None else _entries(finding.entries),
    }


def _entries(entries: Entries) -> dict[str, Any]:
    return {
        "name": entries.name,
        "shape": [int(side) for side in entries.shape],
        "got": [_number(value) for value in entries.got],
        "expected": [_number(value) for value in entries.expected],
        "wrong": [bool(wrong) for wrong in entries.wrong],
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
