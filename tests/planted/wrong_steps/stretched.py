"""Wrong steps where a small operand is repeated, and in the change of sign."""

# ruff: noqa: E741  # l is an index on the page

from planted_derivations import Planted

from gradverify.derivation import Sum, array, cotangent, delta, index, size

m, n = size("m n")
i, k = index("i k", m)
j, l = index("j l", n)
y_bar, v_bar = cotangent(array("y", m, n)), cotangent(array("y", m))

PLANTED = [
    Planted("summed over the rows too", "sub_column", (4,), {4: -Sum(y_bar[k, l], k, l)}, gradient=1),
    Planted(
        "the minus forgotten",
        "sub_column",
        (3,),
        {3: Sum(y_bar[k, l] * delta(k, i), k, l), 4: Sum(y_bar[i, l], l)},
        gradient=1,
    ),
    Planted("summed over the wrong axis", "add_row", (4,), {4: Sum(y_bar[k, l], k, l)}, gradient=1),
    Planted("the minus forgotten", "negate", (4,), {4: v_bar[i]}),
]
