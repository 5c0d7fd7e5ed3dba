"""Sum: all entries of a matrix added up to one number."""

import numpy as np

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l = index("j l", n)

x = array("x", m, n)
y = array("y")  # one number
x_dot, y_bar = tangent(x), cotangent(y)


def x_bar(x, y_bar):
    return np.full(x.shape, y_bar)


sum_op = Derivation(
    name="sum",
    title="add up all entries of a matrix",
    inputs=(x,),
    forward={y[()]: Sum(x[k, l], k, l)},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                y_bar[()] * D(y[()], x[i, j]),
                "There is one output, and x_ij may change it.",
            ),
            insert_forward(
                y_bar[()] * D(Sum(x[k, l], k, l), x[i, j]),
                "It is the sum of all entries.",
            ),
            sum_rule(
                y_bar[()] * Sum(D(x[k, l], x[i, j]), k, l),
                "The derivative of a sum is the sum of the derivatives.",
            ),
            entry_rule(
                y_bar[()] * Sum(delta(k, i) * delta(l, j), k, l),
                "x_kl changes with x_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_bar[()],
                "x_ij stands in the sum once: every entry gets the cotangent as it is.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[()],
            push_forward(Sum(x_dot[k, l], k, l), "The sum moves with every entry."),
        ),
    ),
    op="gradverify.ops:Sum",
)
