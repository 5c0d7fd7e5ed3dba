"""Normalize: every row of a matrix divided by its sum."""

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)

x = array("x", m, n)
y = array("y", m, n)
x_dot = tangent(x)
y_bar = cotangent(y)

row_sum = Sum(x[k, q], q)  # of row k
row_sum_i = Sum(x[i, q], q)


def x_bar(x, y_bar):
    row_sum = x.sum(axis=1, keepdims=True)
    return y_bar / row_sum - (y_bar * x / row_sum**2).sum(axis=1, keepdims=True)


normalize = Derivation(
    name="normalize",
    title="divide every row of a matrix by its sum",
    inputs=(x,),
    forward={y[k, l]: x[k, l] / row_sum},
    domain=(nonzero(row_sum, "no row sums to 0"),),
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "x_ij may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x[k, l] / row_sum, x[i, j]), k, l),
                "y_kl is x_kl over the sum of its own row k, whose summation index q is neither l nor j.",
            ),
            quotient_rule(
                Sum(
                    y_bar[k, l] * (D(x[k, l], x[i, j]) * row_sum - x[k, l] * D(row_sum, x[i, j])) / row_sum**2,
                    k,
                    l,
                ),
                "Numerator and denominator both depend on x.",
            ),
            sum_rule(
                Sum(
                    y_bar[k, l] * (D(x[k, l], x[i, j]) * row_sum - x[k, l] * Sum(D(x[k, q], x[i, j]), q)) / row_sum**2,
                    k,
                    l,
                ),
                "The derivative of the row's sum is the sum of the derivatives of its entries.",
            ),
            entry_rule(
                Sum(
                    y_bar[k, l]
                    * (delta(k, i) * delta(l, j) * row_sum - x[k, l] * Sum(delta(k, i) * delta(q, j), q))
                    / row_sum**2,
                    k,
                    l,
                ),
                "An entry of x depends on x_ij only if it is x_ij.",
            ),
            collapse_delta(
                Sum(
                    y_bar[k, l] * (delta(k, i) * delta(l, j) * row_sum - x[k, l] * delta(k, i)) / row_sum**2,
                    k,
                    l,
                ),
                "Of the sum over q only q = j is left: x_ij stands exactly once in row i.",
            ),
            collapse_delta(
                (y_bar[i, j] * row_sum_i - Sum(y_bar[i, l] * x[i, l], l)) / row_sum_i**2,
                "Only row k = i is left; in the first term l = j too, in the second every l of the row stays.",
            ),
            algebra(
                y_bar[i, j] / row_sum_i - Sum(y_bar[i, l] * x[i, l], l) / row_sum_i**2,
                "Split the fraction and cancel one row sum.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                x_dot[k, l] / row_sum - x[k, l] * Sum(x_dot[k, q], q) / row_sum**2,
                "If x moves along ẋ, y_kl moves with its numerator and, the other way, with the sum of its row.",
            ),
        ),
    ),
    op="gradverify.ops:Normalize",
)
