"""The given backward as a combination of the derivation's own terms: which is missing, doubled, or of the wrong sign.

Coefficients come from exact linear equations over all entries of all points, so one set of them must fit every shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from gradverify.derivation.notation.unicode import UnicodePrinter
from gradverify.derivation.records import Derivation, Gradient
from gradverify.diagnosis.elements import flat, rational, same
from gradverify.diagnosis.evaluated import NoValue, values_of
from gradverify.diagnosis.linear import solve
from gradverify.diagnosis.points import FEWEST, View
from gradverify.diagnosis.variants import Variant, terms_of, variants
from gradverify.diagnosis.words import number

LARGEST = 4096


class Derived:
    """What the derivation says of one input's gradient at a view's points."""

    def __init__(self, view: View, derivation: Derivation) -> None:
        name = view.op.inputs[view.place]
        self.derivation = derivation
        self.gradient = next((each for each in derivation.gradients if each.input == name), None)
        self.enough = len(view.points) >= FEWEST
        self.fit = _Fit(view, derivation, self.gradient) if self.gradient is not None and self.enough else None

    def coefficients(self) -> Iterator[str]:
        """What is wrong with the coefficients of the closed form's terms, if nothing else is; without the subject."""
        if self.fit is None or self.gradient is None:
            return
        for terms in terms_of(self.gradient.claim):
            coefficients = self.fit.coefficients(terms)
            if coefficients is not None:
                yield from _plain(terms, coefficients)
                return

    def changed(self) -> Iterator[str]:
        """Which one term is another than it must be, whatever the coefficients are; without the subject."""
        if self.fit is None or self.gradient is None:
            return
        for terms in terms_of(self.gradient.claim):
            for k, term in enumerate(terms):
                for variant in variants(term, self.derivation, self.gradient):
                    changed = (*terms[:k], variant.expression, *terms[k + 1 :])
                    coefficients = self.fit.coefficients(changed)
                    if coefficients is not None and coefficients[k] != 0:
                        yield from _changed(terms, k, variant, coefficients)
                        return


def _plain(terms: Sequence[Any], coefficients: Sequence[Fraction]) -> Iterator[str]:
    off = [(term, c) for term, c in zip(terms, coefficients, strict=True) if c != 1]
    if len(terms) > 1 and len(off) == len(terms) and len({c for _, c in off}) == 1:
        return  # all of it is multiplied by one number, which is better said so
    for term, c in off:
        yield f"{_coefficient(c)} {_text(term)}{_tail(c)}"


def _coefficient(c: Fraction) -> str:
    return "lacks the term" if c == 0 else "has the term"


def _tail(c: Fraction) -> str:
    if c == 0:
        return ": its coefficient is 0, and must be 1"
    if c == -1:
        return " with the wrong sign"
    return f" with the coefficient {number(c)}, and must have 1"


def _changed(terms: Sequence[Any], k: int, variant: Variant, coefficients: Sequence[Fraction]) -> Iterator[str]:
    c = coefficients[k]
    factor = "" if c == 1 else f", with the coefficient {number(c)}"
    yield f"has {_text(variant.expression)} in place of the term {_text(terms[k])}: that term {variant.change}{factor}"
    others = [(term, c) for j, (term, c) in enumerate(zip(terms, coefficients, strict=True)) if j != k and c != 1]
    for term, c in others:
        yield f"{_coefficient(c)} {_text(term)}{_tail(c)}"


def _text(expression: Any) -> str:
    return str(UnicodePrinter().doprint(expression))


class _Fit:
    """The linear equations of one gradient. Terms are evaluated once."""

    def __init__(self, view: View, derivation: Derivation, gradient: Gradient) -> None:
        self.view, self.derivation, self.gradient = view, derivation, gradient
        self._known: dict[Any, list[Any] | None] = {}

    def _values(self, term: Any) -> list[Any] | None:
        if term not in self._known:
            try:
                self._known[term] = [
                    value
                    for point in self.view.points
                    for value in flat(values_of(term, self.derivation, self.gradient, point))
                ]
            except NoValue:
                self._known[term] = None
        return self._known[term]

    def coefficients(self, terms: Sequence[Any]) -> list[Fraction] | None:
        """The rational c_r with backward = Σ c_r·T_r at every entry of every point; None where there are none."""
        columns = [self._values(term) for term in terms]
        target = [value for point in self.view.points for value in flat(self.view.got(point))]
        known = [column for column in columns if column is not None]
        if len(known) < len(columns) or not target:
            return None
        solved = solve(known, target)
        if solved is None:
            return None
        found = [rational(value, LARGEST) for value in solved]
        fractions = [value for value in found if value is not None]
        if len(fractions) < len(found):
            return None
        return fractions if self._holds(known, fractions, target) else None

    def _holds(self, columns: Sequence[Sequence[Any]], fractions: Sequence[Fraction], target: Sequence[Any]) -> bool:
        field = self.view.points[0].seen.field
        elements = [field.element(c) for c in fractions]
        return all(
            same(sum((c * column[row] for c, column in zip(elements, columns, strict=True)), field.zero), wanted)
            for row, wanted in enumerate(target)
        )
