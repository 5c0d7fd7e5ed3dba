"""Writes an expression out at small fixed sizes in plain SymPy, and asks SymPy itself whether two are equal.

The third opinion on a step: it shares no code with the kernel, and takes derivatives with `sympy.diff`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product
from typing import Any

import mpmath
import sympy

from gradverify.derivation.language import D, IndexMap, IndexRelation, InverseEntry, Iverson, LogAbsDet, ProductOver
from gradverify.model import Outcome

__all__ = ["NoSuchMap", "WriteOut", "sympy_equal"]

Scope = Mapping[Any, int | None]


class NoSuchMap(ValueError):
    """A map of indices with the properties declared does not exist at these sizes."""


class WriteOut:
    """Replaces sizes, indices, sums, δ and ∂ by what they are at fixed sizes; entries become symbols such as `x_0_1`."""

    def __init__(self, definitions: Mapping[Any, Any], sizes: Mapping[Any, int]) -> None:
        self.definitions = {entry.base.label: (entry, expression) for entry, expression in definitions.items()}
        self.sizes = dict(sizes)
        self.inverses: dict[Any, Any] = {}
        self._defined: dict[tuple[Any, ...], Any] = {}
        self._numbers: dict[Any, int] = {}

    def at(self, expression: Any, scope: Scope) -> Any:
        """The expression where its free indices stand at the places of `scope`."""
        if isinstance(expression, sympy.Sum):
            return self._sum(expression, scope)
        if isinstance(expression, D):
            return sympy.diff(self.at(expression.expression, scope), self.at(expression.entry, scope))
        if isinstance(expression, sympy.Indexed):
            return self._entry(expression, scope)
        if isinstance(expression, sympy.KroneckerDelta):
            left, right = (self._place(arg, scope) for arg in expression.args)
            return sympy.Integer(int(left == right and left is not None))
        if isinstance(expression, ProductOver):
            body, symbol, *without = expression.args
            left_out = [self._place(each, scope) for each in without]
            places = [place for place in range(self._number(symbol.upper + 1)) if place not in left_out]
            return sympy.Mul(*(self.at(body, {**scope, symbol: place}) for place in places))
        if isinstance(expression, InverseEntry):
            base, row, column = expression.args
            return self._inverse(base)[self._place(row, scope), self._place(column, scope)]
        if isinstance(expression, LogAbsDet):
            return sympy.log(self._matrix(expression.args[0]).det() ** 2) / 2
        if isinstance(expression, IndexRelation):
            left, right = (self._place(arg, scope) for arg in expression.args)
            return sympy.Integer(int(left is not None and right is not None and left <= right))
        if expression in self.sizes:
            return sympy.Integer(self.sizes[expression])
        if not expression.args:
            return expression
        return expression.func(*(self.at(arg, scope) for arg in expression.args))

    def _sum(self, expression: Any, scope: Scope) -> Any:
        (symbol, lower, upper), *inner = reversed(expression.limits)  # the last limit is the outermost
        body = sympy.Sum(expression.function, *reversed(inner)) if inner else expression.function
        first, last = self._number(lower), self._number(upper)
        return sympy.Add(*(self.at(body, {**scope, symbol: place}) for place in range(first, last + 1)))

    def _entry(self, expression: Any, scope: Scope) -> Any:
        places = [self._place(index, scope) for index in expression.indices]
        base = expression.base
        if None in places:  # a map that has no value there
            return sympy.Integer(0)
        if base.label in self.definitions:
            key = (base.label, *places)
            if key not in self._defined:
                entry, body = self.definitions[base.label]
                inner = dict(zip(entry.indices, places, strict=True))
                scope = {index: place for index, place in inner.items() if isinstance(index, sympy.Idx)}
                self._defined[key] = self.at(body, scope)
            return self._defined[key]
        assumptions = {"positive": True} if base.is_positive else {"real": True}
        return sympy.Symbol("_".join([str(base.label), *map(str, places)]), **assumptions)

    def _inverse(self, base: Any) -> Any:
        """The inverse of a square array, written out once."""
        if base not in self.inverses:
            self.inverses[base] = self._matrix(base).inv(method="ADJ")
        return self.inverses[base]

    def _matrix(self, base: Any) -> Any:
        """A square array as a SymPy matrix of its entries."""
        side = self._number(base.shape[0])
        return sympy.Matrix(side, side, lambda i, j: self._entry(base[i, j], {}))

    def _place(self, index: Any, scope: Scope) -> int | None:
        if isinstance(index, IndexMap):
            return self._mapped(type(index), [self._place(arg, scope) for arg in index.args])
        return scope[index] if index in scope else int(index)

    def _mapped(self, kind: Any, arguments: list[int | None]) -> int | None:
        """One map with the properties declared, the same wherever it is asked."""
        table = self._table(kind.of)
        if None in arguments:
            return None
        if kind.component is None:
            return table.get(tuple(arguments))
        places = [place for place, value in table.items() if [value] == arguments]
        return places[0][kind.component] if places else None

    def _table(self, kind: Any) -> dict[tuple[Any, ...], int]:
        """The last place first, one after the other; a map that may share values skips every second one."""
        sides, target = ([self._number(side) for side in part] for part in (kind.sides, (kind.target,)))
        places = list(product(*map(range, sides)))
        selector = kind.selector
        if not selector.total:  # the first place has no value, so that this is seen too
            return {place: number - 1 for number, place in enumerate(places) if 0 < number <= target[0]}
        if not selector.injective:
            return {place: (2 * number + 1) % target[0] for number, place in enumerate(places)}
        if len(places) > target[0] or (selector.onto and len(places) != target[0]):
            raise NoSuchMap(f"there is no {kind.symbol} at these sizes")
        return {place: number for number, place in enumerate(reversed(places))}

    def _number(self, side: Any) -> int:
        if side not in self._numbers:
            self._numbers[side] = int(sympy.sympify(side, strict=True).subs(self.sizes))
        return self._numbers[side]


MOST_TERMS = 4_000
"""A difference that would have more terms than this over one denominator is only evaluated, not expanded."""


def _size(expression: Any) -> tuple[float, float]:
    """About how many terms the numerator and the denominator have over one denominator, multiplied out."""
    parts = [_size(arg) for arg in expression.args]
    if isinstance(expression, sympy.Add):
        below = math.prod(part[1] for part in parts)
        return sum(above * below / own for above, own in parts), below
    if isinstance(expression, sympy.Mul):
        return math.prod(part[0] for part in parts), math.prod(part[1] for part in parts)
    if isinstance(expression, sympy.Pow) and expression.exp.is_Integer:
        above, below = (part ** abs(int(expression.exp)) for part in parts[0])
        return (above, below) if expression.exp > 0 else (below, above)
    return 1.0, 1.0


def sympy_equal(left: Any, right: Any) -> Outcome:
    """SymPy's opinion on two written-out expressions; UNDECIDED where its normal forms of the difference are not 0."""
    difference = left - right
    if _size(difference)[0] <= MOST_TERMS:
        over_one = _idempotent(sympy.together(difference))
        difference = _idempotent(sympy.expand(sympy.fraction(over_one)[0]))
        if difference == 0:
            return Outcome.HOLDS
    values = {symbol: sympy.Rational(7 + 3 * place, 5 + place) for place, symbol in enumerate(_symbols(difference))}
    return Outcome.REFUTED if _is_something(difference, values) else Outcome.UNDECIDED


def _is_something(difference: Any, values: Mapping[Any, Any]) -> bool:
    """Whether an expression is clearly not 0 at these values, to 30 digits."""
    if not {type(applied) for applied in difference.atoms(sympy.Function)} <= {sympy.exp, sympy.log, sympy.tanh}:
        number = abs(difference.xreplace(values).evalf(30))
        return bool(number.is_Float and number > sympy.Float("1e-15"))  # what f(7/5) comes to nobody knows
    evaluate = sympy.lambdify(list(values), difference, modules="mpmath", cse=True)
    with mpmath.workdps(30):
        found = evaluate(*(mpmath.mpf(int(value.p)) / int(value.q) for value in values.values()))
        return bool(mpmath.isfinite(found) and abs(found) > mpmath.mpf("1e-15"))


def _symbols(expression: Any) -> list[Any]:
    return sorted(expression.free_symbols, key=str)


def _idempotent(expression: Any) -> Any:
    """[u > 0]² = [u > 0]."""
    return expression.replace(
        lambda e: isinstance(e, sympy.Pow) and isinstance(e.base, Iverson) and e.exp.is_positive, lambda e: e.base
    )
