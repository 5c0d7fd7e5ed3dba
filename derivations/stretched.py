"""A column taken from all columns of a matrix, a row added to all of its rows: the small operand is repeated to fit."""

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l = index("j l", n)

x = array("x", m, n)
c = array("c", m, 1)
b = array("b", n)
y = array("y", m, n)
x_dot, c_dot, b_dot = tangent(x), tangent(c), tangent(b)
y_bar = cotangent(y)


def x_bar(y_bar):
    return y_bar.copy()


def c_bar(y_bar):
    return -y_bar.sum(axis=1, keepdims=True)


def b_bar(y_bar):
    return y_bar.sum(axis=0)


sub_column = Derivation(
    name="sub_column",
    title="subtract a column from every column of a matrix",
    inputs=(x, c),
    forward={y[k, l]: x[k, l] - c[k, 0]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "The loss depends on x_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x[k, l] - c[k, 0], x[i, j]), k, l),
                "Of every entry of row k the same c_k0 is subtracted.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * delta(k, i) * delta(l, j), k, l),
                "x_kl changes with x_ij only if it is x_ij, and c does not change with x.",
            ),
            collapse_delta(
                y_bar[i, j],
                "A single term of the double sum is left.",
            ),
            numpy=x_bar,
        ),
        Gradient(
            c[i, 0],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], c[i, 0]), k, l),
                "The loss depends on c_i0 through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x[k, l] - c[k, 0], c[i, 0]), k, l),
                "Of every entry of row k the same c_k0 is subtracted.",
            ),
            entry_rule(
                Sum(-y_bar[k, l] * delta(k, i), k, l),
                "c_k0 changes with c_i0 only where k = i, and it is subtracted.",
            ),
            collapse_delta(
                -Sum(y_bar[i, l], l),
                "Only row k = i is left; the sum over its entries stays, for c_i0 is in each of them.",
            ),
            numpy=c_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                x_dot[k, l] - c_dot[k, 0],
                "The difference moves as the difference of the two movements.",
            ),
        ),
    ),
    op="gradverify.ops:SubColumn",
)

add_row = Derivation(
    name="add_row",
    title="add a vector to every row of a matrix",
    inputs=(x, b),
    forward={y[k, l]: x[k, l] + b[l]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "The loss depends on x_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x[k, l] + b[l], x[i, j]), k, l),
                "To column l the same b_l is added in every row.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * delta(k, i) * delta(l, j), k, l),
                "x_kl changes with x_ij only if it is x_ij, and b does not change with x.",
            ),
            collapse_delta(
                y_bar[i, j],
                "A single term of the double sum is left.",
            ),
            numpy=x_bar,
        ),
        Gradient(
            b[j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], b[j]), k, l),
                "The loss depends on b_j through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x[k, l] + b[l], b[j]), k, l),
                "To column l the same b_l is added in every row.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * delta(l, j), k, l),
                "b_l changes with b_j only where l = j.",
            ),
            collapse_delta(
                Sum(y_bar[k, j], k),
                "Only column l = j is left; the sum over the rows stays, for b_j is in each of them.",
            ),
            numpy=b_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                x_dot[k, l] + b_dot[l],
                "The sum moves as the sum of the two movements.",
            ),
        ),
    ),
    op="gradverify.ops:AddRow",
)

# The change of sign of a vector.

u = array("x", m)
v = array("y", m)
u_dot, v_bar = tangent(u), cotangent(v)


def u_bar(y_bar):
    return -y_bar


negate = Derivation(
    name="negate",
    title="change the sign of every entry of a vector",
    inputs=(u,),
    forward={v[k]: -u[k]},
    gradients=(
        Gradient(
            u[i],
            chain_rule(
                Sum(v_bar[k] * D(v[k], u[i]), k),
                "The loss depends on x_i through the entries of y.",
            ),
            insert_forward(
                Sum(v_bar[k] * D(-u[k], u[i]), k),
                "Every entry changes its sign.",
            ),
            entry_rule(
                Sum(-v_bar[k] * delta(k, i), k),
                "x_k changes with x_i only where k = i.",
            ),
            collapse_delta(
                -v_bar[i],
                "A single term of the sum is left.",
            ),
            numpy=u_bar,
        ),
    ),
    tangents=(
        Tangent(
            v[k],
            push_forward(-u_dot[k], "What was up is down."),
        ),
    ),
    op="gradverify.ops:Negate",
)
