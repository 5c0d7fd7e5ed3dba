"""Compares two sides of a step at concrete sizes and values: to settle the step at the cutoff sizes, or to refute it.

Values are exact rationals where that is possible and balls otherwise, so a difference found here is beyond doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import product
from random import Random
from typing import Any

from gradverify.calculus.evaluate import Dual, Evaluation, Instance, Place
from gradverify.calculus.fields import Balls, Field, NeedsBalls, OutsideDomain, Rationals
from gradverify.calculus.maps import Maps
from gradverify.calculus.terms import UNIT, Entry, Index, Term, free_indices


class Relation(Enum):
    """How a condition's expression must stand to 0."""

    NONZERO = "≠ 0"
    POSITIVE = "> 0"


@dataclass(frozen=True)
class Condition:
    """A condition on the values, at every value of its free indices."""

    term: Term
    relation: Relation


@dataclass(frozen=True)
class Difference:
    """Sizes, indices and values at which two sides differ, and what they come to."""

    sizes: Mapping[str, int]
    indices: Mapping[str, int]
    arrays: Mapping[Place, Any]
    scalars: Mapping[str, Any]
    functions: Mapping[Any, Any]
    left: Any
    right: Any
    field: str
    maps: Mapping[str, Any]
    """For each map of indices the values at its places."""


@dataclass(frozen=True)
class Comparison:
    """The outcome of one comparison: a difference, or agreement in so many effective trials.

    `missed` counts the index patterns for which no values inside the domain were found.
    """

    difference: Difference | None
    trials: int
    field: str
    missed: int = 0


@dataclass
class Draw:
    """Values drawn once per place and remembered, so that both sides see the same."""

    numbers: Field
    random: Random
    largest: int
    positive: frozenset[str] = frozenset()
    arrays: dict[Place, Any] = field(default_factory=dict)
    scalars: dict[str, Any] = field(default_factory=dict)

    def entry(self, place: Place, positive: bool) -> Any:
        """The value of an array's entry."""
        if place not in self.arrays:
            self.arrays[place] = self._number(positive or place[0] in self.positive)
        return self.arrays[place]

    def scalar(self, name: str, positive: bool) -> Any:
        """The value of a scalar; π is π."""
        if name not in self.scalars:
            self.scalars[name] = self.numbers.pi() if name == "pi" else self._number(positive)
        return self.scalars[name]

    def _number(self, positive: bool) -> Any:
        value = self.numbers.draw(self.largest)
        return value if positive or self.random.random() < 0.5 else -value


def compare(
    left: Term,
    right: Term,
    sizes: Mapping[str, int],
    conditions: Sequence[Condition],
    random: Random,
    *,
    largest: int,
    draws: int = 1,
) -> Comparison:
    """Compare two sides at these sizes, at one representative of every pattern of equal free indices.

    Entries are whole numbers up to `largest` in size. Renaming the values of an index renames entries and nothing else, so
    index tuples with the same pattern of equalities need only one representative.
    """
    free = sorted({index for side in (left, right) for index in free_indices(side) if index.sort != UNIT})
    trials = missed = 0
    name = "exactly"
    for at in patterns(free, sizes):
        for _ in range(draws):
            outcome = _compare_at(left, right, at, sizes, conditions, random, largest)
            if outcome is None:
                missed += 1
                continue
            name = outcome.field
            trials += 1
            if outcome.difference is not None:
                return Comparison(outcome.difference, trials, name)
    return Comparison(None, trials, name, missed)


MOST_REDRAWS = 40


def _compare_at(
    left: Term,
    right: Term,
    at: Mapping[Index, int],
    sizes: Mapping[str, int],
    conditions: Sequence[Condition],
    random: Random,
    largest: int,
) -> Comparison | None:
    """One trial at these indices; nothing if no values inside the domain were found."""
    number: Field = Rationals(random, max(9, largest))
    positive = frozenset(
        condition.term.array
        for condition in conditions
        if condition.relation is Relation.POSITIVE and isinstance(condition.term, Entry)
    )
    for attempt in range(MOST_REDRAWS):
        maps = Maps(random)
        draw = Draw(number, random, largest if attempt < MOST_REDRAWS // 2 else largest + attempt, positive)
        evaluation = Evaluation(Instance(number, sizes, draw.entry, draw.scalar, maps))
        try:
            with number.precision():
                values = [plain(evaluation.value(side, at)) for side in (left, right)]
                if not all(_holds(evaluation, condition, sizes) for condition in conditions):
                    continue
                differ = number.surely_differ(*values)
        except NeedsBalls:
            number = Balls(random)
            continue
        except OutsideDomain:
            continue
        if not differ:
            return Comparison(None, 1, number.name)
        indices = {index.name.split("#")[0]: place for index, place in at.items()}
        functions = dict(number.functions())
        left_value, right_value = values
        tables = {selector.name: dict(table) for (selector, _, _), table in maps.tables.items()}
        found = Difference(
            dict(sizes), indices, draw.arrays, draw.scalars, functions, left_value, right_value, number.name, tables
        )
        return Comparison(found, 1, number.name)
    return None


def plain(value: Any) -> Any:
    """A value as a number: what carries a tangent here was not differentiated in the end."""
    while isinstance(value, Dual):
        value = value.value
    return value


def _holds(evaluation: Evaluation, condition: Condition, sizes: Mapping[str, int]) -> bool:
    free = sorted(index for index in free_indices(condition.term) if index.sort != UNIT)
    ranges = [range(evaluation.instance.size(index.sort)) for index in free]
    for places in product(*ranges):
        value = plain(evaluation.value(condition.term, dict(zip(free, places, strict=True))))
        if not (value > 0 if condition.relation is Relation.POSITIVE else value != 0):
            return False
    return True


def patterns(free: Sequence[Index], sizes: Mapping[str, int]) -> Iterator[dict[Index, int]]:
    """One assignment of places to the free indices for every pattern of which of them are equal."""

    def extend(rest: Sequence[Index], at: dict[Index, int]) -> Iterator[dict[Index, int]]:
        if not rest:
            yield dict(at)
            return
        index, *others = rest
        used = {at[other] for other in at if other.sort == index.sort}
        limit = int(index.sort) if index.sort.isdigit() else sizes[index.sort]
        for place in range(min(len(used) + 1, limit)):
            yield from extend(others, {**at, index: place})

    yield from extend(list(free), {})


def smallest_sizes(sorts: Iterable[str], most: int) -> Iterator[dict[str, int]]:
    """All assignments of 1 … most to the sizes, those with the smallest total first."""
    names = sorted(sort for sort in sorts if not sort.isdigit())
    for sizes in sorted(product(range(1, most + 1), repeat=len(names)), key=lambda row: (sum(row), row)):
        yield dict(zip(names, sizes, strict=True))
