"""The report as SARIF."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from report_samples import FULL, GREEN, RED, SILENT, UNDERFLOW, WRONG, nasty

from gradverify.model import Evidence, Finding, Outcome, Strength, Verdict
from gradverify.report.sarif import as_sarif


def run_of(*reports):
    """The one run, after the parts that SARIF 2.1.0 requires of it have been looked at."""
    log = json.loads(as_sarif(reports))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "gradverify"
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        for location in result.get("locations", []):
            physical = location["physicalLocation"]
            assert physical["region"]["startLine"] >= 1
            base = physical["artifactLocation"].get("uriBaseId")
            assert base is None or base in run["originalUriBaseIds"]
    return run


@pytest.mark.parametrize("reports", [(), (GREEN,), (RED, FULL, SILENT), (nasty(),)])
def test_the_structure(reports):
    run_of(*reports)


def test_one_result_for_the_refutation_and_one_for_each_warning():
    results = run_of(FULL)["results"]
    assert [(each["ruleId"], each["level"]) for each in results] == [
        ("exact", "error"),
        ("conduct", "warning"),
        ("accuracy", "warning"),
    ]
    text = results[0]["message"]["text"]
    assert text.startswith("Everything is REFUTED: the code is not the true VJP (gradient of x, entry [1, 1])\n")
    assert "it looks like" in text
    assert "import numpy" not in text


def test_green_has_no_result_and_a_green_warning_has_one():
    assert run_of(GREEN)["results"] == []
    warned = replace(WRONG, witness="accuracy", outcome=Outcome.WARNING, findings=(UNDERFLOW,))
    (result,) = run_of(replace(GREEN, evidence=(warned,)))["results"]
    assert (result["ruleId"], result["level"]) == ("accuracy", "warning")


def test_undecided_is_a_result():
    (result,) = run_of(SILENT)["results"]
    assert (result["ruleId"], result["level"]) == ("undecided", "warning")
    assert result["message"]["text"] == "silent is UNDECIDED: no case was drawn"


def artifact(report):
    (location,) = run_of(report)["results"][0]["locations"]
    return location["physicalLocation"]


def test_paths_are_relative_to_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for location in ("my ops/ö.py:12", f"{tmp_path}/my ops/ö.py:12"):
        assert artifact(replace(FULL, location=location)) == {
            "artifactLocation": {"uri": "my%20ops/%C3%B6.py", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 12},
        }
    outside = Path(tmp_path).parent / "ops.py"
    assert artifact(replace(FULL, location=f"{outside}:1"))["artifactLocation"] == {"uri": outside.as_uri()}


@pytest.mark.parametrize("location", ["", "ops.py", "ops.py:", ":3", "ops.py:0", "ops.py:x"])
def test_no_place_is_no_location(location):
    assert "locations" not in run_of(replace(FULL, location=location))["results"][0]


def test_a_wrong_line_of_a_derivation_is_where_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    step = Finding("a step is wrong", "gradient of x, line 3 (quotient rule), derivations/mine.py:41")
    evidence = Evidence("proof", Outcome.REFUTED, Strength.ALL_SIZES, "8 steps", (step,))
    report = replace(FULL, verdict=Verdict.REFUTED, evidence=(evidence,))
    assert artifact(report)["artifactLocation"]["uri"] == "derivations/mine.py"
    assert artifact(report)["region"] == {"startLine": 41}


def test_a_fingerprint_outlives_the_place_and_tells_ops_apart():
    def fingerprint(report):
        return run_of(report)["results"][0]["partialFingerprints"]["gradverify/v1"]

    assert fingerprint(FULL) == fingerprint(replace(FULL, location="ops.py:99", seed=9))
    assert fingerprint(FULL) != fingerprint(replace(FULL, name="Other"))
