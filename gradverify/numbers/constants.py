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


FAR = 2**30
"""Floats below this are nearer to at most one fraction so simple than half the distance between two of these."""

REMEMBERED = 10_000
"""So many floats are read once only."""


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
    decimal = _decimal(text)
    digits = text.lower().partition("e")[0].replace(".", "").strip("-0")
    if len(digits) < LONG:
        return Written(decimal)
    numerator, denominator = float(constant).as_integer_ratio()
    if abs(numerator) <= SIMPLE:  # 2**-30
        return Written(Fraction(numerator, denominator))
    if abs(constant) < FAR:
        above, below = _convergent(numerator, denominator)
    else:
        above, below = Fraction(numerator, denominator).limit_denominator(SIMPLE).as_integer_ratio()
    return Written(Fraction(above, below)) if above and above / below == constant else Written(decimal, rounded=True)


def _convergent(numerator: int, denominator: int) -> tuple[int, int]:
    """The last convergent of a fraction with a denominator up to `SIMPLE`.

    A float below `FAR` that is a fraction so simple, rounded, has it for this one: it is nearer than any other.
    """
    (a, b), (c, d) = (0, 1), (1, 0)
    while denominator:
        whole, rest = divmod(numerator, denominator)
        if b + whole * d > SIMPLE:
            break
        (a, b), (c, d) = (c, d), (a + whole * c, b + whole * d)
        numerator, denominator = denominator, rest
    return c, d


def _decimal(text: str) -> Fraction:
    """The rational that a decimal is, without the regular expression that `Fraction` reads text with."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, broken = mantissa.partition(".")
    scale = int(exponent or 0) - len(broken)
    number = int(whole + broken)
    return Fraction(number * 10**scale) if scale >= 0 else Fraction(number, 10**-scale)
