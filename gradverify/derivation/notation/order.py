"""The order in which terms, factors and indices stand on the page; SymPy keeps its own order, made for computing.

Both printers ask here, so a line reads the same in the terminal and in TeX. Nothing here changes a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from gradverify.derivation.language import D, Iverson, ProductOver

__all__ = [
    "Fraction",
    "bound_indices",
    "delta_indices",
    "elementwise",
    "fraction",
    "is_cotangent",
    "is_full_range",
    "terms",
]


@dataclass(frozen=True)
class Fraction:
    """A product as it is written: a sign, the factors over the fraction line and those under it, each in order."""

    negative: bool
    over: tuple[Any, ...]
    under: tuple[Any, ...]


def fraction(product: Any, bound: tuple[Any, ...] = ()) -> Fraction:
    """Split a product, power or number into sign, numerator and denominator; `bound` are the indices summed over."""
    negative = False
    over: list[Any] = []
    under: list[Any] = []
    for factor in sympy.Mul.make_args(product):
        if factor.is_Number:
            negative ^= bool(factor.is_negative)
            numerator, denominator = abs(factor).as_numer_denom()
            over += [numerator] if numerator != 1 else []
            under += [denominator] if denominator != 1 else []
        elif factor.is_Pow and factor.exp.is_Rational and factor.exp.is_negative:
            under.append(sympy.Pow(factor.base, -factor.exp))
        else:
            over.append(factor)
    return Fraction(negative, _in_order(over, bound), _in_order(under, bound))


def _in_order(factors: list[Any], bound: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(sorted(factors, key=lambda factor: _factor_key(factor, bound)))


def _factor_key(factor: Any, bound: tuple[Any, ...]) -> tuple[Any, ...]:
    """Numbers, scalars, cotangent, entries, functions, brackets; then ∂ or the δ that takes its place; tangent; then Π; then Σ.

    It is the order of f′(u)·∂u and u·∂v. A Σ reaches to the end of its product, and a Π does, so they come last.
    """
    base = factor.base if factor.is_Pow else factor
    if base.is_Number or base.is_NumberSymbol:
        rank = 0
    elif base.is_Symbol:
        rank = 1
    elif isinstance(base, sympy.Indexed):
        rank = 2 if is_cotangent(base) else 8 if is_tangent(base) else 3
    elif isinstance(base, sympy.KroneckerDelta):
        first, second = delta_indices(base, bound)
        return 6, str(second), str(first)
    elif isinstance(base, D):
        rank = 6 if isinstance(base.expression, sympy.Indexed) else 7
    elif isinstance(base, sympy.Sum):
        rank = 5 if factor.is_Pow else 10
    elif isinstance(base, ProductOver):
        rank = 5 if factor.is_Pow else 9
    else:
        rank = 5 if base.is_Add else 4
    return rank, *_alphabetic(factor)


def is_cotangent(entry: Any) -> bool:
    """Whether this entry belongs to a cotangent, by its name."""
    return str(entry.base.label).endswith("_bar")


def is_tangent(entry: Any) -> bool:
    """Whether this entry belongs to a tangent, by its name."""
    return str(entry.base.label).endswith("_dot")


def terms(total: Any) -> tuple[Any, ...]:
    """The terms of a sum: those with a plus first, and in each half numbers, products, entries, functions, scalars."""
    parts = list(sympy.Add.make_args(total))
    if all(part.is_Symbol or part.is_Number or isinstance(part, sympy.Idx) for part in parts):
        return tuple(sorted(parts, key=lambda part: (part.is_Number, str(part))))  # n − 1
    return tuple(sorted(parts, key=_term_key))


def _term_key(term: Any) -> tuple[Any, ...]:
    parts = fraction(term)
    size = len(parts.over) + len(parts.under)
    core = parts.over[0] if parts.over else term
    if term.is_Number:
        rank = 5 if parts.negative else 0
    elif size > 1 or isinstance(core, sympy.Sum):
        rank = 1
    elif isinstance(core, sympy.Indexed | Iverson):
        rank = 2
    else:
        rank = 4 if core.is_Symbol else 3
    written = str(term).lstrip("-")
    return parts.negative, rank, len(written), written.casefold(), written


def _alphabetic(expression: Any) -> tuple[str, str]:
    written = str(expression)
    return written.casefold(), written


def bound_indices(total: Any) -> tuple[Any, ...]:
    """The indices that a Σ sums over, in the order they were written."""
    return tuple(limit[0] for limit in total.limits)


def is_full_range(limit: Any) -> bool:
    """Whether a limit of a Σ is the whole range of its index, so that nothing needs to be said about it."""
    index = limit[0]
    return len(limit) == 1 or (isinstance(index, sympy.Idx) and tuple(limit[1:]) == (index.lower, index.upper))


def delta_indices(delta: Any, bound: tuple[Any, ...]) -> tuple[Any, Any]:
    """The two indices of a δ, the one summed over first (the innermost Σ's if both are), a number last: δ_ki, δ_k0."""

    def key(index: Any) -> tuple[bool, int, str]:
        depth = bound.index(index) if index in bound else -1
        return bool(index.is_Number), -depth, str(index)

    first, second = sorted(delta.args[:2], key=key)
    return first, second


def elementwise(applied: Any) -> Any:
    """f(X) for a function applied to every entry of X: the matrix as the argument of an ordinary function."""
    return applied.function(sympy.Symbol(str(applied.expr)))
