"""Reads a plain number in the op's code as the rational that its author wrote."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

LONG = 15
"""A float64 whose shortest decimal has this many digits was not written so but computed."""

SIMPLE = 1000
"""Numerators of binary fractions and denominators up to this are tried for computed constants: 0.3333333333333333 was 1/3."""


REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Written:
    """The rational, and whether it only stands for another number, as 1.4142135623730951 does for √2."""

    value: Fraction
    rounded: bool = False


def as_written(constant: Any) -> Written | None:
    """The rational that a finite plain number stands for; `None` for anything that is no plain number."""
    if isinstance(constant, bool | int | np.integer | np.bool_):
        return Written(Fraction(int(constant)))
    if isinstance(constant, Fraction):
        return Written(constant)
    return _of_float(constant) if isinstance(constant, float | np.floating) else None


@lru_cache(REMEMBERED, typed=True)
def _of_float(constant: Any) -> Written:
    """The same entries of a case are read by one exact run after the other."""
    # The shortest decimal is what the author wrote: 0.1 is 1/10, not the nearest binary fraction.
    text = repr(float(constant)) if isinstance(constant, np.float64) or type(constant) is float else str(constant)
    decimal = Fraction(text)
    digits = text.lower().partition("e")[0].replace(".", "").strip("-0")
    if len(digits) < LONG:
        return Written(decimal)
    binary = Fraction(float(constant))
    if abs(binary.numerator) <= SIMPLE:  # 2**-30
        return Written(binary)
    simple = binary.limit_denominator(SIMPLE)
    return Written(simple) if simple and float(simple) == constant else Written(decimal, rounded=True)
