"""The non-linearities of neural networks, element-wise and stable for every finite x.

All take x of any shape and floating-point dtype and return y and x_bar of the same. They raise TypeError for other
dtypes and ValueError for a cotangent of another shape. The context holds x by reference: `backward` computes f(x) anew,
so writing into the returned y harms nothing. NaN stays NaN, in y and in x_bar.
"""

from __future__ import annotations

import math

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats


class Sigmoid:
    """Logistic function: y = σ(x) = 1 / (1 + e⁻ˣ).

    Forward and gradient are computed from e^(−|x|) ≤ 1: nothing overflows, and the gradient keeps its relative accuracy
    where 1 − σ(x) would cancel.
    Source: σ′ = σ(x) σ(−x).
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Sigmoid", x=x)
        context["x"] = x
        return _sigmoid(x)

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("Sigmoid", y_bar, x.shape, x.dtype)
        e = np.exp(-np.abs(x))
        # x̄ = ȳ σ(x) σ(−x) = ȳ e / (1 + e)² with e = e^(−|x|), the same for x and −x
        return np.asanyarray(y_bar * (e / ((1 + e) * (1 + e))))


class ReLU:
    """Rectifier: y = max(x, 0). At x = 0, a kink, the gradient is 0."""

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("ReLU", x=x)
        context["x"] = x
        return np.asanyarray(np.maximum(x, 0))

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("ReLU", y_bar, x.shape, x.dtype)
        # x̄ = ȳ where x > 0, 0 where x ≤ 0; NaN is neither and stays
        return np.asanyarray(np.where(x > 0, y_bar, np.where(x <= 0, 0, x)))


class Tanh:
    """Hyperbolic tangent: y = tanh x.

    The gradient is written with e^(−2|x|), so that it keeps its digits where tanh x is near ±1.
    Source: tanh′ = 1 − tanh² = 4e^(−2|x|)/(1 + e^(−2|x|))².
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Tanh", x=x)
        context["x"] = x
        return np.asanyarray(np.tanh(x))

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("Tanh", y_bar, x.shape, x.dtype)
        e = np.exp(-2 * np.abs(x))
        # x̄ = ȳ (1 − tanh² x) = ȳ · 4e^(−2|x|)/(1 + e^(−2|x|))²: 1 − t² itself cancels where t is near ±1
        return np.asanyarray(y_bar * (4 * e / ((1 + e) * (1 + e))))


class Softplus:
    """Smooth rectifier: y = ln(1 + eˣ) = max(x, 0) + ln(1 + e^(−|x|)).

    The second form neither overflows nor loses the tail eˣ for x ≪ 0.
    Source: softplus′ = σ; M. Mächler, "Accurately computing log(1 − exp(−|a|))", 2012, treats log(1 + eˣ) too.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Softplus", x=x)
        context["x"] = x
        return np.asanyarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("Softplus", y_bar, x.shape, x.dtype)
        # x̄ = ȳ σ(x)
        return np.asanyarray(y_bar * _sigmoid(x))


class GELU:
    """The Gaussian error linear unit by tanh: y = x (1 + tanh s) / 2 with s = √(2/π) (x + 0.044715 x³).

    (1 + tanh s) / 2 is σ(2s), computed from e^(−2|s|) ≤ 1: for x ≪ 0, where 1 + tanh s cancels, the tail keeps its digits.
    Source: the product rule; σ′ = σ(2s) σ(−2s), s′ = √(2/π) (1 + 3 · 0.044715 x²). The constants are those of Hendrycks
    and Gimpel, "Gaussian Error Linear Units", 2016.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("GELU", x=x)
        context["x"] = x
        step, _, _ = _smooth_step(x)
        return np.asanyarray(x * step)

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("GELU", y_bar, x.shape, x.dtype)
        step, e, below = _smooth_step(x)
        # x̄ = ȳ (σ(2s) + 2x s′ e / (1 + e)²); where x² overflows, e is 0 and so is e·x, before it meets another x
        slope = e * x
        cubic = slope * x
        cubic *= x
        cubic *= 3 * _D
        slope += cubic
        slope *= 2 * _C
        below *= below
        slope /= below
        slope += step
        slope *= y_bar
        return np.asanyarray(slope)


_C, _D = math.sqrt(2 / math.pi), 0.044715


def _smooth_step(x: Array) -> tuple[Array, Array, Array]:
    """GELU's σ(2s), with e = e^(−2|s|) and 1 + e, which its derivative is made of."""
    with np.errstate(over="ignore"):  # where x² overflows, e is 0 as it should be
        s = x * x
        s *= _D
        s += 1
        s *= np.abs(x)
        s *= -2 * _C  # −2|s|: s has the sign of x
        e = np.exp(s)
    below = 1 + e
    return np.asanyarray(np.where(x >= 0, 1, e) / below), e, below


def _sigmoid(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    # σ(x) = 1/(1 + e⁻ˣ) for x ≥ 0 and eˣ/(1 + eˣ) for x < 0; the exponent is never positive
    return np.asanyarray(np.where(x >= 0, 1, e) / (1 + e))
