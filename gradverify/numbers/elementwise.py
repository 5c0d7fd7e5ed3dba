"""The functions of the module `math`, for code that goes through arrays entry by entry."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import methodcaller
from typing import Any

from gradverify.numbers.ufuncs import binary_method, copy_sign, is_finite, is_nan, method, remainder_to_zero

_NAMES = {
    **{
        name: name
        for name in [
            "exp",
            "log1p",
            "log2",
            "log10",
            "expm1",
            "sqrt",
            "tanh",
            "sin",
            "cos",
            "tan",
            "sinh",
            "cosh",
            "exp2",
            "cbrt",
        ]
    },
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
}


def _log(x: Any, base: Any = None) -> Any:
    return method("log")(x) if base is None else method("log")(x) / method("log")(base)


def _is_close(a: Any, b: Any, *, rel_tol: float = 1e-09, abs_tol: float = 0.0) -> bool:
    return bool(abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), abs_tol))


MATH: dict[str, Callable[..., Any]] = {
    **{name: method(ours) for name, ours in _NAMES.items() if hasattr(math, name)},
    "log": _log,
    "atan2": binary_method("arctan2"),
    "pow": lambda x, y: x**y,
    "fabs": abs,
    "hypot": lambda *x: method("sqrt")(sum(each * each for each in x)),
    "erf": methodcaller("erf"),
    "erfc": lambda x: 1 - x.erf(),
    "lgamma": methodcaller("gammaln"),
    "gamma": lambda x: x.gammaln().exp(),
    "isnan": is_nan,
    "isfinite": is_finite,
    "isinf": lambda x: not is_finite(x) and not is_nan(x),
    "isclose": _is_close,
    "copysign": copy_sign,
    "fmod": remainder_to_zero,
    "fsum": lambda x: sum(x),
    "prod": lambda x, *, start=1: math.prod(x, start=start),
    "degrees": lambda x: x * (180 / math.pi),
    "radians": lambda x: x * (math.pi / 180),
    "dist": lambda p, q: method("sqrt")(sum((a - b) ** 2 for a, b in zip(p, q, strict=True))),
    "sumprod": lambda p, q: sum(a * b for a, b in zip(p, q, strict=True)),
}
"""By name; they are called with an exact number among the arguments only."""

MATH = {name: own for name, own in MATH.items() if hasattr(math, name)}
