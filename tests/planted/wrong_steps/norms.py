"""Wrong lines of the norms: statistics held fixed, means forgotten or taken over the wrong axis."""

# ruff: noqa: E741  # l is an index on the page

from planted_derivations import Planted

from gradverify.derivation import D, Sum, array, cotangent, delta, index, size

m, n = size("m n")
i, k, p = index("i k p", m)
j, l, q = index("j l q", n)
x, gamma, beta, y, x_hat = (
    array("x", m, n),
    array("gamma", n),
    array("beta", n),
    array("y", m, n),
    array("x_hat", m, n),
)
y_bar = cotangent(y)
mu, sigma = array("mu", m), array("sigma", m)
column_sigma = array("sigma", n)
r = array("r", m)

z_bar_i = Sum(y_bar[i, l] * gamma[l], l) / n
along_i = Sum(y_bar[i, l] * gamma[l] * x_hat[i, l], l) / n
mean_j = Sum(y_bar[k, j], k) / m
along_j = Sum(y_bar[k, j] * x_hat[k, j], k) / m

LAYERNORM = [
    Planted(
        "the deviation taken for a constant",
        "layernorm",
        (7,),
        {7: (y_bar[i, j] * gamma[j] - z_bar_i) / sigma[i]},
    ),
    Planted(
        "the mean taken for a constant",
        "layernorm",
        (7,),
        {7: (y_bar[i, j] * gamma[j] - x_hat[i, j] * along_i) / sigma[i]},
    ),
    Planted(
        "the mean holds an entry with weight 1",
        "layernorm",
        (5, 6),
        {
            5: Sum(
                y_bar[k, l]
                * gamma[l]
                * (
                    delta(k, i) * delta(l, j)
                    - delta(k, i)
                    - x_hat[k, l] * Sum(x_hat[k, q] * (delta(k, i) * delta(q, j) - delta(k, i)), q) / n
                )
                / sigma[k],
                k,
                l,
            )
        },
    ),
    Planted(
        "means over the batch",
        "layernorm",
        (7,),
        {7: gamma[j] * (y_bar[i, j] - mean_j - x_hat[i, j] * along_j) / sigma[i]},
    ),
    Planted("the gain without x̂", "layernorm", (4,), {4: Sum(y_bar[k, j], k)}, gradient=1),
    Planted(
        "the shift with the gain", "layernorm", (3, 4), {3: Sum(y_bar[k, l] * gamma[l] * delta(l, j), k, l)}, gradient=2
    ),
]

RMSNORM = [
    Planted("the root taken for a constant", "rmsnorm", (7,), {7: y_bar[i, j] * gamma[j] / r[i]}),
    Planted(
        "the mean forgotten",
        "rmsnorm",
        (7,),
        {7: (y_bar[i, j] * gamma[j] - x_hat[i, j] * n * along_i) / r[i]},
    ),
    Planted(
        "r for r³",
        "rmsnorm",
        (6, 7),
        {6: y_bar[i, j] * gamma[j] / r[i] - x[i, j] * Sum(y_bar[i, l] * gamma[l] * x[i, l], l) / (n * r[i])},
    ),
    Planted("the gain of the unscaled row", "rmsnorm", (4,), {4: Sum(y_bar[k, j] * x[k, j], k)}, gradient=1),
]

BATCHNORM = [
    Planted(
        "the quotient rule with the wrong sign, carried back",
        "batchnorm",
        (3, 4),
        {
            3: Sum(
                y_bar[k, l]
                * gamma[l]
                * (D(x[k, l], x[i, j]) - D(array("mu", n)[l], x[i, j]) + x_hat[k, l] * D(column_sigma[l], x[i, j]))
                / column_sigma[l],
                k,
                l,
            )
        },
    ),
    Planted(
        "statistics taken for constants, as in inference",
        "batchnorm",
        (7,),
        {7: gamma[j] * y_bar[i, j] / column_sigma[j]},
    ),
    Planted(
        "means over the features",
        "batchnorm",
        (7,),
        {7: (y_bar[i, j] * gamma[j] - z_bar_i - x_hat[i, j] * along_i) / column_sigma[j]},
    ),
    Planted("the gain without x̂", "batchnorm", (4,), {4: Sum(y_bar[k, j], k)}, gradient=1),
    Planted("the mean of the cotangent", "batchnorm", (4,), {4: mean_j}, gradient=2),
]

PLANTED = [*LAYERNORM, *RMSNORM, *BATCHNORM]
