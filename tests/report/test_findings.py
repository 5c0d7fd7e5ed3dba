"""Which finding is told in full, and which ones agree with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_samples import BREACH, EXACTLY, FULL, GREEN, MISSING_TERM, RED

from gradverify.model import Evidence, Finding, Outcome, Rating, Report, Strength, Verdict
from gradverify.report.findings import agreement, ratio, told


def refuted(witness: str, *findings: Finding) -> Evidence:
    return Evidence(witness, Outcome.REFUTED, Strength.FLOAT, "tried", findings)


def report(*evidence: Evidence) -> Report:
    return replace(RED, evidence=evidence)


def on(gradient: str, what: str = "wrong") -> Finding:
    return Finding(what, f"gradient of {gradient}, entry [0]", "1", "2")


@pytest.mark.parametrize(
    ("witnesses", "first"),
    [
        (("difference", "exact"), "exact"),
        (("difference", "closed form", "kinks"), "closed form"),
        (("conduct", "difference", "kinks"), "kinks"),
        (("accuracy", "conduct"), "conduct"),
        (("closed form", "proof"), "proof"),
        (("another", "accuracy"), "accuracy"),
    ],
)
def test_the_main_finding_is_the_strongest_witness_s(witnesses, first):
    findings = told(report(*(refuted(witness, on(witness)) for witness in witnesses)))
    assert findings.main is not None
    assert findings.main[0].witness == first


def test_the_same_gradient_s_values_agree_and_nothing_else():
    found = told(
        report(
            refuted("exact", on("x")),
            refuted("difference", on("x")),
            refuted("closed form", on("w")),
            refuted("accuracy", on("x")),
            refuted("conduct", BREACH),
        )
    )
    assert [each[0].witness for each in found.agreeing] == ["difference"]
    assert [each[0].witness for each in found.others] == ["closed form", "accuracy", "conduct"]


def test_shapes_and_exceptions_agree_and_the_one_that_says_where_is_told():
    bare = Finding("a gradient is missing or has the wrong shape", case="x float64 (2, 1)")
    shape = Finding("a gradient has the wrong shape", "gradient of x", "(2, 2)", "(2, 1)")
    found = told(report(refuted("exact", bare), refuted("difference", shape), refuted("conduct", shape, BREACH)))
    assert found.main is not None
    assert found.main[0].witness == "difference"
    assert [agreement(each) for each in found.agreeing] == [
        "exact agrees: a gradient is missing or has the wrong shape",
        "conduct agrees: gradient of x is (2, 2), expected (2, 1)",
    ]
    raises = Finding("backward raises KeyError", "backward")
    found = told(report(refuted("difference", raises), refuted("conduct", replace(raises, case="another"))))
    assert len(found.agreeing) == 1
    other = replace(raises, what="backward raises TypeError")
    assert told(report(refuted("difference", raises), refuted("conduct", other))).agreeing == ()


def test_a_witness_does_not_agree_with_itself():
    found = told(report(refuted("difference", on("x"), on("x", "another"))))
    assert found.agreeing == ()
    assert len(found.in_full) == 2


def test_a_warning_is_never_the_main_finding_and_agrees_with_nobody():
    warning = replace(on("x"), rating=Rating.WARNING)
    found = told(report(refuted("exact", warning), refuted("difference", on("x"))))
    assert found.main is not None
    assert found.main[0].witness == "difference"
    assert [each[0].witness for each in found.others] == ["exact"]


def test_only_a_refutation_has_a_main_finding():
    green = replace(report(replace(refuted("accuracy", on("x")), outcome=Outcome.WARNING)), verdict=Verdict.EXACT)
    assert told(green).main is None
    assert len(told(green).in_full) == 1
    assert told(GREEN).in_full == ()


def test_scripts_are_few():
    many = told(FULL)
    assert [many.with_script(each) for each in many.in_full] == [True, False, False, False]


@pytest.mark.parametrize(
    ("got", "expected", "said"),
    [
        ("2", "4", "got is 1/2 times what is expected"),
        ("-65/128 = -0.5078125", "65/128 = 0.5078125", "got is -1 times what is expected"),
        ("477/448 = 1.0647", "1/56 = 0.01785", "got is 477/8 times what is expected"),
        ("0.3333333333", "0.1250000000 ± 3e-10", "got is about 2.667 times what is expected"),
        ("−1.5", "3.0", "got is about -0.5 times what is expected"),
        ("1e300", "1e-300", "got is more than 1e308 times what is expected"),
        ("-1e300", "1e-300", "got is less than -1e308 times what is expected"),
        ("2", "0", ""),
        ("0", "2", ""),
        ("2", "0 ± 1e-13", ""),
        ("2", "1e-14 ± 1e-13", ""),
        ("0.1", "0.1 ± 1e-13", ""),
        ("nan", "2", ""),
        ("2", "inf", ""),
        ("1", "2: one for each of x, y", ""),
        ("(2, 2)", "(2, 1), the shape of x", ""),
        ("1.2.3", "2", ""),
        ("1/0", "2", ""),
        ("", "", ""),
    ],
)
def test_the_ratio_in_words(got, expected, said):
    assert ratio(Finding("wrong", "gradient of x, entry [0]", got, expected)) == said


def test_the_ratio_is_of_entries_only():
    assert ratio(Finding("wrong number of gradients", "Op", "1", "2")) == ""


def test_agreement_rounds_unless_that_hides_the_difference():
    line = agreement((refuted("difference"), MISSING_TERM))
    assert line == "difference agrees: gradient of x, entry [2, 1] is 0.333, expected 0.125 ± 3e-10"
    near = replace(EXACTLY, got="1.0000001", expected="1.0000002")
    assert agreement((refuted("exact"), near)).endswith("is 1.0000001, expected 1.0000002")
    fraction = replace(EXACTLY, got="-65/128 = -0.5078125", expected="0")
    assert agreement((refuted("exact"), fraction)).endswith("is -0.508, expected 0")
