"""Batch norm in training: every column brought to mean 0 and variance 1 over the batch, then a gain and a shift for it."""

import numpy as np

from gradverify.derivation import *

m, n = size("m n")
i, k, p = index("i k p", m)
j, l = index("j l", n)
eps = scalar("eps", positive=True)

x = array("x", m, n)
gamma, beta = array("gamma", n), array("beta", n)
y = array("y", m, n)
x_dot, gamma_dot, beta_dot, y_bar = tangent(x), tangent(gamma), tangent(beta), cotangent(y)

mu, sigma = array("mu", n), array("sigma", n)  # the mean and the standard deviation of each column
x_hat = array("x_hat", m, n)  # the columns without them


def standardised(x, eps):
    deviation = x - x.mean(axis=0)
    sigma = np.sqrt((deviation**2).mean(axis=0) + eps)
    return deviation / sigma, sigma


def x_bar(x, gamma, eps, y_bar):
    x_hat, sigma = standardised(x, eps)
    along = (y_bar * x_hat).mean(axis=0)
    return gamma * (y_bar - y_bar.mean(axis=0) - x_hat * along) / sigma


def gamma_bar(x, eps, y_bar):
    x_hat, _ = standardised(x, eps)
    return (y_bar * x_hat).sum(axis=0)


def beta_bar(y_bar):
    return y_bar.sum(axis=0)


batchnorm = Derivation(
    name="batchnorm",
    title="every column less its mean over the batch, over its standard deviation, with a gain and a shift",
    inputs=(x, gamma, beta),
    where={
        mu[l]: Sum(x[p, l], p) / m,
        sigma[l]: sqrt(Sum((x[p, l] - mu[l]) ** 2, p) / m + eps),
        x_hat[k, l]: (x[k, l] - mu[l]) / sigma[l],
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
                Sum(y_bar[k, l] * gamma[l] * D((x[k, l] - mu[l]) / sigma[l], x[i, j]), k, l),
                "Of y_kl only x̂_kl depends on x: the deviation from the column's mean over its standard deviation.",
            ),
            quotient_rule(
                Sum(
                    y_bar[k, l]
                    * gamma[l]
                    * (D(x[k, l], x[i, j]) - D(mu[l], x[i, j]) - x_hat[k, l] * D(sigma[l], x[i, j]))
                    / sigma[l],
                    k,
                    l,
                ),
                "Numerator and denominator both depend on x; one σ_l is cancelled, which makes the quotient x̂_kl again.",
            ),
            power_rule(
                Sum(
                    y_bar[k, l]
                    * gamma[l]
                    * (
                        D(x[k, l], x[i, j])
                        - D(mu[l], x[i, j])
                        - x_hat[k, l] * Sum(x_hat[p, l] * (D(x[p, l], x[i, j]) - D(mu[l], x[i, j])), p) / m
                    )
                    / sigma[l],
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
                        - delta(l, j) / m
                        - x_hat[k, l] * Sum(x_hat[p, l] * (delta(p, i) * delta(l, j) - delta(l, j) / m), p) / m
                    )
                    / sigma[l],
                    k,
                    l,
                ),
                "An entry of x depends on x_ij only if it is x_ij, and the mean of column j holds it with weight 1/m.",
            ),
            algebra(
                Sum(
                    y_bar[k, l]
                    * gamma[l]
                    * (delta(k, i) * delta(l, j) - delta(l, j) / m - x_hat[k, l] * x_hat[i, l] * delta(l, j) / m)
                    / sigma[l],
                    k,
                    l,
                ),
                "The deviations of a column sum to 0, so that of the sum over p only p = i is left.",
            ),
            collapse_delta(
                gamma[j]
                * (y_bar[i, j] - Sum(y_bar[k, j], k) / m - x_hat[i, j] * Sum(y_bar[k, j] * x_hat[k, j], k) / m)
                / sigma[j],
                "Only column l = j is left: ȳ loses its mean over the batch, and its part along x̂.",
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
                "Only column l = j is left, with the whole batch.",
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
                "Only column l = j is left, with the whole batch.",
            ),
            numpy=beta_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                gamma[l]
                * (x_dot[k, l] - Sum(x_dot[p, l], p) / m - x_hat[k, l] * Sum(x_hat[p, l] * x_dot[p, l], p) / m)
                / sigma[l]
                + gamma_dot[l] * x_hat[k, l]
                + beta_dot[l],
                "x̂ moves with what of ẋ is neither common to the batch nor along x̂; the gain moves y by x̂, the shift by 1.",
            ),
        ),
    ),
    op="gradverify.ops:BatchNorm",
    parameters={"eps": eps},
)
