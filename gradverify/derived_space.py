"""The space of cases of a derivation's op: its inputs' shapes in the derivation's sizes, its parameters, its domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from gradverify.calculus.from_sympy import sort_of
from gradverify.cases.functions import BINARY, UNARY
from gradverify.derivation.language import Undetermined
from gradverify.derivation.lines import definitions
from gradverify.derivation.maps import is_map
from gradverify.derivation.numeric import Numeric
from gradverify.derivation.records import Derivation
from gradverify.errors import DerivationError, UsageError
from gradverify.model import Array, Choice, Indices, InputSpec, Op, Sign, Space

__all__ = ["space_of"]

MARGIN = 0.05
"""A condition u ≠ 0 is met with |u| at least this share of the sum of the absolute values of u's terms."""

POSITIVE_SCALARS = (1.0, 0.5, 2.0, 0.001)
SCALARS = (1.0, -0.5, 2.0, -3.0)
"""What stands for a scalar of which only the sign is known."""


def space_of(derivation: Derivation, op: Op) -> Space:
    """The cases of a derivation's op: its inputs' shapes in the derivation's sizes, its domain, its parameters."""
    arrays = {str(array.label): array for array in derivation.inputs}
    missing = [name for name in op.inputs if name not in arrays]
    if missing or len(arrays) != len(op.inputs):
        raise UsageError(
            f"{derivation.name}: the inputs of {derivation.op} are {', '.join(op.inputs)}, "
            f"those of the derivation {', '.join(arrays)}: give them the same names"
        )
    inputs = tuple(
        InputSpec(name, tuple(_side(side) for side in arrays[name].shape), _sign(derivation, arrays[name]))
        for name in op.inputs
    )
    plain = {name: _value(value) for name, value in derivation.parameters.items() if not _is_function(value)}
    words = "; ".join(condition.words for condition in derivation.domain)
    return Space(inputs, plain, _bundles(derivation), _Domain(derivation), words)


def _side(side: Any) -> str | int:
    sort = sort_of(side)
    return int(sort) if sort.isdigit() else sort


def _value(value: Any) -> Any:
    """What a parameter is drawn from: a size by its name, a scalar from a few numbers, a constant from itself alone."""
    if is_map(value):
        return Indices(tuple(_side(side) for side in value.sides), _side(value.target), value.selector.injective)
    if not isinstance(value, sympy.Symbol):
        return Choice((value,)) if isinstance(value, str) else value  # a bare text would be a size's name
    if value.is_integer and value.is_positive:
        return str(value)
    return Choice(POSITIVE_SCALARS if value.is_positive else SCALARS)


def _is_function(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Undetermined)


def _bundles(derivation: Derivation) -> tuple[tuple[Mapping[str, Any], ...], ...]:
    """Concrete functions for the undetermined ones among the parameters, each with its derivatives."""
    kinds: dict[str, Any] = {name: kind for name, kind in derivation.parameters.items() if _is_function(kind)}
    bundles = []
    for symbol in dict.fromkeys(kind.symbol for kind in kinds.values()):
        own = {name: kind.orders for name, kind in kinds.items() if kind.symbol == symbol}
        able = [family for family in UNARY + BINARY if all(orders in family for orders in own.values())]
        if not able:
            raise DerivationError(
                f"{derivation.name}: no function stands for {symbol}, the parameters {', '.join(own)}: "
                "those of one or two arguments and their first derivatives can be drawn"
            )
        bundles.append(tuple({name: family[orders] for name, orders in own.items()} for family in able))
    return tuple(bundles)


def _sign(derivation: Derivation, array: Any) -> Sign:
    if array.is_positive:
        return Sign.POSITIVE
    for condition in derivation.domain:
        relation = condition.relation
        bare = isinstance(relation.lhs, sympy.Indexed) and relation.lhs.base == array and relation.rhs == 0
        if bare and isinstance(relation, sympy.Ne):
            return Sign.NONZERO
        if bare and isinstance(relation, sympy.StrictGreaterThan):
            return Sign.POSITIVE
    return Sign.REAL


def _sign_says(relation: Any, inputs: tuple[Any, ...]) -> bool:
    """Whether a condition is one on single entries of an input, which the input's sign sees to already."""
    bare = isinstance(relation.lhs, sympy.Indexed) and relation.lhs.base in inputs and relation.rhs == 0
    return bare and isinstance(relation, sympy.Ne | sympy.StrictGreaterThan)


class _Domain:
    """The conditions of a derivation; called with inputs, says whether they meet every condition with a margin."""

    def __init__(self, derivation: Derivation) -> None:
        self.inputs = derivation.inputs
        self.defined = definitions(derivation)
        self.sums = {name: (entry, _magnitude(expression)) for name, (entry, expression) in self.defined.items()}
        # A condition does not see which parameters were drawn; a scalar such as ε is taken to be 1 in it.
        names = {str(symbol) for entry, expression in self.defined.values() for symbol in expression.free_symbols}
        names |= {str(symbol) for each in derivation.domain for symbol in each.relation.free_symbols}
        self.scalars = dict.fromkeys(names, 1.0)
        self.conditions = []
        for relation in (condition.relation for condition in derivation.domain):
            if _sign_says(relation, self.inputs):
                continue
            gap = relation.lhs - relation.rhs
            indices = sorted((index for index in gap.free_symbols if isinstance(index, sympy.Idx)), key=str)
            self.conditions.append((type(relation), gap, _magnitude(gap), indices))

    def __call__(self, drawn: Mapping[str, Array]) -> bool:
        sizes: dict[str, int] = {}
        for array in self.inputs:
            for side, length in zip(array.shape, drawn[str(array.label)].shape, strict=True):
                sizes[sort_of(side)] = length
        values = Numeric(drawn, sizes, scalars=self.scalars, definitions=self.defined, bounded=False)
        magnitudes = Numeric(drawn, sizes, scalars=self.scalars, definitions=self.sums, bounded=False)
        for relation, gap, magnitude, indices in self.conditions:
            value = values.at_every_index(gap, indices).value
            margin = MARGIN * magnitudes.at_every_index(magnitude, indices).value
            measured = {sympy.StrictGreaterThan: value, sympy.StrictLessThan: -value}.get(relation, np.abs(value))
            if not np.all(measured > margin):
                return False
        return True


def _magnitude(expression: Any) -> Any:
    """The sum of the absolute values of the terms of an expression."""
    if isinstance(expression, sympy.Add | sympy.Mul):
        return expression.func(*map(_magnitude, expression.args))
    if isinstance(expression, sympy.Sum):
        return sympy.Sum(_magnitude(expression.function), *expression.limits)
    return abs(expression) if expression.is_number else sympy.Abs(expression, evaluate=False)
