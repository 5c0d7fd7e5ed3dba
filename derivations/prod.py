"""Product of the entries of every row, kept as a column."""

import numpy as np

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)

x = array("x", m, n)
y = array("y", m, 1)
x_dot, y_bar = tangent(x), cotangent(y)


def x_bar(x, y_bar):
    before, after = np.ones_like(x), np.ones_like(x)
    before[:, 1:] = x[:, :-1].cumprod(axis=1)
    after[:, :-1] = x[:, :0:-1].cumprod(axis=1)[:, ::-1]
    return y_bar * before * after


prod = Derivation(
    name="prod",
    title="multiply the entries of every row",
    inputs=(x,),
    forward={y[k, 0]: product(x[k, l], l)},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, 0] * D(y[k, 0], x[i, j]), k),
                "x_ij may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(y_bar[k, 0] * D(product(x[k, l], l), x[i, j]), k),
                "y_k0 is the product of row k.",
            ),
            product_rule(
                Sum(y_bar[k, 0] * Sum(D(x[k, q], x[i, j]) * product(x[k, l], l, without=q), q), k),
                "Each factor is differentiated in turn, and all the others stay as they are.",
            ),
            entry_rule(
                Sum(y_bar[k, 0] * Sum(delta(k, i) * delta(q, j) * product(x[k, l], l, without=q), q), k),
                "An entry of x depends on x_ij only if it is x_ij.",
            ),
            collapse_delta(
                y_bar[i, 0] * product(x[i, l], l, without=j),
                "Only row k = i and factor q = j are left: the slope is the product of all others, also where x_ij is 0.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, 0],
            push_forward(
                Sum(x_dot[k, q] * product(x[k, l], l, without=q), q),
                "Each factor moves the product by as much as all the others multiply it.",
            ),
        ),
    ),
    op="gradverify.ops:Prod",
)
