"""Functions applied to every entry: `Map` for any f and f′, and the common analytic ones by name.

All take x of any shape and floating-point dtype and return y and x_bar of the same. They raise TypeError for other
dtypes and ValueError for a cotangent of another shape. The context holds x by reference: `backward` computes f(x) anew,
so writing into the returned y harms nothing. Source of every gradient: x̄ = ȳ f′(x), the chain rule.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_domain, check_dtype_kept, check_floats


class Map:
    """Any differentiable function of one real number: y = f(x).

    `f` and `f_prime` take the array x and return arrays of its shape and dtype; `f_prime` may return one number where
    the slope is constant. Neither may write into x.
    Errors: ValueError if a result has another shape, TypeError if it has another dtype.
    """

    @staticmethod
    def forward(context: Context, x: Array, *, f: Callable[[Array], Array], f_prime: Callable[[Array], Array]) -> Array:
        check_floats("Map", x=x)
        context["x"], context["f_prime"] = x, f_prime
        # a copy, because f may return x itself, a view of it, or an array of its own
        y = np.array(f(x), subok=True)
        if y.shape != x.shape:
            raise ValueError(f"Map needs f to keep the shape {x.shape}, got {y.shape}: f must act on every entry alone")
        check_dtype_kept("Map", "f", y, x.dtype)
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x, f_prime = context["x"], context["f_prime"]
        check_cotangent("Map", y_bar, x.shape, x.dtype)
        slope = f_prime(x)
        if np.shape(slope) not in (x.shape, ()):
            raise ValueError(f"Map needs f_prime(x) of shape {x.shape} or one number, got shape {np.shape(slope)}")
        # x̄ = ȳ f′(x)
        x_bar: Array = np.asanyarray(y_bar * slope)
        check_dtype_kept("Map", "f_prime", x_bar, y_bar.dtype)
        return x_bar


class Exp:
    """Exponential function: y = eˣ. Overflows as np.exp does: inf, with a RuntimeWarning."""

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Exp", x=x)
        context["x"] = x
        return np.asanyarray(np.exp(x))

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("Exp", y_bar, x.shape, x.dtype)
        # x̄ = ȳ eˣ
        return np.asanyarray(y_bar * np.exp(x))


class Log:
    """Natural logarithm: y = ln x. ValueError names the first entry that is not positive; NaN stays NaN."""

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Log", x=x)
        check_domain("Log", x <= 0, x, "positive entries", "mask or shift such entries")
        context["x"] = x
        return np.asanyarray(np.log(x))

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("Log", y_bar, x.shape, x.dtype)
        # x̄ = ȳ / x
        return np.asanyarray(y_bar / x)


class Square:
    """Square: y = x²."""

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Square", x=x)
        context["x"] = x
        return np.asanyarray(x * x)

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("Square", y_bar, x.shape, x.dtype)
        # x̄ = 2 x ȳ
        return np.asanyarray(2 * x * y_bar)


class Sqrt:
    """Square root: y = √x for x ≥ 0, with a gradient for x > 0. ValueError names the first entry outside."""

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Sqrt", x=x)
        check_domain("Sqrt", x < 0, x, "entries that are not negative", "mask or shift such entries")
        context["x"] = x
        return np.asanyarray(np.sqrt(x))

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("Sqrt", y_bar, x.shape, x.dtype)
        check_domain("Sqrt.backward", x <= 0, x, "positive entries", "the slope of √x is infinite at 0")
        # x̄ = ȳ / (2 √x)
        return np.asanyarray(y_bar / (2 * np.sqrt(x)))
