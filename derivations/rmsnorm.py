"""RMS norm: every row of a matrix over the root of its mean square, then a gain for every column."""

import numpy as np

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)
eps = scalar("eps", positive=True)

x = array("x", m, n)
gamma = array("gamma", n)
y = array("y", m, n)
x_dot, gamma_dot, y_bar = tangent(x), tangent(gamma), cotangent(y)

r = array("r", m)  # the root of the mean square of each row
x_hat = array("x_hat", m, n)  # the rows over their roots


def x_bar(x, gamma, eps, y_bar):
    r = np.sqrt((x**2).mean(axis=1, keepdims=True) + eps)
    x_hat, x_hat_bar = x / r, y_bar * gamma
    return (x_hat_bar - x_hat * (x_hat_bar * x_hat).mean(axis=1, keepdims=True)) / r


def gamma_bar(x, eps, y_bar):
    r = np.sqrt((x**2).mean(axis=1, keepdims=True) + eps)
    return (y_bar * x / r).sum(axis=0)


rmsnorm = Derivation(
    name="rmsnorm",
    title="every row over the root of its mean square, times a gain",
    inputs=(x, gamma),
    where={
        r[k]: sqrt(Sum(x[k, q] ** 2, q) / n + eps),
        x_hat[k, l]: x[k, l] / r[k],
    },
    forward={y[k, l]: gamma[l] * x_hat[k, l]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "x_ij may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * gamma[l] * D(x[k, l] / r[k], x[i, j]), k, l),
                "y_kl is x_kl over the root r_k of its row, times a gain that does not depend on x.",
            ),
            quotient_rule(
                Sum(
                    y_bar[k, l] * gamma[l] * (D(x[k, l], x[i, j]) * r[k] - x[k, l] * D(r[k], x[i, j])) / r[k] ** 2, k, l
                ),
                "Numerator and denominator both depend on x.",
            ),
            power_rule(
                Sum(
                    y_bar[k, l]
                    * gamma[l]
                    * (D(x[k, l], x[i, j]) * r[k] - x[k, l] * Sum(x[k, q] * D(x[k, q], x[i, j]), q) / (n * r[k]))
                    / r[k] ** 2,
                    k,
                    l,
                ),
                "The derivative of √u is that of u over 2√u, and that of x_kq² is 2 x_kq times that of x_kq.",
            ),
            entry_rule(
                Sum(
                    y_bar[k, l]
                    * gamma[l]
                    * (
                        delta(k, i) * delta(l, j) * r[k]
                        - x[k, l] * Sum(x[k, q] * delta(k, i) * delta(q, j), q) / (n * r[k])
                    )
                    / r[k] ** 2,
                    k,
                    l,
                ),
                "An entry of x depends on x_ij only if it is x_ij.",
            ),
            collapse_delta(
                y_bar[i, j] * gamma[j] / r[i] - x[i, j] * Sum(y_bar[i, l] * gamma[l] * x[i, l], l) / (n * r[i] ** 3),
                "Only row k = i is left. In the first term l = j too; in the second q = j, and every l of the row stays.",
            ),
            name_quantity(
                (y_bar[i, j] * gamma[j] - x_hat[i, j] * Sum(y_bar[i, l] * gamma[l] * x_hat[i, l], l) / n) / r[i],
                "Every x of the row stands over r_i: that is x̂.",
            ),
            numpy=x_bar,
        ),
        Gradient(
            gamma[j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], gamma[j]), k, l),
                "The gain of column j may change every entry of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(gamma[l] * x_hat[k, l], gamma[j]), k, l),
                "y_kl is x̂_kl times the gain of its column.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * delta(l, j) * x_hat[k, l], k, l),
                "x̂ does not depend on the gain, and a gain depends on itself alone.",
            ),
            collapse_delta(
                Sum(y_bar[k, j] * x_hat[k, j], k),
                "Only column l = j is left, with all its rows.",
            ),
            numpy=gamma_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                gamma[l] * (x_dot[k, l] - x_hat[k, l] * Sum(x_hat[k, q] * x_dot[k, q], q) / n) / r[k]
                + gamma_dot[l] * x_hat[k, l],
                "x̂_kl moves with x_kl and, the other way, with the root of its row; the gain moves y_kl by x̂_kl.",
            ),
        ),
    ),
    op="gradverify.ops:RMSNorm",
    parameters={"eps": eps},
)
