"""Broadcasting: copies of a vector, copies along a size-1 axis, and two operands whose shapes NumPy stretches to fit."""

from sympy import OneMatrix

from gradverify.derivation import *

# A vector becomes a matrix of n equal columns.

m, n = size("m n")
i, k = index("i k", m)
l = index("l", n)

x = array("x", m)
y = array("y", m, n)
x_dot = tangent(x)
y_bar = cotangent(y)


def x_bar(y_bar):
    return y_bar.sum(axis=1)


broadcast = Derivation(
    name="broadcast",
    title="copy a vector into n equal columns",
    inputs=(x,),
    forward={y[k, l]: x[k]},
    gradients=(
        Gradient(
            x[i],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i]), k, l),
                "The loss depends on x_i through every copy of it.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x[k], x[i]), k, l),
                "All columns l hold the same x_k.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * delta(k, i), k, l),
                "x_k changes with x_i only where k = i.",
            ),
            collapse_delta(
                Sum(y_bar[i, l], l),
                "Only row k = i is left; nothing pins the column, so the sum over the copies stays.",
            ),
            numpy=x_bar,
            matrix=matrix(y_bar) * OneMatrix(n, 1),
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                x_dot[k],
                "Every copy moves as the original does.",
            ),
        ),
    ),
    op="gradverify.ops:Broadcast",
    parameters={"columns": n},
)

# An axis of size 1 is repeated n times. The axes before it are grouped in one of size a, those after it in one of size b.

a, b = size("a b")
r, p = index("r p", a)
s, q = index("s q", b)

x_unit = array("x", a, 1, b)
y_wide = array("y", a, n, b)
x_unit_dot = tangent(x_unit)
y_wide_bar = cotangent(y_wide)


def x_unit_bar(y_bar):
    return y_bar.sum(axis=1, keepdims=True)


expand = Derivation(
    name="expand",
    title="repeat an axis of size 1 n times",
    inputs=(x_unit,),
    forward={y_wide[p, l, q]: x_unit[p, 0, q]},
    gradients=(
        Gradient(
            x_unit[r, 0, s],
            chain_rule(
                Sum(y_wide_bar[p, l, q] * D(y_wide[p, l, q], x_unit[r, 0, s]), p, l, q),
                "The loss depends on x_r0s through every repetition of it.",
            ),
            insert_forward(
                Sum(y_wide_bar[p, l, q] * D(x_unit[p, 0, q], x_unit[r, 0, s]), p, l, q),
                "Every l along the repeated axis holds the same x_p0q.",
            ),
            entry_rule(
                Sum(y_wide_bar[p, l, q] * delta(p, r) * delta(q, s), p, l, q),
                "x_p0q changes with x_r0s only where p = r and q = s; the axis of size 1 has one index.",
            ),
            collapse_delta(
                Sum(y_wide_bar[r, l, s], l),
                "p = r and q = s are left; the sum over the repetitions stays.",
            ),
            numpy=x_unit_bar,
        ),
    ),
    tangents=(
        Tangent(
            y_wide[p, l, q],
            push_forward(
                x_unit_dot[p, 0, q],
                "Every copy moves as the original does.",
            ),
        ),
    ),
    op="gradverify.ops:Expand",
    parameters={"dim": 1, "repeats": n},
    about="Any axis of any rank: group the axes before it, and those after it, into one each.",
)

# Two operands. Every axis is of one of three kinds: both have it, or one of the two has size 1 there and is repeated.
# Grouped by kind, the axes become three, of sizes a (both), m (x2 is repeated) and n (x1 is repeated).

g = function("g", arguments=2)
i1, k1 = index("i k", m)
j2, l2 = index("j l", n)

x1 = array("x1", a, m, 1)
x2 = array("x2", a, 1, n)
z = array("y", a, m, n)
x1_dot, x2_dot = tangent(x1), tangent(x2)
z_bar = cotangent(z)


def x1_bar(x1, x2, y_bar, g_1):
    return (y_bar * g_1(x1, x2)).sum(axis=2, keepdims=True)


def x2_bar(x1, x2, y_bar, g_2):
    return (y_bar * g_2(x1, x2)).sum(axis=1, keepdims=True)


broadcasting = Derivation(
    name="broadcasting",
    title="any function of two operands, broadcast against each other",
    inputs=(x1, x2),
    forward={z[p, k1, l2]: g(x1[p, k1, 0], x2[p, 0, l2])},
    gradients=(
        Gradient(
            x1[r, i1, 0],
            chain_rule(
                Sum(z_bar[p, k1, l2] * D(z[p, k1, l2], x1[r, i1, 0]), p, k1, l2),
                "The loss depends on x1_ri0 through every entry of y that it is stretched to.",
            ),
            insert_forward(
                Sum(z_bar[p, k1, l2] * D(g(x1[p, k1, 0], x2[p, 0, l2]), x1[r, i1, 0]), p, k1, l2),
                "Every entry of y is g of one entry of each operand.",
            ),
            elementary_rule(
                Sum(
                    z_bar[p, k1, l2] * partial(g, 1)(x1[p, k1, 0], x2[p, 0, l2]) * D(x1[p, k1, 0], x1[r, i1, 0]),
                    p,
                    k1,
                    l2,
                ),
                "Only the first argument of g depends on x1.",
            ),
            entry_rule(
                Sum(
                    z_bar[p, k1, l2] * partial(g, 1)(x1[p, k1, 0], x2[p, 0, l2]) * delta(p, r) * delta(k1, i1),
                    p,
                    k1,
                    l2,
                ),
                "x1_pk0 changes with x1_ri0 only where p = r and k = i.",
            ),
            collapse_delta(
                Sum(z_bar[r, i1, l2] * partial(g, 1)(x1[r, i1, 0], x2[r, 0, l2]), l2),
                "p = r and k = i are left: the sum over the axis along which x1 was stretched stays.",
            ),
            numpy=x1_bar,
        ),
        Gradient(
            x2[r, 0, j2],
            chain_rule(
                Sum(z_bar[p, k1, l2] * D(z[p, k1, l2], x2[r, 0, j2]), p, k1, l2),
                "The loss depends on x2_r0j through every entry of y that it is stretched to.",
            ),
            insert_forward(
                Sum(z_bar[p, k1, l2] * D(g(x1[p, k1, 0], x2[p, 0, l2]), x2[r, 0, j2]), p, k1, l2),
                "Every entry of y is g of one entry of each operand.",
            ),
            elementary_rule(
                Sum(
                    z_bar[p, k1, l2] * partial(g, 2)(x1[p, k1, 0], x2[p, 0, l2]) * D(x2[p, 0, l2], x2[r, 0, j2]),
                    p,
                    k1,
                    l2,
                ),
                "Only the second argument of g depends on x2.",
            ),
            entry_rule(
                Sum(
                    z_bar[p, k1, l2] * partial(g, 2)(x1[p, k1, 0], x2[p, 0, l2]) * delta(p, r) * delta(l2, j2),
                    p,
                    k1,
                    l2,
                ),
                "x2_p0l changes with x2_r0j only where p = r and l = j.",
            ),
            collapse_delta(
                Sum(z_bar[r, k1, j2] * partial(g, 2)(x1[r, k1, 0], x2[r, 0, j2]), k1),
                "p = r and l = j are left: the sum over the axis along which x2 was stretched stays.",
            ),
            numpy=x2_bar,
        ),
    ),
    tangents=(
        Tangent(
            z[p, k1, l2],
            push_forward(
                partial(g, 1)(x1[p, k1, 0], x2[p, 0, l2]) * x1_dot[p, k1, 0]
                + partial(g, 2)(x1[p, k1, 0], x2[p, 0, l2]) * x2_dot[p, 0, l2],
                "Both arguments move, each as the one entry that is copied to this place.",
            ),
        ),
    ),
    op="gradverify.ops:BroadcastMap",
    parameters={"g": g, "g_1": partial(g, 1), "g_2": partial(g, 2)},
    about="A missing leading axis counts as an axis of size 1.",
)
