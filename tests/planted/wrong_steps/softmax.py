"""Wrong steps in the derivations of softmax, of its logarithm and of the loss."""

# ruff: noqa: E741  # l is an index on the page

from planted_derivations import Planted

from gradverify.derivation import D, Sum, array, cotangent, delta, exp, index, index_map, log, size

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)
t = index_map("t", m, n)
x, y, p = array("x", m, n), array("y", m, n), array("p", m, n)
y_bar, loss_bar = cotangent(y), cotangent(array("y", m))
total, total_i = Sum(exp(x[k, q]), q), Sum(exp(x[i, q]), q)
dot_i = Sum(y_bar[i, l] * y[i, l], l)


PLANTED = [
    Planted(
        "the Jacobian's diagonal alone",
        "softmax",
        (7,),
        {
            7: y_bar[i, j] * exp(x[i, j]) / total_i - y_bar[i, j] * exp(x[i, j]) ** 2 / total_i**2,
            8: y_bar[i, j] * y[i, j] - y_bar[i, j] * y[i, j] ** 2,
            9: y_bar[i, j] * y[i, j] * (1 - y[i, j]),
        },
    ),
    Planted("the mean of the row is not weighed", "softmax", (9,), {9: y[i, j] * (y_bar[i, j] - Sum(y_bar[i, l], l))}),
    Planted(
        "one sum of the row too few in the denominator",
        "softmax",
        (7, 8),
        {7: y_bar[i, j] * exp(x[i, j]) / total_i - exp(x[i, j]) * Sum(y_bar[i, l] * exp(x[i, l]), l) / total_i},
    ),
    Planted("the sum of a product taken apart", "softmax", (9,), {9: y[i, j] * (y_bar[i, j] - dot_i * y[i, j])}),
    Planted(
        "the sum of the row's cotangents left out",
        "log_softmax",
        (6,),
        {6: y_bar[i, j] - y_bar[i, j] * exp(x[i, j]) / total_i, 7: y_bar[i, j] * (1 - p[i, j])},
    ),
    Planted(
        "the derivative of the logarithm without 1/u",
        "log_softmax",
        (4, 5),
        {4: Sum(y_bar[k, l] * (D(x[k, l], x[i, j]) - Sum(exp(x[k, q]) * D(x[k, q], x[i, j]), q)), k, l)},
    ),
    Planted(
        "wrong sign",
        "cross_entropy",
        (7,),
        {7: loss_bar[i] * (delta(t(i), j) - p[i, j])},
    ),
    Planted(
        "the logarithm of a sum as a sum of logarithms",
        "cross_entropy",
        (2, 3),
        {2: Sum(loss_bar[k] * D(Sum(log(exp(x[k, q])), q) - x[k, t(k)], x[i, j]), k)},
    ),
]
