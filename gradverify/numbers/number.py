"""One exact number: a value and a tangent in some field, and an approximation that decides comparisons.

NumPy's object loops call its operators and, for `np.exp(x)` and the like, its methods of those names. It is never turned
into a float: whatever tries to raises `NotExact`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, NoReturn

import numpy as np

from gradverify.numbers.signals import NotExact


class Number:
    """value + tangent·ε with ε² = 0. `value` and `tangent` are elements of `field`, `near` approximates the value."""

    __slots__ = ("near", "tangent", "value")
    field: ClassVar[Any]

    def __init__(self, value: Any, tangent: Any, near: Any) -> None:
        self.value = value
        self.tangent = tangent
        self.near = near

    # Arithmetic. The class test comes first: almost every operand is of the same class.

    def __add__(self, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            other = self.field.lift(other)
            if other is NotImplemented:
                return other
            if other.__class__ is not self.__class__:
                return other.__radd__(self)
        return self.__class__(self.value + other.value, self.tangent + other.tangent, self.near + other.near)

    def __sub__(self, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            other = self.field.lift(other)
            if other is NotImplemented:
                return other
            if other.__class__ is not self.__class__:
                return other.__rsub__(self)
        return self.__class__(self.value - other.value, self.tangent - other.tangent, self.near - other.near)

    def __mul__(self, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            other = self.field.lift(other)
            if other is NotImplemented:
                return other
            if other.__class__ is not self.__class__:
                return other.__rmul__(self)
        u, v = self.value, other.value
        return self.__class__(u * v, u * other.tangent + self.tangent * v, self.near * other.near)

    def __truediv__(self, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            other = self.field.lift(other)
            if other is NotImplemented:
                return other
            if other.__class__ is not self.__class__:
                return other.__rtruediv__(self)
        inverse = self.field.inverse(other.value)
        value = self.value * inverse
        return self.__class__(
            value, (self.tangent - value * other.tangent) * inverse, self.field.near_quotient(self.near, other.near)
        )

    def __radd__(self, other: Any) -> Any:
        other = self.field.lift(other)
        return other if other is NotImplemented else other + self

    def __rsub__(self, other: Any) -> Any:
        other = self.field.lift(other)
        return other if other is NotImplemented else other - self

    def __rmul__(self, other: Any) -> Any:
        other = self.field.lift(other)
        return other if other is NotImplemented else other * self

    def __rtruediv__(self, other: Any) -> Any:
        other = self.field.lift(other)
        return other if other is NotImplemented else other / self

    def __neg__(self) -> Any:
        return self.__class__(-self.value, -self.tangent, -self.near)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return -self if self.sign() < 0 else self

    def __pow__(self, exponent: Any) -> Any:
        return self.field.power(self, exponent)

    def __rpow__(self, base: Any) -> Any:
        base = self.field.lift(base)
        return base if base is NotImplemented else self.field.power(base, self)

    # Comparisons follow the approximations.

    def __eq__(self, other: object) -> bool:
        return self._against(other, "==") == 0

    def __ne__(self, other: object) -> bool:
        return self._against(other, "!=") != 0

    def __lt__(self, other: Any) -> bool:
        return self._against(other, "<") < 0

    def __le__(self, other: Any) -> bool:
        return self._against(other, "<=") <= 0

    def __gt__(self, other: Any) -> bool:
        return self._against(other, ">") > 0

    def __ge__(self, other: Any) -> bool:
        return self._against(other, ">=") >= 0

    def _against(self, other: Any, sign: str) -> int:
        lifted = self.field.lift(other)
        if lifted is NotImplemented:
            raise NotExact(f"a comparison {sign} with a {type(other).__name__}")
        if self.value is None or lifted.value is None:  # ±∞
            u = self.near if self.value is None else 0.0
            v = lifted.near if lifted.value is None else 0.0
            return 0 if u == v else 1 if u > v else -1
        order: int = self.field.compare(self, lifted)
        self.field.decide(order)
        return order

    def sign(self) -> int:
        """−1, 0 or 1."""
        return self._against(0, "with")

    def __hash__(self) -> int:
        return hash(self.value)

    def __bool__(self) -> bool:
        return self._against(0, "!=") != 0

    # What an exact number cannot be turned into.

    def __float__(self) -> float:
        raise NotExact("an exact number is turned into a float")

    def __int__(self) -> int:
        raise NotExact("an exact number is turned into an int")

    def __index__(self) -> int:
        raise NotExact("an exact number is used as an index")

    def __complex__(self) -> complex:
        raise NotExact("an exact number is turned into a complex number")

    def __floordiv__(self, other: Any) -> Any:
        return (self / other).floor()

    def __mod__(self, other: Any) -> Any:
        return self - other * (self // other)

    def __copy__(self) -> Number:
        return self

    def __deepcopy__(self, memo: Any) -> Number:
        return self

    def __repr__(self) -> str:
        return f"<{self.near}>"

    # Methods that NumPy's object loops call by name.

    def conjugate(self) -> Any:
        """A real number is its own conjugate."""
        return self

    @property
    def real(self) -> Any:
        """The number itself."""
        return self

    @property
    def imag(self) -> int:
        """0: exact numbers are real."""
        return 0

    def item(self) -> Any:
        """The number itself, as for a NumPy scalar."""
        return self

    def exp(self) -> Any:
        """Eˣ."""
        return self.field.function("exp", self)

    def log(self) -> Any:
        """The natural logarithm."""
        return self.field.function("log", self)

    def sqrt(self) -> Any:
        """The square root."""
        return self.field.function("sqrt", self)

    def tanh(self) -> Any:
        """The hyperbolic tangent."""
        return self.field.function("tanh", self)

    def sin(self) -> Any:
        """The sine."""
        return self.field.function("sin", self)

    def cos(self) -> Any:
        """The cosine."""
        return self.field.function("cos", self)

    def tan(self) -> Any:
        """The tangent."""
        return self.sin() / self.cos()

    def arctan(self) -> Any:
        """The inverse tangent."""
        return self.field.function("arctan", self)

    def arcsin(self) -> Any:
        """The inverse sine."""
        return self.field.function("arcsin", self)

    def arccos(self) -> Any:
        """The inverse cosine."""
        return self.field.function("arccos", self)

    def arcsinh(self) -> Any:
        """The inverse hyperbolic sine."""
        return (self + (self * self + 1).sqrt()).log()

    def arccosh(self) -> Any:
        """The inverse hyperbolic cosine."""
        return (self + (self * self - 1).sqrt()).log()

    def arctanh(self) -> Any:
        """The inverse hyperbolic tangent."""
        return ((1 + self) / (1 - self)).log() / 2

    def sinh(self) -> Any:
        """The hyperbolic sine."""
        up = self.exp()
        return (up - 1 / up) / 2

    def cosh(self) -> Any:
        """The hyperbolic cosine."""
        up = self.exp()
        return (up + 1 / up) / 2

    def log1p(self) -> Any:
        """log(1 + x)."""
        return self.field.log1p(self)

    def expm1(self) -> Any:
        """Eˣ − 1."""
        return self.field.expm1(self)

    def log2(self) -> Any:
        """The logarithm to base 2."""
        return self.log() / self.field.lift(2).log()

    def log10(self) -> Any:
        """The logarithm to base 10."""
        return self.log() / self.field.lift(10).log()

    def exp2(self) -> Any:
        """2ˣ."""
        return self.field.power(self.field.lift(2), self)

    def cbrt(self) -> Any:
        """The cube root."""
        return self.field.power(self, Fraction(1, 3)) if self.sign() >= 0 else -self.field.power(-self, Fraction(1, 3))

    def reciprocal(self) -> Any:
        """1/x."""
        return 1 / self

    def square(self) -> Any:
        """x²."""
        return self * self

    def hypot(self, other: Any) -> Any:
        """√(x² + y²)."""
        return (self * self + other * other).sqrt()

    def arctan2(self, other: Any) -> Any:
        """The angle of (other, self); only where other > 0, where it is arctan(self/other)."""
        if not other > 0:
            raise NotExact("np.arctan2 with a second argument that is not positive")
        return (self / other).arctan()

    def floor(self) -> Any:
        """The greatest whole number below: constant between the whole numbers."""
        return self.field.rounded(self, np.floor)

    __floor__ = floor

    def ceil(self) -> Any:
        """The smallest whole number above."""
        return self.field.rounded(self, np.ceil)

    __ceil__ = ceil

    def rint(self) -> Any:
        """The nearest whole number."""
        return self.field.rounded(self, np.rint)

    def trunc(self) -> Any:
        """The whole number towards 0."""
        return self.field.rounded(self, np.trunc)

    __trunc__ = trunc


def refuse(what: str) -> NoReturn:
    """Say that the code does something exact numbers cannot follow."""
    raise NotExact(what)
