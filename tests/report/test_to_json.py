"""The report as JSON, against its schema."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from report_samples import FAILING, FULL, GREEN, PASTE, RED, SILENT, nasty

from gradverify.model import Verdict
from gradverify.report.arrays import array_from
from gradverify.report.to_json import as_dict, as_document, as_json, json_schema, worst_exit_code


def strict(text: str):
    """Parse JSON as a parser does that knows no NaN."""

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_the_schema_is_one():
    Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("reports", [[], [GREEN], [RED, GREEN], [FULL], [SILENT], [nasty()]])
def test_every_document_follows_the_schema(reports):
    Draft202012Validator(json_schema()).validate(strict(as_json(reports)))


@pytest.mark.parametrize(
    "path",
    [
        ("reports", 0, "verdict"),
        ("reports", 0, "request", "seed"),
        ("reports", 0, "evidence", 0, "digest"),
        ("reports", 0, "evidence", 0, "failing", "inputs", 0, "dtype"),
        ("reports", 0, "evidence", 0, "findings", 0, "rating"),
        ("reports", 0, "evidence", 0, "findings", 0, "entries", "wrong"),
    ],
)
def test_the_schema_notices_what_is_missing_or_wrong(path):
    *way, last = path
    for change in ("missing", "wrong"):
        document = strict(as_json([FULL]))
        place = document
        for key in way:
            place = place[key]
        if change == "missing":
            del place[last]
        else:
            place[last] = {"no": "such thing"}
        assert not Draft202012Validator(json_schema()).is_valid(document), change


def test_the_failing_case_comes_back_bit_by_bit():
    written = strict(as_json([FULL]))["reports"][0]["evidence"][0]["failing"]
    for array, back in zip(FAILING.inputs, map(array_from, written["inputs"]), strict=True):
        assert back.dtype == array.dtype
        assert np.array_equal(back, array, equal_nan=True)
        assert back.tobytes() == array.tobytes()
    assert written["parameters"] == {
        "axis": "(0, 1)",
        "mode": "'same'",
        "index": "np.array([1, 2])",
        "function": "numpy.tanh",
    }
    assert (written["seed"], written["layout"], written["kind"]) == (2**80, "Fortran", "zeros")
    assert written["sizes"] == {"m": 2}


def test_what_was_asked_for_and_the_versions_are_recorded():
    written = as_dict(FULL)
    assert written["request"] == {
        "target": "ops.py:Everything",
        "shapes": ["mxn"],
        "parameters": ["axis=(0, 1)"],
        "seed": 3,
        "strict": True,
    }
    assert written["versions"]["numpy"] == "2.4.6"
    assert written["location"] == "ops.py:12"
    assert written["evidence"][0]["digest"] == "ab12"


def test_entries_that_are_not_finite_are_null():
    entries = as_dict(FULL)["evidence"][0]["findings"][0]["entries"]
    assert entries["got"] == [1.0, 2.0, None, 4.0, -5.0, 6.0]
    assert entries["wrong"] == [False, True, True, False, True, False]


@pytest.mark.parametrize(
    ("reports", "code"), [([], 3), ([GREEN], 0), ([GREEN, SILENT], 3), ([SILENT, RED], 1), ([RED, GREEN], 1)]
)
def test_the_worst_exit_code(reports, code):
    assert worst_exit_code(reports) == as_document(reports)["exit_code"] == code


def test_a_report_as_a_dictionary():
    assert as_dict(replace(GREEN, evidence=GREEN.evidence[:1])) == {
        "schema": 2,
        "name": "normalize",
        "title": "divide every row of a matrix by its sum",
        "location": "",
        "verdict": "AGREES",
        "promise": "only floats could be compared: the code is within the error model at every case tried",
        "because": "the derivation is proved for all sizes; the code was compared in floats (closed form, difference)",
        "exit_code": 0,
        "evidence": [
            {
                "witness": "proof",
                "outcome": "holds",
                "strength": "for all sizes",
                "tried": "8 steps, each equal for all sizes m, n\ndomain: no row sums to 0",
                "cases": 0,
                "refused": 0,
                "seconds": 0.012,
                "digest": "",
                "findings": [],
                "failing": None,
            }
        ],
        "seed": 0,
        "seconds": 1.7,
        "version": "0.1.0",
        "versions": {},
        "request": None,
    }


def test_findings_are_whole():
    finding = as_dict(RED)["evidence"][1]["findings"][0]
    plain = ["what", "where", "got", "expected", "case", "note", "reproduce"]
    assert list(finding) == [*plain, "rating", "looks_like", "entries"]
    assert finding["reproduce"] == PASTE


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_it_is_json_whatever_the_numbers_are(value):
    written = as_dict(replace(RED, seconds=value, evidence=(replace(RED.evidence[0], seconds=value),)))
    assert written["seconds"] is None
    assert written["evidence"][0]["seconds"] is None
    assert json.loads(json.dumps(written, allow_nan=False)) == written


@pytest.mark.parametrize(("verdict", "code"), [(Verdict.PROVED, 0), (Verdict.REFUTED, 1), (Verdict.UNDECIDED, 3)])
def test_the_exit_code_belongs_to_the_verdict(verdict, code):
    assert as_dict(replace(GREEN, verdict=verdict))["exit_code"] == code


def test_every_key_is_documented():
    text = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    for kind, described in json_schema()["$defs"].items():
        for key in described.get("properties", {}):
            assert f"`{key}`" in text, f"{kind}.{key}"
