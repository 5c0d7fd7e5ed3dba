"""Inverse, solution, log-determinant and attention with a wrong step."""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

from planted_derivations import Planted

from gradverify.derivation import Sum, array, cotangent, index, inverse_matrix, size, sqrt

n, m = size("n m")
i, k = index("i k", n)
j, l = index("j l", n)
c, d = index("c d", m)
x = array("x", n, n)
inv = inverse_matrix(x)
y_bar, z_bar, v_bar = cotangent(array("y", n, n)), cotangent(array("y", n, m)), cotangent(array("y"))
z = array("y", n, m)

queries, keys, features, width = size("m n d e")
qi, qk = index("i k", queries)
kj, kq = index("j q", keys)
f, g = index("f g", features)
vs, vt = index("s t", width)
K, S_bar, P = array("K", keys, features), array("S_bar", queries, keys), array("P", queries, keys)
out_bar = cotangent(array("y", queries, width))

PLANTED = [
    Planted("not transposed", "inverse", (5,), {5: -Sum(inv[i, k] * y_bar[k, l] * inv[l, j], k, l)}),
    Planted("the minus lost", "inverse", (5,), {5: Sum(inv[k, i] * y_bar[k, l] * inv[j, l], k, l)}),
    Planted("the equations not transposed", "solve", (4,), {4: Sum(inv[i, k] * z_bar[k, c], k)}, gradient=1),
    Planted("the minus lost", "solve", (5,), {5: Sum(inv[k, i] * z_bar[k, d] * z[j, d], k, d)}),
    Planted("not transposed", "logdet", (5,), {5: v_bar[()] * inv[i, j]}),
    Planted(
        "the scale forgotten",
        "attention",
        (7,),
        {7: Sum(S_bar[qi, kq] * K[kq, f], kq)},
    ),
    Planted(
        "scaled by d",
        "causal_attention",
        (7,),
        {7: Sum(S_bar[qi, kq] * K[kq, f], kq) / sqrt(features) ** 2},
    ),
    Planted(
        "the weights of another value", "attention", (4,), {4: Sum(P[qk, kj] * out_bar[qk, vt], qk, vt)}, gradient=2
    ),
]
