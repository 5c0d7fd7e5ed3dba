"""Selection: entries that are read at places given by integers. Which places these are, the proofs leave open."""

from gradverify.derivation import *

# One entry of every row: t(i) says which.

m, n = size("m n")
i, k = index("i k", m)
j = index("j", n)
t = index_map("t", m, n)

x = array("x", m, n)
y = array("y", m)
x_dot = tangent(x)
y_bar = cotangent(y)

select = Derivation(
    name="select",
    title="take one entry of every row",
    inputs=(x,),
    forward={y[k]: x[k, t(k)]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k] * D(y[k], x[i, j]), k),
                "x_ij may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(y_bar[k] * D(x[k, t(k)], x[i, j]), k),
                "y_k is the entry of row k at the place t(k).",
            ),
            entry_rule(
                Sum(y_bar[k] * delta(k, i) * delta(t(k), j), k),
                "That entry changes with x_ij only if it is x_ij: the same row, and the place that was taken.",
            ),
            collapse_delta(
                y_bar[i] * delta(t(i), j),
                "Only row k = i is left: ȳ_i goes to the place t(i), and all other places of the row get 0.",
            ),
        ),
    ),
    tangents=(
        Tangent(
            y[k],
            push_forward(
                x_dot[k, t(k)],
                "The entry that was taken moves, whatever the others do.",
            ),
        ),
    ),
    op="gradverify.ops:Select",
    parameters={"indices": t},
)

# Rows of a table by their numbers: the same row may be taken more than once.

p = size("p")
l, q = index("l q", p)
w_row = index("j", n)

w = array("w", n, p)
z = array("y", m, p)
w_dot = tangent(w)
z_bar = cotangent(z)

embedding = Derivation(
    name="embedding",
    title="look up rows of a table",
    inputs=(w,),
    forward={z[k, q]: w[t(k), q]},
    gradients=(
        Gradient(
            w[w_row, l],
            chain_rule(
                Sum(z_bar[k, q] * D(z[k, q], w[w_row, l]), k, q),
                "w_jl may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(z_bar[k, q] * D(w[t(k), q], w[w_row, l]), k, q),
                "Row k of y is row t(k) of the table.",
            ),
            entry_rule(
                Sum(z_bar[k, q] * delta(t(k), w_row) * delta(q, l), k, q),
                "That entry changes with w_jl only if it is w_jl.",
            ),
            collapse_delta(
                Sum(z_bar[k, l] * delta(t(k), w_row), k),
                "q = l is left. Nothing pins k: every k that takes row j adds its cotangent, so repeated rows add up.",
            ),
        ),
    ),
    tangents=(
        Tangent(
            z[k, q],
            push_forward(
                w_dot[t(k), q],
                "Row k of y moves as the row of the table that it was taken from.",
            ),
        ),
    ),
    op="gradverify.ops:Embedding",
    parameters={"indices": t},
)
