"""A strategy that makes only yes-no choices, and a reader that turns them into numbers and table entries.

Hypothesis mixes constants found in the user's own files into every integer it draws, and keeps them in a folder. Coin
flips are left alone: one seed then gives the same cases whatever else is imported, and nothing is written anywhere.
The reader takes down what it read, so that a case can be made simpler choice by choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


def coin_flips(count: int) -> st.SearchStrategy[list[bool]]:
    """`count` independent flips.

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


ANYTHING = object()

SMALL = 4
"""A number is made simpler by one below this."""


class Reader:
    """Takes flips from the front, as whole numbers and as choices; or takes the numbers that another one took down."""

    def __init__(self, flips: Sequence[bool] = (), numbers: Sequence[int] | None = None) -> None:
        self._flips = iter(flips)
        self._given = None if numbers is None else iter(numbers)
        self.numbers: list[int] = []
        """What was read, one for each call."""
        self.simpler: list[tuple[int, ...]] = []
        """For each of them those that stand for something simpler, simplest first."""

    def number(self, bits: int, wanted: int | None = None) -> int:
        """A number of so many bits, each of them equally likely; or the one that is wanted."""
        value = self._read(bits)
        if wanted is not None and self._given is None:
            value = wanted
        self._note(value, tuple(range(min(value, SMALL))))
        return value

    def choose(self, options: Sequence[T], wanted: object = ANYTHING) -> T:
        """One of the options, the first one where all flips are False; or the one that is wanted, if it is among them.

        What another reader took down is read as it is: then nothing is wanted.
        """
        place = self._read(width(options)) % len(options)
        if wanted is not ANYTHING and self._given is None:
            place = next((k for k, option in enumerate(options) if option is wanted or option == wanted), place)
        before = list(options[:place])
        self._note(
            place, tuple(k for k, option in enumerate(before) if not _among(option, (*before[:k], options[place])))
        )
        return options[place]

    def take_down_again(self, count: int) -> None:
        """Note the first of the `count` choices before the last number for all of them: it was taken for all."""
        first = len(self.numbers) - 1 - count
        for k in range(first, first + count):
            self.numbers[k], self.simpler[k] = self.numbers[first], self.simpler[first]

    def _read(self, bits: int) -> int:
        if self._given is not None:
            return next(self._given)
        value = 0
        for _ in range(bits):
            value = 2 * value + next(self._flips)
        return value

    def _note(self, value: int, simpler: tuple[int, ...]) -> None:
        self.numbers.append(value)
        self.simpler.append(simpler)


def _among(option: object, others: Sequence[object]) -> bool:
    """Whether it is one of the others, or equal to one; options may be arrays, which have no single truth value."""
    plain = isinstance(option, int | str | float | type | None)
    return any(option is other or (plain and type(option) is type(other) and option == other) for other in others)
