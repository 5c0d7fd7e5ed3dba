"""The sentences get into the findings: of the first refutation of values, and of every breach of conduct."""

from dataclasses import replace

import numpy as np
import pytest

from gradverify import Outcome, Verdict, check
from gradverify.diagnosis import diagnose
from gradverify.diagnosis.conducted import conducted
from gradverify.model import Evidence, Finding, Strength
from gradverify.witnesses.exact import exact


def evidence(witness, strength, *findings, outcome=Outcome.REFUTED):
    return Evidence(witness, outcome, strength, "", findings)


def test_the_first_refutation_of_values_says_what_it_looks_like(op, space):
    made = op(lambda x: x * x, lambda g, x: g * x)
    drawn = space(("m", "n"))
    holds = evidence("conduct", Strength.CONDUCT, outcome=Outcome.HOLDS)
    refuted = evidence("difference", Strength.FLOAT, Finding("a gradient differs"), Finding("another"))
    first, second, third = diagnose(made, drawn, [holds, refuted, refuted])
    assert first == holds
    assert second.findings[0].looks_like == ("the gradient of x is 1/2 times the true one: a factor of 2 is missing",)
    assert second.findings[1].looks_like == ()
    assert third == refuted


def test_nothing_is_diagnosed_where_nothing_is_refuted(op, space):
    def never(*_):
        raise AssertionError("the op was run")

    made = replace(op(lambda x: x, lambda g, x: g), forward=never)
    holds = evidence("exact", Strength.EXACT, outcome=Outcome.HOLDS)
    proof = evidence("proof", Strength.ALL_SIZES, Finding("a step does not hold"))
    assert diagnose(made, space(("m",)), [proof, holds]) == (proof, holds)


def test_the_exact_witness_keeps_the_case_it_refuted(op, space):
    made = op(lambda x: x * x, lambda g, x: g * x)
    found = exact(made, space(("m", "n")), seed=0, examples=5)
    assert found.failing is not None
    assert found.failing.inputs[0].ndim == 2
    entries = found.findings[0].entries
    assert entries is not None
    assert np.allclose(2 * np.array(entries.got), entries.expected)


CHANGES = "backward changes an array that is not its own"
CONDUCT = [
    (Finding(CHANGES, "cotangent 0"), "writes into the cotangent in place"),
    (Finding(CHANGES, "context['sig']"), "a saved value is overwritten (context['sig'])"),
    (Finding(CHANGES, "output 0"), "writes into the array that forward returned"),
    (Finding(CHANGES, "input x"), "writes into input x in place"),
    (Finding("another forward call in between changes the gradient", "gradient of x"), "keeps state between calls"),
    (Finding("a second call of backward gives another gradient"), "changes what it saved"),
    (Finding("a gradient has another dtype than its input", "", "float32", "float64"), "returns float32 where"),
    (Finding("a gradient shares memory with an array that is not its own"), "returns memory that is not its own"),
    (Finding("backward is wrong for cotangents in Fortran order"), "depends on the memory layout"),
    (Finding("backward is not linear in the cotangent: doubled"), "the cotangent does not enter as one factor"),
]


@pytest.mark.parametrize(("finding", "beginning"), CONDUCT)
def test_breaches_of_conduct_say_what_they_look_like(finding, beginning, op, space):
    (said,) = conducted(finding)
    assert said.startswith(beginning)
    made = op(lambda x: x, lambda g, x: g)
    (found,) = diagnose(made, space(("m",)), [evidence("conduct", Strength.CONDUCT, finding)])
    assert found.findings[0].looks_like == (said,)


def test_an_unknown_breach_gets_no_sentence():
    assert conducted(Finding("something quite new")) == ()


class Halved:
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x * x

    @staticmethod
    def backward(context, y_bar):
        return y_bar * context["x"]


def test_the_whole_check_gives_a_diagnosis():
    report = check(Halved, shapes=["mxn"])
    assert report.verdict is Verdict.REFUTED
    refuted = next(each for each in report.evidence if each.outcome is Outcome.REFUTED)
    assert refuted.findings[0].looks_like == ("the gradient of x is 1/2 times the true one: a factor of 2 is missing",)
