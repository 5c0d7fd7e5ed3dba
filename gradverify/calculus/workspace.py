"""Atoms, monomials, polynomials, and the workspace that numbers their templates.

A polynomial maps monomials to rational coefficients; a monomial is a sorted product of atoms with rational exponents; an
atom is a *template* applied to indices. A template is what is left of an entry, a sum, a power, … when its free indices are
replaced by numbered holes: so renaming an index touches only the arguments, and equal templates have equal numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import TypeAlias

from gradverify.calculus.terms import Index, NoRule, Rational

Exponent: TypeAlias = Rational
Atom: TypeAlias = tuple[int, tuple[Index, ...]]
Mono: TypeAlias = tuple[tuple[Atom, Exponent], ...]
Poly: TypeAlias = dict[Mono, Rational]

UNITY: Mono = ()

MOST_STEPS = 50_000
"""An expression that takes more rewriting steps than this, about a second's worth, is left undecided."""


class Kind(Enum):
    """What an atom is. `payload` of its template, in brackets."""

    ENTRY = "array entry"  # (array,)
    INVERSE = "entry of a matrix's inverse"  # (array,)
    LOGDET = "log |det| of a matrix"  # (array,)
    SIZE = "size"  # (sort,)
    SCALAR = "scalar"  # (name,)
    DELTA = "Kronecker delta"  # ()
    SELECTOR = "0 or 1, by a map of indices"  # (selector, its number of places)
    PRIME = "root of a prime"  # (prime,)
    IVERSON = "Iverson bracket"  # one polynomial
    POWER = "power of a base with several terms"  # one polynomial
    EXP = "exponential of a monomial"  # one polynomial
    LOG = "logarithm"  # one polynomial
    APPLY = "function value"  # polynomials; `label` has the name and the orders
    PRODUCT = "product over an index"  # the factor, and Σ_e δ of the places left out
    SUM = "connected sum"  # one monomial, as a polynomial


class Sign(Enum):
    """What is known of an atom's sign on the domain."""

    POSITIVE = 2
    NONNEGATIVE = 1
    UNKNOWN = 0


SETTLED = frozenset({Kind.DELTA, Kind.SELECTOR, Kind.PRIME, Kind.IVERSON, Kind.POWER})
"""The kinds whose powers obey a rule of their own when monomials are multiplied."""


BINARY = frozenset({Kind.DELTA, Kind.SELECTOR, Kind.IVERSON})
"""The kinds whose only values are 0 and 1."""


@dataclass(frozen=True, slots=True)
class Template:
    """A numbered shape of atoms. `payload` is written in the holes `holes` and, for sums, the bound indices `bound`.

    `symmetries` lists the permutations of the holes that leave the payload as it is; the identity is one of them.
    """

    kind: Kind
    label: Hashable
    payload: tuple[Poly, ...]
    holes: tuple[Index, ...]
    bound: tuple[Index, ...]
    symmetries: tuple[tuple[int, ...], ...]
    sign: Sign


Rebuild: TypeAlias = Callable[[Template, tuple[Poly, ...], tuple[Index, ...], Exponent], Poly]


@dataclass
class Workspace:
    """The templates met so far, and what the rules had to assume. One per proof; forms compare only within one.

    `rebuild` makes the polynomial of an atom anew when two of its arguments have become equal; the normal form sets it.
    `divided` remembers divisions by a base, which meet the same products again and again.
    """

    templates: list[Template] = field(default_factory=list)
    numbers: dict[Hashable, int] = field(default_factory=dict)
    assumed: set[str] = field(default_factory=set)
    rebuild: Rebuild | None = None
    divided: dict[Mono, Poly] = field(default_factory=dict)
    left: int = MOST_STEPS
    _fresh: count[int] = field(default_factory=count)

    def number(self, key: Hashable, make: Callable[[], Template]) -> int:
        """The number of the template with this key, made when it is new."""
        found = self.numbers.get(key)
        if found is None:
            made = make()  # first, so that nothing is numbered if this gives up
            found = self.numbers[key] = len(self.templates)
            self.templates.append(made)
        return found

    def spend(self, steps: int = 1) -> None:
        """Count rewriting steps; the normal form gives a new allowance to every expression."""
        self.left -= steps
        if self.left < 0:
            raise NoRule(f"an expression takes more than {MOST_STEPS} steps to bring to normal form")

    def fresh(self, like: Index) -> Index:
        """An index of the same sort that occurs nowhere yet."""
        return Index(like.sort, f"%{next(self._fresh)}")

    def template(self, atom: Atom) -> Template:
        """The template of this atom."""
        return self.templates[atom[0]]

    def simple(self, kind: Kind, label: Hashable, args: tuple[Index, ...], sign: Sign) -> Atom:
        """The atom of a kind without polynomials inside: an entry, a size, a scalar, a prime."""
        sorts = tuple(arg.sort for arg in args)
        key = (kind, label, sorts)
        identity = tuple(range(len(args)))

        def make() -> Template:
            holes = tuple(hole(sort, place) for place, sort in enumerate(sorts))
            return Template(kind, label, (), holes, (), (identity,), sign)

        return self.number(key, make), args

    def delta(self, left: Index, right: Index) -> Atom:
        """δ of two different indices of one sort, in the order that does not depend on how it was written."""
        pair = (left, right) if left <= right else (right, left)
        holes = (hole(left.sort, 0), hole(left.sort, 1))
        key = (Kind.DELTA, left.sort)
        return (
            self.number(key, lambda: Template(Kind.DELTA, (), (), holes, (), ((0, 1), (1, 0)), Sign.NONNEGATIVE)),
            pair,
        )


def hole(sort: str, place: int) -> Index:
    """The index that stands for a template's argument at this place."""
    return Index(sort, f"?{place}")


def bound_label(sort: str, place: int) -> Index:
    """The index that stands for a sum template's bound index at this place."""
    return Index(sort, f"!{place}")


def monomial(factors: dict[Atom, Exponent]) -> Mono:
    """The sorted monomial of these powers; exponents that came to 0 are dropped."""
    return tuple(sorted((atom, exponent) for atom, exponent in factors.items() if exponent))


def indices_of(mono: Mono) -> set[Index]:
    """All indices that occur in a monomial."""
    return {index for (_, args), _ in mono for index in args}
