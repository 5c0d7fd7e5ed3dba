"""The hypothesis of a missing factor: the returned gradient is the true one times a product of powers, entry by entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from gradverify.diagnosis.elements import flat, is_zero, quotient, rational, same
from gradverify.diagnosis.monomials import Monomial, Table, atoms, exponentials, monomials
from gradverify.diagnosis.points import FEWEST, Point, View
from gradverify.diagnosis.words import number


def factors(view: View) -> Iterator[str]:
    """The sentence for the simplest product that holds, without its subject."""
    yield from _simplest(view, monomials(atoms(view), 3, 2))


def exponential_factors(view: View) -> Iterator[str]:
    """The same for exp of an input or output."""
    yield from _simplest(view, monomials(exponentials(view), 2, 0))


def _simplest(view: View, candidates: Iterable[Monomial]) -> Iterator[str]:
    if len(view.points) < FEWEST or not _nonzero(view):
        return
    ratios = [_ratio(view, point) for point in view.points]
    if any(ratio is None for ratio in ratios):
        return
    table = Table()
    for monomial in candidates:
        constant = _constant(view, ratios, monomial, table)
        if constant is not None:
            yield _sentence(constant, monomial)
            return


def _nonzero(view: View) -> bool:
    return all(not all(map(is_zero, flat(view.truth(p)))) for p in view.points)


def _ratio(view: View, point: Point) -> list[Any] | None:
    """Got over truth, None where both are 0; no list where only the truth is."""
    found = []
    for got, truth in zip(flat(view.got(point)), flat(view.truth(point)), strict=True):
        ratio = quotient(got, truth)
        if ratio is None and not is_zero(got):
            return None
        found.append(ratio)
    return found


def _constant(view: View, ratios: list[Any], monomial: Monomial, table: Table) -> Fraction | None:
    """The c with ratio = c·monomial everywhere."""
    constant: Any = None
    for point, ratio in zip(view.points, ratios, strict=True):
        values = monomial.values(point, table)
        shape = np.shape(view.truth(point))
        if values is None or not broadcasts(values, shape):
            return None
        for r, m in zip(ratio, flat(np.broadcast_to(values, shape)), strict=True):
            if r is None:
                continue
            if constant is None:
                guess = quotient(r, m)
                known = None if guess is None else rational(guess, 64)
                if not known:
                    return None
                constant = point.seen.field.element(known)
            if not same(r, constant * m):
                return None
    return None if constant is None else rational(constant, 64)


def broadcasts(values: Any, shape: tuple[int, ...]) -> bool:
    """Whether an array broadcasts to this shape."""
    sides = np.shape(values)
    return len(sides) <= len(shape) and all(a in (1, b) for a, b in zip(reversed(sides), reversed(shape), strict=False))


def _sentence(constant: Fraction, monomial: Monomial) -> str:
    first = [] if constant == 1 else [number(constant)]
    parts = monomial.parts
    text = f"is {monomial.text(*first)} times the true one"
    if constant == -1:
        text = f"is −{monomial.text()} times the true one"
    if len(parts) == 1 and constant in (1, -1):
        atom, exponent = parts[0]
        name = Monomial(((atom, abs(exponent)),)).text()
        half = Monomial(((atom, abs(exponent) // 2),)).text()
        if exponent > 0:
            text += f": a division by {name} is missing, or {name} is a factor too many"
            text += f", or it multiplies by {half} and must divide" if exponent == 2 else ""
        else:
            text += f": a factor of {name} is missing, or a division by {name} is too many"
            text += f", or it divides by {half} and must multiply" if exponent == -2 else ""
        return text + (", and the sign is wrong" if constant < 0 else "")
    last = [] if constant == 1 else [number(1 / constant)]
    return f"{text}: a factor of {monomial.inverse.text(*last)} is missing"
