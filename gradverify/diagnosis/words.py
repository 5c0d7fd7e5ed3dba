"""How numbers, entries and arrays are written in a diagnosis."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

SUPERSCRIPTS = str.maketrans("-0123456789/", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹ᐟ")


def number(value: Fraction) -> str:
    """A rational number: 2, −1, 1/2."""
    return str(value).replace("-", "−")


def power(base: str, exponent: int) -> str:
    """A power of a name: x, x², x⁻¹."""
    return base if exponent == 1 else f"{base}{str(exponent).translate(SUPERSCRIPTS)}"


def entry(name: str, index: Sequence[int]) -> str:
    """An entry as in Python: x[0, 2]."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def cotangent(place: int, count: int) -> str:
    """ȳ, or ȳ0, ȳ1, … where there are several outputs."""
    return "ȳ" if count == 1 else f"ȳ{place}"


def axes(which: Sequence[int]) -> str:
    """`axis 1`, `axes 0 and 2`."""
    return f"axis {which[0]}" if len(which) == 1 else f"axes {' and '.join(map(str, which))}"
