"""Evaluates an expression at concrete sizes and values.

Derivatives are taken with dual numbers, not with the rules of calculus, and sums are added up term by term: so it shares
nothing with the normal form that it is used to check.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Any

from gradverify.calculus.fields import Field, OutsideDomain
from gradverify.calculus.maps import Maps
from gradverify.calculus.terms import (
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
    Term,
    Times,
)

Place = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Dual:
    """value + tangent·ε with ε² = 0. The level tells the ε of one derivative from that of another around it."""

    level: int
    value: Any
    tangent: Any


@dataclass(frozen=True)
class Instance:
    """Concrete sizes and values. `entry` and `scalar` give a value by name; the second argument says it must be positive."""

    field: Field
    sizes: Mapping[str, int]
    entry: Callable[[Place, bool], Any]
    scalar: Callable[[str, bool], Any]
    maps: Maps | None = None
    """The concrete maps of indices, where there are any."""

    def size(self, sort: str) -> int:
        """The size of a sort."""
        return int(sort) if sort.isdigit() else self.sizes[sort]


class Evaluation:
    """One evaluation of expressions at an instance."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.field = instance.field
        self.levels = count()

    def value(self, term: Term, at: Mapping[Index, int], seeds: tuple[tuple[int, Place], ...] = ()) -> Any:
        """The value of a term where its free indices are `at`; `seeds` are the entries differentiated by."""
        match term:
            case Num(value):
                return self.field.number(value)
            case Size(sort):
                return self.field.number(self.instance.size(sort))
            case Scalar(name, positive):
                return self.instance.scalar(name, positive)
            case Entry(array, indices, positive):
                return self._entry((array, tuple(at_index(at, index) for index in indices)), positive, seeds)
            case Delta(left, right):
                return self.field.number(int(at_index(at, left) == at_index(at, right)))
            case Inverse(array, row, column):
                inverse, _ = self._inverted(array, row.sort, seeds)
                return inverse[at_index(at, row)][at_index(at, column)]
            case LogDet(array, sort):
                _, determinant = self._inverted(array, sort, seeds)
                squared = self._apply("log", (0,), (multiply(determinant, determinant),))
                return multiply(self.field.number(Fraction(1, 2)), squared)
            case Selected():
                return self.field.number(int(self._is_selected(term, at)))
            case Plus(terms):
                return self._fold(add, 0, (self.value(each, at, seeds) for each in terms))
            case Times(factors):
                return self._fold(multiply, 1, (self.value(each, at, seeds) for each in factors))
            case Power(base, exponent):
                return self._power(self.value(base, at, seeds), Fraction(exponent))
            case Sigma(index, body):
                places = range(self.instance.size(index.sort))
                return self._fold(add, 0, (self.value(body, {**at, index: place}, seeds) for place in places))
            case Product(index, body, without):
                left_out = {at_index(at, each) for each in without}
                kept = [place for place in range(self.instance.size(index.sort)) if place not in left_out]
                return self._fold(multiply, 1, (self.value(body, {**at, index: place}, seeds) for place in kept))
            case Apply(function, arguments, orders):
                return self._apply(function, orders, tuple(self.value(each, at, seeds) for each in arguments))
            case Partial(body, entry):
                return self._partial(body, entry, at, seeds)
        raise NoRule(f"no value of {term}")

    def _inverted(self, array: str, sort: str, seeds: tuple[tuple[int, Place], ...]) -> tuple[list[list[Any]], Any]:
        """The inverse of a square matrix and its determinant, by elimination."""
        size = self.instance.size(sort)
        minus = self.field.number(-1)
        rows = [
            [self._entry((array, (i, j)), False, seeds) for j in range(size)]
            + [self.field.number(int(i == j)) for j in range(size)]
            for i in range(size)
        ]
        determinant: Any = self.field.number(1)
        for column in range(size):
            pivot = next((k for k in range(column, size) if not self._vanishes(rows[k][column])), None)
            if pivot is None:
                raise OutsideDomain
            rows[column], rows[pivot] = rows[pivot], rows[column]
            determinant = multiply(determinant, rows[column][column])
            if pivot != column:
                determinant = multiply(minus, determinant)
            scale = self._power(rows[column][column], Fraction(-1))
            rows[column] = [multiply(scale, each) for each in rows[column]]
            for k in range(size):
                if k != column:
                    factor = multiply(minus, rows[k][column])
                    pairs = zip(rows[k], rows[column], strict=True)
                    rows[k] = [add(each, multiply(factor, top)) for each, top in pairs]
        return [row[size:] for row in rows], determinant

    def _vanishes(self, value: Any) -> bool:
        while isinstance(value, Dual):
            value = value.value
        return not self.field.surely_differ(value, self.field.number(0))

    def _is_selected(self, term: Selected, at: Mapping[Index, int]) -> bool:
        if self.instance.maps is None:
            raise NoRule(f"no values for the map {term.selector.name}")
        places, values = (tuple(at_index(at, index) for index in part) for part in (term.places, term.values))
        sides = [tuple(self.instance.size(index.sort) for index in part) for part in (term.places, term.values)]
        return self.instance.maps.relates(term.selector, sides[0], sides[1], places, values)

    def _fold(self, combine: Callable[[Any, Any], Any], start: int, values: Any) -> Any:
        total: Any = self.field.number(start)
        for value in values:
            total = combine(total, value)
        return total

    def _entry(self, place: Place, positive: bool, seeds: tuple[tuple[int, Place], ...]) -> Any:
        value: Any = self.instance.entry(place, positive)
        for level, seed in seeds:
            if seed == place:
                value = Dual(level, value, self.field.number(1))
        return value

    def _partial(self, body: Term, entry: Entry, at: Mapping[Index, int], seeds: tuple[tuple[int, Place], ...]) -> Any:
        level = next(self.levels)
        place = (entry.array, tuple(at_index(at, index) for index in entry.indices))
        value = self.value(body, at, (*seeds, (level, place)))
        return value.tangent if isinstance(value, Dual) and value.level == level else self.field.number(0)

    def _power(self, base: Any, exponent: Fraction) -> Any:
        if isinstance(base, Dual):
            if exponent == 0:
                return self.field.number(1)
            slope = multiply(self.field.number(exponent), self._power(base.value, exponent - 1))
            return Dual(base.level, self._power(base.value, exponent), multiply(slope, base.tangent))
        if exponent.denominator != 1:
            return self.field.power(base, exponent)
        if exponent < 0 and base == 0:
            raise OutsideDomain
        try:
            return base ** int(exponent)
        except ZeroDivisionError:
            raise OutsideDomain from None

    def _apply(self, function: str, orders: tuple[int, ...], arguments: tuple[Any, ...]) -> Any:
        levels = [argument.level for argument in arguments if isinstance(argument, Dual)]
        if not levels:
            return self._plain(function, orders, arguments)
        top = max(levels)
        inner = tuple(primal(argument, top) for argument in arguments)
        slope: Any = self.field.number(0)
        for place, argument in enumerate(arguments):
            if isinstance(argument, Dual) and argument.level == top:
                slope = add(slope, multiply(self._slope(function, orders, inner, place), argument.tangent))
        return Dual(top, self._apply(function, orders, inner), slope)

    def _plain(self, function: str, orders: tuple[int, ...], arguments: tuple[Any, ...]) -> Any:
        if function == "iverson":
            return self.field.number(int(self.field.is_positive(arguments[0])))
        return self.field.function(function, orders, arguments)

    def _slope(self, function: str, orders: tuple[int, ...], inner: tuple[Any, ...], place: int) -> Any:
        """The derivative of a function by one argument, as a value."""
        match function:
            case "iverson":
                return self.field.number(0)
            case "exp":
                return self._apply("exp", orders, inner)
            case "log":
                return self._power(inner[0], Fraction(-1))
            case "sin":
                return self._apply("cos", orders, inner)
            case "cos":
                return multiply(self.field.number(-1), self._apply("sin", orders, inner))
            case "tanh":  # 1/cosh², written with exp: not the form that the rules of calculus use
                up = self._apply("exp", orders, inner)
                down = self._power(up, Fraction(-1))
                return multiply(self.field.number(4), self._power(add(up, down), Fraction(-2)))
        raised = tuple(order + (at == place) for at, order in enumerate(orders))
        return self._apply(function, raised, inner)


def at_index(at: Mapping[Index, int], index: Index) -> int:
    """The place an index stands at; a size-1 axis has only one."""
    return 0 if index.sort == "1" else at[index]


def primal(value: Any, level: int) -> Any:
    """The value without its tangent of this level."""
    return value.value if isinstance(value, Dual) and value.level == level else value


def add(left: Any, right: Any) -> Any:
    """The sum of two numbers or duals."""
    level = _level(left, right)
    if level is None:
        return left + right
    return Dual(level, add(primal(left, level), primal(right, level)), _add_tangents(left, right, level))


def multiply(left: Any, right: Any) -> Any:
    """The product of two numbers or duals."""
    level = _level(left, right)
    if level is None:
        return left * right
    u, v = primal(left, level), primal(right, level)
    tangents = [multiply(v, left.tangent)] if _has(left, level) else []
    tangents += [multiply(u, right.tangent)] if _has(right, level) else []
    return Dual(level, multiply(u, v), tangents[0] if len(tangents) == 1 else add(*tangents))


def _add_tangents(left: Any, right: Any, level: int) -> Any:
    tangents = [value.tangent for value in (left, right) if _has(value, level)]
    return tangents[0] if len(tangents) == 1 else add(*tangents)


def _has(value: Any, level: int) -> bool:
    return isinstance(value, Dual) and value.level == level


def _level(left: Any, right: Any) -> int | None:
    levels = [value.level for value in (left, right) if isinstance(value, Dual)]
    return max(levels) if levels else None
