"""Maxpool: the largest entry of every window of an image. As long as it stays the largest, its place does not change."""

import numpy as np

from gradverify.derivation import *

b, c = size("b c")  # images, channels
h, w = size("h w")  # rows and columns of an image
p, q = size("p q")  # how many windows fit, down and across

i, a = index("i a", b)
d, e = index("d e", c)
u, v = index("u", h), index("v", w)
k, l = index("k", p), index("l", q)

x = array("x", b, c, h, w)
y = array("y", b, c, p, q)
x_dot, y_bar = tangent(x), cotangent(y)


def winners(x, side, stride, padding):
    """The rows and the columns of the largest entry of every window, of equal ones the first; never one of the padding."""
    around = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(x, around, constant_values=-np.inf), (side, side), axis=(2, 3)
    )[:, :, ::stride, ::stride]
    place = windows.reshape(*windows.shape[:4], side * side).argmax(axis=4)
    down, across = np.ogrid[: place.shape[2], : place.shape[3]]
    rows, columns = down * stride + place // side - padding, across * stride + place % side - padding
    return np.maximum(rows, 0), np.maximum(columns, 0)


# Row and column of the entry that wins window k, l of channel e of image a.

row = index_map(
    "row",
    (b, c, p, q),
    h,
    rule=lambda a, e, k, l, x, side, stride, padding: winners(x, side, stride, padding)[0][a, e, k, l],
)
col = index_map(
    "col",
    (b, c, p, q),
    w,
    rule=lambda a, e, k, l, x, side, stride, padding: winners(x, side, stride, padding)[1][a, e, k, l],
)


def x_bar(x, y_bar, side, stride, padding):
    rows, columns = winners(x, side, stride, padding)
    gathered = np.zeros(x.shape)
    for a, e, k, l in np.ndindex(y_bar.shape):
        gathered[a, e, rows[a, e, k, l], columns[a, e, k, l]] += y_bar[a, e, k, l]
    return gathered


won = x[a, e, row(a, e, k, l), col(a, e, k, l)]

maxpool = Derivation(
    name="maxpool",
    title="the largest entry of every window of an image",
    inputs=(x,),
    forward={y[a, e, k, l]: won},
    gradients=(
        Gradient(
            x[i, d, u, v],
            chain_rule(
                Sum(y_bar[a, e, k, l] * D(y[a, e, k, l], x[i, d, u, v]), a, e, k, l),
                "x_iduv may change every entry of y.",
            ),
            insert_forward(
                Sum(y_bar[a, e, k, l] * D(won, x[i, d, u, v]), a, e, k, l),
                "The entry that wins a window stands at the place row, col, and a small change of x does not move it.",
            ),
            entry_rule(
                Sum(
                    y_bar[a, e, k, l]
                    * delta(a, i)
                    * delta(e, d)
                    * delta(row(a, e, k, l), u)
                    * delta(col(a, e, k, l), v),
                    a,
                    e,
                    k,
                    l,
                ),
                "That entry changes with x_iduv only if it is x_iduv: the same image and channel, and the place that won.",
            ),
            collapse_delta(
                Sum(y_bar[i, d, k, l] * delta(row(i, d, k, l), u) * delta(col(i, d, k, l), v), k, l),
                "Image i and channel d are left. Windows overlap: x_iduv collects from every window that it wins.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[a, e, k, l],
            push_forward(
                x_dot[a, e, row(a, e, k, l), col(a, e, k, l)],
                "y moves as the winners move; the others do not count.",
            ),
        ),
    ),
    op="gradverify.ops:MaxPool",
    parameters={"side": one_of(2, 3), "stride": one_of(1, 2, 3), "padding": one_of(0, 1)},
    about="Where several entries of a window are the largest there is no derivative: any shares of the cotangent are right.",
)
