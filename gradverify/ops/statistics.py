"""Statistics of the rows of a matrix, each kept as a column: mean, variance, log Σ exp.

All take x m-by-n with n > 0, of one floating-point dtype, and return y m-by-1 of it. They raise TypeError for other
dtypes, and ValueError for another rank, for rows without entries and for a cotangent of another shape.
"""

from __future__ import annotations

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank


class RowMean:
    """The mean of every row: y_i0 = Σ_j x_ij / n. The context holds the shape and dtype of x.

    Source: every entry has an n-th share in the mean of its row.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        _check_rows("RowMean", x)
        context["shape"], context["dtype"] = x.shape, x.dtype
        y: Array = x.mean(axis=1, keepdims=True)
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        shape, dtype = context["shape"], context["dtype"]
        check_cotangent("RowMean", y_bar, (shape[0], 1), dtype)
        # x̄_ij = ȳ_i0 / n
        return np.full(shape, y_bar / shape[1], dtype)


class RowVariance:
    """The variance of every row: y_i0 = Σ_j (x_ij − μ_i)² / n, in two passes, so that a large mean costs no digits.

    The context holds the distances from the mean.
    Source: ∂(x_l − μ)²/∂x_j = 2 (x_l − μ)(δ_lj − 1/n), and the distances from a mean add up to 0.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        _check_rows("RowVariance", x)
        centred = x - x.mean(axis=1, keepdims=True)
        context["centred"] = centred
        y: Array = (centred * centred).mean(axis=1, keepdims=True)
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        centred = context["centred"]
        m, n = centred.shape
        check_cotangent("RowVariance", y_bar, (m, 1), centred.dtype)
        # x̄_ij = 2 ȳ_i0 (x_ij − μ_i) / n
        x_bar: Array = centred * (2 * y_bar / n)
        return x_bar


class LogSumExp:
    """The logarithm of the sum of the exponentials of every row: y_i0 = log Σ_j e^(x_ij), shifted by the row's maximum.

    With the shift the largest exponential is 1: nothing overflows. The context holds the softmax.
    Source: the derivative of log u is that of u over u.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        _check_rows("LogSumExp", x)
        largest = x.max(axis=1, keepdims=True)
        e = np.exp(x - largest)
        total = e.sum(axis=1, keepdims=True)
        context["p"] = e / total
        y: Array = largest + np.log(total)
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        p = context["p"]
        check_cotangent("LogSumExp", y_bar, (p.shape[0], 1), p.dtype)
        # x̄_ij = ȳ_i0 p_ij
        x_bar: Array = y_bar * p
        return x_bar


def _check_rows(op: str, x: Array) -> None:
    check_floats(op, x=x)
    check_rank(op, 2, x=x)
    if x.shape[1] == 0:
        raise ValueError(f"{op} needs rows with entries, got shape {x.shape}")
