"""Wrong lines of products and cumulative sums: a factor too many, a sum in the wrong direction."""

# ruff: noqa: E741  # l is an index on the page

from planted_derivations import Planted

from gradverify.derivation import D, Sum, array, cotangent, delta, index, product, relation, size

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)
x, y, column = array("x", m, n), array("y", m, n), array("y", m, 1)
y_bar, column_bar = cotangent(y), cotangent(column)
up_to = relation("≤", n, n)

PROD = [
    Planted("no factor left out", "prod", (5,), {5: column_bar[i, 0] * product(x[i, l], l)}),
    Planted(
        "the product of another row's factors",
        "prod",
        (5,),
        {5: Sum(column_bar[k, 0] * product(x[k, l], l, without=j), k)},
    ),
    Planted(
        "the product rule that differentiates all factors at once",
        "prod",
        (3, 4),
        {3: Sum(column_bar[k, 0] * product(D(x[k, q], x[i, j]), q), k)},
    ),
    Planted("the entry itself for the others", "prod", (5,), {5: column_bar[i, 0] * x[i, j]}),
]

CUMSUM = [
    Planted("the cumulative sum, not reversed", "cumsum", (6,), {6: Sum(up_to(l, j) * y_bar[i, l], l)}),
    Planted("all places of the row", "cumsum", (6,), {6: Sum(y_bar[i, l], l)}),
    Planted("only its own place", "cumsum", (5, 6), {5: Sum(y_bar[k, l] * delta(j, l) * delta(k, i), k, l)}),
]

PLANTED = [*PROD, *CUMSUM]
