"""The axes of an array in any other order: every entry keeps its value and goes where its coordinates go."""

import numpy as np

from gradverify.derivation import *

m, n, r = size("m n r")  # of x
p, q, s = size("p q s")  # of y: the same three in another order

i, j, t = index("i", m), index("j", n), index("t", r)
k, l, z = index("k", p), index("l", q), index("z", s)

x = array("x", m, n, r)
y = array("y", p, q, s)
x_dot, y_bar = tangent(x), cotangent(y)

# The entries of x are numbered, row after row. Entry k, l, z of y is the entry of x with the number from(k, l, z), and
# every entry of x is one of y. Nothing else is known of it, so that one proof is good for every order of the axes.


def came_from(k, l, z, axes, n, r):
    """Axis e of y is axis axes[e] of x, so that a coordinate along the one is a coordinate along the other."""
    along = {axes[0]: k, axes[1]: l, axes[2]: z}
    return (along[0] * n + along[1]) * r + along[2]


number = index_map("number", (m, n, r), m * n * r, onto=True, rule=lambda i, j, t, n, r: (i * n + j) * r + t)
source = index_map("from", (p, q, s), m * n * r, onto=True, rule=came_from)
first, second, third = inverse(number, "first second third")
down, across, deep = inverse(source, "down across deep")

from_klz = source(k, l, z)
number_ijt = number(i, j, t)
entry = x[first(from_klz), second(from_klz), third(from_klz)]


def x_bar(y_bar, axes):
    return y_bar.transpose(np.argsort(axes)).copy()


permute_axes = Derivation(
    name="permute_axes",
    title="the axes of an array in any other order",
    inputs=(x,),
    forward={y[k, l, z]: entry},
    gradients=(
        Gradient(
            x[i, j, t],
            chain_rule(
                Sum(y_bar[k, l, z] * D(y[k, l, z], x[i, j, t]), k, l, z),
                "x_ijt may change every entry of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l, z] * D(entry, x[i, j, t]), k, l, z),
                "y_klz is one entry of x, at coordinates that follow from its number.",
            ),
            entry_rule(
                Sum(
                    y_bar[k, l, z] * delta(first(from_klz), i) * delta(second(from_klz), j) * delta(third(from_klz), t),
                    k,
                    l,
                    z,
                ),
                "It changes with x_ijt only if it is x_ijt.",
            ),
            collapse_delta(
                y_bar[down(number_ijt), across(number_ijt), deep(number_ijt)],
                "One entry of y has the number of x_ijt: the cotangent goes back by the inverse order of the axes.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l, z],
            push_forward(
                x_dot[first(from_klz), second(from_klz), third(from_klz)],
                "y moves as x does, at other places.",
            ),
        ),
    ),
    op="gradverify.ops:PermuteAxes",
    parameters={"axes": one_of((2, 0, 1), (1, 2, 0), (0, 2, 1), (1, 0, 2), (2, 1, 0), (0, 1, 2))},
)
