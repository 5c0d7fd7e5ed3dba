"""±∞ and what is undefined, as constants: `np.where(mask, x, -np.inf)`, and x/0 in entries that are not used.

They follow the rules of floats. None of them may reach an output or a gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradverify.numbers.number import Number


def _plain(x: Any) -> float:
    """What stands for a number in float arithmetic with an infinity: only its sign matters."""
    return x.near if isinstance(x, Beyond) else float(x.sign())


def _by_floats(operation: Callable[[float, float], float]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        other = self.field.lift(other)
        return other if other is NotImplemented else type(self)(operation(_plain(self), _plain(other)))

    return method


def _limit(at_plus: float, at_minus: float) -> Callable[[Any], Any]:
    """A function by its limits at +∞ and −∞."""

    def method(self: Any) -> Any:
        value = math.nan if math.isnan(self.near) else at_plus if self.near > 0 else at_minus
        return self.field.lift(value) if math.isfinite(value) else type(self)(value)

    return method


class Beyond(Number):
    """+∞, −∞ or undefined; `value` is None and `near` the float."""

    __slots__ = ()

    def __init__(self, near: float) -> None:
        super().__init__(None, self.zero, near)

    __add__ = __radd__ = _by_floats(lambda u, v: u + v)
    __sub__ = _by_floats(lambda u, v: u - v)
    __rsub__ = _by_floats(lambda u, v: v - u)
    __mul__ = __rmul__ = _by_floats(lambda u, v: u * v)

    def __truediv__(self, other: Any) -> Any:
        other = self.field.lift(other)
        if other is NotImplemented or isinstance(other, Beyond):
            return other if other is NotImplemented else type(self)(math.nan)
        return type(self)(self.near * (other.sign() or 1))

    def __rtruediv__(self, other: Any) -> Any:
        return self if math.isnan(self.near) else self.field.lift(0)

    def __neg__(self) -> Any:
        return type(self)(-self.near)

    def __pow__(self, exponent: Any) -> Any:
        return type(self)(math.nan)

    def __rpow__(self, base: Any) -> Any:
        return type(self)(math.nan)

    def against(self, other: Any) -> int | None:
        """The order of floats: nothing compares with what is undefined."""
        other = self.field.lift(other)
        u, v = self.near, other.near if isinstance(other, Beyond) else 0.0
        return None if math.isnan(u) or math.isnan(v) else (u > v) - (u < v)

    def sign(self) -> int:
        """−1 or 1; 0 for undefined."""
        return int(self.near > 0) - int(self.near < 0)

    exp = _limit(math.inf, 0.0)
    expm1 = _limit(math.inf, -1.0)
    log = log1p = sqrt = _limit(math.inf, math.nan)
    tanh = erf = _limit(1.0, -1.0)
    sin = cos = arcsin = arccos = gammaln = digamma = _limit(math.nan, math.nan)
    arctan = _limit(math.pi / 2, -math.pi / 2)
    floor = ceil = trunc = rint = _limit(math.inf, -math.inf)

    def __hash__(self) -> int:
        return hash(self.near)


def beyond_class(number: type[Number]) -> type[Beyond]:
    """What is beyond a field's numbers."""
    return type("Beyond", (Beyond,), {"field": number.field, "zero": number.zero, "__slots__": ()})
