"""The methods by which NumPy's object loops compute `np.exp(x)` and the like: each by the field, or by the others."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar


def _elementary(name: str) -> Callable[[Any], Any]:
    """A function that the fields know by name."""

    def method(self: Any) -> Any:
        return self.field.function(name, self)

    return method


def _rounding(name: str) -> Callable[[Any], Any]:
    """A function to the whole numbers: constant between its jumps."""

    def method(self: Any) -> Any:
        return self.field.rounded(self, name)

    return method


class Methods:
    """What exact numbers do under their own names."""

    __slots__ = ()
    field: ClassVar[Any]

    exp = _elementary("exp")
    log = _elementary("log")
    sqrt = _elementary("sqrt")
    tanh = _elementary("tanh")
    sin = _elementary("sin")
    cos = _elementary("cos")
    arctan = _elementary("arctan")
    arcsin = _elementary("arcsin")
    arccos = _elementary("arccos")
    erf = _elementary("erf")
    gammaln = _elementary("gammaln")
    digamma = _elementary("digamma")
    floor = __floor__ = _rounding("floor")
    ceil = __ceil__ = _rounding("ceil")
    trunc = __trunc__ = _rounding("trunc")
    rint = _rounding("rint")

    def tan(self: Any) -> Any:
        """Sine by cosine."""
        return self.sin() / self.cos()

    def arcsinh(self: Any) -> Any:
        """log(x + √(x² + 1))."""
        return (self + (self * self + 1).sqrt()).log()

    def arccosh(self: Any) -> Any:
        """log(x + √(x² − 1))."""
        return (self + (self * self - 1).sqrt()).log()

    def arctanh(self: Any) -> Any:
        """log((1 + x)/(1 − x))/2."""
        return ((1 + self) / (1 - self)).log() / 2

    def sinh(self: Any) -> Any:
        """(eˣ − e^−x)/2."""
        up = self.exp()
        return (up - 1 / up) / 2

    def cosh(self: Any) -> Any:
        """(eˣ + e^−x)/2."""
        up = self.exp()
        return (up + 1 / up) / 2

    def log1p(self: Any) -> Any:
        """log(1 + x)."""
        return self.field.log1p(self)

    def expm1(self: Any) -> Any:
        """Eˣ − 1."""
        return self.field.expm1(self)

    def log2(self: Any) -> Any:
        """log x/log 2."""
        return self.log() / self.field.log_constant(Fraction(2))

    def log10(self: Any) -> Any:
        """log x/log 10."""
        return self.log() / self.field.log_constant(Fraction(10))

    def exp2(self: Any) -> Any:
        """2ˣ."""
        return self.field.power(self.field.lift(2), self)

    def cbrt(self: Any) -> Any:
        """The real cube root."""
        third = Fraction(1, 3)
        return self.field.power(self, third) if self.sign() >= 0 else -self.field.power(-self, third)

    def reciprocal(self: Any) -> Any:
        """1/x."""
        return 1 / self

    def square(self: Any) -> Any:
        """x²."""
        return self * self

    def hypot(self: Any, other: Any) -> Any:
        """√(x² + y²)."""
        return (self * self + other * other).sqrt()

    def arctan2(self: Any, other: Any) -> Any:
        """The angle of the point (other, self)."""
        x, y = self.field.lift(other), self
        if x.sign() > 0:
            return (y / x).arctan()
        up = self.field.half_turn() / 2 * y.sign()
        return up - (x / y).arctan()

    def round(self: Any, decimals: int = 0) -> Any:
        """The nearest multiple of a power of ten."""
        scale = Fraction(10) ** int(decimals)
        return (self * scale).rint() / scale

    def __round__(self: Any, decimals: int | None = None) -> Any:
        return self.round(decimals or 0)
