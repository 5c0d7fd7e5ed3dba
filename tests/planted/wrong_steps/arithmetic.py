"""Wrong lines of sum, difference, product, power and identity."""

# ruff: noqa: E741  # l is an index on the page

from planted_derivations import Planted

from gradverify.derivation import D, Sum, array, cotangent, delta, index, log, size

m, n = size("m n")
i, k = index("i k", m)
j, l = index("j l", n)
x1, x2, y = array("x1", m, n), array("x2", m, n), array("y", m, n)
x, a = array("x", m, n, positive=True), array("a", m, n)
y_bar = cotangent(y)
at_ij = delta(k, i) * delta(l, j)

PLANTED = [
    Planted("both terms taken to move with x1", "add", (5,), {5: 2 * y_bar[i, j]}),
    Planted("the row alone picked out", "add", (4, 5), {4: Sum(y_bar[k, l] * delta(k, i), k, l)}, gradient=1),
    Planted("the minus lost", "sub", (5,), {5: y_bar[i, j]}, gradient=1),
    Planted(
        "the minus lost for one line",
        "sub",
        (3, 4),
        {3: Sum(y_bar[k, l] * D(x2[k, l], x2[i, j]), k, l)},
        gradient=1,
    ),
    Planted("a minus for the first term", "sub", (5,), {5: -y_bar[i, j]}),
    Planted("its own factor", "multiply", (5,), {5: y_bar[i, j] * x1[i, j]}),
    Planted(
        "the product of the derivatives",
        "multiply",
        (3, 4),
        {3: Sum(y_bar[k, l] * D(x1[k, l], x2[i, j]) * D(x2[k, l], x2[i, j]), k, l)},
        gradient=1,
    ),
    Planted(
        "the exponent not lowered",
        "power",
        (3,),
        {
            3: Sum(y_bar[k, l] * y[k, l] * a[k, l] * D(x[k, l], x[i, j]), k, l),
            4: Sum(y_bar[k, l] * y[k, l] * a[k, l] * at_ij, k, l),
            5: y_bar[i, j] * a[i, j] * y[i, j],
        },
    ),
    Planted("the exponent not brought down", "power", (5,), {5: y_bar[i, j] * y[i, j] / x[i, j]}),
    Planted(
        "the logarithm of the base left out",
        "power",
        (3, 4),
        {3: Sum(y_bar[k, l] * y[k, l] * D(a[k, l], a[i, j]), k, l)},
        gradient=1,
    ),
    Planted("the logarithm of the exponent", "power", (5,), {5: y_bar[i, j] * a[i, j] * log(x[i, j])}, gradient=1),
    Planted("the sum of all cotangents", "identity", (4,), {4: Sum(y_bar[k, l], k, l)}),
    Planted("the column alone picked out", "identity", (3, 4), {3: Sum(y_bar[k, l] * delta(l, j), k, l)}),
]
