"""Inverse, solution of a system and log-determinant of a square matrix, in float64 or float32.

All raise ValueError for a matrix that is not square and for a cotangent of another shape, numpy.linalg.LinAlgError for a
singular one, and TypeError for other dtypes than one floating-point dtype.
"""

from __future__ import annotations

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank


class Inverse:
    """The inverse: y = x⁻¹. Shapes: x, y and x_bar n-by-n. The context holds a copy of y.

    Source: x x⁻¹ = 1, so ∂(x⁻¹) = −x⁻¹ ∂x x⁻¹.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        _check_square("Inverse", x)
        y: Array = np.linalg.inv(x)
        context["y"] = y.copy()
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        y = context["y"]
        check_cotangent("Inverse", y_bar, y.shape, y.dtype)
        # x̄ = −x⁻ᵀ ȳ x⁻ᵀ
        x_bar: Array = -(y.T @ y_bar @ y.T)
        return x_bar


class Solve:
    """The solution y of x y = b. Shapes: x n-by-n, b and y n-by-m. The context holds x by reference and a copy of y.

    Source: y = x⁻¹ b and the derivative of the inverse; no inverse is computed.
    """

    @staticmethod
    def forward(context: Context, x: Array, b: Array) -> Array:
        check_floats("Solve", x=x, b=b)
        _check_square("Solve", x)
        check_rank("Solve", 2, b=b)
        if x.shape[0] != b.shape[0]:
            raise ValueError(f"Solve needs x n-by-n and b n-by-m, got x {x.shape} and b {b.shape}")
        y: Array = np.linalg.solve(x, b)
        context["x"], context["y"] = x, y.copy()
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        x, y = context["x"], context["y"]
        check_cotangent("Solve", y_bar, y.shape, y.dtype)
        # b̄ = x⁻ᵀ ȳ, x̄ = −b̄ yᵀ
        b_bar = np.linalg.solve(x.T, y_bar)
        return -(b_bar @ y.T), b_bar


class LogDet:
    """The logarithm of the absolute value of the determinant: y = log |det x|. Shapes: x n-by-n, y ().

    Neither overflows where the determinant does. The context holds x by reference.
    Source: Jacobi's formula, ∂ log |det x| = tr(x⁻¹ ∂x).
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        _check_square("LogDet", x)
        sign, y = np.linalg.slogdet(x)
        if sign == 0:
            raise np.linalg.LinAlgError("LogDet: the matrix is singular, and log 0 is no number")
        context["x"] = x
        return np.asanyarray(y)

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("LogDet", y_bar, (), x.dtype)
        # x̄ = ȳ x⁻ᵀ
        x_bar: Array = y_bar * np.linalg.inv(x).T
        return x_bar


def _check_square(op: str, x: Array) -> None:
    check_floats(op, x=x)
    check_rank(op, 2, x=x)
    if x.shape[0] != x.shape[1]:
        raise ValueError(f"{op} needs a square matrix, got shape {x.shape}")
