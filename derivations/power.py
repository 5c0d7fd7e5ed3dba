"""Power: every entry of a positive array raised to an exponent of its own."""

import numpy as np

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l = index("j l", n)

x = array("x", m, n, positive=True)
a = array("a", m, n)
y = array("y", m, n)
x_dot, a_dot, y_bar = tangent(x), tangent(a), cotangent(y)


def x_bar(x, a, y_bar):
    return y_bar * a * x ** (a - 1)


def a_bar(x, a, y_bar):
    return y_bar * x**a * np.log(x)


power = Derivation(
    name="power",
    title="raise a positive array to the power of another, entry by entry",
    inputs=(x, a),
    forward={y[k, l]: exp(a[k, l] * log(x[k, l]))},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "The loss depends on x_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(exp(a[k, l] * log(x[k, l])), x[i, j]), k, l),
                "x^a is e^(a log x), which is what a power with any real exponent means.",
            ),
            elementary_rule(
                Sum(y_bar[k, l] * y[k, l] * a[k, l] / x[k, l] * D(x[k, l], x[i, j]), k, l),
                "The exponential is its own derivative, times a, times that of the logarithm.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * y[k, l] * a[k, l] / x[k, l] * delta(k, i) * delta(l, j), k, l),
                "x_kl changes with x_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_bar[i, j] * a[i, j] * y[i, j] / x[i, j],
                "A single term of the double sum is left: a x^(a−1), as for whole exponents.",
            ),
            numpy=x_bar,
        ),
        Gradient(
            a[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], a[i, j]), k, l),
                "The loss depends on a_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(exp(a[k, l] * log(x[k, l])), a[i, j]), k, l),
                "x^a is e^(a log x).",
            ),
            elementary_rule(
                Sum(y_bar[k, l] * y[k, l] * log(x[k, l]) * D(a[k, l], a[i, j]), k, l),
                "The exponential is its own derivative, times that of a log x by a.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * y[k, l] * log(x[k, l]) * delta(k, i) * delta(l, j), k, l),
                "a_kl changes with a_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_bar[i, j] * y[i, j] * log(x[i, j]),
                "A single term of the double sum is left.",
            ),
            numpy=a_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                y[k, l] * (a[k, l] / x[k, l] * x_dot[k, l] + log(x[k, l]) * a_dot[k, l]),
                "The exponent a log x moves with both of its factors, and y by its own size times that.",
            ),
        ),
    ),
    op="gradverify.ops:Power",
)
