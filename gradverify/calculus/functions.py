"""Powers, exponentials, logarithms, brackets and opaque functions of polynomials: one constructor for each kind of atom.

What a rule assumes about signs is either known (sizes, exponentials, arrays declared positive) or recorded in the
workspace, and from there in the domain that is printed with the proof.
"""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from fractions import Fraction
from functools import reduce
from math import floor, gcd, lcm

from gradverify.calculus.binary import apart, by_cases, is_binary
from gradverify.calculus.canonical import abstract
from gradverify.calculus.polynomial import add, constant, of_atom, open_payload, power_of, settle, substitute, times
from gradverify.calculus.terms import UNIT, Index, NoRule, Rational, rational
from gradverify.calculus.workspace import (
    BINARY,
    UNITY,
    Atom,
    Exponent,
    Kind,
    Mono,
    Poly,
    Sign,
    Workspace,
    indices_of,
)

MOST_POWER = 10_000
"""No base is raised to more than this."""


NONZERO = "no denominator is 0"
"""What a division assumes, where the denominator is not known to be positive."""


def sign_of_mono(ws: Workspace, mono: Mono) -> Sign:
    """What is known of a monomial's sign."""
    signs = []
    for atom, exponent in mono:
        sign = ws.templates[atom[0]].sign
        if sign is not Sign.POSITIVE:
            if not isinstance(exponent, int):  # a root was taken of it, so it is positive wherever the whole is defined
                sign = Sign.POSITIVE
            elif exponent % 2 == 0:  # a negative even power is of something that is not 0
                sign = Sign.NONNEGATIVE if exponent > 0 else Sign.POSITIVE
        signs.append(sign)
    return min(signs, key=lambda sign: sign.value, default=Sign.POSITIVE)


def sign_of(ws: Workspace, poly: Poly) -> Sign:
    """What is known of a polynomial's sign: of a sum of non-negative terms, one positive term makes it positive."""
    if not poly:
        return Sign.NONNEGATIVE
    if any(coefficient < 0 for coefficient in poly.values()):
        return Sign.UNKNOWN
    signs = [sign_of_mono(ws, mono) for mono in poly]
    if Sign.UNKNOWN in signs:
        return Sign.UNKNOWN
    return Sign.POSITIVE if Sign.POSITIVE in signs else Sign.NONNEGATIVE


def power(ws: Workspace, base: Poly, exponent: Rational) -> Poly:
    """base^exponent for a constant exponent, where base ≠ 0 (exponent < 0) and base > 0 (exponent not whole)."""
    exponent = rational(exponent)
    if not -MOST_POWER <= exponent <= MOST_POWER:
        raise NoRule(f"the exponent {exponent} is too large")
    if not base:
        if exponent > 0:
            return {}
        raise NoRule("a division by 0")
    if isinstance(exponent, int) and exponent >= 0:
        return power_of(ws, base, exponent)
    if any(is_binary(ws, atom) for mono in base for atom, _ in mono):
        return by_cases(ws, (base,), lambda parts: power(ws, parts[0], exponent))
    if len(base) == 1:
        return _power_of_mono(ws, base, exponent)
    scale, content, rest = primitive(ws, base, any_sign=isinstance(exponent, int))
    outside = _power_of_mono(ws, {content: scale}, exponent)
    if rest != base:  # without its denominators it may be a single term, or have a common factor again
        return times(ws, outside, power(ws, rest, exponent))
    if isinstance(exponent, int):
        oriented, turn = _orient(ws, Kind.POWER, rest)
        if turn is Turn.EITHER:  # a base such as a − b: u^−k = u^(k mod 2)·(u²)^−⌈k/2⌉, and u² has no orientation
            if exponent % 2:
                outside = times(ws, outside, rest)
            return times(ws, outside, power(ws, times(ws, rest, rest), exponent // 2))
        rest = oriented
        if turn is Turn.AROUND and exponent % 2:
            outside = add({}, outside, -1)
    sign = sign_of(ws, rest)
    if isinstance(exponent, int) and sign is not Sign.POSITIVE:
        ws.assumed.add(NONZERO)
    if not isinstance(exponent, int) and sign is not Sign.POSITIVE:
        ws.assumed.add("the base of every root and broken power is positive")
        sign = Sign.POSITIVE
    atom = abstract(ws, Kind.POWER, (), (rest,), sign)
    return times(ws, outside, settle(ws, {atom: exponent}))


def _power_of_mono(ws: Workspace, base: Poly, exponent: Exponent) -> Poly:
    """(c·u·v)^e. A broken power is spread only over what is known to be positive: √(x²) is not x."""
    mono, coefficient = next(iter(base.items()))
    if isinstance(exponent, int):
        for atom, _ in mono:
            if is_binary(ws, atom):
                raise NoRule("a division by something that can be 0 everywhere")
        if sign_of_mono(ws, tuple((atom, 1) for atom, e in mono)) is not Sign.POSITIVE:
            ws.assumed.add(NONZERO)
        return _raise(ws, dict(mono), exponent, constant(Fraction(coefficient) ** exponent))
    known = {
        atom: e for atom, e in mono if sign_of_mono(ws, ((atom, 1 if isinstance(e, int) else e),)) is Sign.POSITIVE
    }
    rest = tuple((atom, e) for atom, e in mono if atom not in known)
    if not rest and coefficient < 0:
        raise NoRule("a root of a negative number")
    if len(rest) == 1 and rest[0][1] == 1 and coefficient > 0 and _may_be_a_base(ws, rest[0][0]):
        ws.assumed.add("the base of every root and broken power is positive")
        known[rest[0][0]], rest = 1, ()
    size = coefficient if coefficient > 0 else -coefficient
    result = _raise(ws, known, exponent, _power_of_number(ws, size, exponent))
    if not rest:
        return result
    ws.assumed.add("the base of every root and broken power is positive")
    atom = abstract(ws, Kind.POWER, (), ({rest: 1 if coefficient > 0 else -1},), Sign.POSITIVE)
    return times(ws, result, of_atom(atom, exponent))


def _may_be_a_base(ws: Workspace, atom: Atom) -> bool:
    return not is_binary(ws, atom)


def _raise(ws: Workspace, factors: dict[Atom, Exponent], exponent: Exponent, result: Poly) -> Poly:
    for atom, own in factors.items():
        result = times(ws, result, settle(ws, {atom: rational(own * exponent)}))
    return result


def _power_of_number(ws: Workspace, number: Rational, exponent: Exponent) -> Poly:
    """A positive rational to a broken power, prime by prime, so that √2·√3 = √6 and √4 = 2."""
    result = constant(1)
    for prime, own in factorise(number).items():
        raised = rational(own * exponent)
        whole = floor(raised)
        result = add({}, result, Fraction(prime) ** whole)
        if raised != whole:
            root = ws.simple(Kind.PRIME, prime, (), Sign.POSITIVE)
            result = times(ws, result, of_atom(root, rational(raised - whole)))
    return result


def factorise(number: Rational) -> dict[int, int]:
    """The prime factors of a positive rational with their exponents, by trial division."""
    factors: dict[int, int] = {}
    for part, sign in ((number.numerator, 1), (number.denominator, -1)):
        if part > 10**12:
            raise NoRule(f"a root of the long number {part}")
        prime = 2
        while prime * prime <= part:
            while part % prime == 0:
                factors[prime] = factors.get(prime, 0) + sign
                part //= prime
            prime += 1
        if part > 1:
            factors[part] = factors.get(part, 0) + sign
    return factors


def primitive(ws: Workspace, poly: Poly, *, any_sign: bool) -> tuple[Rational, Mono, Poly]:
    """The positive content of a polynomial, its common monomial, and what is left: poly = scale·content·rest.

    Unless `any_sign`, only atoms known to be positive go into the content. δ and [u > 0] never do: they can be 0.
    """
    numerator = reduce(gcd, (abs(coefficient.numerator) for coefficient in poly.values()))
    denominator = reduce(lcm, (coefficient.denominator for coefficient in poly.values()))
    scale = rational(Fraction(numerator, denominator))
    powers = [dict(mono) for mono in poly]
    content: dict[Atom, Exponent] = {}
    for atom in set().union(*powers):
        template = ws.templates[atom[0]]
        if template.kind in BINARY or not (any_sign or template.sign is Sign.POSITIVE):
            continue
        least = min(row.get(atom, 0) for row in powers)
        if least:
            content[atom] = least
    rest: Poly = {}
    for row, coefficient in zip(powers, poly.values(), strict=True):
        left = {atom: rational(row.get(atom, 0) - content.get(atom, 0)) for atom in {*row, *content}}
        add(rest, settle(ws, {atom: e for atom, e in left.items() if e}), Fraction(coefficient) / scale)
    return scale, tuple(sorted(content.items())), rest


class Turn(Enum):
    """How a polynomial stands to the orientation that its kind of atom keeps."""

    KEPT = 0
    AROUND = 1
    EITHER = 2
    """u and −u have the same template, so that no choice between them is free of names."""


def _orient(ws: Workspace, kind: Kind, poly: Poly) -> tuple[Poly, Turn]:
    """Of u and −u the one whose template has the smaller number, so that 1/(a − b) = −1/(b − a) holds for all names."""
    opposite = add({}, poly, -1)
    here = abstract(ws, kind, (), (poly,), sign_of(ws, poly))
    there = abstract(ws, kind, (), (opposite,), sign_of(ws, opposite))
    if here[0] == there[0]:
        return (opposite if there < here else poly), Turn.EITHER
    return (opposite, Turn.AROUND) if there < here else (poly, Turn.KEPT)


def exponential(ws: Workspace, poly: Poly) -> Poly:
    """exp(Σ c·u) = Π exp(u)^c, and exp(c·log u) = u^c."""
    result = constant(1)
    for mono, coefficient in poly.items():
        if len(mono) == 1 and mono[0][1] == 1 and ws.template(mono[0][0]).kind is Kind.LOG:
            inside = open_payload(ws, mono[0][0])
            result = times(ws, result, power(ws, inside, coefficient))
            continue
        binary, rest = apart(ws, mono)  # exp(z·u) = 1 + z·(exp u − 1), z being 0 or 1
        value = of_atom(abstract(ws, Kind.EXP, (), ({rest: 1},), Sign.POSITIVE), coefficient)
        if binary:
            value = add(times(ws, {binary: 1}, add(value, constant(-1))), constant(1))
        result = times(ws, result, value)
    return result


def logarithm(ws: Workspace, poly: Poly) -> Poly:
    """log(c·u·v^k) = log c + log u + k·log v over what is known to be positive, and log(exp u) = u."""
    if not poly:
        raise NoRule("a logarithm of 0")
    if any(is_binary(ws, atom) for mono in poly for atom, _ in mono):
        return by_cases(ws, (poly,), lambda parts: logarithm(ws, parts[0]))
    scale, content, rest = primitive(ws, poly, any_sign=False)
    result: Poly = {}
    for prime, exponent in factorise(scale).items():
        atom = abstract(ws, Kind.LOG, (), (constant(prime),), Sign.UNKNOWN)
        add(result, of_atom(atom), exponent)
    for atom, own in content:
        add(result, _log_of_atom(ws, atom), own)
    if rest != poly:
        return add(result, logarithm(ws, rest))
    if rest != {UNITY: 1}:
        if sign_of(ws, rest) is not Sign.POSITIVE:
            ws.assumed.add("the argument of every logarithm is positive")
        add(result, of_atom(abstract(ws, Kind.LOG, (), (rest,), Sign.UNKNOWN)))
    return result


def _log_of_atom(ws: Workspace, atom: Atom) -> Poly:
    kind = ws.template(atom).kind
    if kind is Kind.EXP:
        return open_payload(ws, atom)
    if kind is Kind.PRIME:
        prime = ws.template(atom).label
        assert isinstance(prime, int)
        return of_atom(abstract(ws, Kind.LOG, (), (constant(prime),), Sign.UNKNOWN))
    inside = open_payload(ws, atom) if kind is Kind.POWER else of_atom(atom)
    return of_atom(abstract(ws, Kind.LOG, (), (inside,), Sign.UNKNOWN))


def iverson(ws: Workspace, poly: Poly) -> Poly:
    """[u > 0]: only u's sign counts, and off the kink [−u > 0] = 1 − [u > 0]."""
    if not poly or set(poly) == {UNITY}:
        return constant(int(bool(poly) and poly[UNITY] > 0))
    if any(is_binary(ws, atom) for mono in poly for atom, _ in mono):
        return by_cases(ws, (poly,), lambda parts: iverson(ws, parts[0]))
    _, _, rest = primitive(ws, poly, any_sign=False)
    if rest != poly:
        return iverson(ws, rest)
    if sign_of(ws, rest) is Sign.POSITIVE:
        return constant(1)
    if sign_of(ws, add({}, rest, -1)) is not Sign.UNKNOWN:
        return {}
    # [x_i − x_j > 0] is on its kink wherever i = j, whatever x is, so there the other bracket is not 1 minus this one.
    merged = substitute(ws, rest, _all_alike(rest))
    oriented = _orient(ws, Kind.IVERSON, rest)[0] if merged else rest
    bracket = of_atom(abstract(ws, Kind.IVERSON, (), (oriented,), Sign.NONNEGATIVE))
    if oriented != rest:
        ws.assumed.add("off the kink of every bracket [u > 0]")
        return add(constant(1), bracket, -1)
    return bracket


def _all_alike(poly: Poly) -> dict[Index, Index]:
    """All indices of one sort made the same: a polynomial that vanishes at some coincidence of indices vanishes here."""
    first: dict[str, Index] = {}
    found = sorted({index for mono in poly for index in indices_of(mono)})
    return {index: first.setdefault(index.sort, index) for index in found}


def apply(ws: Workspace, label: Hashable, arguments: tuple[Poly, ...]) -> Poly:
    """The value of a function of which nothing is known; the label is its name and how often it is differentiated."""
    return by_cases(ws, arguments, lambda parts: of_atom(abstract(ws, Kind.APPLY, label, parts, Sign.UNKNOWN)))


def product_over(ws: Workspace, body: Poly, left_out: Poly, index: Index) -> Poly:
    """Π_l u_l over the places l that no δ of `left_out` names; a place named twice is left out once.

    Only its structure is known: not that Π u·v = Π u · Π v, nor what a factor taken out would leave.
    """
    if index.sort == UNIT:
        raise NoRule("a product over an axis of size 1: write its one factor")
    once: Poly = dict.fromkeys(left_out, 1)
    sign = Sign.POSITIVE if sign_of(ws, body) is Sign.POSITIVE else Sign.UNKNOWN
    # The size is in the label, because equal factors do not mention the index.
    return of_atom(abstract(ws, Kind.PRODUCT, index.sort, (body, once), sign, (index,)))
