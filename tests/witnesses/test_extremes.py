"""At large, tiny and nearly cancelling values the exact witness accuses what is wrong there, and not what rounds there."""

from __future__ import annotations

import numpy as np
import pytest

from gradverify.cases import EXTREME
from gradverify.model import InputSpec, Op, Outcome, Sign, Space
from gradverify.numbers.run import code_of, roots_of
from gradverify.witnesses._extremes import PLAN, extremes
from gradverify.witnesses.exact import exact

MATRIX = Space((InputSpec("x", ("m", "n")),))
POSITIVE = Space((InputSpec("x", ("m", "n"), Sign.POSITIVE),))
FIXED = Space((InputSpec("x", (7, 9)),))
SEEDS = range(5)


def op(forward, backward, inputs=("x",)):
    return Op("toy", lambda *x: ((forward(*x),), x), lambda x, g: (backward(*x, g[0]),), inputs)


def seen(made, space=MATRIX, seed=0):
    return extremes(made, code_of(made.forward, made.backward, roots_of(made.forward, made.backward)), space, seed)


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def times_softmax(y, g):
    return y * (g - (g * y).sum(axis=1, keepdims=True))


def square(x):
    return x * x


NAN, WRONG = "backward is NaN where its true value is finite", "the code is not the true VJP"

WRONG_OPS = {
    "exp overflows in backward": (sigmoid, lambda x, g: g * np.exp(x) / (1 + np.exp(x)) ** 2, NAN),
    "softmax without the shift": (
        softmax,
        lambda x, g: times_softmax(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True), g),
        NAN,
    ),
    "clipped beyond 100": (square, lambda x, g: 2 * g * np.clip(x, -100, 100), WRONG),
    "another sign beyond 100": (square, lambda x, g: np.where(np.abs(x) > 100, -2, 2) * g * x, WRONG),
    "0 where tiny": (square, lambda x, g: np.where(np.abs(x) < 1.5e-6, 0, 2 * g * x), WRONG),
    "infinite where large": (square, lambda x, g: g * 2 * x * np.exp(x * x) / np.exp(x * x), NAN),
}

RIGHT_OPS = {
    "naive sigmoid, NaN in forward": (
        lambda x: np.exp(x) / (1 + np.exp(x)),
        lambda x, g: g * np.exp(x) / (1 + np.exp(x)) ** 2,
    ),
    "overflow in forward": (lambda x: np.log(1 + np.exp(x)), lambda x, g: g / (1 + np.exp(-x))),
    "1 - tanh² rounds to 0": (np.tanh, lambda x, g: g * (1 - np.tanh(x) ** 2)),
    "exp overflows inside, and 1/inf is right": (sigmoid, lambda x, g: g * sigmoid(x) / (1 + np.exp(x))),
    "a variance that cancels": (
        lambda x: (x * x).mean(axis=1) - x.mean(axis=1) ** 2,
        lambda x, g: 2 * g[:, None] * (x - x.mean(axis=1, keepdims=True)) / x.shape[1],
    ),
    "a length that underflows": (
        lambda x: np.sqrt((x * x).sum(axis=1, keepdims=True)),
        lambda x, g: g * x / np.sqrt((x * x).sum(axis=1, keepdims=True)),
    ),
    "a branch that no float can tell": (
        lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
        lambda x, g: g * np.where(np.abs(x) > 200, x > 0, sigmoid(x)),
    ),
    "a rounded constant": (
        lambda x: x * float(np.sqrt(2)),
        lambda x, g: g * 1.4142135623730951,
    ),
    "true values that no float has": (lambda x: np.log(x * x), lambda x, g: 2 * g / x),
}


@pytest.mark.parametrize("name", WRONG_OPS)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_wrong_at_special_values_is_refuted(name, seed):
    forward, backward, what = WRONG_OPS[name]
    found = seen(op(forward, backward), seed=seed)

    assert found.finding is not None
    assert found.finding.what == what
    assert found.case.kind in EXTREME
    assert "array" in found.finding.reproduce


@pytest.mark.parametrize("name", RIGHT_OPS)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_only_rounds_there_is_not_accused(name, seed):
    found = seen(op(*RIGHT_OPS[name]), seed=seed)

    assert found.finding is None
    assert found.compared.total() + found.left_out.total() == len(PLAN)
    assert found.compared.total() >= 3


def test_the_finding_says_where_how_much_and_at_which_values():
    forward, backward, _ = WRONG_OPS["clipped beyond 100"]
    found = seen(op(forward, backward))
    (x,) = found.case.inputs

    assert found.finding.where.startswith("gradient of x, entry [")
    assert abs(float(found.finding.got)) < abs(float(found.finding.expected))
    assert "the values are large: |x| from" in found.finding.note
    assert any(found.finding.entries.wrong)
    assert x.size <= 4  # shrunk


def test_one_large_input_beside_an_ordinary_one_is_among_the_cases():
    two = Space((InputSpec("a", ("m", "n")), InputSpec("b", ("m", "n"))))
    made = Op(
        "toy",
        lambda a, b: ((a * b,), (a, b)),
        lambda saved, g: (
            g[0] * saved[1],
            g[0] * np.where(np.abs(saved[1]) < 100, np.clip(saved[0], -50, 50), saved[0]),
        ),
        ("a", "b"),
    )

    assert all(seen(made, two, seed).finding is not None for seed in SEEDS)


def test_positive_inputs_stay_positive():
    found = seen(op(np.log, lambda x, g: g / np.minimum(x, 300)), POSITIVE)

    assert (found.case.inputs[0] > 0).all()


def test_cases_too_large_for_one_run_are_left_out_and_counted():
    found = seen(op(square, lambda x, g: 2 * g * x), FIXED)

    assert found.compared.total() == 0
    assert found.left_out == {"the inputs are empty or too large": len(PLAN)}
    assert found.tried == ""


def test_the_exact_witness_takes_it_into_its_outcome():
    wrong = exact(op(*WRONG_OPS["clipped beyond 100"][:2]), MATRIX, seed=0, examples=10)
    right = exact(op(square, lambda x, g: 2 * g * x), MATRIX, seed=0, examples=10)

    assert wrong.outcome is Outcome.REFUTED
    assert wrong.failing is not None
    assert right.outcome is Outcome.HOLDS
    assert "9 cases of special values (large 3, tiny 2" in right.tried
    assert right.digest == exact(op(square, lambda x, g: 2 * g * x), MATRIX, seed=0, examples=10).digest
