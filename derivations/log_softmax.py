"""Log-softmax: every entry less the logarithm of the sum of the exponentials of its row."""

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
    return y_bar - e / e.sum(axis=1, keepdims=True) * y_bar.sum(axis=1, keepdims=True)


log_softmax = Derivation(
    name="log_softmax",
    title="the logarithm of the softmax of every row",
    inputs=(x,),
    forward={y[k, l]: x[k, l] - log(total)},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "x_ij may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x[k, l] - log(total), x[i, j]), k, l),
                "y_kl is the logarithm of e^(x_kl) over the sum of the exponentials of row k.",
            ),
            sum_rule(
                Sum(y_bar[k, l] * (D(x[k, l], x[i, j]) - D(log(total), x[i, j])), k, l),
                "The derivative of a difference is the difference of the derivatives.",
            ),
            elementary_rule(
                Sum(y_bar[k, l] * (D(x[k, l], x[i, j]) - Sum(exp(x[k, q]) * D(x[k, q], x[i, j]), q) / total), k, l),
                "The derivative of log u is that of u over u, and the exponential is its own.",
            ),
            entry_rule(
                Sum(
                    y_bar[k, l]
                    * (delta(k, i) * delta(l, j) - Sum(exp(x[k, q]) * delta(k, i) * delta(q, j), q) / total),
                    k,
                    l,
                ),
                "An entry of x depends on x_ij only if it is x_ij.",
            ),
            collapse_delta(
                y_bar[i, j] - Sum(y_bar[i, l], l) * exp(x[i, j]) / total_i,
                "Only row k = i is left. In the first term l = j too; in the second q = j, and every l of the row stays.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                x_dot[k, l] - Sum(exp(x[k, q]) * x_dot[k, q], q) / total,
                "y_kl moves with x_kl, less what the weighted mean of its row moves.",
            ),
        ),
    ),
    op="gradverify.ops:LogSoftmax",
)
