"""Terms as people get them wrong: a power off by one, another array, another axis, a sum forgotten or too many, a size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy

from gradverify.calculus.words import Undetermined, undetermined
from gradverify.derivation.notation.unicode import UnicodePrinter
from gradverify.derivation.records import Derivation, Gradient


@dataclass(frozen=True)
class Variant:
    """A changed term and what was changed, in words."""

    expression: Any
    change: str


def terms_of(claim: Any) -> list[tuple[Any, ...]]:
    """The ways to see a closed form as a sum of terms: as it is written, then multiplied out."""
    ways = [tuple(sympy.Add.make_args(claim))]
    spread = tuple(sympy.Add.make_args(sympy.expand_mul(claim, deep=False)))
    if len(spread) > len(ways[0]):
        ways.append(spread)
    return ways


def variants(term: Any, derivation: Derivation, gradient: Gradient) -> Iterator[Variant]:
    """The changed terms, the likeliest first."""
    seen = {term}
    for variant in (
        *_axes(term, gradient),
        *_powers(term),
        *_sizes(term),
        *_arrays(term, derivation),
        *_functions(term),
        *_constants(term),
    ):
        if variant.expression not in seen:
            seen.add(variant.expression)
            yield variant


def _powers(term: Any) -> Iterator[Variant]:
    """One factor, anywhere in the term, with its exponent higher or lower."""
    for node in _factors(term):
        base, exponent = (node.base, node.exp) if isinstance(node, sympy.Pow) else (node, sympy.Integer(1))
        for step in (1, -1, 2, -2):
            changed = term.xreplace({node: base ** (exponent + step)})
            has, must = (str(each).replace("-", "−") for each in (exponent + step, exponent))
            yield Variant(changed, f"has {_written(base)} to the power {has}, and must have it to {must}")


def _written(expression: Any) -> str:
    return str(UnicodePrinter().doprint(expression))


def _factors(term: Any) -> list[Any]:
    """The factors of the term, and of the summand of a sum in it."""
    found: list[Any] = []
    for factor in sympy.Mul.make_args(term):
        if isinstance(factor, sympy.Sum):
            found += _factors(factor.function)
        elif not factor.is_Number and not _is_cotangent(factor):
            found.append(factor)
    return found


def _is_cotangent(factor: Any) -> bool:
    return isinstance(factor, sympy.Indexed) and str(factor.base.label).endswith("_bar")


def _axes(term: Any, gradient: Gradient) -> Iterator[Variant]:
    """Sums over another axis, sums forgotten, sums over one axis too many."""
    free = [index for index in gradient.entry.indices if isinstance(index, sympy.Idx)]
    for total in term.atoms(sympy.Sum):
        if len(total.limits) != 1:
            continue
        ((bound, _, upper),) = total.limits
        old = getattr(bound, "label", bound)
        inside = [index for index in free if total.function.has(index)]
        for index in free:
            if (index.upper - upper) == 0 and not total.function.has(index):
                yield Variant(term.xreplace({total: total.function.xreplace({bound: index})}), "is not summed")
                for other in inside:
                    # x_il summed over l becomes x_kj summed over k.
                    fresh = sympy.Idx(f"{other.label}′", other.upper + 1)
                    moved = total.function.xreplace({bound: index, other: fresh})
                    changed = sympy.Sum(moved, (fresh, fresh.lower, fresh.upper))
                    yield Variant(term.xreplace({total: changed}), f"is summed over {fresh.label} instead of {old}")
                    whole = term.xreplace({total: total.function}).xreplace({bound: index, other: fresh})
                    changed = sympy.Sum(whole, (fresh, fresh.lower, fresh.upper))
                    yield Variant(changed, f"is summed over {fresh.label} instead of {old}")
        for other in inside:
            fresh = sympy.Idx(f"{other.label}′", other.upper + 1)
            whole = sympy.Sum(term.xreplace({other: fresh}), (fresh, fresh.lower, fresh.upper))
            yield Variant(whole, f"is summed over {other.label} too")
            moved = sympy.Sum(total.function.xreplace({other: fresh}), (fresh, fresh.lower, fresh.upper), *total.limits)
            yield Variant(term.xreplace({total: moved}), f"is summed over {other.label} too")


def _sizes(term: Any) -> Iterator[Variant]:
    """Sizes that were forgotten, or put in."""
    sizes = {symbol for index in term.atoms(sympy.Idx) for symbol in (index.upper + 1).free_symbols}
    for size in sorted(sizes, key=str):
        yield Variant(term / size, f"is divided by {size}")
        yield Variant(term * size, f"is multiplied by {size}")


def _arrays(term: Any, derivation: Derivation) -> Iterator[Variant]:
    """An input's entries put for the output's, or the other way round, and an input's for another's of its shape."""
    arrays = [*derivation.inputs, *(entry.base for entry in derivation.forward)]
    for base in sorted({entry.base for entry in term.atoms(sympy.Indexed)}, key=str):
        if base not in arrays:
            continue
        for other in arrays:
            if other != base and other.shape == base.shape:
                swap = {entry: other[entry.indices] for entry in term.atoms(sympy.Indexed) if entry.base == base}
                yield Variant(term.xreplace(swap), f"has {_written(other)} in place of {_written(base)}")


def _functions(term: Any) -> Iterator[Variant]:
    """Another derivative of an undetermined function: ∂₂g for ∂₁g, f for f′."""
    for node in sorted(term.atoms(Undetermined), key=str):
        orders = type(node).orders
        others = [
            tuple(reversed(orders)),
            *(tuple(int(k == j) for k in range(len(orders))) for j in range(len(orders))),
        ]
        for other in dict.fromkeys([*others, tuple(0 for _ in orders)]):
            if other != orders:
                changed = undetermined(type(node).symbol, other)(*node.args)
                yield Variant(term.xreplace({node: changed}), f"has {_written(changed)} in place of {_written(node)}")


def _constants(term: Any) -> Iterator[Variant]:
    """The factors left out one by one, wherever they are sums such as 1 − y."""
    for node in _factors(term):
        if isinstance(node, sympy.Add):
            for part in node.args:
                yield Variant(term.xreplace({node: node - 2 * part}), f"has the wrong sign before {_written(part)}")
                for step in (2, -1):
                    if not part.is_Number:
                        changed = node - part + part**step
                        yield Variant(
                            term.xreplace({node: changed}), f"has {_written(part**step)} in place of {_written(part)}"
                        )
