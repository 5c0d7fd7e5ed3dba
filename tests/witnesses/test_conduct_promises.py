"""Each promise of conduct is broken by an op that breaks it alone, and not by those that nearly do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conduct_ops import POLITE, RUDE, right_sin, sin

from gradverify.errors import UsageError
from gradverify.model import Outcome, Rating
from gradverify.verdict import decide
from gradverify.witnesses._promises import PROMISES
from gradverify.witnesses.conduct import conduct

RATINGS = {promise.name: promise.rating for promise in PROMISES}
WARNINGS = {"takes empty arrays", "no wider dtype", "floating gradient", "separate gradients", "writable gradient"}


def promises_in(evidence):
    return {finding.note.removeprefix("promise: ") for finding in evidence.findings}


def test_every_promise_has_a_name_a_reason_and_an_op_that_breaks_it():
    assert len(RATINGS) == len(PROMISES)
    assert all(promise.reason and promise.ask.__doc__ for promise in PROMISES)
    assert {promise for _, promise, _, _ in RUDE.values()} == set(RATINGS)
    assert {name for name, rating in RATINGS.items() if rating is Rating.WARNING} == WARNINGS


@pytest.mark.parametrize("name", RUDE)
def test_a_broken_promise_is_found_named_and_rated(name):
    toy, promise, what, where = RUDE[name]
    evidence = conduct(*toy, seed=0, examples=20)

    assert promises_in(evidence) == {promise}
    assert (what, where) in [(finding.what, finding.where) for finding in evidence.findings]
    assert {finding.rating for finding in evidence.findings} == {RATINGS[promise]}
    assert evidence.outcome is (Outcome.WARNING if promise in WARNINGS else Outcome.REFUTED)
    assert evidence.failing is not None


@pytest.mark.parametrize("name", POLITE)
def test_what_nearly_breaks_a_promise_is_not_accused(name):
    evidence = [conduct(*POLITE[name], seed=seed, examples=20) for seed in range(2)]

    assert [each.findings for each in evidence] == [()] * 2
    assert {each.outcome for each in evidence} == {Outcome.HOLDS}


@pytest.mark.parametrize("name", ["one array for both", "broadcast", "float64", "empty", "zeros of integers"])
def test_strict_refutes_what_is_a_warning(name):
    toy, promise, _, _ = RUDE[name]
    evidence = conduct(*toy, seed=0, examples=20, strict=True)

    assert evidence.outcome is Outcome.REFUTED
    assert {finding.rating for finding in evidence.findings} == {Rating.WARNING}
    assert promises_in(evidence) == {promise}


def test_errors_come_before_warnings():
    def backward(context, g):
        return right_sin(context, abs(g)).astype(float)

    evidence = conduct(*sin(backward), seed=0, examples=20)
    ratings = [finding.rating for finding in evidence.findings]

    assert evidence.outcome is Outcome.REFUTED
    assert ratings == sorted(ratings, key=lambda rating: rating is Rating.WARNING)
    assert {Rating.ERROR, Rating.WARNING} == set(ratings)
    assert "linear" in decide([evidence])[1]


def test_a_backward_that_always_raises_is_one_error():
    def backward(context, g):
        raise KeyError("x")

    evidence = conduct(*sin(backward), seed=0, examples=20)

    assert [finding.rating for finding in evidence.findings] == [Rating.ERROR]


@pytest.mark.parametrize(
    "name", ["saved zeros", "one array for both", "latest input", "every call more", "memory order"]
)
def test_a_breach_that_is_allowed_is_a_remark(name):
    (op, space), promise, _, _ = RUDE[name]
    evidence = conduct(op, replace(space, allowed={promise: "by design"}), seed=0, examples=20)

    assert promise not in promises_in(evidence)
    assert evidence.tried.count(f"allowed: {promise} (by design)") == 1


def test_what_is_not_allowed_is_still_found():
    (op, space), _, _, _ = RUDE["one array for both"]
    evidence = conduct(op, replace(space, allowed={"own memory": "by design"}), seed=0, examples=20)

    assert evidence.outcome is Outcome.WARNING
    assert "allowed" not in evidence.tried


def test_after_an_allowed_change_the_other_promises_are_asked():
    def backward(context, g):
        x_bar = abs(right_sin(context, g))
        if g.flags.writeable:
            g *= 1 + g.dtype.type(2) ** -20
        return x_bar

    op, space = sin(backward)
    evidence = conduct(op, replace(space, allowed={"backward changes nothing": "it may"}), seed=0, examples=20)

    assert evidence.outcome is Outcome.REFUTED
    assert "backward changes nothing" not in promises_in(evidence)


def test_an_unknown_promise_is_an_error_with_the_known_ones():
    op, space = sin(right_sin)

    with pytest.raises(UsageError, match="toy allows a breach of 'own memries': the promises are backward returns, "):
        conduct(op, replace(space, allowed={"own memries": "a slip"}), seed=0, examples=20)


def test_the_bytes_of_an_array_inside_a_parameter_are_kept():
    op, space = RUDE["latest parameter"][0]
    weights = [[1.0], right_sin({"x": 1.0}, 1.0)]

    def forward(x, scale, extra):
        return (x * scale,), (scale, extra)

    def backward(context, g):
        context[1][0][0] += 1
        return (g[0] * context[0],)

    made = replace(op, forward=forward, backward=backward, parameters=("scale", "extra"))
    conduct(made, replace(space, parameters={**space.parameters, "extra": weights}), seed=0, examples=3)

    assert weights[0] == [1.0]
