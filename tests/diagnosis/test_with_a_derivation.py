"""With a derivation the mistake is told in its own terms; combinations of the terms are recovered exactly."""

import re
from fractions import Fraction

import numpy as np
import pytest

from gradverify.adapters import adapt
from gradverify.derivation.library import find
from gradverify.derived_space import space_of
from gradverify.diagnosis import looks_like
from gradverify.model import Op


def wrong(name, backward):
    """The derivation's op with another backward, which gets the cotangent and the inputs by name, and its space."""
    derivation = find(name)
    right = adapt(derivation.op, parameters=dict.fromkeys(derivation.parameters))

    def forward(*inputs, **parameters):
        outputs, _ = right.forward(*inputs, **parameters)
        return outputs, (dict(zip(right.inputs, inputs, strict=True)), parameters)

    def back(saved, cotangents):
        inputs, parameters = saved
        functions = {key: value for key, value in parameters.items() if callable(value)}
        returned = backward(*cotangents, **inputs, **functions)
        return returned if isinstance(returned, tuple) else (returned,)

    op = Op(name, forward, back, right.inputs, right.parameters)
    return op, space_of(derivation, right), derivation


def diagnosis(name, backward):
    op, space, derivation = wrong(name, backward)
    return looks_like(op, space, derivation=derivation)


def rows(a):
    return a.sum(axis=1, keepdims=True)


FIRST, SECOND = r"ȳ_ij / Σ_q x_iq", r"−\(Σ_l ȳ_il x_il\) / \(Σ_q x_iq\)²"
OF_X = "the gradient of x "

NORMALIZE = {
    "missing": (lambda g, x: g / rows(x), f"lacks the term {SECOND}: its coefficient is 0, and must be 1"),
    "sign": (lambda g, x: g / rows(x) + rows(g * x) / rows(x) ** 2, f"has the term {SECOND} with the wrong sign"),
    "twice": (
        lambda g, x: g / rows(x) - 2 * rows(g * x) / rows(x) ** 2,
        f"has the term {SECOND} with the coefficient 2, and must have 1",
    ),
    "half of the first": (
        lambda g, x: g / (2 * rows(x)) - rows(g * x) / rows(x) ** 2,
        f"has the term {FIRST} with the coefficient 1/2, and must have 1",
    ),
    "power": (
        lambda g, x: g / rows(x) - rows(g * x) / rows(x),
        f".* in place of the term {SECOND}: that term has Σ_q x_iq to the power −1, and must have it to −2",
    ),
    "columns": (
        lambda g, x: g / rows(x) - (g * x / rows(x) ** 2).sum(axis=0, keepdims=True),
        f".* in place of the term {SECOND}: that term is summed over i′ instead of l",
    ),
    "not summed": (
        lambda g, x: g / rows(x) - g * x / rows(x) ** 2,
        f".* in place of the term {SECOND}: that term is not summed",
    ),
    "summed over all": (
        lambda g, x: g / rows(x) - (g * x / rows(x) ** 2).sum(),
        f".* in place of the term {SECOND}: that term is summed over i too",
    ),
    "mean": (
        lambda g, x: g / rows(x) - (g * x / rows(x) ** 2).mean(axis=1, keepdims=True),
        f".* in place of the term {SECOND}: that term is divided by n",
    ),
    "without x": (
        lambda g, x: g / rows(x) - rows(g) / rows(x) ** 2,
        f".* in place of the term {SECOND}: that term has x_il to the power 0, and must have it to 1",
    ),
    "three times": (
        lambda g, x: 3 * (g / rows(x) - rows(g * x) / rows(x) ** 2),
        "is 3 times the true one: a factor of 3 too many",
    ),
    "the cotangent": (lambda g, x: g.copy(), "is the cotangent ȳ itself, returned unchanged"),
}


@pytest.mark.parametrize("mistake", NORMALIZE)
def test_normalize(mistake):
    backward, expected = NORMALIZE[mistake]
    said = diagnosis("normalize", backward)
    assert re.fullmatch(OF_X + expected, said[0]), said


def test_two_wrong_terms_are_both_told():
    said = diagnosis("normalize", lambda g, x: -g / rows(x) - 2 * rows(g * x) / rows(x) ** 2)
    assert re.fullmatch(f"{OF_X}has the term {FIRST} with the wrong sign", said[0]), said
    assert re.fullmatch(f"{OF_X}has the term {SECOND} with the coefficient 2, and must have 1", said[1]), said


def spread(g, factor, axis):
    return np.sum(g * factor, axis=axis, keepdims=True)


OTHERS = [
    (
        "division",
        lambda g, x1, x2: (g / x2, g * x1 / x2**2),
        r".* of x2 has the term −ȳ_ij x1_ij / x2_ij² with the wrong sign",
    ),
    ("division", lambda g, x1, x2: (g / x2, -g * x1 / x2), r".* has x2_ij to the power −1, and must have it to −2"),
    ("division", lambda g, x1, x2: (-g * x1 / x2**2, g / x2), r".* of x1 is the true one of x2: the two are swapped"),
    (
        "matmul",
        lambda g, W, X: (2 * g @ X.T, W.T @ g),
        r".* of W has the term .* with the coefficient 2, and must have 1",
    ),
    ("matmul", lambda g, W, X: (g @ X.T, -W.T @ g), r".* of X has the term .* with the wrong sign"),
    ("sigmoid", lambda g, x: g / (1 + np.exp(-x)), r".* lacks the term .*"),
    ("sigmoid", lambda g, x: g * x * (1 - x), r".* in terms of the output y, with the input x put in for y"),
    ("softplus", lambda g, x: g / (1 + np.exp(x)), r".* is the true one at −x instead of x"),
    ("expand", lambda g, x: g.mean(axis=1, keepdims=True), r".* averages over axis 1, and must sum over it"),
    ("expand", lambda g, x: g[:, :1], r".* takes the first entry over axis 1, and must sum over it"),
    ("expand", lambda g, x: g, r".* is not summed: the sum over axis 1, along which x is broadcast, is missing"),
    (
        "broadcasting",
        lambda g, x1, x2, g_1, g_2, **_: (spread(g, g_1(x1, x2), 2), -spread(g, g_2(x1, x2), 1)),
        r".* of x2 has the term .*∂₂g\(.*\) with the wrong sign",
    ),
    (
        "broadcasting",
        lambda g, x1, x2, g_1, g_2, **_: (spread(g, g_2(x1, x2), 2), spread(g, g_2(x1, x2), 1)),
        r".* of x1 has .*: that term has ∂₂g\(.*\) in place of ∂₁g\(.*\)",
    ),
]


@pytest.mark.parametrize(("name", "backward", "expected"), OTHERS)
def test_the_other_derivations(name, backward, expected):
    if name == "broadcasting":
        plain = backward

        def backward(y_bar, x1, x2, g, g_1, g_2):
            return plain(y_bar, x1, x2, g_1, g_2)

    said = diagnosis(name, backward)
    assert re.fullmatch(expected, said[0]), said


def written(c):
    return str(c).replace("-", "−")


@pytest.mark.parametrize("seed", range(12))
def test_random_coefficients_are_recovered(seed):
    rng = np.random.default_rng(seed)
    while True:
        c, d = (Fraction(int(rng.integers(-6, 7)), int(rng.integers(1, 5))) for _ in range(2))
        if c != d and 1 not in (c, d):
            break

    def backward(g, x):
        first, second = g / rows(x), -rows(g * x) / rows(x) ** 2
        return c.numerator * first / c.denominator + d.numerator * second / d.denominator

    said = diagnosis("normalize", backward)
    for coefficient, term, sentence in zip((c, d), (FIRST, SECOND), said, strict=False):
        if coefficient == 0:
            expected = f"{OF_X}lacks the term {term}: its coefficient is 0, and must be 1"
        elif coefficient == -1:
            expected = f"{OF_X}has the term {term} with the wrong sign"
        else:
            expected = f"{OF_X}has the term {term} with the coefficient {written(coefficient)}, and must have 1"
        assert re.fullmatch(expected, sentence), said
    assert len(said) == 2
