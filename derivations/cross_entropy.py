"""Cross-entropy: how improbable the softmax of the logits makes the class that was observed, one loss a row."""

import numpy as np

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, q = index("j q", n)
t = index_map("t", m, n)  # the class of every row

x = array("x", m, n)
y = array("y", m)
x_dot, y_bar = tangent(x), cotangent(y)

total = Sum(exp(x[k, q]), q)  # of row k
total_i = Sum(exp(x[i, q]), q)


def x_bar(x, y_bar, targets):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    observed = np.arange(x.shape[1]) == targets[:, np.newaxis]
    return y_bar[:, np.newaxis] * (p - observed)


cross_entropy = Derivation(
    name="cross_entropy",
    title="minus the log-probability of the observed class, from logits",
    inputs=(x,),
    forward={y[k]: log(total) - x[k, t(k)]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k] * D(y[k], x[i, j]), k),
                "x_ij may change the loss of every row.",
            ),
            insert_forward(
                Sum(y_bar[k] * D(log(total) - x[k, t(k)], x[i, j]), k),
                "y_k is minus the logarithm of the softmax at the class t(k).",
            ),
            elementary_rule(
                Sum(y_bar[k] * (Sum(exp(x[k, q]) * D(x[k, q], x[i, j]), q) / total - D(x[k, t(k)], x[i, j])), k),
                "The derivative of log u is that of u over u, and the exponential is its own.",
            ),
            entry_rule(
                Sum(
                    y_bar[k]
                    * (Sum(exp(x[k, q]) * delta(k, i) * delta(q, j), q) / total - delta(k, i) * delta(t(k), j)),
                    k,
                ),
                "An entry of x depends on x_ij only if it is x_ij: the same row, and the class itself.",
            ),
            collapse_delta(
                y_bar[i] * (exp(x[i, j]) / total_i - delta(t(i), j)),
                "Only row k = i is left: its probabilities, less 1 at the class that was observed.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k],
            push_forward(
                Sum(exp(x[k, q]) * x_dot[k, q], q) / total - x_dot[k, t(k)],
                "The loss moves with the weighted mean of the row, less what the observed class moves.",
            ),
        ),
    ),
    op="gradverify.ops:CrossEntropy",
    parameters={"targets": t},
)
