"""The same entries elsewhere: transposed, in one row, joined, every so-manieth, with an axis of size 1 more or less."""

import numpy as np

from gradverify.derivation import *

m, n, r = size("m n r")
i, k = index("i k", m)
j, l = index("j l", n)
s, t = index("s t", r)

x = array("x", m, n)
x_dot = tangent(x)


# The transpose of a matrix.

y_t = array("y", n, m)
y_t_bar = cotangent(y_t)


def transpose_bar(y_bar):
    return y_bar.T.copy()


transpose = Derivation(
    name="transpose",
    title="rows become columns",
    inputs=(x,),
    forward={y_t[l, k]: x[k, l]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_t_bar[l, k] * D(y_t[l, k], x[i, j]), l, k),
                "x_ij may change every entry of y.",
            ),
            insert_forward(
                Sum(y_t_bar[l, k] * D(x[k, l], x[i, j]), l, k),
                "y_lk is x_kl.",
            ),
            entry_rule(
                Sum(y_t_bar[l, k] * delta(k, i) * delta(l, j), l, k),
                "x_kl changes with x_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_t_bar[j, i],
                "One term is left: the cotangent goes back the way the entry came.",
            ),
            numpy=transpose_bar,
            matrix=matrix(y_t_bar).T,
        ),
    ),
    tangents=(Tangent(y_t[l, k], push_forward(x_dot[k, l], "y moves as x does, at another place.")),),
    op="gradverify.ops:Transpose",
)

# Any permutation of the axes of an array, told by what it does to the places in memory: entry g of y is entry p(g) of x,
# and p is a permutation of all places. Every order of the axes is such a p.

N = size("N")
G, H = index("g h", N)
p = index_map("p", N, N, onto=True)
back = inverse(p, "back")

flat = array("x", N)
flat_y = array("y", N)
flat_dot, flat_y_bar = tangent(flat), cotangent(flat_y)


def permute_bar(y_bar, places):
    x_bar = np.zeros_like(y_bar)
    x_bar[places] = y_bar
    return x_bar


permute = Derivation(
    name="permute",
    title="the same entries in any other order, as when axes are permuted",
    inputs=(flat,),
    forward={flat_y[H]: flat[p(H)]},
    gradients=(
        Gradient(
            flat[G],
            chain_rule(
                Sum(flat_y_bar[H] * D(flat_y[H], flat[G]), H),
                "x_g may change every entry of y.",
            ),
            insert_forward(
                Sum(flat_y_bar[H] * D(flat[p(H)], flat[G]), H),
                "Entry h of y is entry p(h) of x.",
            ),
            entry_rule(
                Sum(flat_y_bar[H] * delta(p(H), G), H),
                "It changes with x_g only if it is x_g.",
            ),
            collapse_delta(
                flat_y_bar[back(G)],
                "There is one h with p(h) = g: the place that x_g went to. The cotangent goes back by the inverse.",
            ),
            numpy=permute_bar,
        ),
    ),
    tangents=(Tangent(flat_y[H], push_forward(flat_dot[p(H)], "y moves as x does, at other places.")),),
    op="gradverify.ops:Permute",
    parameters={"places": p},
)

# A matrix as one row, row after row.

place = index("h", m * n)
number = index_map("number", (m, n), m * n, onto=True, rule=lambda k, l, n: k * n + l)
row, col = inverse(number, "row col")

y_flat = array("y", m * n)
y_flat_bar = cotangent(y_flat)


def reshape_bar(x, y_bar):
    return y_bar.reshape(x.shape).copy()


reshape = Derivation(
    name="reshape",
    title="a matrix as one row of numbers, row after row",
    inputs=(x,),
    forward={y_flat[place]: x[row(place), col(place)]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_flat_bar[place] * D(y_flat[place], x[i, j]), place),
                "x_ij may change every entry of y.",
            ),
            insert_forward(
                Sum(y_flat_bar[place] * D(x[row(place), col(place)], x[i, j]), place),
                "Entry h of y stands in the row and the column that have the number h.",
            ),
            entry_rule(
                Sum(y_flat_bar[place] * delta(row(place), i) * delta(col(place), j), place),
                "It changes with x_ij only if it is x_ij.",
            ),
            collapse_delta(
                y_flat_bar[number(i, j)],
                "Row i and column j have one number: the cotangent goes back to where it came from.",
            ),
            numpy=reshape_bar,
        ),
    ),
    tangents=(Tangent(y_flat[place], push_forward(x_dot[row(place), col(place)], "y moves as x does.")),),
    op="gradverify.ops:Flatten",
)

# Some rows of a matrix: every step-th, from the start on.

taken = size("p")
K = index("k", taken)
which = index_map("which", taken, m, one_to_one=True, rule=lambda k, start, step: start + k * step)

y_rows = array("y", taken, n)
y_rows_bar = cotangent(y_rows)


def rows_bar(x, y_bar, start, step):
    x_bar = np.zeros_like(x)
    x_bar[start::step] = y_bar
    return x_bar


strided_slice = Derivation(
    name="strided_slice",
    title="every step-th row of a matrix, from the start on",
    inputs=(x,),
    forward={y_rows[K, l]: x[which(K), l]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_rows_bar[K, l] * D(y_rows[K, l], x[i, j]), K, l),
                "x_ij may change every entry of y.",
            ),
            insert_forward(
                Sum(y_rows_bar[K, l] * D(x[which(K), l], x[i, j]), K, l),
                "Row k of y is row start + k·step of x.",
            ),
            entry_rule(
                Sum(y_rows_bar[K, l] * delta(which(K), i) * delta(l, j), K, l),
                "It changes with x_ij only if it is x_ij.",
            ),
            collapse_delta(
                Sum(y_rows_bar[K, j] * delta(which(K), i), K),
                "Column j is left. No row is taken twice: row i gets the cotangent of the k that took it, or 0.",
            ),
            numpy=rows_bar,
        ),
    ),
    tangents=(Tangent(y_rows[K, l], push_forward(x_dot[which(K), l], "y moves as the rows that were taken.")),),
    op="gradverify.ops:StridedSlice",
    parameters={"start": one_of(0, 1, 2), "step": one_of(2, 1, 3)},
)

# An axis of size 1 more, and one less.

y_more = array("y", m, 1, n)
y_more_bar = cotangent(y_more)


def unsqueeze_bar(y_bar):
    return y_bar[:, 0, :].copy()


unsqueeze = Derivation(
    name="unsqueeze",
    title="an axis of size 1 between rows and columns",
    inputs=(x,),
    forward={y_more[k, 0, l]: x[k, l]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_more_bar[k, 0, l] * D(y_more[k, 0, l], x[i, j]), k, l),
                "x_ij may change every entry of y.",
            ),
            insert_forward(
                Sum(y_more_bar[k, 0, l] * D(x[k, l], x[i, j]), k, l),
                "y_k0l is x_kl: the new axis has one place, 0.",
            ),
            entry_rule(
                Sum(y_more_bar[k, 0, l] * delta(k, i) * delta(l, j), k, l),
                "x_kl changes with x_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_more_bar[i, 0, j],
                "One term is left: the cotangent without the new axis.",
            ),
            numpy=unsqueeze_bar,
        ),
    ),
    tangents=(Tangent(y_more[k, 0, l], push_forward(x_dot[k, l], "y moves as x does.")),),
    op="gradverify.ops:Unsqueeze",
)

x_thin = array("x", m, 1, n)
y_less = array("y", m, n)
x_thin_dot, y_less_bar = tangent(x_thin), cotangent(y_less)


def squeeze_bar(y_bar):
    return y_bar[:, np.newaxis, :].copy()


squeeze = Derivation(
    name="squeeze",
    title="an axis of size 1 is dropped",
    inputs=(x_thin,),
    forward={y_less[k, l]: x_thin[k, 0, l]},
    gradients=(
        Gradient(
            x_thin[i, 0, j],
            chain_rule(
                Sum(y_less_bar[k, l] * D(y_less[k, l], x_thin[i, 0, j]), k, l),
                "x_i0j may change every entry of y.",
            ),
            insert_forward(
                Sum(y_less_bar[k, l] * D(x_thin[k, 0, l], x_thin[i, 0, j]), k, l),
                "y_kl is x_k0l: the axis that is dropped has one place, 0.",
            ),
            entry_rule(
                Sum(y_less_bar[k, l] * delta(k, i) * delta(l, j), k, l),
                "x_k0l changes with x_i0j only where k = i and l = j.",
            ),
            collapse_delta(
                y_less_bar[i, j],
                "One term is left: the cotangent with the axis again.",
            ),
            numpy=squeeze_bar,
        ),
    ),
    tangents=(Tangent(y_less[k, l], push_forward(x_thin_dot[k, 0, l], "y moves as x does.")),),
    op="gradverify.ops:Squeeze",
)

# Two matrices one below the other. Row h of y is row first(h) of x1 or row second(h) of x2: where one of them has no such
# row it counts as 0, and the other one has one.

x1, x2 = array("x1", m, n), array("x2", r, n)
y_both = array("y", m + r, n)
x1_dot, x2_dot, y_both_bar = tangent(x1), tangent(x2), cotangent(y_both)

h = index("h", m + r)
first = index_map("first", m + r, m, partial=True, onto=True, rule=lambda h: h)
second = index_map("second", m + r, r, partial=True, onto=True, rule=lambda h, m: h - m)
at_first, at_second = inverse(first, "above"), inverse(second, "below")

joined = x1[first(h), l] + x2[second(h), l]


def x1_bar(x1, y_bar):
    return y_bar[: len(x1)].copy()


def x2_bar(x1, y_bar):
    return y_bar[len(x1) :].copy()


concatenate = Derivation(
    name="concatenate",
    title="two matrices, one below the other",
    inputs=(x1, x2),
    forward={y_both[h, l]: joined},
    gradients=(
        Gradient(
            x1[i, j],
            chain_rule(
                Sum(y_both_bar[h, l] * D(y_both[h, l], x1[i, j]), h, l),
                "x1_ij may change every entry of y.",
            ),
            insert_forward(
                Sum(y_both_bar[h, l] * D(joined, x1[i, j]), h, l),
                "Row h of y is a row of x1 or one of x2.",
            ),
            entry_rule(
                Sum(y_both_bar[h, l] * delta(first(h), i) * delta(l, j), h, l),
                "Where it is a row of x1 it changes with x1_ij only if it is x1_ij; x2 does not depend on x1.",
            ),
            collapse_delta(
                y_both_bar[at_first(i), j],
                "Row i of x1 stands in one row of y: the cotangent is cut in two.",
            ),
            numpy=x1_bar,
        ),
        Gradient(
            x2[s, j],
            chain_rule(
                Sum(y_both_bar[h, l] * D(y_both[h, l], x2[s, j]), h, l),
                "x2_sj may change every entry of y.",
            ),
            insert_forward(
                Sum(y_both_bar[h, l] * D(joined, x2[s, j]), h, l),
                "Row h of y is a row of x1 or one of x2.",
            ),
            entry_rule(
                Sum(y_both_bar[h, l] * delta(second(h), s) * delta(l, j), h, l),
                "Where it is a row of x2 it changes with x2_sj only if it is x2_sj; x1 does not depend on x2.",
            ),
            collapse_delta(
                y_both_bar[at_second(s), j],
                "Row s of x2 stands in one row of y: the cotangent is cut in two.",
            ),
            numpy=x2_bar,
        ),
    ),
    tangents=(
        Tangent(
            y_both[h, l],
            push_forward(x1_dot[first(h), l] + x2_dot[second(h), l], "y moves as the row that stands there."),
        ),
    ),
    op="gradverify.ops:Concatenate",
)
