"""Reads back what a JSON report recorded of each check: what was asked for, the verdict, and the hashes of its cases.

Takes text from outside and believes none of it: whatever does not fit is a `UsageError` that says where.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from gradverify.errors import UsageError
from gradverify.model import Request
from gradverify.report.to_json import SCHEMA

__all__ = ["Drawn", "Recorded", "read_reports"]

T = TypeVar("T")


@dataclass(frozen=True)
class Drawn:
    """The cases of one witness: their number and their hash, empty where none was recorded."""

    cases: int
    digest: str


@dataclass(frozen=True)
class Recorded:
    """One report as far as a replay needs it."""

    name: str
    verdict: str
    request: Request
    drawn: Mapping[str, Drawn]
    version: str
    versions: Mapping[str, str]


def read_reports(text: str) -> tuple[Recorded, ...]:
    """The reports in a document of `gradverify check --json`, or the one that stands alone.

    Raises `UsageError` where the text is no such document, is of another schema, or has no report.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"it is not JSON: {str(error).splitlines()[0]}") from None
    if not isinstance(document, dict) or "schema" not in document:
        raise UsageError("it is no report of gradverify: expected what `gradverify check --json` prints")
    _check_schema(document["schema"])
    reports = _get(document, "reports", list, "") if "reports" in document else [document]
    if not reports:
        raise UsageError("it holds no report")
    return tuple(_recorded(report, f"reports[{place}]") for place, report in enumerate(reports))


def _check_schema(schema: object) -> None:
    if schema == SCHEMA and isinstance(schema, int):
        return
    if isinstance(schema, int) and 1 <= schema < SCHEMA:
        raise UsageError(
            f"it has schema {schema}, which does not say what was asked for; check again to write a new one"
        )
    raise UsageError(f"it has schema {schema!r}, and this gradverify reads schema {SCHEMA}")


def _recorded(report: object, where: str) -> Recorded:
    written = _typed(report, dict, where)
    name = _get(written, "name", str, where)
    evidence = _get(written, "evidence", list, where)
    drawn = [_drawn(each, f"{where}.evidence[{place}]") for place, each in enumerate(evidence)]
    if written.get("request") is None:
        raise UsageError(f"{where}, {name!r}, does not say what was asked for, so it cannot be checked again")
    return Recorded(
        name=name,
        verdict=_get(written, "verdict", str, where),
        request=_request(_get(written, "request", dict, where), f"{where}.request", name),
        drawn=dict(drawn),
        version=_get(written, "version", str, where),
        versions=_texts_by_name(_get(written, "versions", dict, where), f"{where}.versions"),
    )


def _drawn(evidence: object, where: str) -> tuple[str, Drawn]:
    written = _typed(evidence, dict, where)
    return _get(written, "witness", str, where), Drawn(
        _get(written, "cases", int, where), _get(written, "digest", str, where)
    )


def _request(written: Mapping[str, Any], where: str, name: str) -> Request:
    target = _get(written, "target", str, where)
    if not target:
        raise UsageError(f"{name!r} was given as an object, not as a name or FILE.py:CLASS: it cannot be found again")
    seed = _get(written, "seed", int, where)
    if seed < 0:
        raise UsageError(f"{where}.seed is {seed}, and a seed is a whole number from 0 on")
    return Request(
        target=target,
        shapes=_texts(_get(written, "shapes", list, where), f"{where}.shapes"),
        parameters=_texts(_get(written, "parameters", list, where), f"{where}.parameters"),
        seed=seed,
        strict=_get(written, "strict", bool, where),
    )


def _texts(values: list[Any], where: str) -> tuple[str, ...]:
    return tuple(_typed(value, str, f"{where}[{place}]") for place, value in enumerate(values))


def _texts_by_name(values: Mapping[str, Any], where: str) -> dict[str, str]:
    return {name: _typed(value, str, f"{where}.{name}") for name, value in values.items()}


def _get(written: Mapping[str, Any], key: str, kind: type[T], where: str) -> T:
    place = f"{where}.{key}" if where else key
    if key not in written:
        raise UsageError(f"it is no report of gradverify: {place} is missing")
    return _typed(written[key], kind, place)


def _typed(value: object, kind: type[T], where: str) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        words = {dict: "an object", list: "an array", str: "a text", int: "a whole number", bool: "true or false"}
        raise UsageError(f"it is no report of gradverify: {where} is not {words[kind]}")
    return value
