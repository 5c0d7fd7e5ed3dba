"""Strategies for small integers and table entries, made of single yes-no choices.

Hypothesis mixes constants found in the user's own files into every integer it draws, and keeps them in a folder. Coin
flips are left alone: one seed then gives the same cases whatever else is imported, and nothing is written anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


def bits(count: int) -> st.SearchStrategy[int]:
    """Every integer of `count` bits, equally likely; shrinks to 0."""
    return st.tuples(*[st.booleans()] * count).map(_binary)


def _binary(flips: tuple[bool, ...]) -> int:
    number = 0
    for flip in flips:
        number = 2 * number + flip
    return number


def choose(options: Sequence[T]) -> st.SearchStrategy[T]:
    """One of `options`, shrinking to the first; equally likely up to 1/16 where their number is no power of two."""
    if not options:
        raise ValueError("there is nothing to choose from: give at least one option")
    width = (len(options) - 1).bit_length()
    if len(options) != 2**width:
        width += 4
    return bits(width).map(lambda index: options[index % len(options)])
