"""Rows of logits: their probabilities, the logarithms of these, and the loss of the right class."""

import numpy as np

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)

x = array("x", m, n)
y = array("y", m, n)
p = array("p", m, n)
x_dot = tangent(x)
y_bar = cotangent(y)

total = Sum(exp(x[k, q]), q)  # of row k
total_i = Sum(exp(x[i, q]), q)


def probabilities(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# Softmax: a row of numbers becomes a row of probabilities.


def softmax_bar(x, y_bar):
    y = probabilities(x)
    return y * (y_bar - (y_bar * y).sum(axis=1, keepdims=True))


softmax = Derivation(
    name="softmax",
    title="turn every row of a matrix into probabilities",
    inputs=(x,),
    forward={y[k, l]: exp(x[k, l]) / total},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "x_ij may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(exp(x[k, l]) / total, x[i, j]), k, l),
                "y_kl is exp x_kl over the sum of the exponentials of its row, whose summation index q is neither l nor j.",
            ),
            quotient_rule(
                Sum(
                    y_bar[k, l] * (D(exp(x[k, l]), x[i, j]) * total - exp(x[k, l]) * D(total, x[i, j])) / total**2,
                    k,
                    l,
                ),
                "Numerator and denominator both depend on x.",
            ),
            sum_rule(
                Sum(
                    y_bar[k, l]
                    * (D(exp(x[k, l]), x[i, j]) * total - exp(x[k, l]) * Sum(D(exp(x[k, q]), x[i, j]), q))
                    / total**2,
                    k,
                    l,
                ),
                "The derivative of the sum is the sum of the derivatives.",
            ),
            elementary_rule(
                Sum(
                    y_bar[k, l]
                    * (
                        exp(x[k, l]) * D(x[k, l], x[i, j]) * total
                        - exp(x[k, l]) * Sum(exp(x[k, q]) * D(x[k, q], x[i, j]), q)
                    )
                    / total**2,
                    k,
                    l,
                ),
                "The exponential is its own derivative.",
            ),
            entry_rule(
                Sum(
                    y_bar[k, l]
                    * (
                        exp(x[k, l]) * delta(k, i) * delta(l, j) * total
                        - exp(x[k, l]) * Sum(exp(x[k, q]) * delta(k, i) * delta(q, j), q)
                    )
                    / total**2,
                    k,
                    l,
                ),
                "An entry of x depends on x_ij only if it is x_ij.",
            ),
            collapse_delta(
                y_bar[i, j] * exp(x[i, j]) / total_i - exp(x[i, j]) * Sum(y_bar[i, l] * exp(x[i, l]), l) / total_i**2,
                "Only row k = i and its entry q = j are left; in the first term l = j too, in the second every l stays.",
            ),
            name_quantity(
                y_bar[i, j] * y[i, j] - y[i, j] * Sum(y_bar[i, l] * y[i, l], l),
                "Every exponential stands over the sum of its row: that is an entry of y again.",
            ),
            algebra(
                y[i, j] * (y_bar[i, j] - Sum(y_bar[i, l] * y[i, l], l)),
                "What all entries of the row share is taken off, for the probabilities keep their sum.",
            ),
            numpy=softmax_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                y[k, l] * (x_dot[k, l] - Sum(y[k, q] * x_dot[k, q], q)),
                "A probability grows with its own logit, measured against the mean movement of the row's logits.",
            ),
        ),
    ),
    op="gradverify.ops:Softmax",
)

# The logarithms of the probabilities p.


def log_softmax_bar(x, y_bar):
    return y_bar - probabilities(x) * y_bar.sum(axis=1, keepdims=True)


log_softmax = Derivation(
    name="log_softmax",
    title="the logarithms of the probabilities of every row",
    inputs=(x,),
    forward={y[k, l]: x[k, l] - log(total)},
    where={p[k, l]: exp(x[k, l]) / total},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "x_ij may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x[k, l] - log(total), x[i, j]), k, l),
                "y_kl is log(exp x_kl / Σ_q exp x_kq), and the logarithm of a quotient is a difference.",
            ),
            sum_rule(
                Sum(y_bar[k, l] * (D(x[k, l], x[i, j]) - D(log(total), x[i, j])), k, l),
                "The derivative of a difference is the difference of the derivatives.",
            ),
            elementary_rule(
                Sum(y_bar[k, l] * (D(x[k, l], x[i, j]) - Sum(exp(x[k, q]) * D(x[k, q], x[i, j]), q) / total), k, l),
                "The derivative of log u is 1/u times that of u, and u is a sum of exponentials.",
            ),
            entry_rule(
                Sum(
                    y_bar[k, l]
                    * (delta(k, i) * delta(l, j) - Sum(exp(x[k, q]) * delta(k, i) * delta(q, j), q) / total),
                    k,
                    l,
                ),
                "An entry of x depends on x_ij only if it is x_ij.",
            ),
            collapse_delta(
                y_bar[i, j] - Sum(y_bar[i, l], l) * exp(x[i, j]) / total_i,
                "Only row k = i is left: x_ij is in the first term of y_ij, and in the second of every entry of the row.",
            ),
            name_quantity(
                y_bar[i, j] - p[i, j] * Sum(y_bar[i, l], l),
                "The exponential over the sum of its row is the probability p_ij.",
            ),
            numpy=log_softmax_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                x_dot[k, l] - Sum(p[k, q] * x_dot[k, q], q),
                "The logarithm of the sum moves with the mean movement of the row's logits.",
            ),
        ),
    ),
    op="gradverify.ops:LogSoftmax",
)

# The loss of every row, of which t(i) is the right class: −log p at that place.

t = index_map("t", m, n)
loss = array("y", m)
loss_bar = cotangent(loss)


cross_entropy = Derivation(
    name="cross_entropy",
    title="the loss of every row of logits: −log of the probability of its class",
    inputs=(x,),
    forward={loss[k]: log(total) - x[k, t(k)]},
    where={p[k, l]: exp(x[k, l]) / total},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(loss_bar[k] * D(loss[k], x[i, j]), k),
                "x_ij may change the loss of every row.",
            ),
            insert_forward(
                Sum(loss_bar[k] * D(log(total) - x[k, t(k)], x[i, j]), k),
                "y_k is −log(exp x_kt / Σ_q exp x_kq) at the right class t = t(k).",
            ),
            sum_rule(
                Sum(loss_bar[k] * (D(log(total), x[i, j]) - D(x[k, t(k)], x[i, j])), k),
                "The derivative of a difference is the difference of the derivatives.",
            ),
            elementary_rule(
                Sum(loss_bar[k] * (Sum(exp(x[k, q]) * D(x[k, q], x[i, j]), q) / total - D(x[k, t(k)], x[i, j])), k),
                "The derivative of log u is 1/u times that of u, and u is a sum of exponentials.",
            ),
            entry_rule(
                Sum(
                    loss_bar[k]
                    * (Sum(exp(x[k, q]) * delta(k, i) * delta(q, j), q) / total - delta(k, i) * delta(t(k), j)),
                    k,
                ),
                "An entry of x depends on x_ij only if it is x_ij: the same row and place.",
            ),
            collapse_delta(
                loss_bar[i] * (exp(x[i, j]) / total_i - delta(t(i), j)),
                "Only row k = i is left, and q = j in its sum.",
            ),
            name_quantity(
                loss_bar[i] * (p[i, j] - delta(t(i), j)),
                "The exponential over the sum of its row is p_ij: what was predicted, less what is right.",
            ),
        ),
    ),
    tangents=(
        Tangent(
            loss[k],
            push_forward(
                Sum(p[k, q] * x_dot[k, q], q) - x_dot[k, t(k)],
                "The loss grows with the mean movement of the row's logits, and falls with the logit of the right class.",
            ),
        ),
    ),
    op="gradverify.ops:CrossEntropy",
    parameters={"targets": t},
    about="The mean over the rows, which is often called the loss, gives every row the cotangent 1/m.",
)
