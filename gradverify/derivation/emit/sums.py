"""Sums and products over indices: a matrix product or an einsum where axes meet, else the sum along an axis of one array.

A summation index takes the place of an axis of the frame that the summand does not depend on, so that the sum comes out
with an axis of size 1 there; where there is none it gets an axis of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, permutations
from math import perm
from typing import TYPE_CHECKING, Any

import sympy

from gradverify.derivation.emit.code import Code, Frame, Level, align, divide, negative
from gradverify.derivation.emit.names import free_indices
from gradverify.derivation.emit.places import extent, natural
from gradverify.derivation.language import IndexMap
from gradverify.derivation.notation import order

if TYPE_CHECKING:
    from gradverify.derivation.emit.lowering import Writer

__all__ = ["product_over", "renamed", "total"]

MOST = 400
"""More arrangements of the axes are not tried."""


def renamed(bound: Sequence[Any], body: Any, frame: Frame) -> tuple[list[Any], Any]:
    """The summation indices and the summand, with other names for those that the frame has already."""
    names = {}
    taken = {str(index) for index in frame} | {str(index) for index in free_indices(body)}
    for index in bound:
        if index in frame:
            label = str(index.label) + "′"
            while label in taken:
                label += "′"
            taken.add(label)
            names[index] = sympy.Idx(sympy.Symbol(label, integer=True), (index.lower, index.upper))
    return [names.get(index, index) for index in bound], body.xreplace(names)


def total(writer: Writer, expression: Any, frame: Frame) -> Code:
    """A sum; factors that do not depend on the summation indices are put in front of it."""
    bound, body = renamed(order.bound_indices(expression), expression.function, frame)
    if isinstance(body, sympy.Add) and not _fits(bound, body, frame):
        return writer.lower(sympy.Add(*(sympy.Sum(term, *bound) for term in body.args)), frame)
    parts = order.fraction(body, tuple(bound))
    inner = [[factor for factor in side if free_indices(factor) & set(bound)] for side in (parts.over, parts.under)]
    outer = [[factor for factor in side if not free_indices(factor) & set(bound)] for side in (parts.over, parts.under)]
    met = set().union(*(free_indices(factor) for side in inner for factor in side))
    absent = [index for index in bound if index not in met]
    over = [writer.givens.size(extent(index)) for index in absent]
    over += [writer.lower(factor, frame) for factor in outer[0]]
    summed = _summed(writer, inner[0], inner[1], [index for index in bound if index in met], frame)
    over += [summed] if summed is not None else []
    code = divide(over, [writer.lower(factor, frame) for factor in outer[1]])
    return negative(code) if parts.negative else code


def _fits(bound: Sequence[Any], body: Any, frame: Frame) -> bool:
    """Whether there is an axis for every summation index that the summand does not need for another."""
    needed = free_indices(body)
    return len(bound) <= sum(index not in needed for index in frame)


def _summed(
    writer: Writer, over: Sequence[Any], under: Sequence[Any], bound: Sequence[Any], frame: Frame
) -> Code | None:
    """The sum of a fraction all of whose factors depend on the summation indices; none where there are no factors."""
    if not bound:
        return None
    body = sympy.Mul(*over, *(1 / factor for factor in under))
    if len(over) + len(under) > 1 and not _fits(bound, body, frame):
        return _contracted(writer, [*over, *(1 / factor for factor in under)], bound, frame)
    return along_axes(writer, body, bound, frame, "sum")


# Products of arrays, summed


def _operand(writer: Writer, factor: Any, known: Sequence[Any]) -> tuple[Code, list[Any]]:
    """A factor as an array with one axis for each of its indices, and these."""
    free = free_indices(factor)
    if isinstance(factor, sympy.Indexed) and not any(isinstance(index, IndexMap) for index in factor.indices):
        labels = [index for index in factor.indices if index != 0]
        if len(set(labels)) == len(labels):
            return writer.lower(factor, tuple(labels)), labels
    labels = [index for index in known if index in free]
    if isinstance(factor, sympy.Indexed):  # read at places: as NumPy gives it
        axes = natural(factor.indices) or ()
        labels = list(axes) if set(axes) == set(labels) else labels
    return writer.lower(factor, tuple(labels)), labels


def _contracted(writer: Writer, factors: Sequence[Any], bound: Sequence[Any], frame: Frame) -> Code:
    """The sum of a product of arrays as `A @ B`, or as an einsum."""
    known = [index for index in frame if index is not None] + list(bound)
    operands = [_operand(writer, factor, known) for factor in factors]
    if all(code.whole for code, _ in operands):
        operands[0] = (writer.floating(operands[0][0]), operands[0][1])
    met = set().union(*(labels for _, labels in operands))
    kept = [index for index in frame if index in met]
    found = _matrix_product(operands, bound, kept) or _einsum(operands, kept)
    return align(found, kept, frame)


def _matrix_product(
    operands: Sequence[tuple[Code, list[Any]]], bound: Sequence[Any], kept: Sequence[Any]
) -> Code | None:
    """`A @ B` where two matrices or vectors meet in one index; none where they do not."""
    if len(operands) != 2 or len(bound) != 1 or not kept:
        return None
    for (left, rows), (right, columns) in (operands, operands[::-1]):
        own = [[index for index in labels if index not in bound] for labels in (rows, columns)]
        if (
            own[0] + own[1] == list(kept)
            and all(len(each) <= 1 for each in own)
            and bound[0] in rows
            and bound[0] in columns
        ):
            first = left if rows[-1] == bound[0] else align(left, rows, tuple(rows[::-1]))
            second = right if columns[0] == bound[0] else align(right, columns, tuple(columns[::-1]))
            text = f"{first.at(Level.PRODUCT)} @ {second.at(Level.POWER)}"
            return Code(text, tuple(kept), Level.PRODUCT)
    return None


def _einsum(operands: Sequence[tuple[Code, list[Any]]], kept: Sequence[Any]) -> Code:
    letters: dict[Any, str] = {}
    free = list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for labels in [*(labels for _, labels in operands), kept]:
        for index in labels:
            if index not in letters:
                name = str(index.label)
                letters[index] = name if name in free else free[0]
                free.remove(letters[index])
    inputs = ",".join("".join(letters[index] for index in labels) for _, labels in operands)
    pattern = f"{inputs}->{''.join(letters[index] for index in kept)}"
    # three arrays at once would be one loop over all of their indices
    way = ", optimize=True" if len(operands) > 2 else ""
    arrays = ", ".join(code.text for code, _ in operands)
    return Code(f'np.einsum("{pattern}", {arrays}{way})', tuple(kept))


# One array, summed along axes


def along_axes(writer: Writer, body: Any, bound: Sequence[Any], frame: Frame, method: str) -> Code:
    """`body.sum(axis=…)`, with the axes arranged so that the arrays in it are used as they lie."""
    needed = free_indices(body)
    inner, kept = min(_arrangements(bound, needed, frame), key=lambda each: _effort(writer, body, *each))
    code = writer.floating(writer.lower(body, inner))
    shift = len(inner) - len(code.axes)
    axes = sorted(inner.index(index) - shift for index in bound)
    prefix = axes == list(range(len(axes)))
    units = kept and any(frame[inner.index(index)] is None for index in bound)
    keepdims = kept and (not prefix or units)
    if len(axes) == len(code.axes) and not keepdims:
        written = ""
    else:
        written = f"axis={axes[0] if len(axes) == 1 else tuple(axes)}" + (", keepdims=True" if keepdims else "")
    left = tuple(None if index in bound else index for index in code.axes)
    if not keepdims:
        left = tuple(index for at, index in enumerate(code.axes) if at not in axes)
    return replace(code, text=f"{code.at(Level.ATOM)}.{method}({written})", axes=left, level=Level.ATOM, fresh=True)


def _arrangements(bound: Sequence[Any], needed: set[Any], frame: Frame) -> Iterator[tuple[Frame, bool]]:
    """Frames for the summand: with the bound indices in the place of others (True), or in axes of their own (False)."""
    slots = [at for at, index in enumerate(frame) if index not in needed]
    if len(slots) >= len(bound) and perm(len(slots), len(bound)) <= MOST:
        for chosen in permutations(slots, len(bound)):
            inner = list(frame)
            for at, index in zip(chosen, bound, strict=True):
                inner[at] = index
            yield tuple(inner), True
    count = len(frame) + len(bound)
    if perm(count, len(bound)) > MOST:
        yield (*frame, *bound), False
        return
    for chosen in combinations(range(count), len(bound)):
        for names in permutations(bound):
            own, others = dict(zip(chosen, names, strict=True)), iter(frame)
            yield tuple(own[at] if at in own else next(others) for at in range(count)), False


def _effort(writer: Writer, body: Any, inner: Frame, kept: bool) -> tuple[int, int]:
    """How much has to be written to bring the entries of the summand into a frame."""
    written = 0
    for entry in body.atoms(sympy.Indexed):
        labels = [None if index == 0 else index for index in entry.indices]
        plain = [label for label in labels if label is not None]
        if any(isinstance(label, IndexMap) for label in plain) or len(set(plain)) < len(plain):
            continue
        if all(label in inner for label in plain):
            moved = align(Code(""), labels, inner).text
            written += len(moved) + 10 * moved.count("T")
    return written + (0 if kept else 6), sum(index is None for index in inner)


def product_over(writer: Writer, expression: Any, frame: Frame) -> Code:
    """Π over an index; what is left out counts as 1."""
    body, index, *without = expression.args
    (own,), body = renamed([index], body, frame)
    if own not in free_indices(body):
        size, left_out = writer.givens.size(extent(index)), len(without)
        exponent = f"({size.text} - {left_out})" if left_out else size.at(Level.ATOM)
        return Code(f"{writer.lower(body, frame).at(Level.ATOM)} ** {exponent}", frame, Level.POWER)
    deltas = [sympy.KroneckerDelta(own, each) for each in without]
    return along_axes(writer, _Without(body, *deltas) if deltas else body, [own], frame, "prod")


class _Without(sympy.Expr):  # type: ignore[misc]  # SymPy ships no types
    """A factor with 1 in its place wherever one of the δ is 1."""


WITHOUT = _Without
