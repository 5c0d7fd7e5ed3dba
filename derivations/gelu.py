"""GELU in the form that libraries compute: x times a smooth step, written with tanh and two rounded constants."""

import numpy as np
from sympy import Rational, pi

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l = index("j l", n)

c = sqrt(2 / pi)
d = Rational("0.044715")

x = array("x", m, n)
y = array("y", m, n)
s = array("s", m, n)  # the argument of tanh
x_dot, y_bar = tangent(x), cotangent(y)

slope_of_s = c * (1 + 3 * d * x[k, l] ** 2)
slope_of_s_ij = c * (1 + 3 * d * x[i, j] ** 2)


def x_bar(x, y_bar):
    c, d = np.sqrt(2 / np.pi), 0.044715
    t = np.tanh(c * (x + d * x**3))
    return y_bar / 2 * (1 + t + x * (1 - t**2) * c * (1 + 3 * d * x**2))


gelu = Derivation(
    name="gelu",
    title="the Gaussian error linear unit of every entry, by tanh",
    inputs=(x,),
    where={s[k, l]: c * (x[k, l] + d * x[k, l] ** 3)},
    forward={y[k, l]: x[k, l] * (1 + tanh(s[k, l])) / 2},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "The loss depends on x_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(x[k, l] * (1 + tanh(s[k, l])) / 2, x[i, j]), k, l),
                "Every entry is multiplied by a step that rises from 0 to 1 around 0.",
            ),
            product_rule(
                Sum(
                    y_bar[k, l] / 2 * (D(x[k, l], x[i, j]) * (1 + tanh(s[k, l])) + x[k, l] * D(tanh(s[k, l]), x[i, j])),
                    k,
                    l,
                ),
                "Both factors depend on x.",
            ),
            elementary_rule(
                Sum(
                    y_bar[k, l]
                    / 2
                    * (
                        D(x[k, l], x[i, j]) * (1 + tanh(s[k, l]))
                        + x[k, l] * (1 - tanh(s[k, l]) ** 2) * slope_of_s * D(x[k, l], x[i, j])
                    ),
                    k,
                    l,
                ),
                "The derivative of tanh is 1 − tanh², and that of s is √(2/π) (1 + 3 · 0.044715 x²).",
            ),
            entry_rule(
                Sum(
                    y_bar[k, l]
                    / 2
                    * (1 + tanh(s[k, l]) + x[k, l] * (1 - tanh(s[k, l]) ** 2) * slope_of_s)
                    * delta(k, i)
                    * delta(l, j),
                    k,
                    l,
                ),
                "x_kl changes with x_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_bar[i, j] / 2 * (1 + tanh(s[i, j]) + x[i, j] * (1 - tanh(s[i, j]) ** 2) * slope_of_s_ij),
                "A single term of the double sum is left.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                (1 + tanh(s[k, l]) + x[k, l] * (1 - tanh(s[k, l]) ** 2) * slope_of_s) * x_dot[k, l] / 2,
                "Every entry moves by its slope, whatever the others do.",
            ),
        ),
    ),
    op="gradverify.ops:GELU",
)
