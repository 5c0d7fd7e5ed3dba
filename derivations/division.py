"""Division: the quotient of two arrays of equal shape, entry by entry."""

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l = index("j l", n)

x1 = array("x1", m, n)
x2 = array("x2", m, n)
y = array("y", m, n)
x1_dot, x2_dot = tangent(x1), tangent(x2)
y_bar = cotangent(y)


def x1_bar(x2, y_bar):
    return y_bar / x2


def x2_bar(x1, x2, y_bar):
    return -y_bar * x1 / x2**2


division = Derivation(
    name="division",
    title="divide two arrays entry by entry",
    inputs=(x1, x2),
    forward={y[k, l]: x1[k, l] / x2[k, l]},
    domain=(nonzero(x2[k, l], "no entry of x2 is 0"),),
    gradients=(
        Gradient(
            x1[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x1[i, j]), k, l),
                "The loss depends on x1_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x1[k, l] / x2[k, l], x1[i, j]), k, l),
                "The division is entry by entry, so y_kl needs only x1_kl and x2_kl.",
            ),
            constant_rule(
                Sum(y_bar[k, l] / x2[k, l] * D(x1[k, l], x1[i, j]), k, l),
                "x2_kl does not depend on x1: 1/x2_kl is a constant factor.",
            ),
            entry_rule(
                Sum(y_bar[k, l] / x2[k, l] * delta(k, i) * delta(l, j), k, l),
                "x1_kl changes with x1_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_bar[i, j] / x2[i, j],
                "A single term of the double sum is left.",
            ),
            numpy=x1_bar,
        ),
        Gradient(
            x2[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x2[i, j]), k, l),
                "The loss depends on x2_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x1[k, l] / x2[k, l], x2[i, j]), k, l),
                "The division is entry by entry, so y_kl needs only x1_kl and x2_kl.",
            ),
            product_rule(
                Sum(y_bar[k, l] * x1[k, l] * D(1 / x2[k, l], x2[i, j]), k, l),
                "x1_kl does not depend on x2: of the two terms of the rule one is 0.",
            ),
            power_rule(
                Sum(y_bar[k, l] * x1[k, l] * (-1 / x2[k, l] ** 2) * D(x2[k, l], x2[i, j]), k, l),
                "The derivative of 1/u is −1/u².",
            ),
            entry_rule(
                Sum(-y_bar[k, l] * x1[k, l] / x2[k, l] ** 2 * delta(k, i) * delta(l, j), k, l),
                "x2_kl changes with x2_ij only where k = i and l = j.",
            ),
            collapse_delta(
                -y_bar[i, j] * x1[i, j] / x2[i, j] ** 2,
                "A single term of the double sum is left.",
            ),
            numpy=x2_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                x1_dot[k, l] / x2[k, l] - x1[k, l] * x2_dot[k, l] / x2[k, l] ** 2,
                "The quotient moves with its numerator and, the other way, with its denominator.",
            ),
        ),
    ),
    op="gradverify.ops:Division",
    about="Written for matrices; an array of any rank is a matrix once its axes are grouped in two.",
)
