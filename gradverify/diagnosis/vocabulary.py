"""The terms that a gradient may be made of, in the words of the user's own code: inputs, outputs and the arrays in the context.

A term is a monomial times a cotangent, times a sum or mean of a cotangent and another monomial, or times a matrix product of
a cotangent with an array. All are evaluated exactly at a view's points; equal ones are kept once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import flint
import numpy as np

from gradverify.diagnosis.elements import all_same, flat
from gradverify.diagnosis.factors import broadcasts
from gradverify.diagnosis.monomials import Atom, Monomial, Table, output_names
from gradverify.diagnosis.points import Point, View
from gradverify.diagnosis.words import cotangent

MOST_ARRAYS = 7
MOST_TERMS = 12000


@dataclass(frozen=True, eq=False)
class Part:
    """What is linear in a cotangent, before the outer monomial: its text, and its values where it has some."""

    text: str
    values: Callable[[Point], Any | None]


@dataclass(frozen=True, eq=False)
class Term:
    """outer · part."""

    part: Part
    outer: Monomial

    @property
    def text(self) -> str:
        """As in NumPy, without keepdims."""
        return self.outer.text(self.part.text)


def arrays_of(view: View) -> list[Atom]:
    """The inputs, the outputs and what was saved of other arrays; each array once."""
    first = view.points[0]
    found = [Atom(name, lambda p, k=k: p.seen.inputs[k].values) for k, name in enumerate(view.op.inputs)]  # type: ignore[misc]  # mypy cannot type the default
    found += [Atom(name, lambda p, k=k: p.seen.outputs[k].values) for k, name in enumerate(output_names(view))]  # type: ignore[misc]  # as above
    for name in first.seen.saved:
        if all(name in point.seen.saved for point in view.points):
            new = Atom(name, lambda p, n=name: p.seen.saved[n], simple=False)  # type: ignore[misc]  # as above
            if not any(all_same(new.values(first), old.values(first)) for old in found):
                found.append(new)
    return found[:MOST_ARRAYS]


class Vocabulary:
    """The terms of a view's gradient, and their values."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.table = Table()
        self._parts: dict[tuple[Any, int], list[Any] | None] = {}
        self._outers: dict[tuple[Any, int], list[Any] | None] = {}
        self.arrays = arrays_of(view)
        self.one = min(1, np.size(view.truth(view.points[0])) - 1)
        self.other = max(-2, -np.size(view.truth(view.points[-1])))
        self.rows = self._distinct()
        """Every term with its value at the entry `one` of the first point and at `other` of the last."""

    def values(self, term: Term, point: Point) -> list[Any] | None:
        """A term at every entry of the gradient; None where it has no value."""
        part = self._part(term.part, point)
        outer = None if part is None else self._outer(term.outer, point)
        return None if part is None or outer is None else [a * b for a, b in zip(part, outer, strict=True)]

    def at(self, term: Term, point: Point, entry: int) -> Any | None:
        """A term at one entry."""
        part = self._part(term.part, point)
        outer = None if part is None else self._outer(term.outer, point)
        return None if part is None or outer is None else part[entry] * outer[entry]

    def _part(self, part: Part, point: Point) -> list[Any] | None:
        key = (part, id(point))
        if key not in self._parts:
            self._parts[key] = self._spread(part.values(point), point)
        return self._parts[key]

    def _outer(self, outer: Monomial, point: Point) -> list[Any] | None:
        key = (outer, id(point))
        if key not in self._outers:
            one = np.asarray(point.seen.field.one, dtype=object)
            self._outers[key] = self._spread(outer.values(point, self.table) if outer.parts else one, point)
        return self._outers[key]

    def _spread(self, array: Any, point: Point) -> list[Any] | None:
        shape = np.shape(self.view.truth(point))
        if array is None or not broadcasts(array, shape):
            return None
        return flat(np.broadcast_to(np.asarray(array, dtype=object), shape))

    def _distinct(self) -> list[tuple[Term, Any, Any]]:
        """The terms that have values and are not the same as an earlier one, each with the two values it is told by."""
        first, second = self.view.points[0], self.view.points[-1]
        outers = [m for m in _outers(self.arrays) if self._outer(m, first) is not None and self._outer(m, second)]
        parts = [p for p in self._all_parts() if self._part(p, first) is not None and self._part(p, second) is not None]
        found: dict[Any, tuple[Term, Any, Any]] = {}
        for outer in outers:
            for part in parts:
                term = Term(part, outer)
                # Entries off the diagonal, where a matrix and its transpose differ.
                values = (self.at(term, first, self.one), self.at(term, second, self.other))
                found.setdefault(tuple(map(key_of, values)), (term, *values))
                if len(found) > MOST_TERMS:
                    return list(found.values())
        return list(found.values())

    def _all_parts(self) -> Iterator[Part]:
        count = len(self.view.points[0].seen.cotangents)
        inners = _inners(self.arrays)
        for k in range(count):
            name = cotangent(k, count)
            yield Part(name, lambda p, k=k: p.seen.cotangents[k].values)  # type: ignore[misc]  # mypy cannot type the default
            yield from _expanded(self.view, k, name)
            yield from self._products(k, name)
            yield from self._reduced(k, name, inners)
            shapes = [p.seen.cotangents[k].shape for p in self.view.points]
            if all(len(shape) == 2 and shape[0] == shape[1] for shape in shapes):
                yield from self._laid(k, name)

    def _reduced(self, k: int, name: str, inners: Sequence[Monomial]) -> Iterator[Part]:
        for axis in (*range(len(self.view.points[0].seen.cotangents[k].shape)), None):
            for inner in inners:
                body = inner.text(name)
                body = body if body == name else f"({body})"
                for way in ("sum", "mean"):
                    text = f"{body}.{way}({'' if axis is None else axis})"
                    yield Part(text, lambda p, k=k, m=inner, a=axis, w=way: self._reduce(p, k, m, a, w))  # type: ignore[misc]  # as above

    def _reduce(self, point: Point, k: int, inner: Monomial, axis: int | None, way: str) -> Any | None:
        bar = point.seen.cotangents[k].values
        if inner.parts:
            values = inner.values(point, self.table)
            if values is None or not broadcasts(values, np.shape(bar)):
                return None
            bar = np.asarray(bar * values, dtype=object)
        total = np.asarray(bar.sum(axis=axis, keepdims=True), dtype=object)
        return total if way == "sum" else total / (bar.size // max(total.size, 1))

    def _laid(self, k: int, name: str) -> Iterator[Part]:
        """Sums over one axis that lie along the other, as happens without keepdims; square matrices alone take them."""
        for axis in range(2):
            for inner in (Monomial(), *(Monomial(((atom, 1),)) for atom in self.arrays)):
                body = inner.text(name)
                body = body if body == name else f"({body})"
                yield Part(
                    f"[{body}.sum({axis}), laid along the other axis]",
                    lambda p, k=k, m=inner, a=axis: _turned(self._reduce(p, k, m, a, "sum")),  # type: ignore[misc]  # as above
                )

    def _products(self, k: int, name: str) -> Iterator[Part]:
        for atom in self.arrays:
            for left in ("", "ᵀ"):
                for right in ("", "ᵀ"):
                    yield Part(
                        f"({name}{left} @ {atom.name}{right})",
                        lambda p, k=k, a=atom, s=left, t=right: _matmul(p.seen.cotangents[k].values, s, a.values(p), t),  # type: ignore[misc]  # as above
                    )
                    yield Part(
                        f"({atom.name}{right} @ {name}{left})",
                        lambda p, k=k, a=atom, s=left, t=right: _matmul(a.values(p), t, p.seen.cotangents[k].values, s),  # type: ignore[misc]  # as above
                    )
        for a, b in ((a, b) for a in self.arrays for b in self.arrays if a is not b):
            for left in ("", "ᵀ"):
                yield Part(f"{name}·({a.name}{left} @ {b.name})", _times_product(k, a, left, b))


def _times_product(k: int, a: Atom, turned: str, b: Atom) -> Callable[[Point], Any | None]:
    return lambda point: _times(point, k, _matmul(a.values(point), turned, b.values(point), ""))


def _times(point: Point, k: int, array: Any | None) -> Any | None:
    bar = point.seen.cotangents[k].values
    if array is None or not (broadcasts(bar, np.shape(array)) or broadcasts(array, np.shape(bar))):
        return None
    return np.asarray(bar * array, dtype=object)


def _turned(array: Any | None) -> Any | None:
    return None if array is None or array.ndim != 2 else array.T


def _matmul(a: Any, a_turned: str, b: Any, b_turned: str) -> Any | None:
    """The matrix product; None where the shapes do not fit, and for a transposition of what is no matrix."""
    if (a_turned and a.ndim != 2) or (b_turned and b.ndim != 2) or not 1 <= a.ndim <= 2 or not 1 <= b.ndim <= 2:
        return None
    a, b = (a.T if a_turned else a), (b.T if b_turned else b)
    if a.shape[-1] != b.shape[0]:
        return None
    return np.asarray(np.dot(a, b), dtype=object)


def _expanded(view: View, k: int, name: str) -> Iterator[Part]:
    """A cotangent with an axis of size 1 where the input has one more axis."""
    first = view.points[0]
    shape, bar = np.shape(view.truth(first)), first.seen.cotangents[k].shape
    for axis in range(1, len(shape)):
        if bar == (*shape[:axis], *shape[axis + 1 :]):
            text = f"{name}[:, None]" if len(shape) == 2 else f"expand_dims({name}, {axis})"
            yield Part(text, lambda p, a=axis: np.expand_dims(p.seen.cotangents[k].values, a))  # type: ignore[misc]  # mypy cannot type the default


def _inners(arrays: Sequence[Atom]) -> list[Monomial]:
    single = [Monomial(((atom, e),)) for e in (1, -1) for atom in arrays]
    return [Monomial(), *single, *(Monomial(((a, 1), (b, 1))) for a, b in combinations(arrays, 2))]


def _outers(arrays: Sequence[Atom]) -> list[Monomial]:
    single = [Monomial(((atom, e),)) for e in (1, -1, 2, -2) for atom in arrays]
    pairs = [Monomial(((a, p), (b, q))) for a, b in combinations(arrays, 2) for p, q in ((1, 1), (1, -1), (-1, 1))]
    rest = [Atom(f"(1 − {a.name})", lambda p, a=a: p.seen.field.one - a.values(p)) for a in arrays]  # type: ignore[misc]  # mypy cannot type the default
    slopes = [Monomial(((a, 1), (b, 1))) for a, b in zip(arrays, rest, strict=True)]
    three = [Monomial((*m.parts, (c, 1))) for m in slopes for c in arrays if c is not m.parts[0][0]]
    plain = [Monomial(), *single, *pairs, *(Monomial(((b, 1),)) for b in rest), *slopes, *three]
    return plain + [Monomial(((atom, 1),)) for array in arrays for atom in _means(array)]


def _means(array: Atom) -> Iterator[Atom]:
    """An array's means along each axis, for what forgot to be centred."""
    for axis in range(2):
        yield Atom(f"{array.name}.mean({axis})", lambda p, a=axis: _mean(array.values(p), a))  # type: ignore[misc]  # mypy cannot type the default


def _mean(array: Any, axis: int) -> Any | None:
    return array.sum(axis=axis, keepdims=True) / array.shape[axis] if array.ndim > axis else array


def key_of(value: Any) -> Any:
    """An element to ten digits: whatever has the same key is compared exactly afterwards."""
    return f"{float(value.mid()):.10e}" if isinstance(value, flint.arb) else int(value)
