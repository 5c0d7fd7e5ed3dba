"""What is known of a selector's atoms: when two of them share their place or their value, and when a sum over one is 1.

A selector atom carries the places first and then the values: [t(i) = j] has the arguments i, j.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradverify.calculus.terms import Index, Selected, Selector
from gradverify.calculus.workspace import Atom, Exponent, Kind, Mono, Sign, Workspace


def selector_atom(ws: Workspace, term: Selected) -> Atom:
    """The atom of [t(places) = values]."""
    label = (term.selector, len(term.places))
    return ws.simple(Kind.SELECTOR, label, (*term.places, *term.values), Sign.NONNEGATIVE)


def partner(ws: Workspace, factors: Mapping[Atom, Exponent], atom: Atom) -> Atom | None:
    """Another atom of the same selector that must agree with this one: at the same place, or of the same value."""
    selector, count = _label(ws, atom)
    for other, exponent in factors.items():
        if other[0] != atom[0] or other == atom or not exponent:
            continue
        same_place = other[1][:count] == atom[1][:count]
        same_value = other[1][count:] == atom[1][count:]
        if (selector.single and same_place) or (selector.injective and same_value):
            return other
    return None


def summed_to_one(ws: Workspace, mono: Mono, bound: tuple[Index, ...]) -> tuple[Mono, tuple[Index, ...]] | None:
    """Σ_j [t(i) = j] = 1 where j stands nowhere else: the monomial without the atom, and the bound indices left.

    So for a map with a value everywhere; and over the places where every value is taken once.
    """
    for position, (atom, _) in enumerate(mono):
        if ws.templates[atom[0]].kind is not Kind.SELECTOR:
            continue
        selector, count = _label(ws, atom)
        places, values = atom[1][:count], atom[1][count:]
        rest = mono[:position] + mono[position + 1 :]
        elsewhere = {index for (_, args), _ in rest for index in args}
        for known, summed, kept in (
            (selector.single and selector.total, values, places),
            (selector.injective and selector.onto, places, values),
        ):
            free = set(summed) <= set(bound) and not set(summed) & (elsewhere | set(kept))
            if known and free and len(set(summed)) == len(summed):
                return rest, tuple(index for index in bound if index not in summed)
    return None


def _label(ws: Workspace, atom: Atom) -> tuple[Selector, int]:
    label = ws.templates[atom[0]].label
    assert isinstance(label, tuple)
    selector, count = label
    return selector, count
