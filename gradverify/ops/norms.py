"""Norms with a gain: rows or columns brought to a mean square of 1, the mean taken away first or not.

The variance is taken in two passes, as the mean of squared deviations: nothing cancels. All raise TypeError for other
dtypes than one floating-point dtype, and ValueError for other ranks, for a gain, shift or cotangent of another shape, for
an eps that is not positive, and where there is nothing to take a mean of.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank


class LayerNorm:
    """Every row less its mean μ, over its standard deviation: y_ij = γ_j x̂_ij + β_j, x̂_ij = (x_ij − μ_i) / √(σ²_i + ε).

    Shapes: x, y and x_bar m-by-n, n > 0; gain γ, shift β and their gradients n. eps is a positive number, by keyword.
    Dtypes: one floating-point dtype throughout. The context holds x̂, the root and the gain, which is not copied.
    Errors: as above.
    Source: the quotient rule; x_ij acts on its whole row through μ_i and σ²_i (Ba, Kiros and Hinton 2016).
    """

    @staticmethod
    def forward(context: Context, x: Array, gamma: Array, beta: Array, *, eps: float) -> Array:
        check_floats("LayerNorm", x=x, gamma=gamma, beta=beta)
        _check_shapes("LayerNorm", x, 1, gamma=gamma, beta=beta)
        x_hat, sigma = _standardised(x, 1, _positive("LayerNorm", eps))
        context["x_hat"], context["sigma"], context["gamma"] = x_hat, sigma, gamma
        y: Array = x_hat * gamma + beta
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array, Array]:
        x_hat, sigma, gamma = context["x_hat"], context["sigma"], context["gamma"]
        check_cotangent("LayerNorm", y_bar, x_hat.shape, x_hat.dtype)
        # x̄_ij = (ȳ_ij γ_j − mean_l ȳ_il γ_l − x̂_ij mean_l ȳ_il γ_l x̂_il) / √(σ²_i + ε)
        x_bar = y_bar * gamma
        product = x_bar * x_hat
        along = product.mean(axis=1, keepdims=True)
        x_bar -= x_bar.mean(axis=1, keepdims=True)
        x_bar -= np.multiply(x_hat, along, out=product)
        x_bar /= sigma
        # γ̄_j = Σ_k ȳ_kj x̂_kj and β̄_j = Σ_k ȳ_kj
        return x_bar, np.multiply(y_bar, x_hat, out=product).sum(axis=0), y_bar.sum(axis=0)


class RMSNorm:
    """Every row over the root of its mean square: y_ij = γ_j x_ij / r_i, r_i = √(Σ_l x_il² / n + ε).

    Shapes: x, y and x_bar m-by-n, n > 0; gain γ and its gradient n. eps is a positive number, by keyword.
    Dtypes: one floating-point dtype throughout. The context holds x̂ = x / r, r and the gain, which is not copied.
    Errors: as above.
    Source: the quotient rule; x_ij acts on its whole row through r_i (Zhang and Sennrich 2019).
    """

    @staticmethod
    def forward(context: Context, x: Array, gamma: Array, *, eps: float) -> Array:
        check_floats("RMSNorm", x=x, gamma=gamma)
        _check_shapes("RMSNorm", x, 1, gamma=gamma)
        r = np.sqrt((x * x).mean(axis=1, keepdims=True) + _positive("RMSNorm", eps))
        x_hat = x / r
        context["x_hat"], context["r"], context["gamma"] = x_hat, r, gamma
        y: Array = x_hat * gamma
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        x_hat, r, gamma = context["x_hat"], context["r"], context["gamma"]
        check_cotangent("RMSNorm", y_bar, x_hat.shape, x_hat.dtype)
        # x̄_ij = (ȳ_ij γ_j − x̂_ij mean_l ȳ_il γ_l x̂_il) / r_i
        x_bar = y_bar * gamma
        product = x_bar * x_hat
        x_bar -= np.multiply(x_hat, product.mean(axis=1, keepdims=True), out=product)
        x_bar /= r
        # γ̄_j = Σ_k ȳ_kj x̂_kj
        return x_bar, np.multiply(y_bar, x_hat, out=product).sum(axis=0)


class BatchNorm:
    """Every column less its mean over the batch, over its standard deviation there, as in training.

    y_ij = γ_j x̂_ij + β_j with x̂_ij = (x_ij − μ_j) / √(σ²_j + ε); σ²_j is the mean of the squared deviations.
    Shapes: x, y and x_bar m-by-n, m > 0; gain γ, shift β and their gradients n. eps is a positive number, by keyword.
    Dtypes: one floating-point dtype throughout. The context holds x̂, the root and the gain, which is not copied.
    Errors: as above.
    Source: the quotient rule; x_ij acts on its whole column through μ_j and σ²_j (Ioffe and Szegedy 2015).
    """

    @staticmethod
    def forward(context: Context, x: Array, gamma: Array, beta: Array, *, eps: float) -> Array:
        check_floats("BatchNorm", x=x, gamma=gamma, beta=beta)
        _check_shapes("BatchNorm", x, 0, gamma=gamma, beta=beta)
        x_hat, sigma = _standardised(x, 0, _positive("BatchNorm", eps))
        context["x_hat"], context["sigma"], context["gamma"] = x_hat, sigma, gamma
        y: Array = x_hat * gamma + beta
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array, Array]:
        x_hat, sigma, gamma = context["x_hat"], context["sigma"], context["gamma"]
        check_cotangent("BatchNorm", y_bar, x_hat.shape, x_hat.dtype)
        # γ̄_j = Σ_k ȳ_kj x̂_kj and β̄_j = Σ_k ȳ_kj
        gamma_bar, beta_bar = (y_bar * x_hat).sum(axis=0), y_bar.sum(axis=0)
        # x̄_ij = γ_j (ȳ_ij − mean_k ȳ_kj − x̂_ij mean_k ȳ_kj x̂_kj) / √(σ²_j + ε)
        x_bar = y_bar - beta_bar / len(x_hat)
        x_bar -= x_hat * (gamma_bar / len(x_hat))
        x_bar *= gamma / sigma
        return x_bar, gamma_bar, beta_bar


def _standardised(x: Array, axis: int, eps: Any) -> tuple[Array, Array]:
    """The deviations from the mean over the root of the variance and eps, and this root."""
    x_hat = x - x.mean(axis=axis, keepdims=True)
    sigma = np.sqrt((x_hat * x_hat).mean(axis=axis, keepdims=True) + eps)
    x_hat /= sigma
    return x_hat, sigma


def _check_shapes(op: str, x: Array, axis: int, **vectors: Array) -> None:
    check_rank(op, 2, x=x)
    if x.shape[axis] == 0:
        wanted = ("a batch with rows", "rows with entries")[axis]
        raise ValueError(f"{op} needs {wanted}, got shape {x.shape}")
    for name, vector in vectors.items():
        if vector.shape != x.shape[1:]:
            raise ValueError(f"{op} needs a {name} of shape {x.shape[1:]}, one entry a column, got {vector.shape}")


def _positive(op: str, eps: Any) -> Any:
    """eps, a NumPy number as Python's, which takes the arrays' dtype; raises ValueError unless it is above 0."""
    eps = eps.item() if isinstance(eps, np.generic) else eps
    if not eps > 0:
        raise ValueError(f"{op} needs eps > 0, got {eps}")
    return eps
