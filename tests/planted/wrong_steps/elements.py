"""Arithmetic, statistics, power, GELU and sum with a wrong step."""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

from planted_derivations import Planted

from gradverify.derivation import D, Sum, array, cotangent, delta, exp, index, log, size, tanh

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)
x, x1, x2 = array("x", m, n), array("x1", m, n), array("x2", m, n)
y = array("y", m, n)
y_bar, column_bar, number_bar = cotangent(y), cotangent(array("y", m, 1)), cotangent(array("y"))
mu, s = array("mu", m), array("s", m, n)
positive_x, a = array("x", m, n, positive=True), array("a", m, n)

PLANTED = [
    Planted("the other operand", "add", (5,), {5: y_bar[i, j] * x2[i, j]}),
    Planted("the sign of x2 lost", "sub", (5,), {5: y_bar[i, j]}, gradient=1),
    Planted("the factor itself", "multiply", (5,), {5: y_bar[i, j] * x1[i, j]}),
    Planted("one δ lost", "identity", (3, 4), {3: Sum(y_bar[k, l] * delta(k, i), k, l)}),
    Planted("not divided by n", "mean", (5,), {5: column_bar[i, 0]}),
    Planted(
        "the mean taken for a constant, one line too early",
        "variance",
        (6,),
        {6: 2 * column_bar[i, 0] * x[i, j] / n},
    ),
    Planted("without the weight", "logsumexp", (5,), {5: column_bar[i, 0] / Sum(exp(x[i, q]), q)}),
    Planted(
        "the exponent not lowered",
        "power",
        (5,),
        {5: y_bar[i, j] * a[i, j] * y[i, j]},
    ),
    Planted(
        "the logarithm of the exponent",
        "power",
        (5,),
        {5: y_bar[i, j] * y[i, j] * log(positive_x[i, j]) ** 2},
        gradient=1,
    ),
    Planted(
        "the slope of s forgotten",
        "gelu",
        (6,),
        {6: y_bar[i, j] / 2 * (1 + tanh(s[i, j]) + x[i, j] * (1 - tanh(s[i, j]) ** 2))},
    ),
    Planted("a factor n", "sum", (4, 5), {4: n * number_bar[()] * Sum(delta(k, i) * delta(l, j), k, l)}),
    Planted("the derivative of one entry", "sum", (3, 4), {3: number_bar[()] * D(x[i, j], x[i, j]) * 2}),
]
