"""Cumulative sum: the partial sums of every row. The relation q ≤ l says which entries the sum up to l takes."""

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)
up_to = relation("≤", n, n, rule=lambda q, l: q <= l)

x = array("x", m, n)
y = array("y", m, n)
x_dot, y_bar = tangent(x), cotangent(y)


def x_bar(y_bar):
    return y_bar[:, ::-1].cumsum(axis=1)[:, ::-1]


cumsum = Derivation(
    name="cumsum",
    title="the partial sums of every row",
    inputs=(x,),
    forward={y[k, l]: Sum(up_to(q, l) * x[k, q], q)},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "x_ij may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(Sum(up_to(q, l) * x[k, q], q), x[i, j]), k, l),
                "y_kl is the sum of the entries of row k up to place l.",
            ),
            sum_rule(
                Sum(y_bar[k, l] * Sum(up_to(q, l) * D(x[k, q], x[i, j]), q), k, l),
                "Which entries are taken does not depend on x.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * Sum(up_to(q, l) * delta(k, i) * delta(q, j), q), k, l),
                "An entry of x depends on x_ij only if it is x_ij.",
            ),
            collapse_delta(
                Sum(y_bar[k, l] * up_to(j, l) * delta(k, i), k, l),
                "Of the sum over q only q = j is left, and it counts where j ≤ l.",
            ),
            collapse_delta(
                Sum(up_to(j, l) * y_bar[i, l], l),
                "Only row k = i is left: x_ij stands in every partial sum from place j on.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                Sum(up_to(q, l) * x_dot[k, q], q),
                "A partial sum moves with each of its terms.",
            ),
        ),
    ),
    op="gradverify.ops:CumSum",
)
