"""Gives every structure of atoms one name: numbers free and bound indices in an order that no renaming can change.

Indices are coloured by how they occur, the colours are refined until they are stable, and where several indices keep one
colour each of them is tried first in turn; the smallest labelling wins. All labellings that win give the symmetries.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, TypeAlias

from gradverify.calculus.terms import UNIT, Index, NoRule
from gradverify.calculus.workspace import (
    Atom,
    Kind,
    Mono,
    Poly,
    Sign,
    Template,
    Workspace,
    bound_label,
    hole,
)

Colours: TypeAlias = dict[Index, int]
Frozen: TypeAlias = tuple[tuple[tuple[Mono, Any], ...], ...]

MOST_LEAVES = 5_000
"""More labellings than this and the structure is left undecided: only contrived symmetric expressions get there."""


def relabel_atom(ws: Workspace, atom: Atom, labels: Mapping[Index, Index]) -> Atom:
    """The atom with its arguments renamed and put in the order that its template's symmetries allow."""
    args = tuple(labels.get(arg, arg) for arg in atom[1])
    symmetries = ws.templates[atom[0]].symmetries
    if len(symmetries) > 1:
        args = min(tuple(args[place] for place in symmetry) for symmetry in symmetries)
    return atom[0], args


def relabel(ws: Workspace, mono: Mono, labels: Mapping[Index, Index]) -> Mono:
    """The monomial under a renaming of indices that keeps different indices different."""
    return tuple(sorted((relabel_atom(ws, atom, labels), exponent) for atom, exponent in mono))


def relabel_poly(ws: Workspace, poly: Poly, labels: Mapping[Index, Index]) -> Poly:
    """The polynomial under a renaming of indices that keeps different indices different."""
    return {relabel(ws, mono, labels): coefficient for mono, coefficient in poly.items()}


def abstract(
    ws: Workspace,
    kind: Kind,
    label: Hashable,
    parts: tuple[Poly, ...],
    sign: Sign,
    bound: tuple[Index, ...] = (),
) -> Atom:
    """The atom whose template is these polynomials with every free index made a hole and every bound one a label."""
    search = _Search(ws, parts, frozenset(bound))
    search.explore(search.start())
    frozen, orders = search.best, search.orders
    free = search.free
    args = min(tuple(order[:free]) for order in orders)
    holes = tuple(hole(index.sort, place) for place, index in enumerate(args))

    def make() -> Template:
        first = next(order for order in orders if tuple(order[:free]) == args)
        labels = tuple(bound_label(index.sort, place) for place, index in enumerate(first[free:]))
        at = {index: place for place, index in enumerate(args)}
        symmetries = tuple(sorted({tuple(at[index] for index in order[:free]) for order in orders}))
        payload = tuple(dict(part) for part in frozen)
        return Template(kind, label, payload, holes, labels, symmetries, sign)

    return ws.number((kind, label, frozen), make), args


class _Search:
    """One run of colour refinement and individualisation over the indices of some polynomials."""

    def __init__(self, ws: Workspace, parts: tuple[Poly, ...], bound: frozenset[Index]) -> None:
        self.ws = ws
        self.parts = parts
        self.bound = bound
        found = {index for part in parts for mono in part for (_, args), _ in mono for index in args}
        self.indices = sorted(index for index in found if index.sort != UNIT)
        self.free = sum(index not in bound for index in self.indices)
        self.best: Frozen = ()
        self.orders: list[tuple[Index, ...]] = []
        self.leaves = 0

    def start(self) -> Colours:
        """Free before bound, then by sort."""
        return self.refine(_ranks((index in self.bound, index.sort) for index in self.indices), fresh=True)

    def refine(self, ranks: list[int], *, fresh: bool = False) -> Colours:
        """Recolour by occurrences until the number of colours stops growing."""
        colours = dict(zip(self.indices, ranks, strict=True))
        classes = 0 if fresh else len(set(ranks))
        while len(self.indices) != classes:
            seen = self.occurrences(colours)
            ranks = _ranks((colours[index], seen[index]) for index in self.indices)
            colours = dict(zip(self.indices, ranks, strict=True))
            if len(set(ranks)) == classes:
                break
            classes = len(set(ranks))
        return colours

    def occurrences(self, colours: Colours) -> dict[Index, tuple[Any, ...]]:
        """For every index, all the places it stands in, described by colours only."""
        seen: dict[Index, list[Any]] = {index: [] for index in self.indices}
        for number, part in enumerate(self.parts):
            for mono, coefficient in part.items():
                shape = tuple(
                    sorted((atom[0], exponent, self.colour_args(atom, colours, None)) for atom, exponent in mono)
                )
                term = (number, coefficient, shape)
                for atom, exponent in mono:
                    for index in set(atom[1]):
                        if index in seen:
                            seen[index].append((term, atom[0], exponent, self.colour_args(atom, colours, index)))
        return {index: tuple(sorted(places)) for index, places in seen.items()}

    def colour_args(self, atom: Atom, colours: Colours, marked: Index | None) -> tuple[tuple[int, bool], ...]:
        """An atom's arguments as colours, with the marked index told apart, up to the template's symmetries."""
        row = tuple((colours.get(arg, -1), arg == marked) for arg in atom[1])
        symmetries = self.ws.templates[atom[0]].symmetries
        if len(symmetries) == 1:
            return row
        return min(tuple(row[place] for place in symmetry) for symmetry in symmetries)

    def explore(self, colours: Colours) -> None:
        """Try every way to break the ties and keep the smallest labelling."""
        tied = _first_tie(self.indices, colours)
        if tied is None:
            self.leaf(colours)
            return
        tried: list[Index] = []
        for chosen in tied:
            # Bound twins give the same labelling; free ones are all tried, for the symmetries.
            if chosen in self.bound and any(self.interchangeable(chosen, other) for other in tried):
                continue
            tried.append(chosen)
            ranks = _ranks((colours[index], index != chosen) for index in self.indices)
            self.explore(self.refine(ranks))

    def interchangeable(self, left: Index, right: Index) -> bool:
        """Whether swapping two indices leaves everything as it is."""
        swap = {left: right, right: left}
        return all(relabel_poly(self.ws, part, swap) == part for part in self.parts)

    def leaf(self, colours: Colours) -> None:
        """Compare one complete labelling with the best so far."""
        self.leaves += 1
        self.ws.spend(4 + sum(map(len, self.parts)))
        if self.leaves > MOST_LEAVES:
            raise NoRule("an expression is too symmetric to be brought to normal form")
        order = tuple(sorted(self.indices, key=colours.__getitem__))
        labels = {index: hole(index.sort, place) for place, index in enumerate(order[: self.free])}
        labels |= {index: bound_label(index.sort, place) for place, index in enumerate(order[self.free :])}
        frozen: Frozen = tuple(tuple(sorted(relabel_poly(self.ws, part, labels).items())) for part in self.parts)
        if not self.orders or frozen < self.best:
            self.best, self.orders = frozen, [order]
        elif frozen == self.best:
            self.orders.append(order)


def _ranks(keys: Iterable[Any]) -> list[int]:
    """Each key's place among the distinct keys in order."""
    listed = list(keys)
    rank = {key: place for place, key in enumerate(sorted(set(listed)))}
    return [rank[key] for key in listed]


def _first_tie(indices: list[Index], colours: Colours) -> list[Index] | None:
    """The indices of the first colour that several share, or nothing when all colours differ."""
    groups: dict[int, list[Index]] = {}
    for index in indices:
        groups.setdefault(colours[index], []).append(index)
    tied = [colour for colour, group in groups.items() if len(group) > 1]
    return groups[min(tied)] if tied else None
