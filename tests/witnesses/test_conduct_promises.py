"""Each promise of conduct is broken by an op that breaks it alone, and not by those that nearly do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from conduct_ops import POLITE, RUDE, right_sin, sin, toy

from gradverify.errors import UsageError
from gradverify.model import Outcome, Rating
from gradverify.verdict import decide
from gradverify.witnesses._breaches import expression
from gradverify.witnesses._promises import PROMISES
from gradverify.witnesses.conduct import conduct

RATINGS = {promise.name: promise.rating for promise in PROMISES}
WARNINGS = {
    "takes empty arrays",
    "takes any byte order",
    "no wider dtype",
    "floating gradient",
    "separate gradients",
    "writable gradient",
}


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


def touch(array):
    if array.size and array.flags.writeable:
        array.flat[0] += 1


@dataclass
class Layer:
    """A context that is an object."""

    saved: np.ndarray


@pytest.mark.parametrize(
    ("keep", "find", "where"),
    [
        (lambda a: {"a": a}, lambda context: context["a"], "context['a']"),
        (lambda a: [0, (a,)], lambda context: context[1][0], "context[1][0]"),
        (lambda a: Layer(a), lambda context: context.saved, "context.saved"),
        (lambda a: {"layer": Layer(a)}, lambda context: context["layer"].saved, "context['layer'].saved"),
        (lambda a: lambda: a, lambda context: context(), "context, closing over a"),
    ],
    ids=["dict", "tuple in a list", "dataclass", "object in a dict", "closure"],
)
def test_a_change_is_seen_wherever_the_context_keeps_the_array(keep, find, where):
    made = toy(
        lambda x: ((np.sin(x),), (keep(np.zeros(3)), x)),
        lambda context, g: (touch(find(context[0])), g[0] * np.cos(context[1]))[1:],
    )
    (finding,) = conduct(*made, seed=0, examples=12).findings

    assert finding.what == "backward changes an array that is not its own"
    assert finding.where == where.replace("context", "context[0]", 1)
    assert (finding.got, finding.expected) == ("entry [0]: 1.0", "unchanged: entry [0]: 0.0")


@pytest.mark.parametrize(
    ("touched", "where"),
    [
        (lambda context, g: context["x"], "input x, the same memory as context['x']"),
        (lambda context, g: context["weights"][0], "parameter weights[0], the same memory as context['weights'][0]"),
        (lambda context, g: g, "cotangent 0"),
        (lambda context, g: context["y"], "output 0, the same memory as context['y']"),
        (lambda context, g: context["mine"], "context['mine']"),
    ],
    ids=["input", "parameter", "cotangent", "output", "context"],
)
def test_all_five_are_compared_before_and_after(touched, where):
    def forward(x, weights):
        y = np.sin(x)
        return (y,), {"x": x, "weights": weights, "y": y, "mine": np.zeros(2)}

    def backward(context, g):
        x_bar = g[0] * np.cos(context["x"])
        touch(touched(context, g[0]))
        return (x_bar,)

    evidence = conduct(*toy(forward, backward, parameters={"weights": [np.zeros(2)]}), seed=0, examples=12)

    assert ("backward changes an array that is not its own", where) in [
        (finding.what, finding.where) for finding in evidence.findings
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("input x", "inputs[1]"),
        ("output 0, the same memory as context['y']", "outputs[0]"),
        ("cotangent 1", "cotangents[1]"),
        ("parameter weights[0]", "parameters['weights'][0]"),
        ("context['y'].mask", "context['y'].mask"),
        ("context, closing over x", ""),
    ],
)
def test_a_script_knows_how_to_name_an_array(name, found):
    assert expression(name, ("a", "x")) == found


@pytest.mark.parametrize(
    ("name", "snippet", "shown"),
    [
        ("one array for both", "gradients = (cotangents[0],) * 2", "True"),
        ("cotangent doubled", "gradients = inputs; cotangents[0][...] *= 2", "[[2.03125]]"),
        ("saved zeros", "context = [inputs[0]]; gradients = (inputs[0],)", "True"),
        ("float32", "gradients = (inputs[0].astype('f4'),)", "float32 float64"),
        ("broadcast", "gradients = (np.broadcast_to(cotangents[0], (2, 2)),)", "False (0, 0)"),
    ],
)
def test_a_script_shows_what_is_wrong(name, snippet, shown, capsys):
    op, space = RUDE[name][0]
    finding = conduct(replace(op, snippet=snippet), space, seed=0, examples=20).findings[0]
    exec(compile(finding.reproduce, "script", "exec"), {})

    assert capsys.readouterr().out.strip() == shown


def test_a_missing_gradient_is_only_counted():
    evidence = conduct(*toy(lambda a, b: ((a * b,), b), lambda b, g: (g[0] * b, None), "a b"), seed=0, examples=12)

    assert evidence.outcome is Outcome.HOLDS


def test_contexts_are_not_mixed_up_where_the_first_is_served_last():
    """Every forward is pushed, and every backward serves the one pushed last."""
    pushed: list[np.ndarray] = []

    def forward(x):
        pushed.append(x)
        return (np.sin(x),), None

    evidence = conduct(*toy(forward, lambda _, g: (g[0] * np.cos(pushed[-1]),)), seed=0, examples=12)

    assert [finding.what for finding in evidence.findings] == ["another forward call in between changes the gradient"]
    assert promises_in(evidence) == {"contexts kept apart"}


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
