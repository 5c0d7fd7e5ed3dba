"""Linear algebra of a square matrix: its inverse, the solution of a system of equations, the logarithm of its determinant."""

import numpy as np

from gradverify.derivation import *

n, m = size("n m")
i, k, p, q = index("i k p q", n)
j, l = index("j l", n)
c, d = index("c d", m)

x = array("x", n, n)
x_dot = tangent(x)
inv = inverse_matrix(x)

# The inverse. Its derivative follows from x x⁻¹ = 1: ∂x · x⁻¹ + x · ∂(x⁻¹) = 0.

y = array("y", n, n)
y_bar = cotangent(y)


def inverse_bar(x, y_bar):
    y = np.linalg.inv(x)
    return -y.T @ y_bar @ y.T


inverse_op = Derivation(
    name="inverse",
    title="the inverse of a square matrix",
    inputs=(x,),
    forward={y[k, l]: inv[k, l]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "Every entry of the inverse depends on every entry of x.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(inv[k, l], x[i, j]), k, l),
                "y_kl is the entry of the inverse.",
            ),
            elementary_rule(
                -Sum(y_bar[k, l] * inv[k, p] * D(x[p, q], x[i, j]) * inv[q, l], k, l, p, q),
                "From x x⁻¹ = 1: the derivative of the inverse is −x⁻¹ ∂x x⁻¹.",
            ),
            entry_rule(
                -Sum(y_bar[k, l] * inv[k, p] * delta(p, i) * delta(q, j) * inv[q, l], k, l, p, q),
                "x_pq changes with x_ij only where p = i and q = j.",
            ),
            collapse_delta(
                -Sum(inv[k, i] * y_bar[k, l] * inv[j, l], k, l),
                "p = i and q = j are left: ȳ between two transposed inverses.",
            ),
            numpy=inverse_bar,
            matrix=-matrix(x).I.T * matrix(y_bar) * matrix(x).I.T,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                -Sum(inv[k, p] * x_dot[p, q] * inv[q, l], p, q),
                "From x x⁻¹ = 1: what x moves, between two inverses, with a minus.",
            ),
        ),
    ),
    op="gradverify.ops:Inverse",
)

# The solution z of x z = b, for several right-hand sides at once.

b = array("b", n, m)
z = array("y", n, m)
b_dot, z_bar = tangent(b), cotangent(z)


def solve_b_bar(x, y_bar):
    return np.linalg.solve(x.T, y_bar)


def solve_x_bar(x, b, y_bar):
    return -np.linalg.solve(x.T, y_bar) @ np.linalg.solve(x, b).T


solve = Derivation(
    name="solve",
    title="the solution y of the equations x y = b",
    inputs=(x, b),
    forward={z[k, d]: Sum(inv[k, q] * b[q, d], q)},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(z_bar[k, d] * D(z[k, d], x[i, j]), k, d),
                "Every entry of the solution depends on every entry of x.",
            ),
            insert_forward(
                Sum(z_bar[k, d] * D(Sum(inv[k, q] * b[q, d], q), x[i, j]), k, d),
                "The solution is the inverse of x times b.",
            ),
            elementary_rule(
                -Sum(z_bar[k, d] * inv[k, p] * D(x[p, l], x[i, j]) * z[l, d], k, d, p, l),
                "The derivative of the inverse is −x⁻¹ ∂x x⁻¹, and x⁻¹ b is the solution.",
            ),
            entry_rule(
                -Sum(z_bar[k, d] * inv[k, p] * delta(p, i) * delta(l, j) * z[l, d], k, d, p, l),
                "x_pl changes with x_ij only where p = i and l = j.",
            ),
            collapse_delta(
                -Sum(inv[k, i] * z_bar[k, d] * z[j, d], k, d),
                "p = i and l = j are left: what b gets, times the solution, with a minus.",
            ),
            numpy=solve_x_bar,
        ),
        Gradient(
            b[i, c],
            chain_rule(
                Sum(z_bar[k, d] * D(z[k, d], b[i, c]), k, d),
                "Column d of the solution depends on column d of b.",
            ),
            insert_forward(
                Sum(z_bar[k, d] * D(Sum(inv[k, q] * b[q, d], q), b[i, c]), k, d),
                "The solution is the inverse of x times b.",
            ),
            entry_rule(
                Sum(z_bar[k, d] * Sum(inv[k, q] * delta(q, i) * delta(d, c), q), k, d),
                "The inverse does not depend on b, and b_qd changes with b_ic only where q = i and d = c.",
            ),
            collapse_delta(
                Sum(inv[k, i] * z_bar[k, c], k),
                "q = i and d = c are left: the solution of the transposed equations.",
            ),
            numpy=solve_b_bar,
            matrix=matrix(x).I.T * matrix(z_bar),
        ),
    ),
    tangents=(
        Tangent(
            z[k, d],
            push_forward(
                Sum(inv[k, p] * (b_dot[p, d] - Sum(x_dot[p, q] * z[q, d], q)), p),
                "From x y = b: the solution moves as x⁻¹ (ḃ − ẋ y).",
            ),
        ),
    ),
    op="gradverify.ops:Solve",
)

# The logarithm of the determinant, whatever its sign.

v = array("y")  # one number
v_bar = cotangent(v)


def logdet_bar(x, y_bar):
    return y_bar * np.linalg.inv(x).T


logdet = Derivation(
    name="logdet",
    title="the logarithm of the absolute value of the determinant",
    inputs=(x,),
    forward={v[()]: LogAbsDet(x)},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                v_bar[()] * D(v[()], x[i, j]),
                "There is one output, and every entry of x may change it.",
            ),
            insert_forward(
                v_bar[()] * D(LogAbsDet(x), x[i, j]),
                "It is log |det x|.",
            ),
            elementary_rule(
                v_bar[()] * Sum(inv[q, p] * D(x[p, q], x[i, j]), p, q),
                "Jacobi's formula: the derivative of log |det x| is the trace of x⁻¹ ∂x.",
            ),
            entry_rule(
                v_bar[()] * Sum(inv[q, p] * delta(p, i) * delta(q, j), p, q),
                "x_pq changes with x_ij only where p = i and q = j.",
            ),
            collapse_delta(
                v_bar[()] * inv[j, i],
                "p = i and q = j are left: the inverse, transposed.",
            ),
            numpy=logdet_bar,
        ),
    ),
    tangents=(
        Tangent(
            v[()],
            push_forward(Sum(inv[q, p] * x_dot[p, q], p, q), "Jacobi's formula: the trace of x⁻¹ ẋ."),
        ),
    ),
    op="gradverify.ops:LogDet",
)
