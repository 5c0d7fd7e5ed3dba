"""The report as JUnit XML."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from report_samples import FULL, GREEN, NASTY, PASTE, RED, SILENT, nasty

from gradverify.model import Outcome, Verdict
from gradverify.report.escape import printable
from gradverify.report.junit import as_junit


def parsed(*reports):
    return ET.fromstring(as_junit(reports).encode())


def counts(element) -> tuple[int, ...]:
    return tuple(int(element.attrib[name]) for name in ("tests", "failures", "errors", "skipped"))


@pytest.mark.parametrize("reports", [(), (GREEN,), (RED, GREEN), (FULL, SILENT, GREEN), (nasty(),)])
def test_the_counts_are_those_of_the_elements(reports):
    root = parsed(*reports)
    assert root.tag == "testsuites"
    assert len(root) == len(reports)
    for suite in [*root, root]:
        cases = list(suite.iter("testcase"))
        found = [len([case for case in cases if case.find(tag) is not None]) for tag in ("failure", "error", "skipped")]
        assert counts(suite) == (len(cases), *found)
        for case in cases:
            assert len([child for child in case if child.tag in ("failure", "error", "skipped")]) <= 1
            assert float(case.attrib["time"]) >= 0


def test_an_op_is_a_suite_and_a_witness_a_test():
    (suite,) = parsed(FULL)
    assert suite.attrib["name"] == "Everything"
    assert suite.attrib["file"] == "ops.py"
    names = [case.attrib["name"] for case in suite.iter("testcase")]
    assert names == ["exact", "difference", "conduct", "accuracy", "kinks", "exact"]
    assert {case.attrib["classname"] for case in suite.iter("testcase")} == {"Everything"}
    properties = {each.attrib["name"]: each.attrib["value"] for each in suite.iter("property")}
    assert properties["verdict"] == "REFUTED"
    assert properties["seed"] == "3"
    assert properties["numpy"] == "2.4.6"
    assert counts(suite) == (6, 3, 0, 2)


def test_a_failure_has_the_finding_s_text():
    failure = next(parsed(FULL).iter("failure"))
    assert failure.attrib == {"message": "the code is not the true VJP", "type": "REFUTED"}
    assert failure.text is not None
    assert "ratio     got is -1 times what is expected" in failure.text
    assert "      1  . # ." in failure.text
    assert failure.text.endswith(PASTE.rstrip("\n"))


def test_a_warning_passes_and_is_shown():
    case = next(case for case in parsed(FULL).iter("testcase") if case.attrib["name"] == "accuracy")
    said = case.findtext("system-out")
    assert case.find("failure") is None
    assert said is not None
    assert "! accuracy, a warning: an underflow to 0" in said


def test_what_decided_nothing_is_skipped():
    skipped = [each.attrib["message"] for each in parsed(FULL).iter("skipped")]
    assert skipped == ["undecided: no kink was met", "not applicable: arrays of a framework"]


def test_undecided_is_never_green():
    root = parsed(SILENT, replace(SILENT, evidence=()))
    assert root.attrib["errors"] == "2"
    for error in root.iter("error"):
        assert error.attrib == {"message": "no case was drawn", "type": "UNDECIDED"}
    assert parsed(GREEN).attrib["errors"] == "0"


def test_a_refuted_witness_without_findings_is_a_failure_all_the_same():
    bare = replace(RED, evidence=(replace(RED.evidence[1], findings=()),))
    assert parsed(bare).attrib["failures"] == "1"


def test_times_are_numbers():
    odd = replace(GREEN, seconds=math.nan, evidence=(replace(GREEN.evidence[0], seconds=math.inf),))
    assert 'time="nan"' not in as_junit([odd])
    assert parsed(odd)[0].attrib["time"] == "0.000"


def test_every_verdict_can_be_written():
    for verdict in Verdict:
        for outcome in Outcome:
            evidence = (replace(GREEN.evidence[0], outcome=outcome),)
            assert parsed(replace(GREEN, verdict=verdict, evidence=evidence)).tag == "testsuites"


def test_everything_is_escaped():
    root = parsed(nasty())
    assert root[0].attrib["name"] == printable(NASTY)
    failure = next(root.iter("failure"))
    assert failure.attrib["message"] == printable(NASTY)
    assert "<script>" not in as_junit([nasty()])
