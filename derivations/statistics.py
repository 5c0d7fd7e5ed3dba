"""Statistics of the rows of a matrix, each as a column: mean, variance, and the smooth maximum log Σ exp."""

import numpy as np

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l, q, r = index("j l q r", n)

x = array("x", m, n)
y = array("y", m, 1)
x_dot, y_bar = tangent(x), cotangent(y)

# The mean.


def mean_bar(x, y_bar):
    return np.zeros_like(x) + y_bar / x.shape[1]


mean = Derivation(
    name="mean",
    title="the mean of every row of a matrix",
    inputs=(x,),
    forward={y[k, 0]: Sum(x[k, q], q) / n},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, 0] * D(y[k, 0], x[i, j]), k),
                "x_ij may change the mean of every row.",
            ),
            insert_forward(
                Sum(y_bar[k, 0] * D(Sum(x[k, q], q) / n, x[i, j]), k),
                "y_k0 is the sum of row k over the number of its entries.",
            ),
            sum_rule(
                Sum(y_bar[k, 0] * Sum(D(x[k, q], x[i, j]), q) / n, k),
                "The derivative of a sum is the sum of the derivatives, and n does not depend on x.",
            ),
            entry_rule(
                Sum(y_bar[k, 0] * Sum(delta(k, i) * delta(q, j), q) / n, k),
                "An entry of x depends on x_ij only if it is x_ij.",
            ),
            collapse_delta(
                y_bar[i, 0] / n,
                "x_ij stands in the mean of its own row, once: each entry has an n-th share in it.",
            ),
            numpy=mean_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, 0],
            push_forward(Sum(x_dot[k, q], q) / n, "The mean moves by the mean of the movements."),
        ),
    ),
    op="gradverify.ops:RowMean",
)

# The variance: the mean of the squared distances from the mean.

mu = array("mu", m)


def variance_bar(x, y_bar):
    return 2 / x.shape[1] * y_bar * (x - x.mean(axis=1, keepdims=True))


variance = Derivation(
    name="variance",
    title="the variance of every row of a matrix",
    inputs=(x,),
    where={mu[k]: Sum(x[k, r], r) / n},
    forward={y[k, 0]: Sum((x[k, q] - mu[k]) ** 2, q) / n},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, 0] * D(y[k, 0], x[i, j]), k),
                "x_ij may change the variance of every row.",
            ),
            insert_forward(
                Sum(y_bar[k, 0] * D(Sum((x[k, q] - mu[k]) ** 2, q) / n, x[i, j]), k),
                "y_k0 is the mean of the squared distances from μ_k.",
            ),
            power_rule(
                Sum(y_bar[k, 0] * Sum(2 * (x[k, q] - mu[k]) * (D(x[k, q], x[i, j]) - D(mu[k], x[i, j])), q) / n, k),
                "The derivative of u² is 2u times that of u, and the mean depends on x too.",
            ),
            algebra(
                Sum(y_bar[k, 0] * Sum(2 * (x[k, q] - mu[k]) * D(x[k, q], x[i, j]), q) / n, k),
                "∂μ_k/∂x_ij is the same for every q, and the distances from a mean add up to 0.",
            ),
            entry_rule(
                Sum(y_bar[k, 0] * Sum(2 * (x[k, q] - mu[k]) * delta(k, i) * delta(q, j), q) / n, k),
                "An entry of x depends on x_ij only if it is x_ij.",
            ),
            collapse_delta(
                2 * y_bar[i, 0] * (x[i, j] - mu[i]) / n,
                "Only k = i and q = j are left.",
            ),
            numpy=variance_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, 0],
            push_forward(
                2 * Sum((x[k, q] - mu[k]) * x_dot[k, q], q) / n,
                "The variance moves by how far the entries move away from the mean.",
            ),
        ),
    ),
    op="gradverify.ops:RowVariance",
)

# The logarithm of the sum of the exponentials.

total = Sum(exp(x[k, q]), q)  # of row k
total_i = Sum(exp(x[i, q]), q)


def logsumexp_bar(x, y_bar):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return y_bar * e / e.sum(axis=1, keepdims=True)


logsumexp = Derivation(
    name="logsumexp",
    title="the logarithm of the sum of the exponentials of every row",
    inputs=(x,),
    forward={y[k, 0]: log(total)},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, 0] * D(y[k, 0], x[i, j]), k),
                "x_ij may change the entry of every row.",
            ),
            insert_forward(
                Sum(y_bar[k, 0] * D(log(total), x[i, j]), k),
                "y_k0 is the logarithm of the sum of the exponentials of row k.",
            ),
            elementary_rule(
                Sum(y_bar[k, 0] * Sum(exp(x[k, q]) * D(x[k, q], x[i, j]), q) / total, k),
                "The derivative of log u is that of u over u, and the exponential is its own.",
            ),
            entry_rule(
                Sum(y_bar[k, 0] * Sum(exp(x[k, q]) * delta(k, i) * delta(q, j), q) / total, k),
                "An entry of x depends on x_ij only if it is x_ij.",
            ),
            collapse_delta(
                y_bar[i, 0] * exp(x[i, j]) / total_i,
                "Only k = i and q = j are left: the row's cotangent, shared out by the softmax of the row.",
            ),
            numpy=logsumexp_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, 0],
            push_forward(
                Sum(exp(x[k, q]) * x_dot[k, q], q) / total,
                "A weighted mean of the movements, the weights being the softmax of the row.",
            ),
        ),
    ),
    op="gradverify.ops:LogSumExp",
)
