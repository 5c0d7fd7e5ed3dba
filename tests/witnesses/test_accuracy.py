"""What the accuracy witness must notice in right formulas that lose digits, and must not say of careful ones."""

from __future__ import annotations

import numpy as np
import pytest
from told_apart_ops import (
    elementwise,
    layer_norm,
    layer_norm_backward,
    log_softmax_backward,
    log_softmax_forward,
    op,
    softmax_backward,
    softmax_forward,
    space,
    stable_sigmoid,
)

from gradverify.model import Case, Outcome, Strength
from gradverify.numbers.run import code_of, roots_of
from gradverify.witnesses.accuracy import _losses, accuracy


def two_pass_variance(x):
    centred = x - x.mean(axis=1, keepdims=True)
    return ((centred**2).mean(axis=1),), x


def naive_variance(x):
    return ((x**2).mean(axis=1) - x.mean(axis=1) ** 2,), x


def variance_backward(x, g):
    return (2 * (x - x.mean(axis=1, keepdims=True)) / x.shape[1] * g[0][:, None],)


def naive_sigmoid(x):
    return np.exp(x) / (1 + np.exp(x))


def naive_softmax(x):
    y = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    return (y.copy(),), y


def naive_log1p_exp(x):
    return np.log(1 + np.exp(x))


def times_its_factor(x):
    return np.exp(-np.abs(x)) * np.exp(np.abs(x)) * x


CAREFUL = {
    "product": elementwise(lambda x: 3 * x, lambda x, y: 3 + 0 * x),
    "stable sigmoid": elementwise(stable_sigmoid, lambda x, y: y * stable_sigmoid(-x)),
    "sigmoid by y(1 − y)": elementwise(stable_sigmoid, lambda x, y: y * (1 - y)),
    "softmax": op(softmax_forward, softmax_backward),
    "log-softmax": op(log_softmax_forward, log_softmax_backward),
    "variance in two passes": op(two_pass_variance, variance_backward),
    "layer norm": op(layer_norm, layer_norm_backward),
    "tanh": elementwise(np.tanh, lambda x, y: 1 - y**2),
}

CARELESS = {
    "variance by E[x²] − E[x]²": (op(naive_variance, variance_backward), "a loss of digits"),
    "sigmoid by eˣ/(1 + eˣ)": (elementwise(naive_sigmoid, lambda x, y: y * (1 - y)), "a NaN"),
    "softmax without the shift": (op(naive_softmax, softmax_backward), "a NaN"),
    "softplus by log(1 + eˣ)": (elementwise(naive_log1p_exp, lambda x, y: stable_sigmoid(x)), "an overflow"),
    "0·∞": (elementwise(times_its_factor, lambda x, y: 1 + 0 * x), "a NaN"),
    "log of a product that underflows": (
        elementwise(lambda x: np.log(np.exp(-np.abs(x)) + 0 * x), lambda x, y: -np.sign(x)),
        "an overflow",
    ),
    "a square root of squares that underflow": (
        elementwise(lambda x: np.sqrt((x * 1e-170) ** 2) * 1e170, lambda x, y: np.sign(x)),
        "an underflow to 0",
    ),
}


@pytest.mark.parametrize("name", CAREFUL)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_careful_code_is_not_accused(name, seed):
    with np.errstate(all="ignore"):
        evidence = accuracy(CAREFUL[name], space(), seed=seed)
    assert evidence.outcome is Outcome.HOLDS, evidence.findings
    assert evidence.strength is Strength.ACCURACY
    assert evidence.cases > 0


@pytest.mark.parametrize("name", CARELESS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_careless_code_gets_a_warning_that_names_the_trouble(name, seed):
    made, trouble = CARELESS[name]
    with np.errstate(all="ignore"):
        evidence = accuracy(made, space(), seed=seed)
    assert evidence.outcome is Outcome.WARNING, evidence.tried
    assert any(finding.what.startswith(trouble) for finding in evidence.findings), evidence.findings
    for finding in evidence.findings:
        assert finding.where.split(",")[0] in ("output 0", "gradient of x")
        assert finding.got != finding.expected
        assert "the largest |x| is" in finding.note
        assert finding.reproduce


def test_strict_makes_the_warning_a_refutation():
    made, _ = CARELESS["sigmoid by eˣ/(1 + eˣ)"]
    with np.errstate(all="ignore"):
        assert accuracy(made, space(), seed=0, strict=True).outcome is Outcome.REFUTED
        assert accuracy(CAREFUL["stable sigmoid"], space(), seed=0, strict=True).outcome is Outcome.HOLDS


def test_the_error_is_the_one_that_a_plain_computation_finds():
    """One entry, off by exactly 1000 units in the last place in the backward."""
    made = elementwise(lambda x: x, lambda x, y: 1 + 1000 * np.finfo(float).eps + 0 * x)
    right = elementwise(lambda x: x, lambda x, y: 1 + 0 * x)
    case = Case((np.array([1.0]),), {}, {}, 3)
    code = code_of(right.forward, right.backward, roots_of(right.forward, right.backward))
    (output, gradient) = _losses(made, code, case, "")
    assert output.ulps == 0
    bar = float(gradient.expected)
    assert gradient.ulps == pytest.approx(abs(float(gradient.got) - bar) / np.spacing(abs(bar)))
    assert 400 < gradient.ulps < 2100
    assert gradient.excess > 1
    assert gradient.condition == pytest.approx(1)


def test_a_large_input_is_compared_too():
    evidence = accuracy(CAREFUL["softmax"], space(20, 30), seed=0, examples=1)
    assert evidence.outcome is Outcome.HOLDS
    assert evidence.cases == 2


def test_code_that_no_enclosure_can_follow_is_not_applicable():
    made = op(lambda x: ((np.fft.fft(x).real,), x), lambda x, g: (g[0],))
    evidence = accuracy(made, space(), seed=0)
    assert evidence.outcome is Outcome.NOT_APPLICABLE
    assert "np.fft" in evidence.tried


def test_nothing_compared_is_not_a_pass():
    evidence = accuracy(elementwise(np.log, lambda x, y: 1 / x), space(accepts=lambda x: (x < -0.1).all()), seed=0)
    assert evidence.outcome is Outcome.UNDECIDED


def test_an_output_that_backward_overwrites_is_compared_as_it_was():
    def forward(x):
        y = np.maximum(x, 0)
        return (y,), y

    def backward(y, g):
        y[y > 0] = 1
        return (y * g[0],)

    assert accuracy(op(forward, backward), space(), seed=0).outcome is Outcome.HOLDS
