"""Reductions: one number of a matrix, or of every row."""

import numpy as np

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, q = index("j q", n)

x = array("x", m, n)
x_dot = tangent(x)


def x_bar(x, y_bar):
    return y_bar + np.zeros_like(x)


# The sum of every row, kept as a column.

column = array("y", m, 1)
column_bar = cotangent(column)

row_sum = Derivation(
    name="row_sum",
    title="sum every row of a matrix",
    inputs=(x,),
    forward={column[k, 0]: Sum(x[k, q], q)},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(column_bar[k, 0] * D(column[k, 0], x[i, j]), k),
                "x_ij may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(column_bar[k, 0] * D(Sum(x[k, q], q), x[i, j]), k),
                "y_k0 is the sum of row k.",
            ),
            sum_rule(
                Sum(column_bar[k, 0] * Sum(D(x[k, q], x[i, j]), q), k),
                "The derivative of a sum is the sum of the derivatives.",
            ),
            entry_rule(
                Sum(column_bar[k, 0] * Sum(delta(k, i) * delta(q, j), q), k),
                "An entry of x depends on x_ij only if it is x_ij.",
            ),
            collapse_delta(
                Sum(column_bar[k, 0] * delta(k, i), k),
                "x_ij stands exactly once in row i.",
            ),
            collapse_delta(
                column_bar[i, 0],
                "Only row i holds x_ij: every entry of the row gets the row's cotangent.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            column[k, 0],
            push_forward(
                Sum(x_dot[k, q], q),
                "The sum moves with every entry of its row.",
            ),
        ),
    ),
    op="gradverify.ops:RowSum",
)

# The largest entry of every row, kept as a column. As long as it stays the largest, its place t(i) does not change.

t = index_map("t", m, n, rule=lambda i, x: x.argmax(axis=1)[i])

largest = array("y", m, 1)
largest_bar = cotangent(largest)

row_max = Derivation(
    name="row_max",
    title="take the largest entry of every row",
    inputs=(x,),
    forward={largest[k, 0]: x[k, t(k)]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(largest_bar[k, 0] * D(largest[k, 0], x[i, j]), k),
                "x_ij may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(largest_bar[k, 0] * D(x[k, t(k)], x[i, j]), k),
                "The largest entry of row k stands at the place t(k), and a small change of x does not move it.",
            ),
            entry_rule(
                Sum(largest_bar[k, 0] * delta(k, i) * delta(t(k), j), k),
                "That entry changes with x_ij only if it is x_ij.",
            ),
            collapse_delta(
                largest_bar[i, 0] * delta(t(i), j),
                "Only row k = i is left: the largest entry gets the row's cotangent, the others get 0.",
            ),
        ),
    ),
    tangents=(
        Tangent(
            largest[k, 0],
            push_forward(
                x_dot[k, t(k)],
                "The maximum moves as the largest entry does; the others do not count.",
            ),
        ),
    ),
    op="gradverify.ops:RowMax",
    about="Where several entries of a row are the largest there is no derivative: any shares of the cotangent are right.",
)
