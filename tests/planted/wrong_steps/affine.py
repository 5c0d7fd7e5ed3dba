"""Wrong steps in the derivation of the affine layer."""

from planted_derivations import Planted

from gradverify.derivation import Sum, array, cotangent, index, size

n, f, m = size("n f m")
d = index("d", n)
j, q = index("j q", f)
i, a = index("i a", m)
X, W, K_bar = array("X", n, f), array("W", m, f), cotangent(array("K", n, m))

PLANTED = [
    Planted("the bias summed over the outputs too", "affine", (5,), {5: Sum(K_bar[d, a], d, a)}, gradient=2),
    Planted("the mean of the batch", "affine", (5,), {5: Sum(K_bar[d, i], d) / n}, gradient=2),
    Planted("X with another entry's index", "affine", (6,), {6: Sum(K_bar[d, i] * X[d, q], d, q)}, gradient=1),
]
