"""Arithmetic of two matrices of one shape, entry by entry: sum, difference, product; and the identity."""

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l = index("j l", n)

x1 = array("x1", m, n)
x2 = array("x2", m, n)
y = array("y", m, n)
x1_dot, x2_dot, y_bar = tangent(x1), tangent(x2), cotangent(y)


def added_bar(y_bar):
    return y_bar.copy()


def subtracted_bar(y_bar):
    return -y_bar


def first_factor_bar(x2, y_bar):
    return y_bar * x2


def second_factor_bar(x1, y_bar):
    return y_bar * x1


add = Derivation(
    name="add",
    title="add two arrays entry by entry",
    inputs=(x1, x2),
    forward={y[k, l]: x1[k, l] + x2[k, l]},
    gradients=(
        Gradient(
            x1[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x1[i, j]), k, l),
                "The loss depends on x1_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x1[k, l] + x2[k, l], x1[i, j]), k, l),
                "The sum is taken entry by entry.",
            ),
            sum_rule(
                Sum(y_bar[k, l] * D(x1[k, l], x1[i, j]), k, l),
                "Of the two terms only x1_kl depends on x1.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * delta(k, i) * delta(l, j), k, l),
                "x1_kl changes with x1_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_bar[i, j],
                "A single term of the double sum is left: the cotangent as it is.",
            ),
            numpy=added_bar,
        ),
        Gradient(
            x2[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x2[i, j]), k, l),
                "The loss depends on x2_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x1[k, l] + x2[k, l], x2[i, j]), k, l),
                "The sum is taken entry by entry.",
            ),
            sum_rule(
                Sum(y_bar[k, l] * D(x2[k, l], x2[i, j]), k, l),
                "Of the two terms only x2_kl depends on x2.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * delta(k, i) * delta(l, j), k, l),
                "x2_kl changes with x2_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_bar[i, j],
                "A single term of the double sum is left: the cotangent as it is.",
            ),
            numpy=added_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(x1_dot[k, l] + x2_dot[k, l], "A sum moves as its terms do."),
        ),
    ),
    op="gradverify.ops:Add",
)

sub = Derivation(
    name="sub",
    title="subtract two arrays entry by entry",
    inputs=(x1, x2),
    forward={y[k, l]: x1[k, l] - x2[k, l]},
    gradients=(
        Gradient(
            x1[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x1[i, j]), k, l),
                "The loss depends on x1_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x1[k, l] - x2[k, l], x1[i, j]), k, l),
                "The difference is taken entry by entry.",
            ),
            sum_rule(
                Sum(y_bar[k, l] * D(x1[k, l], x1[i, j]), k, l),
                "Of the two terms only x1_kl depends on x1.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * delta(k, i) * delta(l, j), k, l),
                "x1_kl changes with x1_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_bar[i, j],
                "A single term of the double sum is left: the cotangent as it is.",
            ),
            numpy=added_bar,
        ),
        Gradient(
            x2[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x2[i, j]), k, l),
                "The loss depends on x2_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x1[k, l] - x2[k, l], x2[i, j]), k, l),
                "The difference is taken entry by entry.",
            ),
            sum_rule(
                Sum(y_bar[k, l] * -D(x2[k, l], x2[i, j]), k, l),
                "Of the two terms only −x2_kl depends on x2.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * (-delta(k, i) * delta(l, j)), k, l),
                "x2_kl changes with x2_ij only where k = i and l = j.",
            ),
            collapse_delta(
                -y_bar[i, j],
                "A single term of the double sum is left, with the sign of x2.",
            ),
            numpy=subtracted_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(x1_dot[k, l] - x2_dot[k, l], "A difference moves as its terms do."),
        ),
    ),
    op="gradverify.ops:Sub",
)

multiply = Derivation(
    name="multiply",
    title="multiply two arrays entry by entry",
    inputs=(x1, x2),
    forward={y[k, l]: x1[k, l] * x2[k, l]},
    gradients=(
        Gradient(
            x1[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x1[i, j]), k, l),
                "The loss depends on x1_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x1[k, l] * x2[k, l], x1[i, j]), k, l),
                "The product is taken entry by entry.",
            ),
            product_rule(
                Sum(y_bar[k, l] * D(x1[k, l], x1[i, j]) * x2[k, l], k, l),
                "The product rule: x2 does not depend on x1.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * delta(k, i) * delta(l, j) * x2[k, l], k, l),
                "x1_kl changes with x1_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_bar[i, j] * x2[i, j],
                "A single term of the double sum is left: the cotangent times the other factor.",
            ),
            numpy=first_factor_bar,
        ),
        Gradient(
            x2[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x2[i, j]), k, l),
                "The loss depends on x2_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x1[k, l] * x2[k, l], x2[i, j]), k, l),
                "The product is taken entry by entry.",
            ),
            product_rule(
                Sum(y_bar[k, l] * x1[k, l] * D(x2[k, l], x2[i, j]), k, l),
                "The product rule: x1 does not depend on x2.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * x1[k, l] * delta(k, i) * delta(l, j), k, l),
                "x2_kl changes with x2_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_bar[i, j] * x1[i, j],
                "A single term of the double sum is left: the cotangent times the other factor.",
            ),
            numpy=second_factor_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                x1_dot[k, l] * x2[k, l] + x1[k, l] * x2_dot[k, l],
                "The product rule: each factor moves while the other one stays.",
            ),
        ),
    ),
    op="gradverify.ops:Multiply",
)

# The identity: the shortest derivation there is.

x = array("x", m, n)

identity = Derivation(
    name="identity",
    title="an array as it is",
    inputs=(x,),
    forward={y[k, l]: x[k, l]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "The loss depends on x_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x[k, l], x[i, j]), k, l),
                "y_kl is x_kl.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * delta(k, i) * delta(l, j), k, l),
                "x_kl changes with x_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_bar[i, j],
                "A single term of the double sum is left: the cotangent as it is.",
            ),
            numpy=added_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(tangent(x)[k, l], "y moves as x does."),
        ),
    ),
    op="gradverify.ops:Identity",
)
