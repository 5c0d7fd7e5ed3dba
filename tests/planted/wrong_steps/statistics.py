"""Wrong lines of the statistics of rows and of the sum of all entries."""

# ruff: noqa: E741  # l is an index on the page

from planted_derivations import Planted

from gradverify.derivation import D, Sum, array, cotangent, delta, exp, index, size

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)
x, y, mu = array("x", m, n), array("y", m, 1), array("mu", m)
y_bar, sum_bar = cotangent(y), cotangent(array("y"))
total_i = Sum(exp(x[i, q]), q)

PLANTED = [
    Planted("a sum for the mean", "mean", (5,), {5: y_bar[i, 0]}),
    Planted("the number of rows", "mean", (5,), {5: y_bar[i, 0] / m}),
    Planted("every entry of the row taken to move", "mean", (4, 5), {4: Sum(y_bar[k, 0] * Sum(delta(k, i), q) / n, k)}),
    Planted("the 2 of the power lost", "variance", (6,), {6: y_bar[i, 0] * (x[i, j] - mu[i]) / n}),
    Planted("the distance from 0", "variance", (6,), {6: 2 * y_bar[i, 0] * x[i, j] / n}),
    Planted(
        "the exponent not brought down",
        "variance",
        (3, 4),
        {3: Sum(y_bar[k, 0] * Sum((x[k, q] - mu[k]) * (D(x[k, q], x[i, j]) - D(mu[k], x[i, j])), q) / n, k)},
    ),
    Planted(
        "the derivative of the logarithm without 1/u",
        "logsumexp",
        (3, 4),
        {3: Sum(y_bar[k, 0] * Sum(exp(x[k, q]) * D(x[k, q], x[i, j]), q), k)},
    ),
    Planted("the whole row's exponentials", "logsumexp", (5,), {5: y_bar[i, 0] * total_i / total_i}),
    Planted("the wrong sign", "logsumexp", (5,), {5: -y_bar[i, 0] * exp(x[i, j]) / total_i}),
    Planted("the number of entries", "sum", (5,), {5: m * n * sum_bar[()]}),
    Planted("the mean of the entries", "sum", (3, 4), {3: sum_bar[()] * Sum(D(x[k, l], x[i, j]), k, l) / (m * n)}),
]
