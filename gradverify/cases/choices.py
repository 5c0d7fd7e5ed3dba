"""A strategy that makes only yes-no choices, and a reader that turns them into numbers and table entries.

Hypothesis mixes constants found in the user's own files into every integer it draws, and keeps them in a folder. Coin
flips are left alone: one seed then gives the same cases whatever else is imported, and nothing is written anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


def coin_flips(count: int) -> st.SearchStrategy[list[bool]]:
    """`count` independent flips; shrinks to all False, the first flips first.

    Every flip is declared unique, which is true of anything compared by a fresh object. It keeps Hypothesis from
    copying one flip over another to make "new" cases: of a budget of 30, two thirds would be such near-copies.
    """
    return st.lists(st.booleans(), min_size=count, max_size=count, unique_by=lambda flip: object())


def width(options: Sequence[object]) -> int:
    """How many flips choose among these options: four more than necessary unless their number is a power of two."""
    if not options:
        raise ValueError("there is nothing to choose from: give at least one option")
    necessary = (len(options) - 1).bit_length()
    return necessary if len(options) == 2**necessary else necessary + 4


class Reader:
    """Takes flips from the front, as whole numbers and as choices."""

    def __init__(self, flips: Sequence[bool]) -> None:
        self._flips = iter(flips)

    def number(self, bits: int) -> int:
        """A number of so many bits, each of them equally likely."""
        value = 0
        for _ in range(bits):
            value = 2 * value + next(self._flips)
        return value

    def choose(self, options: Sequence[T]) -> T:
        """One of the options, the first one where all flips are False."""
        return options[self.number(width(options)) % len(options)]
