"""Formulas of one or two terms that the true and the returned gradient are, found among terms that gradients are made of.

A term is a monomial times a cotangent, or times a sum over axes of a cotangent and another monomial. The coefficients come
from two exact equations; a formula is accepted only if it gives every entry of every point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any

import flint
import numpy as np

from gradverify.diagnosis.elements import flat, rational, same
from gradverify.diagnosis.factors import broadcasts
from gradverify.diagnosis.monomials import Atom, Monomial, Table, atoms, monomials
from gradverify.diagnosis.points import FEWEST, Point, View
from gradverify.diagnosis.words import combination, cotangent, number
from gradverify.numbers.prime import PRIME

SMALL = 16
"""The largest numerator of a coefficient; its denominator is 1 or 2."""

COEFFICIENTS = tuple(Fraction(c, 2) for c in (2, -2, 4, -4, 1, -1, 6, -6))
"""What the first of two terms may be multiplied by."""

ALL = -1


@dataclass(frozen=True, eq=False)
class Term:
    """outer · reduce(ȳ · inner); `axis` says over which axis, all of them, or none. `laid` turns a column to a row."""

    output: int
    inner: Monomial
    axis: int | None
    outer: Monomial
    laid: bool
    bar: str
    """The name of the cotangent."""

    @property
    def text(self) -> str:
        """In words; made for the few terms that are named."""
        if self.axis is None:
            return self.outer.text(self.bar)
        return _summed(self.bar, self.inner, self.axis, self.outer, self.laid)


Formula = Mapping[Term, Fraction]


def formulas(view: View) -> Iterator[str]:
    """What the returned gradient is and what it should be, if both are such formulas; else what is missing, or the first."""
    if len(view.points) < FEWEST:
        return
    book = _Book(view)
    got = book.formula([view.got(p) for p in view.points])
    truth = None if got is None else book.formula([view.truth(p) for p in view.points])
    if got is not None and truth is not None:
        yield _compared(got, truth)
        return
    gap = book.formula([view.truth(p) - view.got(p) for p in view.points])
    if gap is not None:
        yield f"is the true one without {combination(gap)}: that is missing"
    elif got is not None:
        yield f"is {combination(got)}"


def _compared(got: Formula, truth: Formula) -> str:
    should = f"is {combination(got)}, and must be {combination(truth)}"
    terms = list(dict.fromkeys([*truth, *got]))
    off = [term for term in terms if got.get(term, 0) != truth.get(term, 0)]
    if any(term.laid for term in off):
        return f"{should}: without keepdims=True a sum over rows is laid along the columns"
    if len(off) == 2 and (words := _other_axis(off, got, truth)):
        return f"{should}: {words}"
    if len(off) != 1:
        return should
    (term,) = off
    has, needs = got.get(term), truth.get(term)
    if needs is None:
        return f"{should}: the term {combination({term: has or Fraction(0)})} is too many"
    if has is None:
        return f"{should}: the term {combination({term: needs})} is missing"
    if has == -needs:
        return f"{should}: the term {combination({term: needs})} has the wrong sign"
    return f"{should}: the term {term.text} has the coefficient {number(has)}, and must have {number(needs)}"


def _other_axis(off: Sequence[Term], got: Formula, truth: Formula) -> str:
    """Where one sum stands in place of another along other axes."""
    has, needs = (next((term for term in off if term in each), None) for each in (got, truth))
    if has is None or needs is None or has.axis is None or needs.axis is None or has.axis == needs.axis:
        return ""
    a, b = ("all axes" if axis == ALL else f"axis {axis}" for axis in (has.axis, needs.axis))
    return f"it sums over {a}, and must sum over {b}"


class _Book:
    """The terms of a view with their values at its points: an outer and a reduced part, each evaluated once."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.table = Table()
        self._parts: dict[Any, Any] = {}
        self._equations: dict[Term, tuple[Any, Any]] = {}
        square = all(len(set(np.shape(view.truth(p)))) == 1 for p in view.points)
        terms = [term for term in _terms(view, laid=square) if self._both(term, view.points[0]) is not None]
        self.plain = [term for term in terms if term.axis is None]
        self.summed = [term for term in terms if term.axis is not None]

    def value(self, term: Term, point: Point, entry: int) -> Any | None:
        """A term's value at an entry, counted in C order from either end; None where it has none."""
        both = self._both(term, point)
        return None if both is None else both[0][entry] * both[1][entry]

    def _both(self, term: Term, point: Point) -> tuple[list[Any], list[Any]] | None:
        """The entries of the reduced part and of the outer one, as far as both broadcast to the gradient's shape."""
        reduced = self._part(("reduced", term.output, term.inner, term.axis, term.laid), point, self._reduced)
        if reduced is None:
            return None
        outer = self._part(("outer", term.outer, term.laid), point, self._outer)
        return None if outer is None else (reduced, outer)

    def _part(self, key: Any, point: Point, evaluate: Callable[..., Any]) -> list[Any] | None:
        where = (*key, id(point))
        if where not in self._parts:
            self._parts[where] = self._spread(evaluate(point, *key[1:-1]), key[-1], np.shape(self.view.truth(point)))
        found: list[Any] | None = self._parts[where]
        return found

    def _spread(self, array: Any, laid: bool, shape: tuple[int, ...]) -> list[Any] | None:
        if array is None:
            return None
        if laid:
            if array.ndim == len(shape) and np.shape(array) == shape and array.size > 1:
                return None  # a whole array is not laid along another axis
            array = array.T
        return flat(np.broadcast_to(array, shape)) if broadcasts(array, shape) else None

    def _reduced(self, point: Point, output: int, inner: Monomial, axis: int | None) -> Any | None:
        bar = point.seen.cotangents[output].values
        if inner.parts:
            values = inner.values(point, self.table)
            if values is None or not broadcasts(values, np.shape(bar)):
                return None
            bar = np.asarray(bar * values, dtype=object)
        if axis is None:
            return bar
        return np.asarray(bar.sum(axis=None if axis == ALL else axis, keepdims=True), dtype=object)

    def _outer(self, point: Point, outer: Monomial) -> Any | None:
        return outer.values(point, self.table) if outer.parts else np.asarray(point.seen.field.one, dtype=object)

    def formula(self, targets: Sequence[Any]) -> Formula | None:
        """One term, or two, whose combination is the target at every point."""
        flats = [flat(target) for target in targets]
        if any(len(values) == 0 for values in flats):
            return None
        for term in (*self.plain, *self.summed):
            c = self._single(term, flats)
            if c and self._holds({term: c}, flats):
                return {term: c}
        return next((pair for pair in self._pairs(flats) if self._holds(pair, flats)), None)

    def _pairs(self, flats: Sequence[Any]) -> Iterator[Formula]:
        """Two terms that fit in two equations: without c times the one, what is left is in the ratio of the other."""
        t1, t2 = flats[0][0], flats[1][-1]
        field = self.view.points[0].seen.field
        for a in self.plain:
            a1, a2 = self._at(a)
            for c in COEFFICIENTS:
                element = field.element(c)
                if a1 is None or a2 is None:
                    continue
                rest = t1 - element * a1
                for b in self._by_ratio.get(_ratio(rest, t2 - element * a2), ()):
                    b1, _ = self._at(b)
                    d = None if b is a else _small(rest / b1)
                    if d:
                        yield {a: c, b: d}

    def _at(self, term: Term) -> tuple[Any, Any]:
        """The values in the two equations: the first entry of the first point, the last of the second."""
        if term not in self._equations:
            first, second = self.view.points[:2]
            self._equations[term] = self.value(term, first, 0), self.value(term, second, -1)
        return self._equations[term]

    def _single(self, term: Term, flats: Sequence[Any]) -> Fraction | None:
        a, _ = self._at(term)
        return None if a is None or _vanishes(a) else _small(flats[0][0] / a)

    @cached_property
    def _by_ratio(self) -> dict[Any, list[Term]]:
        """The terms by the ratio of their values in the two equations."""
        found: dict[Any, list[Term]] = {}
        for term in (*self.plain, *self.summed):
            first, second = self._at(term)
            if first is not None and second is not None and not _vanishes(first):
                found.setdefault(_ratio(first, second), []).append(term)
        return found

    def _holds(self, formula: Formula, flats: Sequence[Any]) -> bool:
        for point, target in zip(self.view.points, flats, strict=True):
            elements = {term: point.seen.field.element(c) for term, c in formula.items()}
            for e, wanted in enumerate(target):
                total = point.seen.field.zero
                for term, c in elements.items():
                    value = self.value(term, point, e)
                    if value is None:
                        return False
                    total = total + c * value
                if not same(total, wanted):
                    return False
        return True


def _ratio(a: Any, b: Any) -> Any:
    """a/b as a key, to ten digits where it is a ball: whatever has the same key is then compared exactly."""
    if _vanishes(b):
        return None
    return f"{float((a / b).mid()):.10e}" if isinstance(a, flint.arb) else int(a / b)


def _vanishes(value: Any) -> bool:
    return bool(value.contains(0)) if isinstance(value, flint.arb) else bool(value == 0)


def _small(value: Any) -> Fraction | None:
    """A small multiple of 1/2; the test is quick, because almost all candidates fail it."""
    if isinstance(value, flint.arb):
        middle = 2 * float(value.mid())
        return rational(value, SMALL) if abs(middle) <= 2 * SMALL and abs(middle - round(middle)) < 1e-9 else None
    twice = int(value + value)
    return rational(value, SMALL) if twice <= 2 * SMALL or PRIME - twice <= 2 * SMALL else None


def _terms(view: View, laid: bool) -> Iterator[Term]:
    """The candidates; with `laid` also sums over rows that are laid along the columns, which fits square arrays only."""
    found = atoms(view)
    inputs = [f"{name}.sum(" for name in view.op.inputs]
    sums = [atom for atom in found if any(atom.name.startswith(name) for name in inputs)]
    inners = _inner([atom for atom in found if atom.simple], sums)
    around = [Monomial(), *monomials(found, 1, 0), *(Monomial(((atom, -2),)) for atom in found)]
    outers = [Monomial(), *monomials(found, 2, 1)]
    count = len(view.points[0].seen.outputs)
    for output in range(count):
        bar = cotangent(output, count)
        for outer in outers:
            yield Term(output, Monomial(), None, outer, False, bar)
        rank = len(view.points[0].seen.outputs[output].shape)
        for inner, axis in product(inners, [*range(rank), ALL]):
            for outer in around:
                for turned in (False, True) if laid and axis != ALL else (False,):
                    yield Term(output, inner, axis, outer, turned, bar)


def _inner(simple: Sequence[Atom], sums: Sequence[Atom]) -> list[Monomial]:
    """What may stand beside the cotangent under a sum: an array or its inverse, and divisions by sums."""
    plain = [Monomial(), *monomials(simple, 1, 0)]
    divided = [Monomial((*m.parts, (atom, -e))) for m in plain for atom in sums for e in (1, 2)]
    return plain + divided


def _summed(bar: str, inner: Monomial, axis: int, outer: Monomial, laid: bool) -> str:
    body = inner.text(bar)
    body = body if body == bar else f"({body})"
    total = outer.text(f"{body}.sum({'' if axis == ALL else axis})")
    return f"[{total}, laid along the other axis]" if laid else total
