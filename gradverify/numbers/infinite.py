"""±∞ as constants, for masks such as `np.where(mask, x, -np.inf)`: they absorb sums, and e^−∞ is 0."""

from __future__ import annotations

from functools import cache
from typing import Any

from gradverify.numbers.number import Number
from gradverify.numbers.signals import NotExact


class Infinite(Number):
    """+∞ or −∞. Only what has a plain meaning is defined; everything else raises `NotExact`."""

    __slots__ = ()

    def __init__(self, near: float) -> None:
        super().__init__(None, self.field.zero, near)

    def __add__(self, other: Any) -> Any:
        other = self.field.lift(other)
        if other is NotImplemented:
            return other
        if isinstance(other, Infinite) and other.near != self.near:
            raise NotExact("∞ − ∞")
        return self

    __radd__ = __add__

    def __neg__(self) -> Any:
        return type(self)(-self.near)

    def __sub__(self, other: Any) -> Any:
        return self + (-self.field.lift(other))

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        other = self.field.lift(other)
        sign = other.sign()
        if sign == 0:
            raise NotExact("0 · ∞")
        return self if sign > 0 else -self

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self * other

    def __rtruediv__(self, other: Any) -> Any:
        return self.field.lift(0)

    def __pow__(self, exponent: Any) -> Any:
        raise NotExact("a power of ∞")

    def sign(self) -> int:
        """−1 or 1."""
        return 1 if self.near > 0 else -1

    def exp(self) -> Any:
        """0 for −∞."""
        if self.near > 0:
            raise NotExact("e^∞")
        return self.field.lift(0)

    def log(self) -> Any:
        """Refuse: the logarithm of ∞."""
        raise NotExact("log of ∞")

    def tanh(self) -> Any:
        """±1."""
        return self.field.lift(self.sign())

    sqrt = sin = cos = arctan = log

    def __hash__(self) -> int:
        return hash(self.near)


@cache
def infinite_class(number: type[Number]) -> type[Infinite]:
    """The infinities of a field's numbers."""
    return type("Infinite", (Infinite,), {"field": number.field, "__slots__": ()})
