"""Σ over an index, on polynomials in normal form: contract δ, pull out what does not depend on it, split into components.

A sum ends as a product of closed, *connected* components, so that commuting, nesting, splitting and renaming of sums are
not steps any more: they are equal by construction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, product

from gradverify.calculus.canonical import abstract, relabel
from gradverify.calculus.functions import sign_of_mono
from gradverify.calculus.polynomial import (
    add,
    constant,
    of_atom,
    open_payload,
    settle,
    substitute_mono,
    times,
)
from gradverify.calculus.selectors import summed_to_one
from gradverify.calculus.terms import UNIT, Index, NoRule, rational
from gradverify.calculus.workspace import Atom, Exponent, Kind, Mono, Poly, Sign, Workspace, monomial

MOST_BOUND = 14
"""A product of sums is not opened into more bound indices than this."""


def sum_over(ws: Workspace, index: Index, poly: Poly) -> Poly:
    """Σ_index of a polynomial."""
    result: Poly = {}
    for mono, coefficient in poly.items():
        add(result, close(ws, mono, (index,)), coefficient)
    return result


def close(ws: Workspace, mono: Mono, bound: tuple[Index, ...]) -> Poly:
    """Σ over all of `bound` of one monomial."""
    used = {index for (_, args), _ in mono for index in args}
    result = constant(1)
    for index in bound:
        if index not in used:  # Σ_j 1 = n
            result = times(ws, result, size(ws, index.sort))
    bound = tuple(index for index in bound if index in used)
    if not bound:
        return times(ws, result, {mono: 1})
    return times(ws, result, _close_used(ws, mono, bound))


def _close_used(ws: Workspace, mono: Mono, bound: tuple[Index, ...]) -> Poly:
    contraction = _contraction(ws, mono, bound)
    if contraction is not None:  # Σ_k δ_ki u_k = u_i
        index, target, rest = contraction
        return _close_all(ws, substitute_mono(ws, rest, {index: target}), _without(bound, {index}))
    identity = _times_inverse(ws, mono, bound)
    if identity is not None:
        return _close_all(ws, *identity)
    shorter = summed_to_one(ws, mono, bound)
    if shorter is not None:
        return close(ws, *shorter)
    opened = _open_sums(ws, mono, bound)
    if opened is not None:
        return _close_all(ws, *opened)
    folded = _fold(ws, mono, bound)
    if folded is not None:
        return _close_all(ws, *folded)
    return _components(ws, mono, bound)


def _close_all(ws: Workspace, poly: Poly, bound: tuple[Index, ...]) -> Poly:
    result: Poly = {}
    for mono, coefficient in poly.items():
        add(result, close(ws, mono, bound), coefficient)
    return result


def size(ws: Workspace, sort: str) -> Poly:
    """The size of a sort, as a polynomial: a number where the sort is one."""
    if sort.isdigit():
        return constant(int(sort))
    return of_atom(ws.simple(Kind.SIZE, sort, (), Sign.POSITIVE))


def _contraction(ws: Workspace, mono: Mono, bound: tuple[Index, ...]) -> tuple[Index, Index, Mono] | None:
    """A δ on a bound index: that index, what it must equal, and the monomial without the δ."""
    for place, (atom, _) in enumerate(mono):
        if ws.templates[atom[0]].kind is Kind.DELTA:
            left, right = atom[1]
            rest = mono[:place] + mono[place + 1 :]
            if left in bound:
                return left, right, rest
            if right in bound:
                return right, left, rest
    return None


def _times_inverse(ws: Workspace, mono: Mono, bound: tuple[Index, ...]) -> tuple[Poly, tuple[Index, ...]] | None:
    """Σ_q A_iq (A⁻¹)_qj = δ_ij = Σ_q (A⁻¹)_iq A_qj, where q stands nowhere else."""
    by_kind = {
        kind: [atom for atom, exponent in mono if exponent == 1 and ws.templates[atom[0]].kind is kind]
        for kind in (Kind.ENTRY, Kind.INVERSE)
    }
    for (entry, inverse), index in product(product(by_kind[Kind.ENTRY], by_kind[Kind.INVERSE]), bound):
        if ws.templates[entry[0]].label != ws.templates[inverse[0]].label or len(entry[1]) != 2:
            continue
        for left, right in ((entry[1], inverse[1]), (inverse[1], entry[1])):
            rest = tuple(factor for factor in mono if factor[0] not in (entry, inverse))
            elsewhere = {left[0], right[1], *(arg for (_, args), _ in rest for arg in args)}
            if left[1] == right[0] == index and index not in elsewhere:
                link = {ws.delta(left[0], right[1]): 1} if left[0] != right[1] else {}
                return settle(ws, {**dict(rest), **link}), _without(bound, {index})
    return None


def _without(bound: Iterable[Index], gone: set[Index]) -> tuple[Index, ...]:
    return tuple(index for index in bound if index not in gone)


def _open_sums(ws: Workspace, mono: Mono, bound: tuple[Index, ...]) -> tuple[Poly, tuple[Index, ...]] | None:
    """Whole powers of sums that contain a bound index, written out with fresh bound indices of their own."""
    inner: list[Index] = []
    opened: Poly | None = None
    left: dict[Atom, Exponent] = {}
    kept = set(_inner_sums(ws, mono))  # `_fold` would only write them as sums again
    for atom, exponent in mono:
        template = ws.templates[atom[0]]
        whole = isinstance(exponent, int) and exponent > 0 and atom not in kept
        if template.kind is not Kind.SUM or not whole or not any(arg in bound for arg in atom[1]):
            left[atom] = exponent
            continue
        assert isinstance(exponent, int)
        for _ in range(exponent):
            body, fresh = open_sum(ws, atom)
            inner.extend(fresh)
            if len(inner) + len(bound) > MOST_BOUND:
                raise NoRule(f"a product of sums has more than {MOST_BOUND} summation indices")
            opened = times(ws, opened or constant(1), {body: 1})
    if opened is None:
        return None
    return times(ws, opened, {monomial(left): 1}), bound + tuple(inner)


def open_sum(ws: Workspace, atom: Atom) -> tuple[Mono, tuple[Index, ...]]:
    """The summand of a sum atom in the atom's own indices, and the fresh indices it is summed over."""
    template = ws.templates[atom[0]]
    fresh = {index: ws.fresh(index) for index in template.bound}
    (body,) = template.payload[0]
    labels = {**dict(zip(template.holes, atom[1], strict=True)), **fresh}
    return relabel(ws, body, labels), tuple(fresh.values())


def _fold(ws: Workspace, mono: Mono, bound: tuple[Index, ...]) -> tuple[Poly, tuple[Index, ...]] | None:
    """Σ_j x_ij/s_i with s_i = Σ_l x_il: a part of the sum that is itself the sum in a denominator becomes that sum.

    Without this the same value would have two forms, depending on which of two sums was written outside.
    """
    factors = dict(mono)
    for target in sorted(set(_inner_sums(ws, mono))):
        template = ws.templates[target[0]]
        shape = _shape(next(iter(template.payload[0])))
        for chosen in combinations(_without(bound, set(target[1])), len(template.bound)):
            if sorted(index.sort for index in chosen) != sorted(index.sort for index in template.bound):
                continue
            part = tuple((atom, e) for atom, e in mono if any(arg in chosen for arg in atom[1]))
            if _shape(part) == shape and make_sum(ws, part, chosen) == target:
                left = {atom: e for atom, e in factors.items() if (atom, e) not in part}
                left[target] = rational(left.get(target, 0) + 1)
                return settle(ws, {atom: e for atom, e in left.items() if e}), _without(bound, set(chosen))
    return None


def _shape(mono: Mono) -> list[tuple[int, Exponent]]:
    return sorted((atom[0], exponent) for atom, exponent in mono)


def _inner_sums(ws: Workspace, mono: Mono) -> Iterator[Atom]:
    """The sums that stand in the monomial with a negative or broken exponent, also inside other atoms."""
    for atom, exponent in mono:
        template = ws.templates[atom[0]]
        if template.kind is Kind.SUM and (exponent < 0 or not isinstance(exponent, int)):
            yield atom
        elif template.kind in (Kind.POWER, Kind.LOG):
            for part in open_payload(ws, atom):
                yield from (inner for inner, _ in part if ws.templates[inner[0]].kind is Kind.SUM)


def _components(ws: Workspace, mono: Mono, bound: tuple[Index, ...]) -> Poly:
    """The product of the connected components, each a sum atom, and of what depends on no bound index."""
    result = constant(1)
    waiting = set(bound)
    rest = list(mono)
    while waiting:
        group = {min(waiting)}
        part: list[tuple[Atom, Exponent]] = []
        grown = True
        while grown:
            touching = [factor for factor in rest if any(arg in group for arg in factor[0][1])]
            rest = [factor for factor in rest if factor not in touching]
            part += touching
            reached = {arg for (_, args), _ in touching for arg in args} & waiting
            grown = not reached <= group
            group |= reached
        waiting -= group
        result = times(ws, result, of_atom(make_sum(ws, tuple(sorted(part)), tuple(sorted(group)))))
    return times(ws, result, {tuple(rest): 1})


def make_sum(ws: Workspace, part: Mono, bound: tuple[Index, ...]) -> Atom:
    """The atom of one connected sum."""
    return abstract(ws, Kind.SUM, (), ({part: 1},), sign_of_mono(ws, part), bound)


def is_unit(index: Index) -> bool:
    """Whether the index runs over a single value."""
    return index.sort == UNIT
