"""Windows: convolution and pooling with a wrong step."""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

from planted_derivations import Planted

from gradverify.derivation import Sum, array, cotangent, delta, index, index_map, size

b, c, f, h, w, p, q, r, s = size("b c f h w p q r s")
i, a = index("i a", b)
d, e = index("d e", c)
o, g = index("o g", f)
u, v = index("u", h), index("v", w)
k, l = index("k", p), index("l", q)
t, t_0 = index("t m", r)
z, z_0 = index("z n", s)
row = index_map("row", (p, r), h, partial=True)
col = index_map("col", (q, s), w, partial=True)
x, W = array("x", b, c, h, w), array("W", f, c, r, s)
y_bar = cotangent(array("y", b, f, p, q))

win_row = index_map("row", (b, c, p, q), h)
win_col = index_map("col", (b, c, p, q), w)
pooled_bar = cotangent(array("y", b, c, p, q))

PLANTED = [
    Planted(
        "the filter turned by taking the window's place for the image's",
        "conv2d",
        (5,),
        {5: Sum(y_bar[i, g, k, l] * W[g, d, t, z] * delta(row(k, t), u), g, k, l, t, z)},
    ),
    Planted(
        "another instance's image",
        "conv2d",
        (4,),
        {4: Sum(y_bar[i, o, k, l] * x[a, d, row(k, t_0), col(l, z_0)], a, k, l)},
        gradient=1,
    ),
    Planted(
        "every window counts, whoever won it",
        "maxpool",
        (4,),
        {4: Sum(pooled_bar[i, d, k, l] * delta(win_row(i, d, k, l), u), k, l)},
    ),
]
