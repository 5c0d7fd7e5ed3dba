"""Products of powers of what an op computes with: its inputs, outputs, 1 ± each of them, and sums along an axis.

They are what gradients written by hand are mostly made of, and are evaluated at the exact points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from itertools import combinations
from operator import mul
from typing import Any

import numpy as np

from gradverify.diagnosis.points import Point, View
from gradverify.diagnosis.words import power


@dataclass(frozen=True)
class Atom:
    """One array by its name in the sentence."""

    name: str
    values: Callable[[Point], Any]
    simple: bool = True
    """Whether it is an input or output itself."""


@dataclass(frozen=True)
class Monomial:
    """Atoms with their exponents, none of them 0."""

    parts: tuple[tuple[Atom, int], ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.parts)  # once: tables look up the same monomial again and again

    def values(self, point: Point, table: Table) -> Any | None:
        """The product, as far as it broadcasts; None where it does not, or where there is a division by 0."""
        arrays = [table.power(atom, exponent, point) for atom, exponent in self.parts]
        try:
            return None if any(array is None for array in arrays) else _product(arrays)
        except ValueError:
            return None

    def text(self, *first: str) -> str:
        """`ȳ·x/y²`: the names in `first`, then the atoms."""
        above = [*first, *(power(atom.name, e) for atom, e in self.parts if e > 0)]
        below = [power(atom.name, -e) for atom, e in self.parts if e < 0]
        bottom = below[0] if len(below) == 1 else f"({'·'.join(below)})"
        return "·".join(above or ["1"]) + (f"/{bottom}" if below else "")

    @property
    def inverse(self) -> Monomial:
        """1 over it."""
        return Monomial(tuple((atom, -exponent) for atom, exponent in self.parts))


class Table:
    """The powers of atoms at points, each computed once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int], Any] = {}

    def power(self, atom: Atom, exponent: int, point: Point) -> Any | None:
        """The array to this power; None where that would be a division by 0."""
        key = (atom.name, exponent, id(point))
        if key not in self._known:
            self._known[key] = _power(atom.values(point), exponent, point)
        return self._known[key]


def _power(values: Any, exponent: int, point: Point) -> Any | None:
    base = np.asarray(values, dtype=object)
    if exponent < 0:
        zero = point.seen.field.zero
        entries = base.reshape(-1).tolist()
        if any(entry.contains(0) if hasattr(entry, "contains") else entry == zero for entry in entries):
            return None
        base = np.asarray(point.seen.field.one / base, dtype=object)
    return _product([base] * abs(exponent))


def _product(arrays: Sequence[Any]) -> Any:
    return reduce(mul, arrays)


def _arrays(view: View) -> list[Atom]:
    """The inputs and the outputs."""
    found = [
        Atom(name, lambda p, k=k: p.seen.inputs[k].values)  # type: ignore[misc]  # mypy cannot type the default
        for k, name in enumerate(view.op.inputs)
    ]
    return found + [
        Atom(name, lambda p, k=k: p.seen.outputs[k].values)  # type: ignore[misc]  # as above
        for k, name in enumerate(output_names(view))
    ]


def _stretched(view: View) -> list[Atom]:
    """Outputs that an axis was summed away from, with an axis of size 1 in its place."""
    first = view.points[0]
    shape = first.seen.inputs[view.place].shape
    found = []
    for k, (name, output) in enumerate(zip(output_names(view), first.seen.outputs, strict=True)):
        for axis in range(1, len(shape)):
            if output.shape == (*shape[:axis], *shape[axis + 1 :]):
                words = f"{name}[:, None]" if len(shape) == 2 else f"expand_dims({name}, {axis})"
                found.append(
                    Atom(words, lambda p, k=k, a=axis: np.expand_dims(p.seen.outputs[k].values, a), simple=False)  # type: ignore[misc]  # as above
                )
    return found


def atoms(view: View) -> list[Atom]:
    """The arrays at hand."""
    first = view.points[0]
    found = _arrays(view)
    shapes = [array.shape for array in (*first.seen.inputs, *first.seen.outputs)]
    for plain in tuple(found):
        for sign in (1, -1):
            name = f"(1 {'+' if sign > 0 else '−'} {plain.name})"
            found.append(Atom(name, lambda p, a=plain, s=sign: _one(p) + s * a.values(p), simple=False))  # type: ignore[misc]  # as above
    for plain, shape in zip(tuple(found), shapes, strict=False):
        for axis in range(len(shape)):
            found.append(
                Atom(
                    f"{plain.name}.sum({axis})",
                    lambda p, a=plain, x=axis: a.values(p).sum(axis=x, keepdims=True),  # type: ignore[misc]  # as above
                    simple=False,
                )
            )
    return found + _stretched(view)


def exponentials(view: View) -> list[Atom]:
    """exp of every input and output, where numbers are balls: residues have no such function."""
    if not view.points[0].seen.field.certain:
        return []
    return [
        Atom(f"exp({plain.name})", lambda p, a=plain: np.frompyfunc(_exp, 1, 1)(a.values(p)), simple=False)  # type: ignore[misc]  # as above
        for plain in (*_arrays(view), *_stretched(view))
    ]


def _exp(value: Any) -> Any:
    return value.exp()


def output_names(view: View) -> list[str]:
    """`y`, or `y0`, `y1`, …; primes where an input has that name."""
    count = len(view.points[0].seen.outputs)
    names = ["y"] if count == 1 else [f"y{k}" for k in range(count)]
    return [f"{name}′" if name in view.op.inputs else name for name in names]


def _one(point: Point) -> Any:
    return point.seen.field.element(Fraction(1))


def monomials(found: Sequence[Atom], largest: int, pairs: int) -> Iterator[Monomial]:
    """Single atoms with exponents up to `largest`, then pairs with exponents up to `pairs`; simple ones first."""
    exponents = [e for k in range(1, largest + 1) for e in (k, -k)]
    for exponent in exponents:
        for atom in found:
            yield Monomial(((atom, exponent),))
    both = [e for k in range(1, pairs + 1) for e in (k, -k)]
    for a, b in combinations(found, 2) if both else ():
        for p in both:
            for q in both:
                yield Monomial(((a, p), (b, q)))
