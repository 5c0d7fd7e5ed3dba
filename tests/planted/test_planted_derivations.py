"""Wrong derivations must be refuted at exactly the wrong lines, by counterexamples that are ones; right ones must hold."""

from __future__ import annotations

import pytest
from counterexample_check import agrees, values_at
from planted_derivations import EVERY, Planted

from gradverify.derivation.library import library
from gradverify.model import Outcome
from gradverify.witnesses.proof import evidence_of, prove

IDS = [f"{number}: {each.name}, {each.what}" for number, each in enumerate(EVERY)]


@pytest.mark.parametrize("planted", EVERY, ids=IDS)
def test_a_wrong_derivation_is_refuted_at_its_wrong_lines(planted: Planted):
    derivation = planted.derivation
    proof = prove(derivation)
    assert proof.outcome is Outcome.REFUTED
    for place, gradient in enumerate(proof.gradients):
        expected = set(planted.flagged) if place == planted.gradient else set()
        assert {step.number for step in gradient.steps if step.outcome is Outcome.REFUTED} == expected
        assert all(step.outcome is Outcome.HOLDS for step in gradient.steps if step.number not in expected)
        matrix_is_wrong = (planted.matrix is not None or planted.claim_is_wrong) and place == planted.gradient
        if gradient.matrix is not None:
            assert gradient.matrix.outcome is (Outcome.REFUTED if matrix_is_wrong else Outcome.HOLDS)
        for step in gradient.steps:
            if step.number in expected:
                check_counterexample(derivation, step)
    matrix = proof.gradients[planted.gradient].matrix
    wrong_matrix = matrix is not None and matrix.outcome is Outcome.REFUTED
    by_parts = sum(each.outcome is Outcome.REFUTED for each in proof.chained)
    assert by_parts == (planted.claim_is_wrong and bool(derivation.parts)), (
        "the parts give the right claim, and no other"
    )
    assert len(evidence_of(proof).findings) == len(planted.flagged) + wrong_matrix + by_parts


def check_counterexample(derivation, step):
    """Evaluate both lines at the printed sizes, indices and values, and compare with the printed results."""
    example = step.counterexample
    if example.left == "defined":  # an index of another size
        (outside,) = example.indices.values()
        assert sorted(example.sizes.values()) == [1, 2]
        assert outside == 1
        return
    left, right = values_at(derivation, example, step.previous, step.step.expression)
    assert agrees(left, example.left), "the printed value of the line before is not its value"
    assert agrees(right, example.right), "the printed value of the line is not its value"
    assert not agrees(left, example.right)
    assert all(0 <= place < max(example.sizes.values()) for place in example.indices.values())


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("planted", EVERY[::5], ids=IDS[::5])
def test_the_verdict_does_not_depend_on_the_seed(planted: Planted, seed: int):
    proof = prove(planted.derivation, seed=seed)
    steps = proof.gradients[planted.gradient].steps
    assert {step.number for step in steps if step.outcome is Outcome.REFUTED} == set(planted.flagged)


@pytest.mark.parametrize("name", library())
def test_a_right_derivation_holds_at_every_step(name):
    proof = prove(library()[name])
    for gradient in proof.gradients:
        for step in gradient.steps:
            assert step.outcome is Outcome.HOLDS, (step.number, step.kernel, step.cutoff, step.sympy)
            assert step.kernel.outcome is Outcome.HOLDS
            assert step.cutoff.outcome is not Outcome.REFUTED
            assert step.sympy.outcome is not Outcome.REFUTED
            assert step.counterexample is None
            assert not step.remark
    assert proof.outcome is Outcome.HOLDS
    assert evidence_of(proof).findings == ()


def test_every_shipped_derivation_has_a_planted_error():
    assert {each.name for each in EVERY} == set(library())


# What is said beside a wrong line


def remarks(what: str) -> dict[int, str]:
    planted = next(each for each in EVERY if each.name == "normalize" and each.what == what)
    steps = prove(planted.derivation).gradients[0].steps
    return {step.number: step.remark for step in steps if step.outcome is Outcome.REFUTED}


def test_an_error_that_undoes_another_is_called_so():
    assert remarks("two errors that cancel")[6] == "this line equals the definition again: it undoes an earlier mistake"
    assert remarks("a wrong line with a right last line")[8] == (
        "this line equals the definition again: it undoes an earlier mistake"
    )


def test_an_error_that_is_carried_on_is_called_so():
    assert remarks("wrong sign in the quotient rule, carried on")[3] == "no later line is right again"
