"""What a returned gradient lacks: the difference to the true one as one or two terms of the op's own vocabulary.

Accepted only if the difference is given at every entry of every point. Whether a term is missing or has another coefficient is
said only where the returned gradient itself is found as such a sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from gradverify.diagnosis.elements import constant_ratio, flat, is_zero, quotient, rational, same
from gradverify.diagnosis.points import FEWEST, View
from gradverify.diagnosis.sizes import sizes_behind
from gradverify.diagnosis.vocabulary import Term, Vocabulary, key_of
from gradverify.diagnosis.words import combination, number

Sum = Mapping[Term, Fraction]

COEFFICIENTS = tuple(Fraction(c, 2) for c in (2, -2, 4, -4))

SMALL = 16


def gaps(view: View) -> Iterator[str]:
    """The sentence without its subject."""
    if len(view.points) < FEWEST:
        return
    book = _Book(view)
    gap = [flat(view.truth(p) - view.got(p)) for p in view.points]
    if any(all(map(is_zero, each)) for each in gap):
        return
    got = [flat(view.got(p)) for p in view.points]
    single = book.single(gap)
    if single is not None:
        term, ratios = single
        has = book.single(got)
        known: Sum | None = None if has is None else _constant(*has)
        yield book.explained(_of_one(view, term, ratios, known if known is not None else book.pair(got)))
        return
    two = book.pair(gap)
    if two is not None:
        has = book.single(got)
        known = None if has is None else _constant(*has)
        yield book.explained(_of_two(two, known if known is not None else book.pair(got)))


def _constant(term: Term, ratios: Sequence[Any]) -> Sum | None:
    values = [rational(ratio) for ratio in ratios]
    return {term: values[0]} if values[0] is not None and len(set(values)) == 1 else None


class _Book:
    """The vocabulary of a view, searched."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.words = Vocabulary(view)
        self.rows = self.words.rows
        self.by_ratio: dict[Any, list[tuple[Term, Any]]] = {}
        for term, a, b in self.rows:
            ratio = quotient(a, b)
            if ratio is not None:
                self.by_ratio.setdefault(key_of(ratio), []).append((term, a))

    def explained(self, sentence: str) -> str:
        """The sentence, and where the names in it come from that are no inputs or outputs."""
        saved = [atom.name for atom in self.words.arrays if not atom.simple]
        used = [name for name in saved if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence)]
        return f"{sentence} ({', '.join(used)}: as saved by forward)" if used else sentence

    def single(self, targets: Sequence[Sequence[Any]]) -> tuple[Term, list[Any]] | None:
        """One term that the target is a multiple of, by a number at each point that its sizes tell."""
        values, one = targets[0], self.words.one
        others = [k for k in range(len(values)) if k != one and quotient(values[k], values[one]) is not None]
        if not others:
            return None
        e = others[-1]
        wanted = key_of(values[e] / values[one])
        first = self.view.points[0]
        sized = None
        for term, a, _ in self.rows:
            other = self.words.at(term, first, e)
            ratio = None if other is None else quotient(other, a)
            if ratio is None or key_of(ratio) != wanted:
                continue
            ratios = [self._ratio(term, k, target) for k, target in enumerate(targets)]
            if None in ratios:
                continue
            if _constant(term, ratios) is not None:
                return term, ratios
            if sized is None and _coefficient(self.view, ratios) is not None:
                sized = term, ratios
        return sized

    def _ratio(self, term: Term, k: int, target: Sequence[Any]) -> Any | None:
        values = self.words.values(term, self.view.points[k])
        return None if values is None else constant_ratio(target, values)

    def pair(self, targets: Sequence[Sequence[Any]]) -> Sum | None:
        """Two terms whose combination the target is, by the same numbers at all points."""
        t1, t2 = targets[0][self.words.one], targets[-1][self.words.other]
        field = self.view.points[0].seen.field
        for term, a, b in self.rows:
            for c in COEFFICIENTS:
                element = field.element(c)
                rest = t1 - element * a
                ratio = quotient(rest, t2 - element * b)
                for other, a_other in self.by_ratio.get(key_of(ratio), ()) if ratio is not None else ():
                    share = quotient(rest, a_other)
                    d = None if share is None or other is term else rational(share, SMALL)
                    if d and self._holds({term: c, other: d}, targets):
                        return {term: c, other: d}
        return None

    def _holds(self, terms: Sum, targets: Sequence[Sequence[Any]]) -> bool:
        for point, target in zip(self.view.points, targets, strict=True):
            columns = [(point.seen.field.element(c), self.words.values(t, point)) for t, c in terms.items()]
            for e, wanted in enumerate(target):
                total = point.seen.field.zero
                for c, values in columns:
                    if values is None:
                        return False
                    total = total + c * values[e]
                if not same(total, wanted):
                    return False
        return True


def _coefficient(view: View, ratios: Sequence[Any]) -> str | None:
    """A number at each point in words, with a `·` after it: nothing for 1, a sign for −1, sizes where it depends on them."""
    values = [rational(ratio) for ratio in ratios]
    if values[0] is not None and len(set(values)) == 1:
        return "" if values[0] == 1 else "−" if values[0] == -1 else f"{number(values[0])}·"
    found = sizes_behind(list(zip(view.points, ratios, strict=True)))
    return None if found is None else f"{found.factor.replace('−1·', '−')}·"


def _of_one(view: View, term: Term, ratios: Sequence[Any], got: Sum | None) -> str:
    missing = f"{_coefficient(view, ratios)}{term.text}"
    if got is None:
        return f"differs from the true one by a multiple of one term: the term {missing} must be added"
    if term not in got:
        return f"is {combination(got)}: it lacks the term {missing}"
    has = got[term]
    elements = [point.seen.field.element(has) + ratio for point, ratio in zip(view.points, ratios, strict=True)]
    if all(map(is_zero, elements)):
        return f"is {combination(got)}: the term {combination({term: has})} is too many"
    if all(same(e, -p.seen.field.element(has)) for e, p in zip(elements, view.points, strict=True)):
        return f"is {combination(got)}: the term {combination({term: has})} has the wrong sign"
    needs = _coefficient(view, elements)
    if needs is None:
        return f"is {combination(got)}: the term {missing} must be added"
    return f"is {combination(got)}: the term {combination({term: has})} has a wrong coefficient, it must be {needs}{term.text}"


def _of_two(gap: Sum, got: Sum | None) -> str:
    if got is not None:
        gone = {t: c for t, c in got.items() if t in gap and gap[t] == -c}
        new = {t: c for t, c in gap.items() if t not in got}
        if len(gone) == len(new) == 1:
            return f"is {combination(got)}: the term {combination(gone)} must be {combination(new)}"
        if len(new) == 2:
            return f"is {combination(got)}: it lacks the terms {combination(new)}"
        return f"is {combination(got)}: {combination(gap)} must be added"
    return f"differs from the true one by two terms: {combination(gap)} must be added"
