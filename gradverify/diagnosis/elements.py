"""Field elements compared and recognised: whether two are the same, and which small rational number one is.

Residues are the same or not. Balls are taken to be the same where they agree to 40 digits, and to differ where disjoint.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from gradverify.numbers.prime import PRIME

AGREE = 1e-40
FLOOR = 1e-12
"""Balls around numbers smaller than this agree where they are apart by less than `AGREE` of it."""

LARGEST = 2**12
"""The largest numerator and denominator of a number that is recognised. Chance gives one to a residue once in 2^100."""


def same(a: Any, b: Any) -> bool:
    """Whether two elements are the same number."""
    if not isinstance(a, flint.arb) and not isinstance(b, flint.arb):
        return bool(a == b)
    gap = a - b
    if not gap.is_finite() or not gap.contains(0):
        return False
    return float(gap.abs_upper()) <= AGREE * max(_size(a), _size(b), FLOOR)


def differ(a: Any, b: Any) -> bool:
    """Whether two elements are surely different numbers."""
    if isinstance(a, flint.arb) or isinstance(b, flint.arb):
        return not (a - b).contains(0)
    return bool(a != b)


def _size(a: Any) -> float:
    return abs(float(a.mid())) if isinstance(a, flint.arb) else abs(float(a))


def all_same(a: Any, b: Any) -> bool:
    """Whether two arrays of elements have one shape and the same entries."""
    return np.shape(a) == np.shape(b) and all(map(same, flat(a), flat(b)))


def flat(array: Any) -> list[Any]:
    """The entries in C order."""
    return list(np.asarray(array, dtype=object).reshape(-1).tolist())


def is_zero(a: Any) -> bool:
    """Whether an element is 0."""
    return same(a, a - a)


def quotient(a: Any, b: Any) -> Any | None:
    """a/b; None where b is, or may be, 0."""
    if isinstance(b, flint.arb):
        return None if b.contains(0) else a / b
    return None if is_zero(b) else a / b


def rational(element: Any, largest: int = LARGEST) -> Fraction | None:
    """The rational number with a small numerator and denominator that an element is, if it is one."""
    if isinstance(element, int):
        return Fraction(element)
    if isinstance(element, flint.arb):
        return _from_ball(element, largest)
    r0, r1, t0, t1 = PRIME, int(element), 0, 1
    while r1 > largest:
        quotient = r0 // r1
        r0, r1, t0, t1 = r1, r0 - quotient * r1, t1, t0 - quotient * t1
    return Fraction(r1, t1) if 0 < abs(t1) <= largest else None


def _from_ball(element: Any, largest: int) -> Fraction | None:
    if not element.is_finite():
        return None
    middle = float(element.mid())
    if abs(middle) > largest:
        return None
    guess = Fraction(middle).limit_denominator(largest)
    return guess if same(element, flint.arb(flint.fmpq(guess.numerator, guess.denominator))) else None


def constant_ratio(got: Iterable[Any], truth: Iterable[Any]) -> Any | None:
    """The c with got = c·truth at every entry; None where there is none, or where all is 0."""
    pairs = list(zip(got, truth, strict=True))
    ratios = [ratio for ratio in (quotient(g, t) for g, t in pairs) if ratio is not None]
    if not ratios or not all(same(g, ratios[0] * t) for g, t in pairs):
        return None
    return ratios[0]
