"""Functions of what is 0 or 1: F(z) = F(0) + z·(F(1) − F(0)) for every δ, bracket and selector z inside F's arguments.

With it a mask inside an exponential, a denominator, a root or an unknown function comes out, where sums can contract it.
"""

from __future__ import annotations

from collections.abc import Callable

from gradverify.calculus.polynomial import add, of_atom, times
from gradverify.calculus.workspace import BINARY, Atom, Mono, Poly, Workspace


def is_binary(ws: Workspace, atom: Atom) -> bool:
    """Whether 0 and 1 are this atom's only values."""
    return ws.templates[atom[0]].kind in BINARY


def by_cases(ws: Workspace, parts: tuple[Poly, ...], make: Callable[[tuple[Poly, ...]], Poly]) -> Poly:
    """`make(parts)`, a function of polynomials, with every binary atom of the arguments taken outside.

    `make` is asked for the arguments with each atom set to 0 and to 1, so its value must exist at both.
    """
    atom = min((atom for part in parts for mono in part for atom, _ in mono if is_binary(ws, atom)), default=None)
    if atom is None:
        return make(parts)
    ws.spend()
    off = by_cases(ws, tuple(_without(part, atom) for part in parts), make)
    on = by_cases(ws, tuple(_at_one(part, atom) for part in parts), make)
    return add(dict(off), times(ws, of_atom(atom), add(dict(on), off, -1)))


def apart(ws: Workspace, mono: Mono) -> tuple[Mono, Mono]:
    """The binary atoms of a monomial, and the others: their product is the monomial."""
    binary = tuple(factor for factor in mono if is_binary(ws, factor[0]))
    return binary, tuple(factor for factor in mono if factor not in binary)


def _without(part: Poly, atom: Atom) -> Poly:
    """The polynomial where the atom is 0."""
    return {mono: coefficient for mono, coefficient in part.items() if all(other != atom for other, _ in mono)}


def _at_one(part: Poly, atom: Atom) -> Poly:
    """The polynomial where the atom is 1."""
    result: Poly = {}
    for mono, coefficient in part.items():
        add(result, {tuple(factor for factor in mono if factor[0] != atom): coefficient})
    return result
