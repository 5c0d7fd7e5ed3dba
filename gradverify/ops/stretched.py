"""Ops whose small operand is repeated to fit the large one, and the change of sign: what composite ops are made of."""

from __future__ import annotations

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank


class SubColumn:
    """A column subtracted from every column of a matrix: y_ij = x_ij − c_i0.

    Shapes: x (m, n), c (m, 1), y (m, n); any side may be 0. Dtypes: one floating-point dtype throughout. The context
    holds the shape and dtype of x.
    Errors: ValueError for another rank, for a column of another length and for a cotangent of another shape; TypeError
    for other dtypes.
    Source: c_i0 stands, with a minus, in every entry of row i.
    """

    @staticmethod
    def forward(context: Context, x: Array, c: Array) -> Array:
        check_floats("SubColumn", x=x, c=c)
        check_rank("SubColumn", 2, x=x, c=c)
        if c.shape != (x.shape[0], 1):
            raise ValueError(f"SubColumn needs x m-by-n and c m-by-1, got x {x.shape} and c {c.shape}")
        context["shape"], context["dtype"] = x.shape, x.dtype
        y: Array = x - c
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        check_cotangent("SubColumn", y_bar, context["shape"], context["dtype"])
        # x̄_ij = ȳ_ij and c̄_i0 = −Σ_l ȳ_il
        c_bar: Array = -y_bar.sum(axis=1, keepdims=True)
        return y_bar.copy(), c_bar


class AddRow:
    """A vector added to every row of a matrix: y_ij = x_ij + b_j.

    Shapes: x (m, n), b (n,), y (m, n); any side may be 0. Dtypes: one floating-point dtype throughout. The context
    holds the shape and dtype of x.
    Errors: ValueError for another rank, for a vector of another length and for a cotangent of another shape; TypeError
    for other dtypes.
    Source: b_j stands in every entry of column j.
    """

    @staticmethod
    def forward(context: Context, x: Array, b: Array) -> Array:
        check_floats("AddRow", x=x, b=b)
        check_rank("AddRow", 2, x=x)
        check_rank("AddRow", 1, b=b)
        if b.shape != x.shape[1:]:
            raise ValueError(f"AddRow needs x m-by-n and b of n, got x {x.shape} and b {b.shape}")
        context["shape"], context["dtype"] = x.shape, x.dtype
        y: Array = x + b
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        check_cotangent("AddRow", y_bar, context["shape"], context["dtype"])
        # x̄_ij = ȳ_ij and b̄_j = Σ_k ȳ_kj
        b_bar: Array = np.asanyarray(y_bar.sum(axis=0))
        return y_bar.copy(), b_bar


class Negate:
    """The change of sign: y = −x.

    Shapes: x and y any, the same. Dtypes: one floating-point dtype throughout. The context holds the shape and dtype.
    Errors: ValueError for a cotangent of another shape, TypeError for other dtypes.
    Source: every entry has the slope −1.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Negate", x=x)
        context["shape"], context["dtype"] = x.shape, x.dtype
        return np.asanyarray(-x)

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        check_cotangent("Negate", y_bar, context["shape"], context["dtype"])
        # x̄ = −ȳ
        return np.asanyarray(-y_bar)
