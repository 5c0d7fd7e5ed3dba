"""Element-wise division of two arrays of equal shape, with both of its gradients."""

from __future__ import annotations

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats


class Division:
    """Element-wise quotient: y = x1 / x2.

    Shapes: x1, x2, y and both gradients have one shape, of any rank; `BroadcastMap` is the op that broadcasts.
    Dtypes: one floating-point dtype throughout. The context holds both inputs by reference.
    Errors: ValueError for unequal shapes and for a cotangent of another shape; TypeError for other dtypes. An x2 of 0
    is divided by as NumPy does: a RuntimeWarning, and ±inf or NaN.
    Source: the quotient rule.
    """

    @staticmethod
    def forward(context: Context, x1: Array, x2: Array) -> Array:
        check_floats("Division", x1=x1, x2=x2)
        if x1.shape != x2.shape:
            raise ValueError(f"Division needs equal shapes, got x1 {x1.shape} and x2 {x2.shape}: it does not broadcast")
        context["x1"], context["x2"] = x1, x2
        return np.asanyarray(x1 / x2)

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        x1, x2 = context["x1"], context["x2"]
        check_cotangent("Division", y_bar, x1.shape, x1.dtype)
        # x̄1 = ȳ / x2
        x1_bar = y_bar / x2
        # x̄2 = −ȳ x1 / x2², divided twice because x2² overflows before the quotient does
        x2_bar = -y_bar * (x1 / x2 / x2)
        return np.asanyarray(x1_bar), np.asanyarray(x2_bar)
