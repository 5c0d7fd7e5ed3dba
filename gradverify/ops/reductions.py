"""Ops that make one number of a row or of a whole array."""

from __future__ import annotations

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank


class Sum:
    """The sum of all entries: y = Σ x, an array without axes.

    Shapes: x any, y (). Dtypes: one floating-point dtype throughout. The context holds the shape and dtype of x.
    Errors: ValueError for a cotangent of another shape, TypeError for other dtypes.
    Source: every entry of x stands in y once.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Sum", x=x)
        context["shape"], context["dtype"] = x.shape, x.dtype
        return np.asanyarray(x.sum())

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        check_cotangent("Sum", y_bar, (), context["dtype"])
        # x̄_ij = ȳ
        return np.full(context["shape"], y_bar, context["dtype"])


class RowSum:
    """The sum of every row, kept as a column: y_i0 = Σ_j x_ij.

    Shapes: x (m, n), y (m, 1). Dtypes: one floating-point dtype throughout. The context holds the shape and dtype of x.
    Errors: ValueError for another rank and for a cotangent of another shape, TypeError for other dtypes.
    Source: x_ij stands in y_i0 once, and in no other entry.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("RowSum", x=x)
        check_rank("RowSum", 2, x=x)
        context["shape"], context["dtype"] = x.shape, x.dtype
        y: Array = x.sum(axis=1, keepdims=True)
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        shape, dtype = context["shape"], context["dtype"]
        check_cotangent("RowSum", y_bar, (shape[0], 1), dtype)
        # x̄_ij = ȳ_i0
        x_bar: Array = np.zeros(shape, dtype) + y_bar
        return x_bar


class RowMax:
    """The largest entry of every row, kept as a column: y_i0 = max_j x_ij = x_{i, t_i}. Of equal ones the first counts.

    Shapes: x (m, n) with n > 0, y (m, 1). Dtypes: one floating-point dtype throughout. The context holds t and the shape
    and dtype of x.
    Errors: ValueError for another rank, for rows without entries and for a cotangent of another shape; TypeError for
    other dtypes.
    Source: as long as the largest entry stays the largest, y_i0 is that entry. At a tie the maximum has no derivative;
    all of the cotangent goes to the first of the largest entries, which is a subgradient.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("RowMax", x=x)
        check_rank("RowMax", 2, x=x)
        if x.shape[1] == 0:
            raise ValueError(f"RowMax needs rows with entries, got shape {x.shape}")
        largest = x.argmax(axis=1)
        context["largest"], context["shape"], context["dtype"] = largest, x.shape, x.dtype
        y: Array = x[np.arange(x.shape[0]), largest][:, np.newaxis]
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        largest, shape, dtype = context["largest"], context["shape"], context["dtype"]
        check_cotangent("RowMax", y_bar, (shape[0], 1), dtype)
        # x̄_ij = ȳ_i0 δ_{j, t_i}
        x_bar = np.zeros(shape, dtype)
        x_bar[np.arange(shape[0]), largest] = y_bar[:, 0]
        return x_bar
