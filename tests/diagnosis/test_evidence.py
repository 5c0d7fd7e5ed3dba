"""The sentences get into the findings: of the first refutation of values, and of every breach of conduct."""

from dataclasses import replace

import numpy as np
import pytest

from gradverify import Outcome, Verdict, check
from gradverify.diagnosis import diagnose
from gradverify.diagnosis.conducted import PROMISES as SENTENCES
from gradverify.diagnosis.conducted import conducted
from gradverify.model import Case, Evidence, Finding, Strength
from gradverify.witnesses._promises import PROMISES
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
    (
        Finding("a second call of backward gives another gradient", got="entry [0]: 3.0", expected="entry [0]: 1.5"),
        "depends on how often it was called: a second call gives twice the gradient",
    ),
    (Finding("a gradient has another dtype than its input", "", "float32", "float64"), "returns float32 where"),
    (Finding("a gradient shares memory with an array that is not its own"), "returns memory that is not its own"),
    (Finding("backward is wrong for cotangents in Fortran order"), "depends on the memory layout"),
    (Finding("backward is not linear in the cotangent: doubled"), "the cotangent does not enter as one factor"),
]


def broken(promise, what="", where="", got="", expected=""):
    return Finding(what, where, got, expected, note=f"promise: {promise}")


PROMISED = [
    (broken("forward changes nothing", where="input x"), "forward overwrites input x in place"),
    (
        broken("same gradient again", "a later call of backward fails: KeyError", got="KeyError: 'x'"),
        "backward may be called once only: a second call raises KeyError: 'x'",
    ),
    (
        broken("same gradient again", got="entry [0]: 0.5", expected="entry [0]: 1.0"),
        "depends on how often it was called: there, a second call gives 0.5 times",
    ),
    (
        broken("same gradient again", got="entry [0]: 0.3", expected="entry [0]: 1.0"),
        "depends on how often it was called: a second call, with the same context, gives another",
    ),
    (broken("new memory each call"), "keeps one buffer for all calls"),
    (
        broken("contexts kept apart", "another forward call in between changes the gradient"),
        "keeps state between calls: what forward saves is not in the context",
    ),
    (
        broken("contexts kept apart", "a call on other inputs changes an array of this one", "output 0"),
        "keeps state between calls: a call on other inputs overwrites output 0",
    ),
    (broken("zero gives zero"), "is not linear in the cotangent: where the cotangent is 0"),
    (broken("every output counts", where="output 1"), "the cotangent of output 1 is not used"),
    (broken("any byte order"), "reads the bytes in this machine's order"),
    (broken("same array twice"), "is wrong only where the same array is passed twice"),
    (
        broken("any cotangent layout", "backward is wrong for cotangents with negative strides"),
        "depends on the memory layout: it is wrong for cotangents with negative strides",
    ),
    (
        broken("any cotangent layout", "fails", "cotangents that are read-only", "ValueError: output is read-only"),
        "fails for cotangents that are read-only: backward writes into its cotangents",
    ),
    (
        broken("any input layout", "forward fails on a memory layout", "inputs: strided", "ValueError: no"),
        "depends on the memory layout: it fails for inputs that are slices with a step",
    ),
    (
        broken("keeps precision", got="float32", expected="float64"),
        "returns float32 where the input is float64: its digits are lost",
    ),
]


@pytest.mark.parametrize(("finding", "beginning"), PROMISED)
def test_a_broken_promise_is_told_by_its_name(finding, beginning):
    (said,) = conducted(finding)
    assert said.startswith(beginning), said


def test_every_promise_of_an_error_has_a_sentence():
    told_by_the_finding = {"backward returns", "takes empty arrays", "gradients fit"}
    assert {promise.name for promise in PROMISES} - set(SENTENCES) == told_by_the_finding


def test_a_random_gradient_is_not_called_a_counting_one(op, space):
    generator = np.random.default_rng(1)
    made = op(lambda x: x * x, lambda g, x: 2 * g * x * generator.random(x.shape))
    case = Case((np.array([1.0, 2.0]),), {}, {"m": 2}, 3)
    finding = broken("same gradient again", got="entry [0]: 0.3", expected="entry [0]: 1.0")
    (said,) = conducted(finding, made, case)
    assert said.startswith("differs from call to call on the same values: it draws random numbers")
    right = op(lambda x: x * x, lambda g, x: 2 * g * x)
    (said,) = conducted(finding, right, case)
    assert said.startswith("depends on how often it was called")


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
