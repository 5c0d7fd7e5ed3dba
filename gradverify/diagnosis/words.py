"""How numbers, entries and arrays are written in a diagnosis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

SUPERSCRIPTS = str.maketrans("-0123456789/", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹ᐟ")


def number(value: Fraction) -> str:
    """A rational number: 2, −1, 1/2."""
    return str(value).replace("-", "−")


def power(base: str, exponent: int) -> str:
    """A power of a name: x, x², x⁻¹."""
    return base if exponent == 1 else f"{base}{str(exponent).translate(SUPERSCRIPTS)}"


def combination(terms: Mapping[Any, Fraction]) -> str:
    """A sum of terms with their coefficients: 2·u − v."""
    written = ""
    for term, c in terms.items():
        sign = ("−" if c < 0 else "") if not written else (" − " if c < 0 else " + ")
        written += sign + (f"{number(abs(c))}·" if abs(c) != 1 else "") + term.text
    return written


def entry(name: str, index: Sequence[int]) -> str:
    """An entry as in Python: x[0, 2]."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def cotangent(place: int, count: int) -> str:
    """ȳ, or ȳ0, ȳ1, … where there are several outputs."""
    return "ȳ" if count == 1 else f"ȳ{place}"


def axes(which: Sequence[int]) -> str:
    """`axis 1`, `axes 0 and 2`."""
    return f"axis {which[0]}" if len(which) == 1 else f"axes {' and '.join(map(str, which))}"
