"""The gradients that networks are made of, as single equations for all sizes: softmax to attention, each proved at once."""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

import time
from random import Random

import pytest
import sympy
from exact_oracle import at_random
from kernel_words import EQUAL, decide
from random_terms import ELEMENTARY, Maker
from sympy import exp, log, pi, sqrt, tanh
from term_rewrites import mutated

from gradverify.calculus.from_sympy import Reader
from gradverify.calculus.terms import free_indices
from gradverify.derivation import D, Iverson, Sum, array, cotangent, delta, index, scalar, size

SECONDS = 1.0
"""Each takes about 50 ms at most; this only catches an explosion."""

m, n, d = size("m n d")
i, k, r = index("i k r", m)
j, l, q, s = index("j l q s", n)
a, b, c, e = index("a b c e", d)

x, y, t = array("x", m, n), array("y", m, n), array("t", m, n)
y_bar = cotangent(y)
shift, goal, w, v, u = array("c", m), array("t", m), array("w", n), array("v", n), array("u", n)
eps = scalar("eps", positive=True)


def vjp(forward):
    """The chain rule for y = forward(k, l), by x_ij."""
    return Sum(y_bar[k, l] * D(forward(k, l), x[i, j]), k, l)


def softmax(i, j):
    return exp(x[i, j]) / Sum(exp(x[i, q]), q)


def shifted_softmax(i, j):
    return exp(x[i, j] - shift[i]) / Sum(exp(x[i, q] - shift[i]), q)


def log_softmax(i, j):
    return x[i, j] - log(Sum(exp(x[i, q]), q))


def mean(i):
    return Sum(x[i, q], q) / n


def variance(i):
    return Sum((x[i, s] - mean(i)) ** 2, s) / n


def standardised(eps):
    return lambda i, j: (x[i, j] - mean(i)) / sqrt(variance(i) + eps)


def layernorm_bar(eps, weight=lambda j: sympy.Integer(1)):
    z, weighted = standardised(eps), lambda l: y_bar[i, l] * weight(l)
    inner = weighted(j) - Sum(weighted(l), l) / n - z(i, j) * Sum(weighted(l) * z(i, l), l) / n
    return inner / sqrt(variance(i) + eps)


def rms(i, eps):
    return sqrt(Sum(x[i, q] ** 2, q) / n + eps)


def norm(i):
    return sqrt(Sum(x[i, q] ** 2, q))


def batch_standardised(i, j):
    mean = Sum(x[k, j], k) / m
    return (x[i, j] - mean) / sqrt(Sum((x[r, j] - mean) ** 2, r) / m + eps)


def batch_deviation(j):
    mean = Sum(x[k, j], k) / m
    return sqrt(Sum((x[r, j] - mean) ** 2, r) / m + eps)


def probability(j):
    return exp(v[j]) / Sum(exp(v[q]), q)


softmax_bar = softmax(i, j) * (y_bar[i, j] - Sum(y_bar[i, l] * softmax(i, l), l))
log_softmax_bar = y_bar[i, j] - softmax(i, j) * Sum(y_bar[i, l], l)
log_sum_exp = log(Sum(exp(v[q]), q))
row = Sum(x[i, q], q)

Q, K, V, O = array("Q", m, d), array("K", n, d), array("V", n, d), array("O", m, d)
O_bar = cotangent(O)


def weight(i, j):
    scores = [Sum(Q[i, a] * K[place, a], a) / sqrt(d) for place in (j, q)]
    return exp(scores[0]) / Sum(exp(scores[1]), q)


def attention(i, c):
    return Sum(weight(i, s) * V[s, c], s)


def weight_bar(i, j):
    return Sum(O_bar[i, c] * V[j, c], c)


def score_bar(i, j):
    return weight(i, j) * (weight_bar(i, j) - Sum(weight(i, l) * weight_bar(i, l), l))


def logistic(i):
    return 1 / (1 + exp(-Sum(x[i, q] * v[q], q)))


def gelu(u):
    return u / 2 * (1 + tanh(sqrt(2 / pi) * (u + sympy.Rational(44715, 10**6) * u**3)))


def gelu_slope(u):
    inner = tanh(sqrt(2 / pi) * (u + sympy.Rational(44715, 10**6) * u**3))
    return (1 + inner) / 2 + u / 2 * (1 - inner**2) * sqrt(2 / pi) * (1 + 3 * sympy.Rational(44715, 10**6) * u**2)


cosine = Sum(v[q] * w[q], q) / (sqrt(Sum(v[q] ** 2, q)) * sqrt(Sum(w[q] ** 2, q)))

EQUATIONS = {
    "softmax": (vjp(softmax), softmax_bar),
    "softmax, shifted by any c_i": (vjp(shifted_softmax), softmax_bar),
    "a shift does not change softmax": (shifted_softmax(i, j), softmax(i, j)),
    "softmax sums to 1": (Sum(softmax(i, j), i, j), m),
    "log-softmax": (vjp(log_softmax), log_softmax_bar),
    "the logarithm of softmax": (log(softmax(i, j)), log_softmax(i, j)),
    "cross entropy": (
        D(-Sum(t[k, l] * log_softmax(k, l), k, l) / m, x[i, j]),
        (softmax(i, j) * Sum(t[i, l], l) - t[i, j]) / m,
    ),
    "layernorm": (vjp(standardised(eps)), layernorm_bar(eps)),
    "layernorm without eps": (vjp(standardised(0)), layernorm_bar(0)),
    "layernorm, affine": (
        vjp(lambda i, j: standardised(eps)(i, j) * w[j] + u[j]),
        layernorm_bar(eps, lambda j: w[j]),
    ),
    "a standardised row sums to 0": (Sum(standardised(eps)(i, j), j), sympy.Integer(0)),
    "a standardised row has norm √n": (Sum(standardised(0)(i, j) ** 2, j), n),
    "two forms of the variance": (variance(i), Sum(x[i, q] ** 2, q) / n - mean(i) ** 2),
    "batchnorm": (
        Sum(y_bar[k, l] * D(batch_standardised(k, l), x[i, j]), k, l),
        (
            y_bar[i, j]
            - Sum(y_bar[k, j], k) / m
            - batch_standardised(i, j) * Sum(y_bar[k, j] * batch_standardised(k, j), k) / m
        )
        / batch_deviation(j),
    ),
    "rmsnorm": (
        vjp(lambda i, j: x[i, j] / rms(i, eps)),
        y_bar[i, j] / rms(i, eps) - x[i, j] * Sum(y_bar[i, l] * x[i, l], l) / (n * rms(i, eps) ** 3),
    ),
    "L2 normalise": (
        vjp(lambda i, j: x[i, j] / norm(i)),
        (y_bar[i, j] - x[i, j] / norm(i) * Sum(y_bar[i, l] * x[i, l] / norm(i), l)) / norm(i),
    ),
    "r² = Σx²": (norm(i) ** 2, Sum(x[i, l] ** 2, l)),
    "normalize": (
        vjp(lambda i, j: x[i, j] / Sum(x[i, q], q)),
        (y_bar[i, j] - Sum(y_bar[i, l] * x[i, l], l) / row) / row,
    ),
    "Σ_j x_ij/s_i = 1": (Sum(x[i, j] / row, j), sympy.Integer(1)),
    "Σ_ij (x_ij + 1)/(s_i + n) = m": (Sum((x[i, j] + 1) / (row + n), i, j), m),
    "logsumexp": (D(log_sum_exp, v[j]), probability(j)),
    "its Hessian": (
        D(D(log_sum_exp, v[j]), v[l]),
        probability(j) * delta(j, l) - probability(j) * probability(l),
    ),
    "entropy": (
        D(-Sum(probability(s) * log(probability(s)), s), v[j]),
        -probability(j) * (log(probability(j)) - Sum(probability(s) * log(probability(s)), s)),
    ),
    "attention, by Q": (
        Sum(O_bar[k, b] * D(attention(k, b), Q[i, e]), k, b),
        Sum(score_bar(i, j) * K[j, e], j) / sqrt(d),
    ),
    "attention, by K": (
        Sum(O_bar[k, b] * D(attention(k, b), K[j, e]), k, b),
        Sum(score_bar(i, j) * Q[i, e], i) / sqrt(d),
    ),
    "attention, by V": (Sum(O_bar[k, b] * D(attention(k, b), V[j, e]), k, b), Sum(weight(i, j) * O_bar[i, e], i)),
    "gelu, tanh form": (D(gelu(v[l]), v[j]), delta(j, l) * gelu_slope(v[j])),
    "cosine of an angle": (
        D(cosine, v[j]),
        w[j] / (sqrt(Sum(v[q] ** 2, q)) * sqrt(Sum(w[q] ** 2, q))) - cosine * v[j] / Sum(v[q] ** 2, q),
    ),
    "logistic regression": (
        D(-Sum(goal[k] * log(logistic(k)) + (1 - goal[k]) * log(1 - logistic(k)), k), v[j]),
        Sum((logistic(k) - goal[k]) * x[k, j], k),
    ),
    "hinge": (D(Sum(sympy.Max(0, 1 - v[q] * w[q]), q), v[j]), -w[j] * Iverson(1 - v[j] * w[j])),
    "all pairs": (D(Sum((v[q] - v[s]) ** 2, q, s), v[j]), 4 * n * v[j] - 4 * Sum(v[q], q)),
}


@pytest.mark.parametrize("name", EQUATIONS)
def test_the_right_gradient_is_proved(name):
    reader = Reader()
    started = time.process_time()
    left, right = (reader.read(side) for side in EQUATIONS[name])
    assert decide(left, right) == EQUAL
    assert time.process_time() - started < SECONDS
    scope = sorted(index for index in free_indices(left) | free_indices(right) if index.sort != "1")
    for seed in range(4):  # and it is right: brute force agrees
        _, differ = at_random(left, right, {"m": 2, "n": 3, "d": 2}, dict.fromkeys(scope, seed % 2), seed)
        assert not differ


@pytest.mark.parametrize("name", EQUATIONS)
def test_a_wrong_gradient_is_not(name):
    """Ten changes to the right side; those that change its value, says brute force, may not be proved."""
    reader = Reader()
    left, right = (reader.read(side) for side in EQUATIONS[name])
    scope = tuple(sorted(index for index in free_indices(left) | free_indices(right) if index.sort != "1"))
    wrong = 0
    for seed in range(10):
        changed = mutated(right, scope, Maker(Random(seed), ELEMENTARY))
        if changed is None:
            continue
        places = dict.fromkeys(scope, 0) if seed % 2 else {index: place % 2 for place, index in enumerate(scope)}
        _, differ = at_random(left, changed[0], {"m": 2, "n": 3, "d": 2}, places, seed)
        if differ:
            wrong += 1
            assert decide(left, changed[0]) != EQUAL, changed[1]
    assert wrong or not scope
