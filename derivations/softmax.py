"""Softmax: every row of a matrix made positive by the exponential, then divided by its sum."""

import numpy as np

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)

x = array("x", m, n)
y = array("y", m, n)
x_dot, y_bar = tangent(x), cotangent(y)

total = Sum(exp(x[k, q]), q)  # of row k
total_i = Sum(exp(x[i, q]), q)


def x_bar(x, y_bar):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    y = e / e.sum(axis=1, keepdims=True)
    return y * (y_bar - (y_bar * y).sum(axis=1, keepdims=True))


softmax = Derivation(
    name="softmax",
    title="the exponentials of every row, divided by their sum",
    inputs=(x,),
    forward={y[k, l]: exp(x[k, l]) / total},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "x_ij may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(exp(x[k, l]) / total, x[i, j]), k, l),
                "y_kl is the exponential of x_kl over the sum of the exponentials of row k.",
            ),
            quotient_rule(
                Sum(
                    y_bar[k, l] * (D(exp(x[k, l]), x[i, j]) * total - exp(x[k, l]) * D(total, x[i, j])) / total**2, k, l
                ),
                "Numerator and denominator both depend on x.",
            ),
            elementary_rule(
                Sum(
                    y_bar[k, l]
                    * exp(x[k, l])
                    * (D(x[k, l], x[i, j]) * total - Sum(exp(x[k, q]) * D(x[k, q], x[i, j]), q))
                    / total**2,
                    k,
                    l,
                ),
                "The exponential is its own derivative, and the derivative of the sum is that of its terms.",
            ),
            entry_rule(
                Sum(
                    y_bar[k, l]
                    * exp(x[k, l])
                    * (delta(k, i) * delta(l, j) * total - Sum(exp(x[k, q]) * delta(k, i) * delta(q, j), q))
                    / total**2,
                    k,
                    l,
                ),
                "An entry of x depends on x_ij only if it is x_ij.",
            ),
            collapse_delta(
                y_bar[i, j] * exp(x[i, j]) / total_i - exp(x[i, j]) * Sum(y_bar[i, l] * exp(x[i, l]), l) / total_i**2,
                "Only row k = i is left. In the first term l = j too; in the second q = j, and every l of the row stays.",
            ),
            name_quantity(
                y[i, j] * (y_bar[i, j] - Sum(y_bar[i, l] * y[i, l], l)),
                "Every exponential stands over the sum of its row: that is an entry of y.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                y[k, l] * (x_dot[k, l] - Sum(y[k, q] * x_dot[k, q], q)),
                "Only what x_kl moves beyond the weighted mean of its row moves y_kl.",
            ),
        ),
    ),
    op="gradverify.ops:Softmax",
)
