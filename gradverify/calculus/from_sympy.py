"""The kernel's door to SymPy: reads a SymPy expression as one of the kernel's, with every bound index made unique.

Names that the derivation defines (the outputs, and the quantities it names) are unfolded here, so the kernel sees inputs,
cotangents and nothing else. Everything it does not know it refuses with `NoRule`; it never guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from itertools import count
from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from gradverify.calculus.terms import (
    ONLY,
    UNIT,
    Apply,
    Delta,
    Entry,
    Index,
    Inverse,
    LogDet,
    NoRule,
    Num,
    Partial,
    Plus,
    Power,
    Product,
    Scalar,
    Selected,
    Sigma,
    Size,
    SortError,
    Term,
    Times,
    rational,
)
from gradverify.calculus.words import (
    D,
    IndexMap,
    IndexRelation,
    InverseEntry,
    Iverson,
    LogAbsDet,
    ProductOver,
    Undetermined,
)

ELEMENTARY = {sympy.exp: "exp", sympy.log: "log", sympy.tanh: "tanh", sympy.sin: "sin", sympy.cos: "cos"}

KNOWN = frozenset({*ELEMENTARY.values(), "iverson"})

MOST_POWER = 100
"""Larger exponents are not read: at the cutoff they would have to be evaluated."""

Scope = Mapping[Any, Index]
"""The kernel's index for each SymPy index symbol that is bound or renamed at this place."""


class _Through:
    """What the maps in the places of one entry bring along: new indices to sum over, and the selectors that tie them."""

    def __init__(self, fresh: count[int]) -> None:
        self.fresh = fresh
        self.indices: list[Index] = []
        self.selected: list[Term] = []
        self.known: dict[Any, tuple[Index, ...]] = {}

    def bound(self, sort: str, name: str) -> Index:
        """A new index; the one of a size-1 axis is not summed over."""
        index = _unit_or(Index(sort, f"{name}#{next(self.fresh)}"))
        if index is not ONLY:
            self.indices.append(index)
        return index

    def places(self, kind: Any, values: tuple[Index, ...]) -> tuple[Index, ...]:
        """The places at which a map has this value; the same ones for all parts of its inverse."""
        key = kind.selector, values
        if key not in self.known:
            self.known[key] = tuple(self.bound(sort_of(side), kind.symbol) for side in kind.sides)
            self.selected.append(Selected(kind.selector, self.known[key], values))
        return self.known[key]

    def around(self, body: Term) -> Term:
        """The body at these indices, summed over them."""
        if self.selected:
            body = Times((*self.selected, body))
        for index in reversed(self.indices):
            body = Sigma(index, body)
        return body


class Reader:
    """Reads the expressions of one derivation. `definitions` maps an array's name to its entry and its expression."""

    def __init__(self, definitions: Mapping[str, tuple[Any, Any]] | None = None) -> None:
        self.definitions = definitions or {}
        self._fresh = count()
        self._kinds = self._readers()
        self._chosen: dict[type, Callable[[Any, Scope], Term]] = {}

    def read(self, expression: Any, scope: Scope | None = None) -> Term:
        """The kernel's form of a SymPy expression. Raises `NoRule` or `SortError`."""
        try:
            return self._read(sympy.sympify(expression, strict=True), scope or {})
        except RecursionError:
            raise NoRule("an expression is nested too deeply, or a definition uses itself") from None

    def _read(self, expression: Any, scope: Scope) -> Term:
        chosen = self._chosen.get(type(expression))
        if chosen is None:
            for kind, reader in self._kinds.items():
                if isinstance(expression, kind):
                    chosen = self._chosen[type(expression)] = reader
                    break
            else:
                raise NoRule(f"the calculus has no rule for {type(expression).__name__}: {expression}")
        return chosen(expression, scope)

    def _readers(self) -> dict[Any, Callable[[Any, Scope], Term]]:
        return {
            sympy.Sum: self._sum,
            D: self._partial,
            sympy.Add: lambda e, scope: Plus(tuple(self._read(arg, scope) for arg in e.args)),
            sympy.Mul: lambda e, scope: Times(tuple(self._read(arg, scope) for arg in e.args)),
            sympy.Indexed: self._indexed,
            sympy.Pow: self._power,
            sympy.KroneckerDelta: self._delta,
            IndexRelation: self._relation,
            InverseEntry: self._inverse,
            ProductOver: self._product,
            LogAbsDet: lambda e, scope: LogDet(e.args[0].name, sort_of(e.args[0].shape[0])),
            MatrixElement: self._matrix_element,
            sympy.Rational: lambda e, scope: Num(rational(Fraction(int(e.p), int(e.q)))),
            sympy.Float: lambda e, scope: Num(rational(Fraction(str(e)))),
            sympy.Symbol: _symbol,
            sympy.core.numbers.Exp1: lambda e, scope: Apply("exp", (Num(1),), (0,)),
            sympy.core.numbers.Pi: lambda e, scope: Scalar("pi", positive=True),
            Undetermined: self._undetermined,
            Iverson: lambda e, scope: Apply("iverson", (self._read(e.args[0], scope),), (0,)),
            sympy.Max: self._max,
            **{kind: self._elementary(name) for kind, name in ELEMENTARY.items()},
        }

    def index(self, symbol: Any, scope: Scope, sort: str | None = None) -> Index:
        """The index that a SymPy index stands for; a literal 0 is one only on an axis of size 1."""
        if symbol in scope:
            return scope[symbol]
        if isinstance(symbol, sympy.Idx):
            if "#" in symbol.label.name:  # the mark of bound indices
                raise NoRule(f"an index is called {symbol}: choose a name without #")
            return _unit_or(Index(extent(symbol.upper), symbol.label.name))
        if symbol == 0 and sort == UNIT:
            return ONLY
        raise NoRule(f"{symbol} is used as an index, but it is neither declared with index(…) nor bound by a sum")

    def _sum(self, expression: Any, scope: Scope) -> Term:
        inner = dict(scope)
        bound: list[Index] = []
        # SymPy's first limit is the innermost one, so an outer limit's name is visible in it but not the reverse.
        for symbol, lower, upper in reversed(expression.limits):
            if lower != 0:
                raise NoRule(f"a sum that starts at {lower}, not at 0")
            if not upper.free_symbols.isdisjoint(inner):
                raise NoRule(f"a sum up to {upper}, which depends on another index")
            name = symbol.label.name if isinstance(symbol, sympy.Idx) else symbol.name
            index = Index(extent(upper), f"{name}#{next(self._fresh)}")
            bound.append(index)
            inner[symbol] = _unit_or(index)
        body = self._read(expression.function, inner)
        for index in reversed(bound):
            body = Sigma(index, body)
        return body

    def _product(self, expression: Any, scope: Scope) -> Term:
        body, symbol, *without = expression.args
        index = Index(extent(symbol.upper), f"{symbol.label.name}#{next(self._fresh)}")
        left_out = tuple(self.index(each, scope) for each in without)
        for each in left_out:
            if each.sort != index.sort:
                raise SortError(_plain(each), each.sort, f"{_plain(index)} in Π", index.sort)
        if index.sort == UNIT:
            return Num(1) if left_out else self._read(body, {**scope, symbol: ONLY})
        return Product(index, self._read(body, {**scope, symbol: index}), left_out)

    def _partial(self, expression: D, scope: Scope) -> Term:
        entry = self._read(expression.entry, scope)
        if not isinstance(entry, Entry):
            raise NoRule(f"a derivative by {expression.entry}, which the derivation defines: name an input's entry")
        return Partial(self._read(expression.expression, scope), entry)

    def _indexed(self, expression: Any, scope: Scope) -> Term:
        base = expression.base
        return self._entry(base.name, base.shape, expression.indices, scope, bool(base.is_positive))

    def _matrix_element(self, expression: Any, scope: Scope) -> Term:
        matrix, row, column = expression.args
        if isinstance(matrix, sympy.matrices.expressions.Inverse):
            inverted, places = matrix.arg, (row, column)
            if isinstance(inverted, sympy.matrices.expressions.Transpose):
                inverted, places = inverted.arg, (column, row)
            if isinstance(inverted, sympy.MatrixSymbol):
                return self._inverse_entry(str(inverted.name), matrix.shape[0], places, scope)
        if not isinstance(matrix, sympy.MatrixSymbol):
            raise NoRule(f"the calculus has no rule for {type(matrix).__name__}: {matrix}")
        return self._entry(str(matrix.name), matrix.shape, (row, column), scope, positive=False)

    def _entry(self, name: str, shape: Any, places: Any, scope: Scope, positive: bool) -> Term:
        if shape is None:
            raise NoRule(f"{name} has no shape: declare it with array(…)")
        sorts = tuple(sort_of(side) for side in shape)
        through = _Through(self._fresh)
        indices = tuple(self._place(place, scope, sort, through) for place, sort in zip(places, sorts, strict=True))
        for axis, (index, sort) in enumerate(zip(indices, sorts, strict=True)):
            if index.sort != sort:
                raise SortError(_plain(index), index.sort, f"axis {axis} of {name}", sort)
        if name not in self.definitions:
            return through.around(Entry(name, indices, positive))
        entry, expression = self.definitions[name]
        # Only the definition's own indices are in scope in it.
        return through.around(self._read(expression, dict(zip(entry.indices, indices, strict=True))))

    def _delta(self, expression: Any, scope: Scope) -> Term:
        through = _Through(self._fresh)
        left, right = (self._place(arg, scope, None, through) for arg in expression.args)
        if left.sort != right.sort:
            raise SortError(_plain(left), left.sort, f"{_plain(right)} beside it in δ", right.sort)
        return through.around(Delta(left, right))

    def _inverse(self, expression: Any, scope: Scope) -> Term:
        base, *places = expression.args
        return self._inverse_entry(base.name, base.shape[0], places, scope)

    def _inverse_entry(self, name: str, side: Any, places: Any, scope: Scope) -> Term:
        sort = sort_of(side)
        through = _Through(self._fresh)
        row, column = (self._place(place, scope, sort, through) for place in places)
        for axis, index in enumerate((row, column)):
            if index.sort != sort:
                raise SortError(_plain(index), index.sort, f"axis {axis} of the inverse of {name}", sort)
        if name in self.definitions:
            raise NoRule(f"the inverse of {name}, which the derivation defines: only an input has one here")
        return through.around(Inverse(name, row, column))

    def _relation(self, expression: Any, scope: Scope) -> Term:
        kind = type(expression)
        through = _Through(self._fresh)
        left, right = self._arguments(kind, expression.args, scope, through)
        return through.around(Selected(kind.selector, (left,), (right,)))

    def _place(self, place: Any, scope: Scope, sort: str | None, through: _Through) -> Index:
        """The index that stands at a place: for t(i) a new one, the map's value at i."""
        if not isinstance(place, IndexMap):
            return self.index(place, scope, sort)
        kind = type(place)
        arguments = self._arguments(kind, place.args, scope, through)
        if kind.component is None:
            value = through.bound(sort_of(kind.target), kind.symbol)
            through.selected.append(Selected(kind.selector, arguments, (value,)))
            return value
        return through.places(kind.of, arguments)[kind.component]

    def _arguments(self, kind: Any, arguments: Any, scope: Scope, through: _Through) -> tuple[Index, ...]:
        sorts = [sort_of(side) for side in kind.sides]
        indices = tuple(self._place(arg, scope, sort, through) for arg, sort in zip(arguments, sorts, strict=True))
        for index, sort in zip(indices, sorts, strict=True):
            if index.sort != sort:
                raise SortError(_plain(index), index.sort, f"the argument of {kind.symbol}", sort)
        return indices

    def _power(self, expression: Any, scope: Scope) -> Term:
        base, exponent = expression.args
        if not isinstance(exponent, sympy.Rational):
            raise NoRule(f"the exponent {exponent} is not a rational number")
        if abs(exponent) > MOST_POWER:
            raise NoRule(f"the exponent {exponent} is larger than {MOST_POWER}")
        return Power(self._read(base, scope), rational(Fraction(int(exponent.p), int(exponent.q))))

    def _undetermined(self, expression: Undetermined, scope: Scope) -> Term:
        kind = type(expression)
        if kind.symbol in KNOWN:
            raise NoRule(f"an undetermined function is called {kind.symbol}, which has a meaning: choose another name")
        return Apply(kind.symbol, tuple(self._read(arg, scope) for arg in expression.args), kind.orders)

    def _elementary(self, name: str) -> Callable[[Any, Scope], Term]:
        return lambda expression, scope: Apply(name, (self._read(expression.args[0], scope),), (0,))

    def _max(self, expression: Any, scope: Scope) -> Term:
        if len(expression.args) != 2:
            raise NoRule(f"the maximum of {len(expression.args)} terms: write it two by two")
        # max(u, v) = v + (u − v)·[u − v > 0]
        u, v = (self._read(arg, scope) for arg in expression.args)
        gap = Plus((u, Times((Num(-1), v))))
        return Plus((v, Times((gap, Apply("iverson", (gap,), (0,))))))


@cache
def extent(upper: Any) -> str:
    """The sort of an index whose last value is `upper`."""
    return sort_of(upper + 1)


def sort_of(size: Any) -> str:
    """The name of a size: a symbol's own, or the number."""
    if isinstance(size, sympy.Symbol) and not size.name.isdigit():
        return str(size.name)
    if isinstance(size, int | sympy.Integer) and size >= 0:
        return str(int(size))
    if isinstance(size, sympy.Add | sympy.Mul) and not size.atoms(sympy.Number, sympy.Pow):
        return str(size)  # m + n or m·n: a size of its own, of which nothing is used but that it is one
    raise NoRule(f"a size is a symbol or a number here, not {size}")


def _symbol(symbol: Any, scope: Scope) -> Term:
    if symbol in scope:
        raise NoRule(f"the index {symbol} is used as a number")
    if symbol.is_integer and symbol.is_positive:
        return Size(str(symbol))
    return Scalar(str(symbol), bool(symbol.is_positive))


def _unit_or(index: Index) -> Index:
    return ONLY if index.sort == UNIT else index


def _plain(index: Index) -> str:
    return index.name.split("#")[0]
