"""The maps of indices of a derivation as code: from their rules, or from the parameter that such a map is.

Takes the derivation and one case's parameters, arrays and sizes; gives what `Numeric` evaluates maps with.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy

from gradverify.derivation.language import IndexMap, IndexRelation
from gradverify.derivation.records import Derivation
from gradverify.errors import DerivationError

__all__ = ["code_of_maps", "is_map", "maps_of"]


def is_map(value: Any) -> bool:
    """Whether a parameter of a derivation is a map of indices: an array of integers for the op."""
    return isinstance(value, type) and issubclass(value, IndexMap)


def maps_of(derivation: Derivation) -> dict[str, Any]:
    """Every map and relation that the derivation speaks of, by its name; of inverses the maps that they invert."""
    expressions = [*derivation.forward.values(), *derivation.where.values()]
    expressions += [step.expression for chain in derivation.chains for step in chain.steps]
    found: dict[str, Any] = {}
    for expression in (sympy.sympify(each, strict=True) for each in expressions):
        for applied in expression.atoms(IndexMap, IndexRelation):
            kind = type(applied)
            kind = kind.of if isinstance(applied, IndexMap) else kind
            found[kind.symbol] = kind
    return found


def code_of_maps(
    derivation: Derivation, known: Mapping[str, Any], sizes: Mapping[str, int]
) -> dict[str, Callable[..., Any]]:
    """For each map and relation its values, of arrays of indices; those without code are left out.

    `known` are the case's parameters and arrays by name: a rule may ask for any of them, or for a size.
    """
    given = {kind.symbol: known[name] for name, kind in derivation.parameters.items() if is_map(kind)}
    code: dict[str, Callable[..., Any]] = {}
    for symbol, kind in maps_of(derivation).items():
        if symbol in given:
            code[symbol] = _reading(np.asarray(given[symbol]))
        elif kind.rule is not None:
            code[symbol] = _ruled(derivation, kind, {**sizes, **known})
    return code


def _reading(array: Any) -> Callable[..., Any]:
    """The map that an array of integers is."""
    return lambda *places: array[tuple(np.broadcast_arrays(*places))] if array.size else np.full(places[0].shape, -1)


def _ruled(derivation: Derivation, kind: Any, known: Mapping[str, Any]) -> Callable[..., Any]:
    """A map's rule with the sizes and parameters that it asks for by name."""
    names = list(inspect.signature(kind.rule).parameters)[len(kind.sides) :]
    missing = [name for name in names if name not in known]
    if missing:
        raise DerivationError(
            f"{derivation.name}: the rule of {kind.symbol} asks for {', '.join(missing)}; "
            f"it can have {', '.join(sorted(known)) or 'nothing'}"
        )
    bound = {name: known[name] for name in names}

    def ruled(*places: Any) -> Any:
        try:
            return kind.rule(*places, **bound)
        except Exception as error:  # the rule is the author's code: whatever it raises is told as their mistake
            code = getattr(kind.rule, "__code__", None)
            where = f", {code.co_filename}:{code.co_firstlineno}" if code is not None else ""
            raise DerivationError(
                f"{derivation.name}: the rule of {kind.symbol}{where}, raises {type(error).__name__}: {error}"
            ) from error

    return ruled
