"""Axes in another order, with a wrong step."""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

from planted_derivations import Planted

from gradverify.derivation import Sum, array, cotangent, delta, index, index_map, inverse, size

m, n, r, p, q, s = size("m n r p q s")
i, j, t = index("i", m), index("j", n), index("t", r)
k, l, z = index("k", p), index("l", q), index("z", s)
y_bar = cotangent(array("y", p, q, s))
number = index_map("number", (m, n, r), m * n * r, onto=True)
source = index_map("from", (p, q, s), m * n * r, onto=True)
first, second, third = inverse(number, "first second third")
down, across, deep = inverse(source, "down across deep")
from_klz, number_ijt = source(k, l, z), number(i, j, t)

PLANTED = [
    Planted(
        "one coordinate lost",
        "permute_axes",
        (3, 4),
        {3: Sum(y_bar[k, l, z] * delta(first(from_klz), i) * delta(second(from_klz), j), k, l, z)},
    ),
    Planted(
        "a whole axis of the cotangent",
        "permute_axes",
        (4,),
        {4: Sum(y_bar[k, across(number_ijt), deep(number_ijt)], k)},
    ),
]
