"""One exact number: a value and a tangent in some field, and an approximation that decides comparisons.

NumPy's object loops call its operators and, for `np.exp(x)` and the like, its methods. It is never turned
into a float: whatever tries to raises `NotExact`. To the op it looks like the `np.float64` that it stands for.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from gradverify.numbers.methods import Methods
from gradverify.numbers.signals import Coerced, NotExact

_new = object.__new__


def _unwrapped(result: Any) -> Any:
    """The number in an array of no axes; everything else as it is."""
    return result[()] if isinstance(result, np.ndarray) and result.ndim == 0 else result


def as_float(near: Any) -> float:
    """The float in the middle of an approximation."""
    return int(near.p) / int(near.q) if hasattr(near, "q") else float(near)


class Number(Methods):
    """value + tangent·ε with ε² = 0. `value` and `tangent` are elements of `field`, `near` encloses the real value.

    A tangent that *is* the field's `zero` is known to be 0, and nothing is computed with it.
    """

    __slots__ = ("near", "tangent", "value")
    zero: ClassVar[Any]

    def __init__(self, value: Any, tangent: Any, near: Any) -> None:
        self.value = value
        self.tangent = tangent
        self.near = near

    # Arithmetic. The class test comes first: almost every operand is of the same class.

    def __add__(self, other: Any) -> Any:
        cls = type(self)
        if type(other) is not cls:
            if type(other) is int and other == 0:
                return self
            other = self.field.lift(other)
            if type(other) is not cls:
                return other if other is NotImplemented else other.__radd__(self)
        made = _new(cls)
        made.value = self.value + other.value
        made.near = self.near + other.near
        s, t, zero = self.tangent, other.tangent, cls.zero
        made.tangent = t if s is zero else s if t is zero else s + t
        return made

    def __sub__(self, other: Any) -> Any:
        cls = type(self)
        if type(other) is not cls:
            if type(other) is int and other == 0:
                return self
            other = self.field.lift(other)
            if type(other) is not cls:
                return other if other is NotImplemented else other.__rsub__(self)
        made = _new(cls)
        made.value = self.value - other.value
        made.near = self.near - other.near
        s, t, zero = self.tangent, other.tangent, cls.zero
        made.tangent = s if t is zero else -t if s is zero else s - t
        return made

    def __mul__(self, other: Any) -> Any:
        cls = type(self)
        if type(other) is not cls:
            if type(other) is int and other == 1:
                return self
            other = self.field.lift(other)
            if type(other) is not cls:
                return other if other is NotImplemented else other.__rmul__(self)
        made = _new(cls)
        u, v = self.value, other.value
        made.value = u * v
        made.near = self.near * other.near
        s, t, zero = self.tangent, other.tangent, cls.zero
        if s is zero:
            made.tangent = zero if t is zero else u * t
        else:
            made.tangent = s * v if t is zero else u * t + s * v
        return made

    def __truediv__(self, other: Any) -> Any:
        cls = type(self)
        if type(other) is not cls:
            other = self.field.lift(other)
            if type(other) is not cls:
                return other if other is NotImplemented else other.__rtruediv__(self)
        field, zero = cls.field, cls.zero
        s, t = self.tangent, other.tangent
        if t is zero and other.value == zero:
            return field.over_zero(self)
        inverse = field.inverse(other.value)
        made = _new(cls)
        made.value = value = self.value * inverse
        made.near = field.near_quotient(self.near, other.near)
        if t is not zero:
            s = s - value * t
        made.tangent = zero if s is zero else s * inverse
        return made

    def __radd__(self, other: Any) -> Any:
        if type(other) is int and other == 0:
            return self
        other = self.field.lift(other)
        return other if other is NotImplemented else other + self

    def __rsub__(self, other: Any) -> Any:
        other = self.field.lift(other)
        return other if other is NotImplemented else other - self

    def __rmul__(self, other: Any) -> Any:
        if type(other) is int and other == 1:
            return self
        other = self.field.lift(other)
        return other if other is NotImplemented else other * self

    def __rtruediv__(self, other: Any) -> Any:
        other = self.field.lift(other)
        return other if other is NotImplemented else other / self

    def __neg__(self) -> Any:
        zero = self.zero
        return type(self)(-self.value, zero if self.tangent is zero else -self.tangent, -self.near)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return -self if self.sign() < 0 else self

    def __pow__(self, exponent: Any) -> Any:
        return self.field.power(self, exponent)

    def __rpow__(self, base: Any) -> Any:
        base = self.field.lift(base)
        return base if base is NotImplemented else self.field.power(base, self)

    def __floordiv__(self, other: Any) -> Any:
        quotient = self / other
        return quotient if quotient is NotImplemented else quotient.floor()

    def __rfloordiv__(self, other: Any) -> Any:
        quotient = other / self
        return quotient if quotient is NotImplemented else quotient.floor()

    def __mod__(self, other: Any) -> Any:
        return self - other * (self // other)

    def __rmod__(self, other: Any) -> Any:
        return other - self * (other // self)

    def __divmod__(self, other: Any) -> Any:
        whole = self // other
        return whole, self - other * whole

    # Comparisons: of the enclosed real values, and by the field where these are the same.

    def __eq__(self, other: object) -> bool:
        return other is not None and self.against(other) == 0

    def __ne__(self, other: object) -> bool:
        return other is None or self.against(other) != 0

    def __lt__(self, other: Any) -> bool:
        return self.against(other) == -1

    def __le__(self, other: Any) -> bool:
        return self.against(other) in (-1, 0)

    def __gt__(self, other: Any) -> bool:
        return self.against(other) == 1

    def __ge__(self, other: Any) -> bool:
        return self.against(other) in (0, 1)

    def against(self, other: Any) -> int | None:
        """−1, 0 or 1: the order of the two; `None` where an undefined value is compared, as with NaN."""
        if type(other) is not type(self):
            other = self.field.lift(other)
            if other is NotImplemented:
                raise NotExact("a comparison of an exact number with something else")
            if type(other) is not type(self):
                order = other.against(self)
                return None if order is None else -order
        order = self.field.compare(self, other)
        self.field.decide(order)
        return order

    def sign(self) -> int:
        """−1, 0 or 1."""
        return self.against(self.field.lift(0)) or 0

    def __hash__(self) -> int:
        return hash(self.value)

    def __bool__(self) -> bool:
        return self.against(self.field.lift(0)) != 0

    # What an exact number cannot be turned into.

    def __float__(self) -> float:
        raise Coerced("an exact number is turned into a float")

    def __int__(self) -> int:
        raise Coerced("an exact number is turned into an int")

    def __index__(self) -> int:
        raise Coerced("an exact number is used as an index")

    def __complex__(self) -> complex:
        raise Coerced("an exact number is turned into a complex number")

    # What it looks like: a float64, with an array's attributes.

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What `isinstance` believes."""
        return np.float64

    def __getattr__(self, name: str) -> Any:
        """Whatever else a `np.float64` has: the same of an array of no axes."""
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self.field.scalar(self), name)
        return (
            (lambda *arguments, **keywords: _unwrapped(found(*arguments, **keywords)))
            if callable(found)
            else _unwrapped(found)
        )

    def __array_ufunc__(self, *arguments: Any, **keywords: Any) -> Any:
        """As for an array of no axes."""
        return self.field.scalar(self).__array_ufunc__(*arguments, **keywords)

    def __array_function__(self, *arguments: Any, **keywords: Any) -> Any:
        """As for an array of no axes."""
        return self.field.scalar(self).__array_function__(*arguments, **keywords)

    def __copy__(self) -> Number:
        return self

    def __deepcopy__(self, memo: Any) -> Number:
        return self

    def __repr__(self) -> str:
        return f"<{self.near}>"

    def __format__(self, form: str) -> str:
        return format(as_float(self.near), form) if form else repr(self)

    def conjugate(self) -> Any:
        """A real number is its own conjugate."""
        return self

    conj = conjugate

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

    tolist = item
