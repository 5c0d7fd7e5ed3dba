"""Layer norm: every row of a matrix brought to mean 0 and variance 1, then a gain and a shift for every column."""

import numpy as np

from gradverify.derivation import *

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)
eps = scalar("eps", positive=True)

x = array("x", m, n)
gamma, beta = array("gamma", n), array("beta", n)
y = array("y", m, n)
x_dot, gamma_dot, beta_dot, y_bar = tangent(x), tangent(gamma), tangent(beta), cotangent(y)

mu, sigma = array("mu", m), array("sigma", m)  # the mean and the standard deviation of each row
x_hat = array("x_hat", m, n)  # the rows without them


def standardised(x, eps):
    deviation = x - x.mean(axis=1, keepdims=True)
    sigma = np.sqrt((deviation**2).mean(axis=1, keepdims=True) + eps)
    return deviation / sigma, sigma


def x_bar(x, gamma, eps, y_bar):
    x_hat, sigma = standardised(x, eps)
    x_hat_bar = y_bar * gamma
    along = (x_hat_bar * x_hat).mean(axis=1, keepdims=True)
    return (x_hat_bar - x_hat_bar.mean(axis=1, keepdims=True) - x_hat * along) / sigma


def gamma_bar(x, eps, y_bar):
    x_hat, _ = standardised(x, eps)
    return (y_bar * x_hat).sum(axis=0)


def beta_bar(y_bar):
    return y_bar.sum(axis=0)


layernorm = Derivation(
    name="layernorm",
    title="every row less its mean, over its standard deviation, with a gain and a shift",
    inputs=(x, gamma, beta),
    where={
        mu[k]: Sum(x[k, q], q) / n,
        sigma[k]: sqrt(Sum((x[k, q] - mu[k]) ** 2, q) / n + eps),
        x_hat[k, l]: (x[k, l] - mu[k]) / sigma[k],
    },
    forward={y[k, l]: gamma[l] * x_hat[k, l] + beta[l]},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "x_ij may change every entry of y, and the loss feels each of them.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * gamma[l] * D((x[k, l] - mu[k]) / sigma[k], x[i, j]), k, l),
                "Of y_kl only x̂_kl depends on x: the deviation from the row's mean over its standard deviation.",
            ),
            quotient_rule(
                Sum(
                    y_bar[k, l]
                    * gamma[l]
                    * (D(x[k, l], x[i, j]) - D(mu[k], x[i, j]) - x_hat[k, l] * D(sigma[k], x[i, j]))
                    / sigma[k],
                    k,
                    l,
                ),
                "Numerator and denominator both depend on x; one σ_k is cancelled, which makes the quotient x̂_kl again.",
            ),
            power_rule(
                Sum(
                    y_bar[k, l]
                    * gamma[l]
                    * (
                        D(x[k, l], x[i, j])
                        - D(mu[k], x[i, j])
                        - x_hat[k, l] * Sum(x_hat[k, q] * (D(x[k, q], x[i, j]) - D(mu[k], x[i, j])), q) / n
                    )
                    / sigma[k],
                    k,
                    l,
                ),
                "The derivative of √u is that of u over 2√u, and each squared deviation gives twice itself.",
            ),
            entry_rule(
                Sum(
                    y_bar[k, l]
                    * gamma[l]
                    * (
                        delta(k, i) * delta(l, j)
                        - delta(k, i) / n
                        - x_hat[k, l] * Sum(x_hat[k, q] * (delta(k, i) * delta(q, j) - delta(k, i) / n), q) / n
                    )
                    / sigma[k],
                    k,
                    l,
                ),
                "An entry of x depends on x_ij only if it is x_ij, and the mean of row i holds it with weight 1/n.",
            ),
            algebra(
                Sum(
                    y_bar[k, l]
                    * gamma[l]
                    * (delta(k, i) * delta(l, j) - delta(k, i) / n - x_hat[k, l] * x_hat[k, j] * delta(k, i) / n)
                    / sigma[k],
                    k,
                    l,
                ),
                "The deviations of a row sum to 0, so that of the sum over q only q = j is left.",
            ),
            collapse_delta(
                (
                    y_bar[i, j] * gamma[j]
                    - Sum(y_bar[i, l] * gamma[l], l) / n
                    - x_hat[i, j] * Sum(y_bar[i, l] * gamma[l] * x_hat[i, l], l) / n
                )
                / sigma[i],
                "Only row k = i is left: ȳγ loses its mean over the row, and its part along x̂.",
            ),
            numpy=x_bar,
        ),
        Gradient(
            gamma[j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], gamma[j]), k, l),
                "The gain of column j may change every entry of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(gamma[l] * x_hat[k, l] + beta[l], gamma[j]), k, l),
                "y_kl is x̂_kl times the gain of its column, plus its shift.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * delta(l, j) * x_hat[k, l], k, l),
                "Neither x̂ nor the shift depends on the gain, and a gain depends on itself alone.",
            ),
            collapse_delta(
                Sum(y_bar[k, j] * x_hat[k, j], k),
                "Only column l = j is left, with all its rows.",
            ),
            numpy=gamma_bar,
        ),
        Gradient(
            beta[j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], beta[j]), k, l),
                "The shift of column j may change every entry of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(gamma[l] * x_hat[k, l] + beta[l], beta[j]), k, l),
                "y_kl is x̂_kl times the gain of its column, plus its shift.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * delta(l, j), k, l),
                "The rest does not depend on the shift, and a shift depends on itself alone.",
            ),
            collapse_delta(
                Sum(y_bar[k, j], k),
                "Only column l = j is left, with all its rows.",
            ),
            numpy=beta_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                gamma[l]
                * (x_dot[k, l] - Sum(x_dot[k, q], q) / n - x_hat[k, l] * Sum(x_hat[k, q] * x_dot[k, q], q) / n)
                / sigma[k]
                + gamma_dot[l] * x_hat[k, l]
                + beta_dot[l],
                "x̂ moves with what of ẋ is neither common to the row nor along x̂; the gain moves y by x̂, the shift by 1.",
            ),
        ),
    ),
    op="gradverify.ops:LayerNorm",
    parameters={"eps": eps},
)
