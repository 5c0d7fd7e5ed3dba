from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from report_samples import GREEN, PASTE, RED

from gradverify.model import Verdict
from gradverify.report.to_json import as_dict


def test_a_report_as_a_dictionary():
    assert as_dict(replace(GREEN, evidence=GREEN.evidence[:1])) == {
        "schema": 1,
        "name": "normalize",
        "title": "divide every row of a matrix by its sum",
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
                "findings": [],
            }
        ],
        "seed": 0,
        "seconds": 1.7,
        "version": "0.1.0",
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
