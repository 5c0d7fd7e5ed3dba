"""Arithmetic entry by entry, of arrays of one shape; and the identity.

All take and return one floating-point dtype. They raise TypeError for other dtypes and ValueError for different shapes
and for a cotangent of another shape. Gradients are arrays of their own: no two of them, and no cotangent, share memory.
"""

from __future__ import annotations

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_domain, check_floats


class Add:
    """The sum y = x1 + x2. The context holds the shape and dtype of x1. Source: ∂y/∂x1 = ∂y/∂x2 = 1."""

    @staticmethod
    def forward(context: Context, x1: Array, x2: Array) -> Array:
        _check("Add", x1, x2)
        context["shape"], context["dtype"] = x1.shape, x1.dtype
        return np.asanyarray(x1 + x2)

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        check_cotangent("Add", y_bar, context["shape"], context["dtype"])
        # x̄1 = x̄2 = ȳ
        return y_bar.copy(), y_bar.copy()


class Sub:
    """The difference y = x1 − x2. The context holds the shape and dtype of x1. Source: ∂y/∂x1 = 1, ∂y/∂x2 = −1."""

    @staticmethod
    def forward(context: Context, x1: Array, x2: Array) -> Array:
        _check("Sub", x1, x2)
        context["shape"], context["dtype"] = x1.shape, x1.dtype
        return np.asanyarray(x1 - x2)

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        check_cotangent("Sub", y_bar, context["shape"], context["dtype"])
        # x̄1 = ȳ, x̄2 = −ȳ
        return y_bar.copy(), np.asanyarray(-y_bar)


class Multiply:
    """The product y = x1 x2. The context holds both by reference. Source: the product rule."""

    @staticmethod
    def forward(context: Context, x1: Array, x2: Array) -> Array:
        _check("Multiply", x1, x2)
        context["x1"], context["x2"] = x1, x2
        return np.asanyarray(x1 * x2)

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        x1, x2 = context["x1"], context["x2"]
        check_cotangent("Multiply", y_bar, x1.shape, x1.dtype)
        # x̄1 = ȳ x2, x̄2 = ȳ x1
        return np.asanyarray(y_bar * x2), np.asanyarray(y_bar * x1)


class Power:
    """The power y = x^a of a positive x. The context holds both by reference.

    Errors: as above, and ValueError for an x that is not positive, where not every a has a real power.
    Source: x^a = e^(a log x), so ∂y/∂x = a x^(a−1) and ∂y/∂a = x^a log x.
    """

    @staticmethod
    def forward(context: Context, x: Array, a: Array) -> Array:
        _check("Power", x, a)
        check_domain("Power", x <= 0, x, "positive x", "a power with any real exponent needs one")
        context["x"], context["a"] = x, a
        return np.asanyarray(x**a)

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        x, a = context["x"], context["a"]
        check_cotangent("Power", y_bar, x.shape, x.dtype)
        # x̄ = ȳ a x^(a−1), ā = ȳ x^a log x
        return np.asanyarray(y_bar * a * x ** (a - 1)), np.asanyarray(y_bar * x**a * np.log(x))


class Identity:
    """The array as it is, in memory of its own: y = x. The context holds its shape and dtype. Source: ∂y/∂x = 1."""

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Identity", x=x)
        context["shape"], context["dtype"] = x.shape, x.dtype
        return np.asanyarray(x.copy())

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        check_cotangent("Identity", y_bar, context["shape"], context["dtype"])
        # x̄ = ȳ
        return y_bar.copy()


def _check(op: str, a: Array, b: Array) -> None:
    names = ("x", "a") if op == "Power" else ("x1", "x2")
    check_floats(op, **dict(zip(names, (a, b), strict=True)))
    if a.shape != b.shape:
        raise ValueError(f"{op} needs two arrays of one shape, got {a.shape} and {b.shape}: broadcast one of them")
