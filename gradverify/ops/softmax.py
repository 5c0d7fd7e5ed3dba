"""Softmax, its logarithm and the cross-entropy of a classifier, over the rows of a matrix, shifted by the row's maximum.

With the shift the largest exponential is 1: nothing overflows, and no row's sum is below 1. All raise TypeError for other
dtypes than one floating-point dtype, and ValueError for another rank, for rows without entries and for a cotangent of
another shape.
"""

from __future__ import annotations

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank, indices_below


class Softmax:
    """The exponentials of every row over their sum: y_ij = e^(x_ij) / Σ_l e^(x_il).

    Shapes: x, y and x_bar m-by-n, n > 0. Dtypes: one floating-point dtype throughout. The context holds a y of its own,
    so writing into the returned one harms nothing.
    Errors: as above.
    Source: the quotient rule; ∂y_l/∂x_j = y_l (δ_lj − y_j) within a row.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Softmax", x=x)
        _check_rows("Softmax", x)
        y = _softmax(x)
        context["y"] = y.copy()
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        y = context["y"]
        check_cotangent("Softmax", y_bar, y.shape, y.dtype)
        # x̄_ij = y_ij (ȳ_ij − Σ_l ȳ_il y_il)
        x_bar: Array = y * (y_bar - (y_bar * y).sum(axis=1, keepdims=True))
        return x_bar


class LogSoftmax:
    """Every entry less the logarithm of the sum of the exponentials of its row: y_ij = x_ij − log Σ_l e^(x_il).

    Shapes: x, y and x_bar m-by-n, n > 0. Dtypes: one floating-point dtype throughout. The context holds the softmax.
    Errors: as above.
    Source: the derivative of log u is that of u over u; ∂y_l/∂x_j = δ_lj − p_j within a row, p its softmax.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("LogSoftmax", x=x)
        _check_rows("LogSoftmax", x)
        shifted = x - x.max(axis=1, keepdims=True)
        e = np.exp(shifted)
        total = e.sum(axis=1, keepdims=True)
        context["p"] = e / total
        y: Array = shifted - np.log(total)
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        p = context["p"]
        check_cotangent("LogSoftmax", y_bar, p.shape, p.dtype)
        # x̄_ij = ȳ_ij − p_ij Σ_l ȳ_il
        x_bar: Array = y_bar - p * y_bar.sum(axis=1, keepdims=True)
        return x_bar


class CrossEntropy:
    """Minus the logarithm of the softmax of every row at its target: y_i = log Σ_l e^(x_il) − x_{i, t_i}.

    Shapes: x and x_bar m-by-n, n > 0, y m; targets m integers from 0 to n − 1.
    Dtypes: one floating-point dtype for x, y and x_bar. The context holds the softmax and the targets, copied.
    Errors: as above, and IndexError for a target outside the row.
    Source: ∂y/∂x_j = p_j − δ_{j, t} within a row, p its softmax.
    """

    @staticmethod
    def forward(context: Context, x: Array, *, targets: Array) -> Array:
        check_floats("CrossEntropy", x=x)
        _check_rows("CrossEntropy", x)
        targets = indices_below("CrossEntropy", targets, x.shape[:1], x.shape[1])
        rows = np.arange(x.shape[0])
        shifted = x - x.max(axis=1, keepdims=True)
        e = np.exp(shifted)
        total = e.sum(axis=1, keepdims=True)
        context["p"], context["targets"] = e / total, targets
        y: Array = np.log(total[:, 0]) - shifted[rows, targets]
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        p, targets = context["p"], context["targets"]
        check_cotangent("CrossEntropy", y_bar, p.shape[:1], p.dtype)
        # x̄_ij = ȳ_i (p_ij − δ_{j, t_i})
        x_bar: Array = p * y_bar[:, np.newaxis]
        x_bar[np.arange(p.shape[0]), targets] -= y_bar
        return x_bar


def _softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    y: Array = e / e.sum(axis=1, keepdims=True)
    return y


def _check_rows(op: str, x: Array) -> None:
    check_rank(op, 2, x=x)
    if x.shape[1] == 0:
        raise ValueError(f"{op} needs rows with entries, got shape {x.shape}")
