"""The residues modulo a large prime, and their quadratic extension: equal residues mean equal formulas, almost surely.

Functions are opaque: a random value for each argument. A root is a true root, of random sign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

import flint

from gradverify.numbers.field import Field
from gradverify.numbers.number import Number
from gradverify.numbers.signals import OutsideField, Tie

DRAWN = 124
"""Random residues are drawn from 2 to this power many."""

PRIME = 2**127 - 2721
"""p = 2q + 1 with q prime: p ≡ 3 mod 4, and there are roots of unity of the prime order q."""

ORDER = (PRIME - 1) // 2


class PrimeField(Field):
    """Residues modulo p. What a function gives for an argument is remembered for the length of a run."""

    name = "prime field"

    def __init__(self, random: Random) -> None:
        self.ring = flint.fmpz_mod_ctx(PRIME)
        self._inverses: dict[int, tuple[Any, Any]] = {}
        self._high = self.ring(2**62)
        self._known: dict[str, dict[Any, Any]] = defaultdict(dict)
        self.laws: dict[str, Callable[[Any], Any]] = {
            "sqrt": self._sqrt,
            "tanh": self._tanh,
            "sin": self._sin,
            "cos": self._cos,
            "circle": self._circle,
        }
        self._spare: Any = None
        super().__init__(random)
        self._known["exp"][self.zero] = self.one
        self._known["log"][self.one] = self.zero

    def element(self, value: Fraction | float) -> Any:
        """The residue."""
        p, q = value.as_integer_ratio()
        return self.ring(p) if q == 1 else self.ring(p) / self.ring(q)

    def random_element(self) -> Any:
        """A random residue, one of 2^124. Two small integers are turned into residues faster than a large one."""
        bits = self.random.getrandbits
        return self._high * bits(62) + bits(62)

    random_value = random_element
    """A random residue for an entry of an input."""

    def inverse(self, value: Any) -> Any:
        """1/value, remembered: under broadcasting many entries are divided by the same one."""
        known = self._inverses.get(id(value))
        if known is None:
            known = self._inverses[id(value)] = (
                value,
                super().inverse(value),
            )  # keeps the value, so that its id is its own
        return known[1]

    def value(self, name: str, x: Number, near: Any) -> Any:
        """A random residue, remembered, with the laws that cost nothing."""
        return self.opaque(name, x.value)

    def opaque(self, name: str, argument: Any) -> Any:
        """The value of a function at an argument."""
        law = self.laws.get(name)
        if law is None:
            return self.drawn(self._known[name], argument)
        known = self._known[name]
        found = known.get(argument)
        if found is None:
            found = known[argument] = law(argument)
        return found

    def drawn(self, known: dict[Any, Any], argument: Any) -> Any:
        """What stands for this argument: a random residue, if nothing does yet. To hash a residue once is half the cost."""
        spare = self._spare if self._spare is not None else self.random_element()
        found = known.setdefault(argument, spare)
        self._spare = None if found is spare else spare
        return found

    def _tanh(self, argument: Any) -> Any:
        """By way of e^−2x, so that code which writes it with exp agrees."""
        falling = self.opaque("exp", -(argument + argument))
        return (self.one - falling) * self.inverse(self.one + falling)

    def _sin(self, argument: Any) -> Any:
        return self.opaque("circle", argument)[0]

    def _cos(self, argument: Any) -> Any:
        return self.opaque("circle", argument)[1]

    def _circle(self, argument: Any) -> tuple[Any, Any]:
        """A random sine with its cosine: s² + c² = 1."""
        t = self.random_element()
        scale = self.inverse(self.one + t * t)
        return (t + t) * scale, (self.one - t * t) * scale

    def _sqrt(self, argument: Any) -> Any:
        """A square root of random sign: the residues cannot know which root of the square of something is positive."""
        if argument == self.zero:
            raise Tie  # the slope of √ at 0
        root = self.find_root(argument)
        return root if self.random.getrandbits(1) else -root

    def power_value(self, base: Any, near: Any, exponent: Fraction) -> Any:
        """A random residue for each base and exponent."""
        return self.drawn(self._known[f"power {exponent}"], base)

    def find_root(self, value: Any) -> Any:
        """One of the two roots; a non-square has none here."""
        root = residue_root(value)
        if root is None:
            raise OutsideField("a root of a non-square")
        return root


def residue_root(value: Any) -> Any:
    """The root that is itself a square; `None` for a non-square."""
    root = value ** ((PRIME + 1) // 4)
    return root if root * root == value else None


@dataclass(frozen=True, slots=True)
class Gaussian:
    """a + b·i with i² = −1, over the residues modulo p: a field, because p ≡ 3 mod 4."""

    a: Any
    b: Any

    def __add__(self, other: Gaussian) -> Gaussian:
        return Gaussian(self.a + other.a, self.b + other.b)

    def __sub__(self, other: Gaussian) -> Gaussian:
        return Gaussian(self.a - other.a, self.b - other.b)

    def __mul__(self, other: Gaussian) -> Gaussian:
        return Gaussian(self.a * other.a - self.b * other.b, self.a * other.b + self.b * other.a)

    def __truediv__(self, other: Gaussian) -> Gaussian:
        norm = other.a * other.a + other.b * other.b
        return Gaussian((self.a * other.a + self.b * other.b) / norm, (self.b * other.a - self.a * other.b) / norm)

    def __neg__(self) -> Gaussian:
        return Gaussian(-self.a, -self.b)


class QuadraticField(PrimeField):
    """The field with p² elements, in which every residue has a square root."""

    name = "quadratic field"

    def element(self, value: Fraction | float) -> Any:
        """The residue, without an imaginary part."""
        return Gaussian(super().element(value), self.ring(0))

    def random_element(self) -> Any:
        """A random residue: inputs are drawn from the small field, as before."""
        return Gaussian(super().random_element(), self.ring(0))

    random_value = random_element

    def find_root(self, value: Any) -> Any:
        """A root of a residue always; of another element, if it has one."""
        zero, half = self.ring(0), self.ring(1) / self.ring(2)
        if value.b == zero:
            root = residue_root(value.a)
            return Gaussian(root, zero) if root is not None else Gaussian(zero, residue_root(-value.a))
        size = residue_root(value.a * value.a + value.b * value.b)
        for length in () if size is None else (size, -size):
            real = residue_root((value.a + length) * half)
            if real is not None:
                return Gaussian(real, value.b * half / real)
        raise OutsideField("a root of a non-square")
