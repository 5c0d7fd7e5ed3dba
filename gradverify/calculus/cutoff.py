"""The sizes at which an exact check settles all sizes, read off the normal forms of both sides (a theorem of Lovász).

A difference of sums of products of independent entries is a combination of homomorphism counts. Let v be the most bound
indices of a size in one monomial plus the free indices of that size. At n ≥ v every monomial has an image in which no two
indices coincide, which no smaller monomial can produce; so if the combination vanishes there, its coefficients vanish,
and those are polynomials in n: one size more than their degree spread D fixes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from gradverify.calculus.differentiate import ELEMENTARY
from gradverify.calculus.terms import (
    Inverse,
    LogDet,
    Power,
    Product,
    Selected,
    Sigma,
    Term,
    Times,
    children,
    free_indices,
    sorts_of,
)
from gradverify.calculus.workspace import Atom, Exponent, Kind, Mono, Poly, Template, Workspace


@dataclass(frozen=True)
class Cutoff:
    """For each size the first and last value to check. `settled`: the theorem applies, so these settle all sizes."""

    sizes: dict[str, tuple[int, int]]
    settled: bool


def cutoff(ws: Workspace, terms: Sequence[Term], forms: Sequence[Poly]) -> Cutoff:
    """The cutoff of an equation between terms with these normal forms.

    The bound indices are counted in the terms as they were written as well, so that a normal form that lost some would
    not shrink the sizes at which it is checked.
    """
    polys = list(forms)
    settled_by_theorem = all(map(_is_counted, terms))
    free = set().union(*map(free_indices, terms))
    sorts = sorted(set().union(*map(sorts_of, terms)))
    denominators = _denominators(ws, polys)
    factors = [factor for poly in polys for mono in poly for factor in mono]
    settled = settled_by_theorem and all(_is_local(ws, atom) for atom, _ in factors)
    # A bracket takes two values only, and a map of indices few, so a product of them is 0 at most drawn values, and
    # agreement there says little.
    settled &= not any(_has_bracket(ws, atom) for atom, _ in factors)
    # A root of a sum is no polynomial, and clears no denominator.
    settled &= all(_is_free_of_sums(ws, atom) for atom, exponent in factors if not isinstance(exponent, int))
    sizes: dict[str, tuple[int, int]] = {}
    for sort in sorts:
        if sort.isdigit():
            continue
        below = sum(ceil(-exponent) * _most_bound(ws, (atom,), sort) for atom, exponent in denominators.items())
        above = max((_bound_in(ws, mono, sort) for poly in polys for mono in poly), default=0)
        written = max(_bound_as_written(term, sort) for term in terms)
        first = max(1, max(above + below, written) + sum(index.sort == sort for index in free))
        sizes[sort] = (first, first + _spread(ws, polys, denominators, sort))
    return Cutoff(sizes, settled)


def _is_counted(term: Term) -> bool:
    """Whether the theorem speaks of a term: not of maps of indices, of inverses, or of products over an index."""
    return not isinstance(term, Selected | Inverse | LogDet | Product) and all(map(_is_counted, children(term)))


def _bound_as_written(term: Term, sort: str) -> int:
    """The most bound indices of this sort that any one summand has when the term is multiplied out."""
    inner = [_bound_as_written(child, sort) for child in children(term)]
    match term:
        case Times():
            return sum(inner)
        case Power(_, exponent):
            return ceil(max(Fraction(exponent), -Fraction(exponent))) * inner[0]
        case Sigma(index, _):
            return inner[0] + (index.sort == sort)
        case _:
            return max(inner, default=0)


def _denominators(ws: Workspace, polys: list[Poly]) -> dict[Atom, Exponent]:
    """The sums and bases that are divided by, outside every sum, with their most negative exponents."""
    least: dict[Atom, Exponent] = {}
    for poly in polys:
        for mono in poly:
            for atom, exponent in mono:
                if exponent < 0 and ws.templates[atom[0]].kind in (Kind.SUM, Kind.POWER):
                    least[atom] = min(least.get(atom, 0), exponent)
    return least


def _bound_in(ws: Workspace, mono: Mono, sort: str) -> int:
    """The bound indices of this sort when the positive powers of a monomial are written out."""
    return sum(ceil(exponent) * _most_bound(ws, (atom,), sort) for atom, exponent in mono if exponent > 0)


def _most_bound(ws: Workspace, atoms: Iterable[Atom], sort: str) -> int:
    total = 0
    for atom in atoms:
        template = ws.templates[atom[0]]
        total += sum(index.sort == sort for index in template.bound)
        total += max((_bound_in(ws, mono, sort) for part in template.payload for mono in part), default=0)
    return total


def _spread(ws: Workspace, polys: list[Poly], denominators: dict[Atom, Exponent], sort: str) -> int:
    """By how much the explicit powers of the size can differ once all denominators are multiplied out."""
    spread = _range([_size_exponent(ws, mono, sort) for poly in polys for mono in poly])
    for atom, exponent in denominators.items():
        inside = [_size_exponent(ws, mono, sort) for part in ws.template(atom).payload for mono in part]
        spread += ceil(-exponent) * _range(inside)
    return spread


def _range(exponents: list[Exponent]) -> int:
    return ceil(Fraction(max(exponents)) - Fraction(min(exponents))) if exponents else 0


def _size_exponent(ws: Workspace, mono: Mono, sort: str) -> Exponent:
    total: Exponent = 0
    for atom, exponent in mono:
        template = ws.templates[atom[0]]
        if template.kind is Kind.SIZE and template.label == sort:
            total += exponent
    return total


def _is_local(ws: Workspace, atom: Atom) -> bool:
    """Whether the atom is one the theorem speaks of, where it stands outside every sum.

    There any function of the entries at the free indices will do: it is a coefficient. Sums may only be multiplied, or
    divided by.
    """
    template = ws.templates[atom[0]]
    if template.kind is Kind.SUM:
        return all(_is_independent(ws, inner) for inner in _inside(template))
    if template.kind is Kind.POWER:
        return all(_is_local(ws, inner) for inner in _inside(template))
    return _is_free_of_sums(ws, atom)


def _is_free_of_sums(ws: Workspace, atom: Atom) -> bool:
    template = ws.templates[atom[0]]
    return template.kind is not Kind.SUM and all(_is_free_of_sums(ws, inner) for inner in _inside(template))


def _has_bracket(ws: Workspace, atom: Atom) -> bool:
    template = ws.templates[atom[0]]
    return template.kind in (Kind.IVERSON, Kind.SELECTOR) or any(_has_bracket(ws, inner) for inner in _inside(template))


def _is_independent(ws: Workspace, atom: Atom) -> bool:
    """Whether the atom may stand in a sum: an entry, or a bracket, exponential or unknown function of one entry."""
    template = ws.templates[atom[0]]
    if template.kind in (Kind.ENTRY, Kind.SIZE, Kind.SCALAR, Kind.DELTA):
        return True
    known = template.kind in (Kind.EXP, Kind.IVERSON)
    unknown = template.kind is Kind.APPLY and not _is_elementary(template)
    return (known or unknown) and all(ws.templates[inner[0]].kind is Kind.ENTRY for inner in _inside(template))


def _is_elementary(template: Template) -> bool:
    return isinstance(template.label, tuple) and template.label[0] in ELEMENTARY


def _inside(template: Template) -> Iterable[Atom]:
    return (atom for part in template.payload for mono in part for atom, _ in mono)
