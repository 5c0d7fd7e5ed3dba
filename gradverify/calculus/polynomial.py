"""Adds and multiplies polynomials, and renames indices in them: the ring rules and the rules of δ, [u > 0], √p and u^a.

Every function returns polynomials in normal form when it is given such.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor

from gradverify.calculus.canonical import relabel, relabel_atom, relabel_poly
from gradverify.calculus.selectors import partner
from gradverify.calculus.terms import UNIT, Index, NoRule, Rational, rational
from gradverify.calculus.workspace import (
    BINARY,
    SETTLED,
    UNITY,
    Atom,
    Exponent,
    Kind,
    Mono,
    Poly,
    Sign,
    Workspace,
    monomial,
)

MOST_TERMS = 20_000
"""A polynomial that grows past this is left undecided."""

FUEL = 2_000
"""The most rewriting steps one product may take."""


def constant(value: Rational) -> Poly:
    """The constant polynomial."""
    return {UNITY: rational(value)} if value else {}


def of_atom(atom: Atom, exponent: Exponent = 1) -> Poly:
    """The polynomial that is one atom."""
    return {((atom, exponent),): 1}


def add(into: Poly, other: Poly, factor: Rational = 1) -> Poly:
    """Add `factor · other` to `into`, in place; return `into`."""
    for mono, coefficient in other.items():
        total = into.get(mono, 0) + factor * coefficient
        if total:
            into[mono] = rational(total)
        else:
            into.pop(mono, None)
    if len(into) > MOST_TERMS:
        raise NoRule(f"an expression has more than {MOST_TERMS} terms when multiplied out")
    return into


def times(ws: Workspace, left: Poly, right: Poly) -> Poly:
    """The product of two polynomials."""
    product: Poly = {}
    for mono, coefficient in left.items():
        for other, factor in right.items():
            if not mono or not other:
                add(product, {mono or other: coefficient * factor})
                continue
            merged = dict(mono)
            for atom, exponent in other:
                merged[atom] = rational(merged.get(atom, 0) + exponent)
            add(product, settle(ws, merged), coefficient * factor)
    return product


def power_of(ws: Workspace, poly: Poly, exponent: int) -> Poly:
    """A non-negative whole power, multiplied out."""
    result = constant(1)
    for _ in range(exponent):
        result = times(ws, result, poly)
    return result


def settle(ws: Workspace, factors: dict[Atom, Exponent], fuel: int = FUEL) -> Poly:
    """The normal form of a product of powers of atoms, applying the rules of the kinds that have any."""
    ws.spend()
    if fuel <= 0:
        raise NoRule("a quotient did not come to rest")
    for atom, exponent in factors.items():
        template = ws.templates[atom[0]]
        if template.kind not in SETTLED or not exponent:
            continue
        if template.kind is Kind.DELTA:
            return _settle_deltas(ws, factors, fuel)
        if template.kind in (Kind.IVERSON, Kind.SELECTOR):  # H² = H
            if exponent < 0:
                raise NoRule("a division by [u > 0]")
            factors[atom] = 1
            other = partner(ws, factors, atom) if template.kind is Kind.SELECTOR else None
            if other is not None:
                return _settle_partners(ws, factors, atom, other, fuel)
        elif exponent >= 1 or (template.kind is Kind.PRIME and exponent < 0):
            return _whole_part(ws, factors, atom, fuel)
        elif template.kind is Kind.POWER and exponent < 0:
            lead = _lead(ws, atom)
            if lead and all(factors.get(part, 0) >= own for part, own in lead):
                return _divide_lead(ws, factors, atom, lead, fuel)
            if lead and all(factors.get(part, 0) <= -own for part, own in lead):
                tail = _tail(ws, open_payload(ws, atom), lead)
                if tail is not None:
                    return _part_fraction(ws, factors, atom, lead, tail, fuel)
    return {monomial(factors): 1}


def _settle_partners(ws: Workspace, factors: dict[Atom, Exponent], atom: Atom, other: Atom, fuel: int) -> Poly:
    """[t(i) = j][t(i) = l] = [t(i) = j] δ_jl: a map has one value at a place."""
    rest = {part: exponent for part, exponent in factors.items() if part != other and exponent}
    for left, right in zip(atom[1], other[1], strict=True):
        if left != right:
            rest[ws.delta(left, right)] = 1
    return settle(ws, rest, fuel - 1)


def _settle_deltas(ws: Workspace, factors: dict[Atom, Exponent], fuel: int) -> Poly:
    """δ_ij δ_jk u_k = δ_ij δ_ik u_i: one index of every linked group stands for all of it."""
    leader: dict[Index, Index] = {}

    def find(index: Index) -> Index:
        while index in leader:
            index = leader[index]
        return index

    rest: dict[Atom, Exponent] = {}
    for atom, exponent in factors.items():
        if ws.templates[atom[0]].kind is not Kind.DELTA:
            rest[atom] = exponent
            continue
        if exponent < 0:
            raise NoRule("a division by δ")
        if exponent:
            first, second = sorted((find(atom[1][0]), find(atom[1][1])))
            if first != second:
                leader[second] = first
    labels = {index: find(index) for index in leader}
    product = substitute_mono(ws, monomial(rest), labels, fuel - 1)
    links: dict[Atom, Exponent] = {ws.delta(index, target): 1 for index, target in labels.items()}
    result: Poly = {}
    for mono, coefficient in product.items():
        if any(ws.templates[atom[0]].kind is Kind.DELTA for atom, _ in mono):  # out of a multiplied-out base
            add(result, settle(ws, {**dict(mono), **links}, fuel - 1), coefficient)
        else:
            add(result, {monomial({**dict(mono), **links}): coefficient})
    return result


def _whole_part(ws: Workspace, factors: dict[Atom, Exponent], atom: Atom, fuel: int) -> Poly:
    """P^(k + a) = P^k·P^a with the whole power multiplied out, so that a stays in [0, 1)."""
    whole = floor(factors[atom])
    rest = dict(factors)
    rest[atom] = rational(factors[atom] - whole)
    template = ws.templates[atom[0]]
    if template.kind is Kind.PRIME:
        prime = template.label
        assert isinstance(prime, int)
        return add({}, settle(ws, rest, fuel - 1), Fraction(prime) ** whole)
    remaining = settle(ws, {key: value for key, value in rest.items() if value}, fuel - 1)
    return times(ws, remaining, power_of(ws, open_payload(ws, atom), whole))


def _lead(ws: Workspace, atom: Atom) -> Mono:
    """The monomial of a base that a division takes out first; the unit monomial if none will do.

    It is chosen in the template, where no name of an index is seen, and by atoms with indices first, so that two bases
    which differ only in their indices do not share it. With a negative exponent in it the division would not end; and a δ
    or a bracket in a product changes the base itself.
    """
    template = ws.template(atom)
    whole = [
        mono for mono in template.payload[0] if all(e > 0 and ws.template(part).kind not in BINARY for part, e in mono)
    ]
    lead = max(whole, key=_lexicographic, default=UNITY)
    return relabel(ws, lead, dict(zip(template.holes, atom[1], strict=True)))


def _lexicographic(mono: Mono) -> list[tuple[int, Atom, Exponent]]:
    return sorted(((len(atom[1]), atom, exponent) for atom, exponent in mono), reverse=True)


def _divide_lead(ws: Workspace, factors: dict[Atom, Exponent], atom: Atom, lead: Mono, fuel: int) -> Poly:
    """lead·P^−k = (P − rest)·P^−k: one step of dividing by P, wherever P's leading monomial divides the product."""
    key = monomial(factors)
    if key in ws.divided:
        return ws.divided[key]
    base = open_payload(ws, atom)
    quotient = dict(factors)
    for part, exponent in lead:
        quotient[part] = rational(quotient[part] - exponent)
    quotient = {part: exponent for part, exponent in quotient.items() if exponent}
    scale = Fraction(1, 1) / base[lead]
    lifted = dict(quotient)
    lifted[atom] = rational(lifted[atom] + 1)
    result = add({}, settle(ws, {part: e for part, e in lifted.items() if e}, fuel - 1), scale)
    for mono, coefficient in base.items():
        if mono != lead:
            merged = dict(quotient)
            for part, exponent in mono:
                merged[part] = rational(merged.get(part, 0) + exponent)
            add(result, settle(ws, {part: e for part, e in merged.items() if e}, fuel - 1), -scale * coefficient)
    ws.spend(len(result))
    ws.divided[key] = result
    return result


def _tail(ws: Workspace, base: Poly, lead: Mono) -> Mono | None:
    """The other monomial of a base with two terms, if it is known not to be 0."""
    if len(base) != 2:
        return None
    (tail,) = base.keys() - {lead}
    return tail if all(ws.template(part).sign is Sign.POSITIVE for part, _ in tail) else None


def _part_fraction(ws: Workspace, factors: dict[Atom, Exponent], atom: Atom, lead: Mono, tail: Mono, fuel: int) -> Poly:
    """1/(u·(c + d·u)) = (1/u − d/(c + d·u))/c, until u stands in no denominator beside its base."""
    base = open_payload(ws, atom)
    result: Poly = {}
    for raised, coefficient in ((((atom, 1),), Fraction(1)), (lead, -Fraction(base[lead]))):
        merged = dict(factors)
        for part, exponent in (*raised, *((part, -exponent) for part, exponent in tail)):
            merged[part] = rational(merged.get(part, 0) + exponent)
        add(result, settle(ws, {part: e for part, e in merged.items() if e}, fuel - 1), coefficient / base[tail])
    ws.spend(len(result))
    return result


def open_payload(ws: Workspace, atom: Atom, part: int = 0) -> Poly:
    """The polynomial inside an atom, in the atom's own indices."""
    template = ws.templates[atom[0]]
    return relabel_poly(ws, template.payload[part], dict(zip(template.holes, atom[1], strict=True)))


def substitute(ws: Workspace, poly: Poly, labels: Mapping[Index, Index]) -> Poly:
    """The polynomial with indices replaced by others, which may make different indices equal."""
    result: Poly = {}
    for mono, coefficient in poly.items():
        add(result, substitute_mono(ws, mono, labels), coefficient)
    return result


def substitute_mono(ws: Workspace, mono: Mono, labels: Mapping[Index, Index], fuel: int = FUEL) -> Poly:
    """One monomial with indices replaced; atoms in which two arguments become equal are made anew."""
    factors: dict[Atom, Exponent] = {}
    remade = constant(1)
    for atom, exponent in mono:
        if not any(arg in labels for arg in atom[1]):
            factors[atom] = rational(factors.get(atom, 0) + exponent)
            continue
        changed = relabel_atom(ws, atom, labels)
        template = ws.templates[atom[0]]
        if template.kind is Kind.DELTA and changed[1][0] == changed[1][1]:
            continue  # δ_ii = 1
        if template.payload and _coincide(changed[1]):
            remade = times(ws, remade, _remake(ws, changed, exponent))
        else:
            factors[changed] = rational(factors.get(changed, 0) + exponent)
    settled = settle(ws, {atom: exponent for atom, exponent in factors.items() if exponent}, fuel)
    return settled if remade == {UNITY: 1} else times(ws, settled, remade)


def _coincide(args: tuple[Index, ...]) -> bool:
    return len(set(args)) < len(args) or any(arg.sort == UNIT for arg in args)


def _remake(ws: Workspace, atom: Atom, exponent: Exponent) -> Poly:
    """An atom whose arguments are no longer all different: its template may have a simpler form now."""
    template = ws.templates[atom[0]]
    labels = dict(zip(template.holes, atom[1], strict=True))
    fresh = {index: ws.fresh(index) for index in template.bound}
    parts = tuple(substitute(ws, relabel_poly(ws, part, fresh) if fresh else part, labels) for part in template.payload)
    assert ws.rebuild is not None, "the normal form sets this"
    return ws.rebuild(template, parts, tuple(fresh.values()), exponent)
