"""Gradients that are the cotangent times a polynomial in the input and a saved array: which coefficients are wrong.

Takes a view; the returned and the true gradient must both be such polynomials, with the same coefficients at every point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

from gradverify.diagnosis.elements import flat, is_zero, quotient, rational, same
from gradverify.diagnosis.linear import solve
from gradverify.diagnosis.monomials import Atom, Monomial, Table
from gradverify.diagnosis.points import FEWEST, View
from gradverify.diagnosis.vocabulary import arrays_of
from gradverify.diagnosis.words import number

POWERS = ((0, 1, 2, 3), (0, 1, 2))
"""Of the input, and of the other array."""

LARGEST = 64
"""The largest numerator of a ratio that is told as a fraction."""


def elementwise(view: View) -> Iterator[str]:
    """The sentence without its subject."""
    shapes = [point.truth[view.place].shape for point in view.points]
    if len(view.points) < FEWEST or any(
        [bar.shape for bar in point.seen.cotangents] != [shape]
        for point, shape in zip(view.points, shapes, strict=True)
    ):
        return
    arrays = [
        atom
        for atom in arrays_of(view)
        if all(atom.values(point).shape == shape for point, shape in zip(view.points, shapes, strict=True))
    ]
    for a, b in combinations(arrays, 2):
        terms = [_term(a, b, p, q) for p in POWERS[0] for q in POWERS[1]]
        columns = _columns(view, terms)
        truth = _fit(view, columns, [value for p in view.points for value in flat(view.truth(p))])
        if truth is None:
            continue
        got = _fit(view, columns, [value for p in view.points for value in flat(view.got(p))])
        if got is not None:
            yield from _compared(terms, got, truth)
            return


def _term(a: Atom, b: Atom, p: int, q: int) -> Monomial:
    return Monomial(tuple((atom, e) for atom, e in ((a, p), (b, q)) if e))


def _columns(view: View, terms: Sequence[Monomial]) -> list[list[Any]]:
    table = Table()
    found = []
    for term in terms:
        column = []
        for point in view.points:
            bar = point.seen.cotangents[0].values
            column += flat(bar * term.values(point, table) if term.parts else bar)
        found.append(column)
    return found


def _fit(view: View, columns: Sequence[Sequence[Any]], target: Sequence[Any]) -> list[Any] | None:
    """The coefficients, which must hold for every entry; None where there are none."""
    if len(target) <= len(columns):
        return None
    solved = solve(columns, target)
    if solved is None:
        return None
    zero = view.points[0].seen.field.zero
    for row, wanted in enumerate(target):
        total = sum((c * column[row] for c, column in zip(solved, columns, strict=True)), zero)
        if not _close(total, wanted):
            return None
    return solved


def _close(a: Any, b: Any) -> bool:
    """The same to 25 digits: elimination costs some of those that balls have."""
    gap = a - b
    return same(a, b) or (hasattr(gap, "mid") and bool(gap.contains(0)) and float(gap.abs_upper()) < 1e-25)


def _compared(terms: Sequence[Monomial], got: Sequence[Any], truth: Sequence[Any]) -> Iterator[str]:
    off = [(t, g, c) for t, g, c in zip(terms, got, truth, strict=True) if not _close(g, c)]
    texts = [term.text("ȳ") for term, _, _ in off]
    if not off or len(off) > 3:
        return
    names = ", ".join(texts[:-1]) + (" and " if texts[:-1] else "") + texts[-1]
    noun = "the term" if len(off) == 1 else "the terms"
    if all(_close(g, g - g) for _, g, _ in off):
        yield f"lacks {noun} {names}"
        return
    ratio = _common(off)
    if ratio is None:
        yield f"has {noun} {names} with a wrong coefficient"
    else:
        must = "it must have" if len(off) == 1 else "they must have"
        yield f"has {noun} {names} with {_number(ratio)} times the coefficient that {must}"


def _common(off: Sequence[tuple[Monomial, Any, Any]]) -> Any | None:
    ratios = [quotient(g, c) for _, g, c in off]
    if any(ratio is None for ratio in ratios) or is_zero(ratios[0]):
        return None
    return ratios[0] if all(_close(ratio, ratios[0]) for ratio in ratios) else None


def _number(ratio: Any) -> str:
    known = _rational(ratio)
    return known if known is not None else f"{float(ratio.mid()):.6g}" if hasattr(ratio, "mid") else "a constant"


def _rational(ratio: Any) -> str | None:
    if hasattr(ratio, "mid"):
        guess = Fraction(float(ratio.mid())).limit_denominator(LARGEST)
        return number(guess) if abs(float(ratio.mid()) - guess) < 1e-14 else None
    found = rational(ratio, LARGEST)
    return None if found is None else number(found)
