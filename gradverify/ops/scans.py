"""Ops that run along the rows of a matrix: the product of a row, and its partial sums."""

from __future__ import annotations

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank


class Prod:
    """The product of every row, kept as a column: y_i0 = Π_j x_ij. The product of no factors is 1.

    Shapes: x (m, n), y (m, 1). Dtypes: one floating-point dtype throughout. The context holds x by reference.
    Errors: ValueError for another rank and for a cotangent of another shape, TypeError for other dtypes.
    Source: y_i0 is linear in x_ij, with the product of the row's other factors as its slope. That is the product of those
    before it times that of those after it: nothing is divided by x_ij, which may be 0, and a row costs O(n). Where one of
    the two overflows and the other is 0 the slope is NaN, as y is where a partial product overflows before a 0.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Prod", x=x)
        check_rank("Prod", 2, x=x)
        context["x"] = x
        y: Array = x.prod(axis=1, keepdims=True)
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("Prod", y_bar, (x.shape[0], 1), x.dtype)
        # x̄_ij = ȳ_i0 Π_{l<j} x_il Π_{l>j} x_il
        x_bar = np.ones(x.shape, x.dtype)
        x_bar[:, 1:] = x[:, :-1].cumprod(axis=1)
        x_bar[:, :-1] *= x[:, :0:-1].cumprod(axis=1)[:, ::-1]
        x_bar *= y_bar
        return x_bar


class CumSum:
    """The partial sums of every row: y_ij = Σ_{l≤j} x_il.

    Shapes: x, y and x_bar m-by-n. Dtypes: one floating-point dtype throughout. The context holds the shape and dtype.
    Errors: ValueError for another rank and for a cotangent of another shape, TypeError for other dtypes.
    Source: x_ij stands once in each of y_ij, y_i,j+1, …, so its gradient is a partial sum from the end of the row.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("CumSum", x=x)
        check_rank("CumSum", 2, x=x)
        context["shape"], context["dtype"] = x.shape, x.dtype
        y: Array = x.cumsum(axis=1)
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        check_cotangent("CumSum", y_bar, context["shape"], context["dtype"])
        # x̄_ij = Σ_{l≥j} ȳ_il
        x_bar: Array = y_bar[:, ::-1].cumsum(axis=1)[:, ::-1]
        return x_bar
