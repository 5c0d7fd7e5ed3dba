"""Runs a whole check: finds the op and its derivation, asks every witness, decides the verdict, and reports.

The one place where the stages meet: op → derivation → proof → witnesses → verdict → report.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from gradverify._version import __version__
from gradverify.adapters import adapt, parse_parameter, parse_shape, space_for
from gradverify.calculus.from_sympy import sort_of
from gradverify.cases.functions import BINARY, UNARY
from gradverify.derivation.library import find
from gradverify.derivation.numeric import Numeric
from gradverify.derivation.records import Condition, Derivation
from gradverify.errors import UsageError
from gradverify.model import Array, Evidence, InputSpec, Op, Report, Sign, Space
from gradverify.verdict import decide
from gradverify.witnesses.closed_form import closed_form
from gradverify.witnesses.conduct import conduct
from gradverify.witnesses.difference import difference
from gradverify.witnesses.proof import evidence_of, prove

__all__ = ["check"]

MARGIN = 0.05
"""A condition u ≠ 0 is met with |u| at least this share of the sum of the absolute values of u's terms."""


def check(
    target: str | Derivation | type | Op,
    *,
    shapes: Sequence[str] = (),
    parameters: Mapping[str, Any] | Sequence[str] = (),
    seed: int = 0,
) -> Report:
    """Check an op that ships with gradverify, a derivation with the op it names, or anybody's own op.

    `target` is a name (`"normalize"`), a `Derivation`, `"path/to/file.py:Class"` or `"package.module:Class"`, or the class
    itself, in the convention with static `forward(context, …)` and `backward(context, …)`. For an op without a derivation
    `shapes` (such as `"3x4"`, or `"mxn"` for drawn sides) gives one shape for each input, and `parameters` its keywords.

    Raises `UsageError` or `DerivationError` for what the caller can mend.
    """
    started = time.perf_counter()
    if isinstance(target, str) and ":" not in target:
        target = find(target)
    if isinstance(target, Derivation):
        if shapes or parameters:
            raise UsageError(
                f"{target.name}: shapes and parameters come from its derivation; give them only with an op of your own"
            )
        name, title, evidence = target.name, target.title, _check_derivation(target, seed)
    else:
        name, title, evidence = _check_op(target, shapes, parameters, seed)
    verdict, because = decide(evidence)
    return Report(name, title, verdict, because, evidence, seed, time.perf_counter() - started, __version__)


def _check_derivation(derivation: Derivation, seed: int) -> tuple[Evidence, ...]:
    evidence = [evidence_of(prove(derivation, seed=seed))]
    if derivation.op:
        op = adapt(derivation.op, parameters=dict.fromkeys(derivation.parameters))
        space = space_of(derivation, op)
        evidence.append(closed_form(op, derivation, space, seed=seed))
        evidence.append(difference(op, space, seed=seed))
        evidence.append(conduct(op, space, seed=seed))
    return tuple(evidence)


def _check_op(
    target: str | type | Op, shapes: Sequence[str], parameters: Mapping[str, Any] | Sequence[str], seed: int
) -> tuple[str, str, tuple[Evidence, ...]]:
    given = dict(parameters) if isinstance(parameters, Mapping) else dict(map(parse_parameter, parameters))
    sides = [parse_shape(shape) for shape in shapes]
    op = target if isinstance(target, Op) else adapt(target, parameters=given, input_count=len(sides) or None)
    described = space_for(op, shapes=sides, parameters=given)
    evidence = (difference(op, described.space, seed=seed), conduct(op, described.space, seed=seed))
    return op.name, described.note, evidence


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
    plain = {name: _value(value) for name, value in derivation.parameters.items() if not isinstance(value, type)}
    words = "; ".join(condition.words for condition in derivation.domain)
    return Space(inputs, plain, _bundles(derivation), lambda drawn: _accepts(derivation, drawn), words)


def _side(side: Any) -> str | int:
    sort = sort_of(side)
    return int(sort) if sort.isdigit() else sort


def _value(value: Any) -> Any:
    return str(value) if isinstance(value, sympy.Symbol) else value


def _bundles(derivation: Derivation) -> tuple[tuple[Mapping[str, Any], ...], ...]:
    """Concrete functions for the undetermined ones among the parameters, each with its derivatives."""
    kinds: dict[str, Any] = {name: kind for name, kind in derivation.parameters.items() if isinstance(kind, type)}
    bundles = []
    for symbol in dict.fromkeys(kind.symbol for kind in kinds.values()):
        own = {name: kind.orders for name, kind in kinds.items() if kind.symbol == symbol}
        library = UNARY if len(next(iter(own.values()))) == 1 else BINARY
        bundles.append(tuple({name: family[orders] for name, orders in own.items()} for family in library))
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


def _accepts(derivation: Derivation, drawn: Mapping[str, Array]) -> bool:
    sizes: dict[str, int] = {}
    for array in derivation.inputs:
        for side, length in zip(array.shape, drawn[str(array.label)].shape, strict=True):
            sizes[sort_of(side)] = length
    numeric = Numeric(drawn, sizes, {})
    return all(_well_inside(numeric, condition) for condition in derivation.domain)


def _well_inside(numeric: Numeric, condition: Condition) -> bool:
    """Whether a condition holds everywhere with a margin, so that the case is not ill-conditioned."""
    relation = condition.relation
    gap = relation.lhs - relation.rhs
    indices = tuple(sorted((i for i in gap.atoms(sympy.Idx) if i not in _bound(gap)), key=str))
    found = numeric.at_every_index(gap, indices)
    magnitude = Numeric({k: np.abs(v) for k, v in numeric.arrays.items()}, numeric.sizes, {})
    scale = magnitude.at_every_index(gap, indices).value
    value = found.value
    if isinstance(relation, sympy.StrictGreaterThan):
        inside = value > MARGIN * scale
    elif isinstance(relation, sympy.StrictLessThan):
        inside = -value > MARGIN * scale
    else:
        inside = np.abs(value) > MARGIN * scale
    return bool(np.all(inside))


def _bound(expression: Any) -> set[Any]:
    return {limit[0] for total in expression.atoms(sympy.Sum) for limit in total.limits}
