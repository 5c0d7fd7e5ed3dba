"""The lines of one chain as the kernel sees them: the definition generated from the forward, then every step's line.

The definition, x̄_ij = Σ ȳ ∂y/∂x_ij or ẏ_kl = Σ ∂y_kl/∂x ẋ, is never taken from the derivation's author: it is what
the op's forward says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from gradverify.calculus.from_sympy import Reader, sort_of
from gradverify.calculus.normal import normal_form, workspace
from gradverify.calculus.refute import Condition as SampledCondition
from gradverify.calculus.refute import Relation
from gradverify.calculus.terms import NoRule, SortError, Term
from gradverify.calculus.workspace import Poly, Workspace
from gradverify.derivation.language import D, cotangent, tangent
from gradverify.derivation.records import Chain, Condition, Derivation, Gradient
from gradverify.errors import DerivationError

__all__ = ["Line", "conditions", "definition", "definitions", "pairing", "read_line", "read_lines", "sizes_at"]


@dataclass(frozen=True)
class Line:
    """One line: its SymPy expression, the kernel's term and normal form, or why there is none."""

    expression: Any
    term: Term | None
    form: Poly | None
    trouble: NoRule | SortError | None


def definitions(derivation: Derivation) -> dict[str, tuple[Any, Any]]:
    """Every name that the derivation defines, outputs and named quantities, with its entry and its expression.

    Raises `DerivationError` where a name is taken, a definition uses itself, or indices are not as they must be.
    """
    found: dict[str, tuple[Any, Any]] = {}
    taken = {str(array.label) for array in derivation.inputs}
    taken |= {str(cotangent(entry.base).label) for entry in derivation.forward}
    tangents = {str(tangent(array).label) for array in derivation.inputs}
    if len(taken) < len(derivation.inputs) + len(derivation.forward):
        raise DerivationError(f"{derivation.name}: two inputs, or an input and a cotangent, have one name")
    for entry, expression in [*derivation.where.items(), *derivation.forward.items()]:
        name = str(entry.base.label)
        expression = sympy.sympify(expression, strict=True)
        indices = [index for index in entry.indices if index != 0]
        if len(set(indices)) < len(indices) or not all(isinstance(index, sympy.Idx) for index in indices):
            raise DerivationError(f"{derivation.name}: {entry} is defined, but its indices are not different indices")
        strange = [index for index in expression.free_symbols if isinstance(index, sympy.Idx) and index not in indices]
        if strange:
            raise DerivationError(
                f"{derivation.name}: {entry} is defined with the index {strange[0]}, which it has not"
            )
        if name in found or name in taken or name in tangents:
            raise DerivationError(f"{derivation.name}: {name} is defined twice")
        found[name] = (entry, expression)
    _refuse_circles(derivation, found)
    return found


def _refuse_circles(derivation: Derivation, found: Mapping[str, tuple[Any, Any]]) -> None:
    """Raise where a definition comes back to itself."""
    uses = {
        name: {str(each.base.label) for each in expression.atoms(sympy.Indexed)} & set(found)
        for name, (_, expression) in found.items()
    }
    while uses:
        grounded = [name for name, names in uses.items() if not names & set(uses)]
        if not grounded:
            raise DerivationError(f"{derivation.name}: the definition of {min(uses)} uses itself")
        for name in grounded:
            del uses[name]


def definition(derivation: Derivation, chain: Chain) -> Any:
    """What a chain starts from, as the forward says it.

    A gradient: x̄_ij = Σ ȳ_kl ∂y_kl/∂x_ij over every entry of every output. A tangent: ẏ_kl = Σ ∂y_kl/∂x_ij ẋ_ij over
    every entry of every input.
    """
    taken = {index.label for index in chain.entry.indices if isinstance(index, sympy.Idx)}
    backward = isinstance(chain, Gradient)
    entries = derivation.forward if backward else [gradient.entry for gradient in derivation.gradients]
    terms = []
    for entry in entries:
        there, bound = _renamed(entry, taken)
        taken |= {index.label for index in bound}
        if backward:
            summand = cotangent(entry.base)[there.indices] * D(there, chain.entry)
        else:
            summand = D(chain.entry, there) * tangent(entry.base)[there.indices]
        terms.append(sympy.Sum(summand, *bound) if bound else summand)
    return sympy.Add(*terms)


def pairing(derivation: Derivation) -> tuple[Any, Any]:
    """Σ ȳ ẏ over the outputs and Σ x̄ ẋ over the inputs, with the closed forms in the places of ẏ and x̄."""

    def total(chains: Iterable[Chain], paired: Callable[[Any], Any]) -> Any:
        terms = []
        for chain in chains:
            bound = [index for index in chain.entry.indices if isinstance(index, sympy.Idx)]
            summand = paired(chain.entry.base)[chain.entry.indices] * chain.claim
            terms.append(sympy.Sum(summand, *bound) if bound else summand)
        return sympy.Add(*terms)

    return total(derivation.tangents, cotangent), total(derivation.gradients, tangent)


def _renamed(entry: Any, taken: set[Any]) -> tuple[Any, tuple[Any, ...]]:
    """An entry with indices of its own, and these indices; a literal 0 stays."""
    taken = set(taken)
    renamed: dict[Any, Any] = {}
    for index in entry.indices:
        if isinstance(index, sympy.Idx):
            label = index.label
            while label in taken:
                label = sympy.Symbol(f"{label}′", integer=True)
            renamed[index] = sympy.Idx(label, (index.lower, index.upper))
            taken.add(label)
    return entry.base[tuple(renamed.get(index, index) for index in entry.indices)], tuple(renamed.values())


def read_line(ws: Workspace, reader: Reader, expression: Any) -> Line:
    """One line through the kernel: its term and its normal form, or the reason why there is none."""
    try:
        term = reader.read(expression)
    except (NoRule, SortError) as trouble:
        return Line(expression, None, None, trouble)
    try:
        return Line(expression, term, normal_form(ws, term), None)
    except (NoRule, SortError) as trouble:
        return Line(expression, term, None, trouble)


def read_lines(derivation: Derivation, chain: Chain) -> tuple[Workspace, Reader, tuple[Line, ...]]:
    """The definition and every step's line, in one new workspace."""
    ws, reader = workspace(), Reader(definitions(derivation))
    expressions = [definition(derivation, chain), *(step.expression for step in chain.steps)]
    return ws, reader, tuple(read_line(ws, reader, expression) for expression in expressions)


def conditions(derivation: Derivation) -> tuple[SampledCondition, ...]:
    """The derivation's domain as conditions that drawn values can be held against."""
    reader = Reader(definitions(derivation))
    return tuple(_condition(derivation, reader, condition) for condition in derivation.domain)


RELATIONS: Mapping[Any, tuple[Relation, int]] = {
    sympy.Ne: (Relation.NONZERO, 1),
    sympy.StrictGreaterThan: (Relation.POSITIVE, 1),
    sympy.StrictLessThan: (Relation.POSITIVE, -1),
}


def _condition(derivation: Derivation, reader: Reader, condition: Condition) -> SampledCondition:
    kind = RELATIONS.get(type(condition.relation))
    if kind is None:
        raise DerivationError(
            f"{derivation.name}: the domain condition {condition.relation} must be an expression ≠ 0, > 0 or < 0"
        )
    relation, sign = kind
    difference = sign * (condition.relation.lhs - condition.relation.rhs)
    try:
        return SampledCondition(reader.read(difference), relation)
    except (NoRule, SortError) as trouble:
        raise DerivationError(f"{derivation.name}: the domain condition {condition.relation}: {trouble}") from trouble


def sizes_at(derivation: Derivation, sizes: Mapping[str, int], outputs: Sequence[tuple[int, ...]]) -> dict[str, int]:
    """The sizes of a case, with those that only outputs have, read from the shapes that forward gave them."""
    found = dict(sizes)
    for entry, shape in zip(derivation.forward, outputs, strict=False):
        for side, length in zip(entry.base.shape, shape, strict=False):
            if isinstance(side, sympy.Symbol):
                found.setdefault(str(side), length)
    return found


def sizes_of(derivation: Derivation) -> tuple[str, ...]:
    """The names of the sizes of the inputs and outputs, in the order they are met."""
    arrays = [*derivation.inputs, *(entry.base for entry in derivation.forward)]
    names = [sort_of(side) for array in arrays for side in array.shape]
    return tuple(dict.fromkeys(name for name in names if not name.isdigit()))
