"""The ufuncs that NumPy has no object loop for, or whose object loop would coerce: entry by entry, as Python functions.

Entries are exact numbers, or plain numbers where the code wrote constants; those are computed with as floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

import numpy as np

from gradverify.numbers.number import Number

_PLAIN = (float, int, np.floating, np.integer)


@dataclass(frozen=True)
class Own:
    """A ufunc of objects, and whether it gives truth values."""

    ufunc: Any
    truth: bool = False


def method(name: str) -> Callable[[Any], Any]:
    """A number's method; NumPy's function for a plain number."""
    of_number = methodcaller(name)

    def call(x: Any) -> Any:
        if isinstance(x, Number) or not isinstance(x, _PLAIN):
            return of_number(x)
        return float(getattr(np, name)(float(x)))

    return call


def binary_method(name: str) -> Callable[[Any, Any], Any]:
    """The same for two arguments; a plain one is lifted by the exact one."""

    def call(x: Any, y: Any) -> Any:
        if isinstance(x, Number):
            return getattr(x, name)(y)
        if isinstance(y, Number):
            return getattr(y.field.lift(x), name)(y)
        return float(getattr(np, name)(float(x), float(y)))

    return call


def sign(x: Any) -> int:
    """−1, 0 or 1."""
    return x.sign() if isinstance(x, Number) else (x > 0) - (x < 0)


def is_finite(x: Any) -> bool:
    """Whether a number is finite: an exact number always is."""
    return math.isfinite(x.near) if isinstance(x, Number) and x.value is None else True


def is_nan(x: Any) -> bool:
    """Whether a number is undefined."""
    return isinstance(x, Number) and x.value is None and math.isnan(x.near)


def larger(x: Any, y: Any) -> Any:
    """The larger of two; what is undefined stays."""
    return x if x >= y or is_nan(x) else y


def smaller(x: Any, y: Any) -> Any:
    """The smaller of two; what is undefined stays."""
    return x if x <= y or is_nan(x) else y


def log_add_exp(x: Any, y: Any) -> Any:
    """log(eˣ + eʸ)."""
    return method("log")(method("exp")(x) + method("exp")(y))


def log_add_exp2(x: Any, y: Any) -> Any:
    """log₂(2ˣ + 2ʸ)."""
    return method("log2")(method("exp2")(x) + method("exp2")(y))


def copy_sign(x: Any, y: Any) -> Any:
    """|x| with the sign of y."""
    return -abs(x) if sign(y) < 0 else abs(x)


def remainder_to_zero(x: Any, y: Any) -> Any:
    """C's fmod: x − y·trunc(x/y)."""
    return x - y * method("trunc")(x / y)


def fraction_and_whole(x: Any) -> tuple[Any, Any]:
    """np.modf."""
    whole = method("trunc")(x)
    return x - whole, whole


def heaviside(x: Any, at_zero: Any) -> Any:
    """0, `at_zero` or 1."""
    order = sign(x)
    return at_zero if order == 0 else int(order > 0)


def clip(x: Any, low: Any, high: Any) -> Any:
    """np.clip, as a ufunc."""
    return smaller(larger(x, low), high)


def in_degrees(x: Any) -> Any:
    """180·x/π, with the π that code knows."""
    return x * (180 / np.pi)


def in_radians(x: Any) -> Any:
    """π·x/180, with the π that code knows."""
    return x * (np.pi / 180)


METHODS = """
    exp log sqrt tanh sin cos tan arctan arcsin arccos arcsinh arccosh arctanh sinh cosh log1p expm1 log2 log10 exp2 cbrt
    reciprocal floor ceil rint trunc
"""

BINARY_METHODS = "hypot arctan2"

OWN: dict[str, Own] = {
    **{name: Own(np.frompyfunc(method(name), 1, 1)) for name in METHODS.split()},
    **{name: Own(np.frompyfunc(binary_method(name), 2, 1)) for name in BINARY_METHODS.split()},
    "sign": Own(np.frompyfunc(sign, 1, 1)),
    "fabs": Own(np.frompyfunc(abs, 1, 1)),
    "positive": Own(np.frompyfunc(lambda x: x, 1, 1)),
    "square": Own(np.frompyfunc(lambda x: x * x, 1, 1)),
    "maximum": Own(np.frompyfunc(larger, 2, 1, identity=None)),
    "minimum": Own(np.frompyfunc(smaller, 2, 1, identity=None)),
    "fmax": Own(np.frompyfunc(larger, 2, 1, identity=None)),
    "fmin": Own(np.frompyfunc(smaller, 2, 1, identity=None)),
    "clip": Own(np.frompyfunc(clip, 3, 1)),
    "isfinite": Own(np.frompyfunc(is_finite, 1, 1), truth=True),
    "isinf": Own(np.frompyfunc(lambda x: not is_finite(x) and not is_nan(x), 1, 1), truth=True),
    "isnan": Own(np.frompyfunc(is_nan, 1, 1), truth=True),
    "signbit": Own(np.frompyfunc(lambda x: sign(x) < 0, 1, 1), truth=True),
    "logical_not": Own(np.frompyfunc(lambda x: not x, 1, 1), truth=True),
    "logical_and": Own(np.frompyfunc(lambda x, y: bool(x) and bool(y), 2, 1, identity=True), truth=True),
    "logical_or": Own(np.frompyfunc(lambda x, y: bool(x) or bool(y), 2, 1, identity=False), truth=True),
    "logical_xor": Own(np.frompyfunc(lambda x, y: bool(x) is not bool(y), 2, 1), truth=True),
    "logaddexp": Own(np.frompyfunc(log_add_exp, 2, 1, identity=None)),
    "logaddexp2": Own(np.frompyfunc(log_add_exp2, 2, 1, identity=None)),
    "heaviside": Own(np.frompyfunc(heaviside, 2, 1)),
    "copysign": Own(np.frompyfunc(copy_sign, 2, 1)),
    "fmod": Own(np.frompyfunc(remainder_to_zero, 2, 1)),
    "divmod": Own(np.frompyfunc(divmod, 2, 2)),
    "modf": Own(np.frompyfunc(fraction_and_whole, 1, 2)),
    "degrees": Own(np.frompyfunc(in_degrees, 1, 1)),
    "rad2deg": Own(np.frompyfunc(in_degrees, 1, 1)),
    "radians": Own(np.frompyfunc(in_radians, 1, 1)),
    "deg2rad": Own(np.frompyfunc(in_radians, 1, 1)),
    "power": Own(np.frompyfunc(lambda x, y: x**y, 2, 1)),
    "float_power": Own(np.frompyfunc(lambda x, y: x**y, 2, 1)),
}
"""By the name of the ufunc; `special` adds those of `scipy.special`."""

TRUTH = frozenset(["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"])
"""NumPy's own ufuncs of objects that give truth values."""

EXTREMES = frozenset(["maximum", "minimum", "fmax", "fmin"])
"""Ufuncs whose object loops are as good as ours, except for what is undefined."""
