"""Conv2d: a window slides over every image of a batch; each output is the window times a filter, entry by entry, summed."""

import numpy as np

from gradverify.derivation import *

b, c, f = size("b c f")  # images, channels, filters
h, w = size("h w")  # rows and columns of an image
p, q = size("p q")  # how many windows fit, down and across
r, s = size("r s")  # rows and columns of a window

i, a = index("i a", b)
d, e = index("d e", c)
o, g = index("o g", f)
u, v = index("u", h), index("v", w)
k, l = index("k", p), index("l", q)
t, t_0 = index("t m", r)
z, z_0 = index("z n", s)

# Window k begins at row k·stride − padding of the image, so its row t is row k·stride + t − padding. In the padding
# there is no such row, and x counts as 0.

row = index_map("row", (p, r), h, partial=True, rule=lambda k, t, stride, padding: k * stride + t - padding)
col = index_map("col", (q, s), w, partial=True, rule=lambda l, z, stride, padding: l * stride + z - padding)

x = array("x", b, c, h, w)
W = array("W", f, c, r, s)
y = array("y", b, f, p, q)
x_dot, W_dot, y_bar = tangent(x), tangent(W), cotangent(y)


def x_bar(x, W, y_bar, stride, padding):
    h, w, r, s = *x.shape[2:], *W.shape[2:]
    padded = np.zeros((*x.shape[:2], h + 2 * padding, w + 2 * padding))
    for k, l in np.ndindex(y_bar.shape[2:]):
        window = padded[:, :, k * stride : k * stride + r, l * stride : l * stride + s]
        window += np.einsum("ag,gdtz->adtz", y_bar[:, :, k, l], W)
    return padded[:, :, padding : padding + h, padding : padding + w]


def W_bar(x, W, y_bar, stride, padding):
    r, s = W.shape[2:]
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    total = np.zeros(W.shape)
    for k, l in np.ndindex(y_bar.shape[2:]):
        window = padded[:, :, k * stride : k * stride + r, l * stride : l * stride + s]
        total += np.einsum("ao,admn->odmn", y_bar[:, :, k, l], window)
    return total


conv2d = Derivation(
    name="conv2d",
    title="slide filters over the images of a batch",
    inputs=(x, W),
    forward={y[a, g, k, l]: Sum(x[a, e, row(k, t), col(l, z)] * W[g, e, t, z], e, t, z)},
    gradients=(
        Gradient(
            x[i, d, u, v],
            chain_rule(
                Sum(y_bar[a, g, k, l] * D(y[a, g, k, l], x[i, d, u, v]), a, g, k, l),
                "x_iduv may change every entry of y.",
            ),
            insert_forward(
                Sum(
                    y_bar[a, g, k, l] * D(Sum(x[a, e, row(k, t), col(l, z)] * W[g, e, t, z], e, t, z), x[i, d, u, v]),
                    a,
                    g,
                    k,
                    l,
                ),
                "y_agkl is window k, l of image a times filter g.",
            ),
            sum_rule(
                Sum(
                    y_bar[a, g, k, l] * Sum(D(x[a, e, row(k, t), col(l, z)], x[i, d, u, v]) * W[g, e, t, z], e, t, z),
                    a,
                    g,
                    k,
                    l,
                ),
                "The derivative of a sum is the sum of the derivatives, and the filters do not depend on x.",
            ),
            entry_rule(
                Sum(
                    y_bar[a, g, k, l]
                    * Sum(
                        delta(a, i) * delta(e, d) * delta(row(k, t), u) * delta(col(l, z), v) * W[g, e, t, z], e, t, z
                    ),
                    a,
                    g,
                    k,
                    l,
                ),
                "An entry of the window changes with x_iduv only if it is x_iduv.",
            ),
            collapse_delta(
                Sum(
                    y_bar[i, g, k, l] * W[g, d, t, z] * delta(row(k, t), u) * delta(col(l, z), v),
                    g,
                    k,
                    l,
                    t,
                    z,
                ),
                "Image i and channel d are left. Windows overlap: every place t, z of a window k, l that lies on u, v counts.",
            ),
            numpy=x_bar,
        ),
        Gradient(
            W[o, d, t_0, z_0],
            chain_rule(
                Sum(y_bar[a, g, k, l] * D(y[a, g, k, l], W[o, d, t_0, z_0]), a, g, k, l),
                "W_odmn may change every entry of y.",
            ),
            insert_forward(
                Sum(
                    y_bar[a, g, k, l]
                    * D(Sum(x[a, e, row(k, t), col(l, z)] * W[g, e, t, z], e, t, z), W[o, d, t_0, z_0]),
                    a,
                    g,
                    k,
                    l,
                ),
                "y_agkl is window k, l of image a times filter g.",
            ),
            entry_rule(
                Sum(
                    y_bar[a, g, k, l]
                    * Sum(
                        x[a, e, row(k, t), col(l, z)] * delta(g, o) * delta(e, d) * delta(t, t_0) * delta(z, z_0),
                        e,
                        t,
                        z,
                    ),
                    a,
                    g,
                    k,
                    l,
                ),
                "The images do not depend on W, and W_getz changes with W_odmn only if it is W_odmn.",
            ),
            collapse_delta(
                Sum(y_bar[a, o, k, l] * x[a, d, row(k, t_0), col(l, z_0)], a, k, l),
                "Filter o, channel d and place m, n are left: the filter met the images once in every window.",
            ),
            numpy=W_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[a, g, k, l],
            push_forward(
                Sum(
                    x_dot[a, e, row(k, t), col(l, z)] * W[g, e, t, z]
                    + x[a, e, row(k, t), col(l, z)] * W_dot[g, e, t, z],
                    e,
                    t,
                    z,
                ),
                "The product rule: the images move under fixed filters, and the filters over fixed images.",
            ),
        ),
    ),
    op="gradverify.ops:Conv2d",
    parameters={"stride": one_of(1, 2, 3), "padding": one_of(0, 1, 2)},
)
