"""Wrong lines of GELU."""

# ruff: noqa: E741  # l is an index on the page

from planted_derivations import Planted
from sympy import Rational, pi

from gradverify.derivation import D, Sum, array, cotangent, index, size, sqrt, tanh

m, n = size("m n")
i, k = index("i k", m)
j, l = index("j l", n)
x, s = array("x", m, n), array("s", m, n)
y_bar = cotangent(array("y", m, n))
c, d = sqrt(2 / pi), Rational("0.044715")

step = 1 + tanh(s[i, j])
slope = 1 - tanh(s[i, j]) ** 2

PLANTED = [
    Planted(
        "the second factor taken for a constant",
        "gelu",
        (3, 4),
        {3: Sum(y_bar[k, l] / 2 * D(x[k, l], x[i, j]) * (1 + tanh(s[k, l])), k, l)},
    ),
    Planted(
        "the exponent of x³ not brought down",
        "gelu",
        (6,),
        {6: y_bar[i, j] / 2 * (step + x[i, j] * slope * c * (1 + d * x[i, j] ** 2))},
    ),
    Planted("the inner derivative left out", "gelu", (6,), {6: y_bar[i, j] / 2 * (step + x[i, j] * slope)}),
]
