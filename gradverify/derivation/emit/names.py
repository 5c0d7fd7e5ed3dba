"""The names in emitted code: those of the page, and for whole subexpressions those that the derivation's file gives them.

Two expressions are the same quantity if they differ in their indices' names alone.
"""

from __future__ import annotations

import keyword
import re
import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

import sympy

from gradverify.derivation.language import InverseEntry, LogAbsDet, ProductOver
from gradverify.derivation.records import Derivation

__all__ = ["Names", "canonical", "free_indices", "quantities"]


class Names:
    """Gives out identifiers, each once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {"np", "context", *taken}

    def new(self, wanted: str) -> str:
        """An identifier as near to the wanted name as one that is free."""
        stem = re.sub(r"\W", "_", wanted.replace("′", "_prime")) or "_"
        stem = f"{stem}_" if keyword.iskeyword(stem) or not stem.isidentifier() else stem
        name, number = stem, 2
        while name in self._taken:
            name, number = f"{stem}_{number}", number + 1
        self._taken.add(name)
        return name


def free_indices(expression: Any) -> set[Any]:
    """The indices that an expression depends on."""
    return {symbol for symbol in expression.free_symbols if isinstance(symbol, sympy.Idx)}


def canonical(expression: Any) -> tuple[Any, list[Any]]:
    """The expression with its indices named by their first place in it, and its free indices in that order."""
    original: dict[Any, Any] = {}
    for _ in range(2):  # the order of the factors changes with the names, once
        found = dict.fromkeys(each for each in sympy.preorder_traversal(expression) if isinstance(each, sympy.Idx))
        names = {
            index: sympy.Idx(sympy.Symbol(f"_{place}", integer=True), (index.lower, index.upper))
            for place, index in enumerate(found)
        }
        expression = expression.xreplace(names)
        original = {new: original.get(old, old) for old, new in names.items()}
    free = free_indices(expression)
    return expression, [original[index] for index in original if index in free]


def quantities(derivation: Derivation, lines: Iterable[Any]) -> dict[Any, str]:
    """The subexpressions of these lines that get a name: those named in the derivation's file, and repeated sums."""
    found: dict[Any, str] = {}
    for name, value in _globals(derivation).items():
        if isinstance(value, sympy.Expr) and not value.is_Atom and not _is_plain(value) and not value.is_number:
            found.setdefault(canonical(value)[0], name)
    counted: Counter[Any] = Counter()
    for line in lines:
        for part in line.atoms(sympy.Sum, ProductOver):
            counted[canonical(part)[0]] += 1
    for key, times in counted.items():
        if times > 1:
            found.setdefault(key, _of_sum(key))
    return found


def _is_plain(value: Any) -> bool:
    """Whether this needs no name: an entry, or what has a name of its own in code."""
    return isinstance(value, sympy.Indexed | sympy.Idx | InverseEntry | LogAbsDet)


def _of_sum(total: Any) -> str:
    """x_sum for a sum of the entries of x, else what is right for any."""
    body = total.args[0]
    kind = "total" if isinstance(total, sympy.Sum) else "product"
    return f"{body.base.label}_{kind}" if isinstance(body, sympy.Indexed) else kind


def _globals(derivation: Derivation) -> dict[str, Any]:
    """What the file of a derivation binds at its top level; nothing where it was not read from a file."""
    steps = [step for gradient in derivation.gradients for step in gradient.steps]
    file = steps[0].location.rpartition(":")[0] if steps else ""
    for module in list(sys.modules.values()):
        if file and getattr(module, "__file__", None) == file:
            return {name: value for name, value in vars(module).items() if name.isidentifier() and name[0] != "_"}
    return {}


def name_of(derivation: Derivation, value: Any, otherwise: str) -> str:
    """What the derivation's file calls a value."""
    return next((name for name, each in _globals(derivation).items() if each is value), otherwise)
