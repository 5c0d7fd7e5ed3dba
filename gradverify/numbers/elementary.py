"""The elementary functions by name: their derivatives, and enclosures of their values.

Every field takes the derivatives from here; the values of finite fields are their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import methodcaller
from typing import Any

SLOPES: dict[str, Callable[[Any, Any], Any]] = {
    "log": lambda x, y: 1 / x,
    "sqrt": lambda x, y: 1 / (2 * y),
    "tanh": lambda x, y: 1 - y * y,
    "sin": lambda x, y: x.cos(),
    "cos": lambda x, y: -x.sin(),
    "arctan": lambda x, y: 1 / (1 + x * x),
    "arcsin": lambda x, y: 1 / (1 - x * x).sqrt(),
    "arccos": lambda x, y: -1 / (1 - x * x).sqrt(),
    # The factor is rounded on purpose: it is the very decimal that code written with 2/√π has.
    "erf": lambda x, y: 2 / math.sqrt(math.pi) * (-x * x).exp(),
    "gammaln": lambda x, y: x.field.function("digamma", x),
    "digamma": lambda x, y: x.field.function("trigamma", x),
}
"""f′(x), given x and y = f(x) as numbers without a tangent. The slope of exp is y itself."""

ENCLOSED: dict[str, Callable[[Any], Any]] = {
    "exp": methodcaller("exp"),
    "log": methodcaller("log"),
    "sqrt": methodcaller("sqrt"),
    "tanh": methodcaller("tanh"),
    "sin": methodcaller("sin"),
    "cos": methodcaller("cos"),
    "arctan": methodcaller("atan"),
    "arcsin": methodcaller("asin"),
    "arccos": methodcaller("acos"),
    "erf": methodcaller("erf"),
    "gammaln": lambda u: abs(u.gamma()).log() if u < 0 else u.lgamma(),
    "digamma": methodcaller("digamma"),
    "trigamma": lambda u: type(u)(2).zeta(u),
}
"""f of a ball."""
