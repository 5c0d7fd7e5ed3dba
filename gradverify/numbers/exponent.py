"""A larger model for identities that plain residues do not know: e^(a+b) = e^a·e^b, e^(log y) = y, log(e^x) = x."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

import flint

from gradverify.numbers.number import Number
from gradverify.numbers.prime import ORDER, PrimeField, residue_root
from gradverify.numbers.signals import OutsideField


@dataclass(frozen=True, slots=True, eq=False)
class Exponential:
    """A residue v mod p with what its exponential is: e^x = ω^u·w, with u mod q and ω a root of unity of order q.

    `whole` is the integer that a constant is, for which e^(c·x) = (e^x)^c holds whatever x is. Where w is 1, u stands for
    the value itself, as v does; that is what makes a product of exponents a product of their u.
    """

    field: ExponentField
    v: Any
    u: Any
    w: Any
    whole: int | None = None

    def __add__(self, other: Exponential) -> Exponential:
        return Exponential(self.field, self.v + other.v, self.u + other.u, self.w * other.w)

    def __sub__(self, other: Exponential) -> Exponential:
        return Exponential(self.field, self.v - other.v, self.u - other.u, self.w / other.w)

    def __neg__(self) -> Exponential:
        whole = None if self.whole is None else -self.whole
        return Exponential(self.field, -self.v, -self.u, self.field.ring(1) / self.w, whole)

    def __mul__(self, other: Exponential) -> Exponential:
        field, one = self.field, self.field.ring(1)
        v, u = self.v * other.v, self.u * other.u
        if self.w == one and other.w == one:
            return Exponential(field, v, u, one)
        for constant, factor in ((self.whole, other), (other.whole, self)):
            if constant is not None:
                return Exponential(field, v, u, (factor.w if constant >= 0 else one / factor.w) ** abs(constant))
        return Exponential(field, v, u, field.opaque_w(v, u))

    def __truediv__(self, other: Exponential) -> Exponential:
        field, one, none = self.field, self.field.ring(1), self.field.exponents(0)
        v = self.v / other.v
        if other.u == none:
            return Exponential(field, v, none, field.opaque_w(v, none))
        u = self.u / other.u
        plain = self.w == one and other.w == one
        return Exponential(field, v, u, one if plain else field.opaque_w(v, u))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exponential) and bool(self.v == other.v)

    def __hash__(self) -> int:
        return hash(self.v)


class ExponentField(PrimeField):
    """Residues with exponents: p = 2q + 1, and the exponents are computed with modulo q.

    Accepting is sound: the real numbers, with e^x for ω^u·w, obey every law that is used here.
    """

    name = "exponent field"

    def __init__(self, random: Random) -> None:
        self.exponents = flint.fmpz_mod_ctx(ORDER)
        super().__init__(random)
        self.laws = {**self.laws, "exp": self._exp, "log": self._log}
        self.omega = self.ring(4) ** self.random.randrange(1, ORDER)  # a square other than 1 has the order q

    def element(self, value: Fraction | float) -> Any:
        """The rational in both moduli."""
        p, q = value.as_integer_ratio()
        u = self.exponents(p) / self.exponents(q)
        whole = p if q == 1 else None
        return Exponential(self, super().element(value), u, self.ring(1), whole)

    def random_element(self) -> Any:
        """A random residue with a random exponent."""
        return self._plain(super().random_element())

    def random_value(self) -> Any:
        """A random power of ω: a residue whose logarithm is known, so that e^(y·log x) obeys its laws."""
        power = self._exponent()
        value = self._plain(self.omega ** int(power))
        self._known["log"][value] = Exponential(self, self._residue(), power, self.ring(1))
        return value

    def _plain(self, v: Any) -> Exponential:
        return Exponential(self, v, self._exponent(), self.ring(1))

    def _residue(self) -> Any:
        return super().random_element()

    def _exponent(self) -> Any:
        return self.exponents(self.random.randrange(1, ORDER))

    def opaque_w(self, v: Any, u: Any) -> Any:
        """The w of something whose exponential obeys no law here."""
        known = self._known["w"]
        if (v, u) not in known:
            known[v, u] = self.ring(self.random.randrange(1, ORDER))
        return known[v, u]

    def value(self, name: str, x: Number, near: Any) -> Any:
        """The exponential by its law, everything else as in the prime field."""
        return self._exp(x.value) if name == "exp" else super().value(name, x, near)

    def _exp(self, argument: Any) -> Any:
        v = self.omega ** int(argument.u) * argument.w
        known = self._known["exp"]
        if v not in known:
            known[v] = self.one if v == self.ring(1) else self._plain(v)
            self._known["log"].setdefault(known[v], argument)
        return known[v]

    def _log(self, argument: Any) -> Any:
        if argument.v == self.ring(0):
            raise OutsideField("log 0")
        if argument.v == self.ring(1):
            return self.zero
        return Exponential(self, self._residue(), self.exponents(0), argument.v)

    def _tanh(self, argument: Any) -> Any:
        falling = self._exp(-(argument + argument))
        return (self.one - falling) * self.inverse(self.one + falling)

    def find_root(self, value: Any) -> Any:
        """The root of the residue, with an exponent of its own."""
        root = residue_root(value.v)
        if root is None:
            raise OutsideField("a root of a non-square")
        return self._plain(root)
