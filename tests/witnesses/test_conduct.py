"""Conduct: rude backwards are refuted by name, polite ones are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradverify.model import InputSpec, Op, Outcome, Space, Strength
from gradverify.witnesses.conduct import conduct

MATRIX = Space((InputSpec("x", ("m", "n")),))


def op(forward, backward, inputs=("x",), parameters=()):
    return Op("toy", forward, backward, inputs, parameters)


def kinds(evidence):
    return [(finding.what, finding.where) for finding in evidence.findings]


def test_a_right_backward_is_never_accused(right):
    assert [conduct(*right, seed=seed, examples=12).findings for seed in range(6)] == [()] * 6


def test_a_rude_backward_is_refuted(rude):
    toy, what, where = rude
    evidence = conduct(*toy, seed=0)

    assert evidence.outcome in (Outcome.REFUTED, Outcome.WARNING)
    assert (what, where) in kinds(evidence)


def test_evidence_says_what_was_tried(toys):
    evidence = conduct(*toys["sin"], seed=0)

    assert evidence.witness == "conduct"
    assert evidence.outcome is Outcome.HOLDS
    assert evidence.strength is Strength.CONDUCT
    assert evidence.cases == 33  # 30 drawn ones, and three in which a side or both are 0
    assert evidence.tried == "33 cases, 27 promises each; sides 0–131, square and not"


def test_every_breach_is_reported_once_and_shrunk():
    def backward(x, g):
        return ((np.abs(g[0]) * np.cos(x) + 1).astype(np.float32),)

    evidence = conduct(op(lambda x: ((np.sin(x),), x), backward), MATRIX, seed=0)

    assert len(kinds(evidence)) == len(set(kinds(evidence))) >= 3
    assert {finding.case.split("(")[1] for finding in evidence.findings} == {"1, 1)"}
    assert all(finding.reproduce.startswith("import numpy as np") for finding in evidence.findings)


def test_the_seed_s_relu_is_caught_changing_what_it_returned(toys):
    def forward(x):
        y = np.maximum(x, 0)
        return (y,), {"y": y}

    def backward(context, g):
        y = context["y"]
        y[y > 0] = 1
        return (y * g[0],)

    (finding,) = conduct(op(forward, backward), MATRIX, seed=0).findings

    assert finding.what == "backward changes an array that is not its own"
    assert finding.where == "output 0, the same memory as context['y']"
    assert finding.got == "entry [0, 0]: 1.0"
    assert finding.expected == "unchanged: entry [0, 0]: 2.0"
    assert finding.case == "x float64 (1, 1)"


def test_the_same_seed_gives_the_same_evidence(toys):
    first, second = (replace(conduct(*toys["g*g"], seed=3), seconds=0) for _ in range(2))

    assert first == second


def test_a_view_of_the_cotangent_is_told_and_not_refuted():
    evidence = conduct(
        op(lambda x: ((x.reshape(-1),), x.shape), lambda shape, g: (g[0].reshape(shape),)), MATRIX, seed=0
    )

    assert evidence.outcome is Outcome.HOLDS
    assert evidence.tried.endswith("; the gradient of x is a view of the cotangent")


def test_a_read_only_view_of_an_input_can_harm_nobody():
    def backward(x, g):
        one = np.broadcast_to(np.float64(1).astype(x.dtype), x.shape)
        return (one * g[0],)

    assert conduct(op(lambda x: ((x + 0,), x), backward), MATRIX, seed=0).outcome is Outcome.HOLDS


def test_an_array_parameter_that_is_written_into_is_named():
    def backward(context, g):
        _, index = context
        index += 0 if index.size == 0 else 1
        return (g[0].copy(),)

    space = replace(MATRIX, parameters={"index": np.array([1, 0])})
    evidence = conduct(op(lambda x, index: ((x + 0,), (x, index)), backward, parameters=("index",)), space, seed=0)

    assert kinds(evidence) == [
        ("backward changes an array that is not its own", "parameter index, the same memory as context[1]")
    ]
    assert evidence.findings[0].expected == "unchanged: entry [0]: 1"
    assert space.parameters["index"].tolist() == [1, 0]


def test_random_masks_are_no_breach():
    rng = np.random.default_rng(0)

    def dropout(x):
        mask = (rng.random(x.shape) < 0.5).astype(x.dtype)
        return (x * mask,), mask

    assert conduct(op(dropout, lambda mask, g: (g[0] * mask,)), MATRIX, seed=0, examples=60).findings == ()


def test_an_overflow_is_not_mistaken_for_a_breach():
    huge = op(lambda x: ((x * x.dtype.type(3e38),), x), lambda x, g: (g[0] * x.dtype.type(3e38),))

    assert conduct(huge, MATRIX, seed=0, examples=60).findings == ()


def test_a_forward_that_returns_another_dtype_is_told_and_not_refuted():
    double = op(lambda x: ((np.sin(x).astype(float),), x), lambda x, g: (g[0] * np.cos(x),))
    evidence = conduct(double, MATRIX, seed=0)

    assert evidence.outcome is Outcome.HOLDS
    assert evidence.tried.endswith("; forward returns another float dtype than it gets")


def test_a_forward_that_fails_on_a_layout_only_is_refuted():
    def forward(x):
        if not x.flags.c_contiguous:
            raise BufferError("not contiguous")
        return (np.sin(x),), x

    evidence = conduct(op(forward, lambda x, g: (g[0] * np.cos(x),)), MATRIX, seed=0)

    assert ("forward fails on a memory layout", "inputs: Fortran") in kinds(evidence)
    assert evidence.findings[0].got == "BufferError: not contiguous"


def test_a_forward_that_depends_on_the_layout_is_refuted():
    evidence = conduct(
        op(lambda x: ((x.ravel(order="K"),), x.shape), lambda shape, g: (g[0].reshape(shape),)), MATRIX, seed=0
    )

    assert "forward depends on the inputs' memory layout: Fortran" in [what for what, _ in kinds(evidence)]


def test_a_context_that_is_used_up_is_refuted():
    evidence = conduct(
        op(lambda x: ((np.sin(x),), [x]), lambda saved, g: (g[0] * np.cos(saved.pop()),)), MATRIX, seed=0
    )

    assert [what for what, _ in kinds(evidence)] == ["a later call of backward fails: IndexError"]


def test_fewer_gradients_on_the_second_call_are_refuted():
    calls = []

    def backward(x, g):
        calls.append(x)
        return (g[0] * np.cos(x),) if len(calls) % 2 else ()

    evidence = conduct(op(lambda x: ((np.sin(x),), x), backward), MATRIX, seed=0, examples=5)

    assert evidence.outcome is Outcome.REFUTED


def test_what_forward_always_refuses_is_undecided():
    def forward(x):
        raise TypeError("not today")

    evidence = conduct(op(forward, None), MATRIX, seed=0, examples=2)

    assert evidence.outcome is Outcome.UNDECIDED
    assert evidence.tried.startswith("nothing: forward refused every case")
    assert "TypeError: not today" in evidence.tried


def test_checking_nothing_is_an_error():
    with pytest.raises(ValueError, match="at least one example"):
        conduct(op(None, None), MATRIX, seed=0, examples=0)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("memory order", "(cotangents[0].ravel(order='K') * np.cos(inputs[0]).ravel()).reshape(cotangents[0].shape)"),
        ("g*g", "cotangents[0] * cotangents[0] * np.cos(inputs[0])"),
        ("a constant added", "cotangents[0] * np.cos(inputs[0]) + np.float32(0.125)"),
    ],
)
def test_a_reproduction_shows_the_value_it_names(rudeness, name, body):
    (made, space), what, where = rudeness[name]
    evidence = conduct(replace(made, snippet=f"gradients = ({body},)"), space, seed=0)
    (finding,) = [finding for finding in evidence.findings if (finding.what, finding.where) == (what, where)]
    script: dict[str, object] = {}
    exec(compile(finding.reproduce.replace("print", "shown = "), "script", "exec"), script)

    entry, _, value = finding.got.removeprefix("entry ").partition(": ")
    shown = script["shown"]
    assert shown[tuple(int(k) for k in entry[1:-1].split(","))] == float(value)


def test_the_order_of_summation_is_no_breach():
    total = op(lambda x: (((x * x.dtype.type(0.1)).sum(),), x), lambda x, g: (np.full_like(x, 0.1) * g[0],))

    for seed in range(5):
        assert conduct(total, MATRIX, seed=seed, examples=40).findings == ()
