"""Concrete maps of indices, drawn for one comparison: whole tables that have the properties their selectors declare."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from random import Random

from gradverify.calculus.fields import OutsideDomain
from gradverify.calculus.terms import Selector

Sides = tuple[int, ...]
Places = tuple[int, ...]
Table = dict[Places, frozenset[Places]]

ABSENT = 0.25
"""How often a map without a value everywhere has none."""


class Maps:
    """Draws the table of a selector when it is first asked for, and remembers it for both sides."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.tables: dict[tuple[Selector, Sides, Sides], Table] = {}

    def relates(self, selector: Selector, domain: Sides, target: Sides, places: Places, values: Places) -> bool:
        """Whether the selector relates these places to these values. Raises `OutsideDomain` where no such map exists."""
        key = selector, domain, target
        if key not in self.tables:
            self.tables[key] = self._table(selector, domain, target)
        return values in self.tables[key][places]

    def _table(self, selector: Selector, domain: Sides, target: Sides) -> Table:
        places, values = list(_all(domain)), list(_all(target))
        if not selector.single and selector.injective:
            return self._turned(selector, places, values)
        if not selector.single:
            return {place: frozenset(value for value in values if self.random.random() < 0.5) for place in places}
        if selector.injective:
            return self._one_to_one(selector, places, values)
        table = {}
        for place in places:
            absent = not selector.total and self.random.random() < ABSENT
            if not values and not absent and selector.total:
                raise OutsideDomain
            table[place] = frozenset() if absent or not values else frozenset({self.random.choice(values)})
        return table

    def _turned(self, selector: Selector, places: list[Places], values: list[Places]) -> Table:
        """A relation in which every value has one place at most: drawn from the values' side."""
        place_of = {
            value: self.random.choice(places)
            for value in values
            if places and (selector.onto or self.random.random() >= ABSENT)
        }
        if selector.onto and len(place_of) < len(values):
            raise OutsideDomain
        return {place: frozenset(value for value, own in place_of.items() if own == place) for place in places}

    def _one_to_one(self, selector: Selector, places: list[Places], values: list[Places]) -> Table:
        """Injective; all places have a value if total, and all values a place if onto."""
        fewest, most = len(places) if selector.total else 0, min(len(places), len(values))
        if selector.onto:
            fewest = max(fewest, len(values))
        if fewest > most:
            raise OutsideDomain
        count = self.random.randint(fewest, most)
        chosen = self.random.sample(places, count)
        images = dict(zip(chosen, self.random.sample(values, count), strict=True))
        return {place: frozenset({images[place]} if place in images else ()) for place in places}


def _all(sides: Sides) -> Iterator[Places]:
    return product(*map(range, sides)) if prod(sides) else iter(())
