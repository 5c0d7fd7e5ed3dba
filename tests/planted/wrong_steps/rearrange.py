"""The same entries elsewhere, with a wrong step."""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

from planted_derivations import Planted

from gradverify.derivation import Sum, array, cotangent, delta, index, index_map, inverse, size

m, n, r, N = size("m n r N")
i, k = index("i k", m)
j, l = index("j l", n)
s, t = index("s t", r)
y_t_bar = cotangent(array("y", n, m))
G, H = index("g h", N)
p = index_map("p", N, N, onto=True)
flat_y_bar = cotangent(array("y", N))
number = index_map("number", (m, n), m * n, onto=True)
y_flat_bar = cotangent(array("y", m * n))
taken = size("p")
K = index("k", taken)
which = index_map("which", taken, m, one_to_one=True)
y_rows_bar = cotangent(array("y", taken, n))
y_more_bar, y_less_bar = cotangent(array("y", m, 1, n)), cotangent(array("y", m, n))
h = index("h", m + r)
first = index_map("first", m + r, m, partial=True, onto=True)
second = index_map("second", m + r, r, partial=True, onto=True)
at_first, at_second = inverse(first, "above"), inverse(second, "below")
y_both_bar = cotangent(array("y", m + r, n))

PLANTED = [
    Planted("one δ lost", "transpose", (3, 4), {3: Sum(y_t_bar[l, k] * delta(k, i), l, k)}),
    Planted("the map for its inverse", "permute", (4,), {4: flat_y_bar[p(G)]}),
    Planted("the sum of all cotangents", "reshape", (4,), {4: 2 * y_flat_bar[number(i, j)]}),
    Planted("all columns of the row", "strided_slice", (4,), {4: Sum(y_rows_bar[K, l] * delta(which(K), i), K, l)}),
    Planted("a sum over the rows", "unsqueeze", (4,), {4: Sum(y_more_bar[k, 0, j], k)}),
    Planted("twice as much", "squeeze", (4,), {4: 2 * y_less_bar[i, j]}),
    Planted("the whole cotangent for each", "concatenate", (3, 4), {3: Sum(y_both_bar[h, j], h)}),
    Planted("with the wrong sign", "concatenate", (4,), {4: -y_both_bar[at_second(s), j]}, gradient=1),
]
