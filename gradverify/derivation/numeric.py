"""Evaluates an index expression on NumPy arrays, with a bound on what rounding may do to any float64 code for it.

Every index of the expression is an axis. A value carries its running error bound, in units of the rounding unit: sums add
the bounds of their terms, products and functions propagate them to first order, and each result is rounded once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from math import prod
from typing import Any

import numpy as np
import sympy

from gradverify.derivation.approximation import (
    FUNCTIONS,
    Approximation,
    Real,
    add,
    applied,
    carried,
    constant,
    exact,
    inverse,
    log_abs_det,
    scales,
)
from gradverify.derivation.language import (
    IndexMap,
    IndexRelation,
    InverseEntry,
    LogAbsDet,
    ProductOver,
    Undetermined,
)
from gradverify.errors import Unsupported

__all__ = ["Approximation", "Numeric"]

Axes = tuple[tuple[Any, int], ...]
"""The indices in play, each with the number of its values; None for one that an inner index of its name hides."""


@dataclass(frozen=True)
class Numeric:
    """Evaluates expressions over arrays, sizes, functions and scalars given by name.

    `definitions` maps the name of an output or of a named quantity to its entry and its expression. Everything that an
    expression mentions must be known: what is not, or has no numbers (a ∂ left standing), raises `Unsupported`.
    """

    arrays: Mapping[str, Any]
    sizes: Mapping[str, int]
    functions: Mapping[Any, Callable[..., Any]] = field(default_factory=dict)
    scalars: Mapping[str, float] = field(default_factory=dict)
    definitions: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    maps: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """For each map of indices and each relation its values, of arrays of indices; −1, or any other number that is no
    index, where a map has none."""
    bounded: bool = True
    """Without bounds the errors of sums are left out, which saves time and memory."""

    def at_every_index(self, expression: Any, indices: Sequence[Any]) -> Approximation:
        """The expression for all values of these free indices: arrays with an axis for each of them, in their order."""
        axes = tuple((i, self._extent(i.lower, i.upper)) for i in indices if isinstance(i, sympy.Idx))
        with np.errstate(all="ignore"):  # outside its domain an expression is NaN or infinite
            found = self._evaluate(sympy.sympify(expression, strict=True), axes)
        inner = tuple(extent for _, extent in axes)
        shape = tuple(dict(axes).get(index, 1) for index in indices)  # a literal 0 stands for an axis of size 1
        return Approximation(*(np.broadcast_to(part, inner).reshape(shape) for part in (found.value, found.error)))

    def shape(self, sides: Sequence[Any]) -> tuple[int, ...]:
        """A shape of size symbols and whole numbers in numbers."""
        return tuple(self._extent(0, sympy.sympify(side, strict=True) - 1) for side in sides)

    def _extent(self, lower: Any, upper: Any) -> int:
        if lower != 0:
            raise Unsupported(f"an index starts at {lower}, not at 0")
        side, name = _side(upper)
        if name is not None:
            return self._size(name)
        return int(side.subs({symbol: self._size(str(symbol)) for symbol in side.free_symbols}))

    def _size(self, name: str) -> int:
        if name not in self.sizes:
            raise Unsupported(f"{name} has no value: it is no side of an input and no parameter")
        return self.sizes[name]

    def _evaluate(self, expression: Any, axes: Axes) -> Approximation:
        match expression:
            case sympy.Add():
                return add([self._evaluate(arg, axes) for arg in expression.args])
            case sympy.Mul():
                return self._product(expression.args, axes)
            case sympy.Pow():
                return self._power(expression, axes)
            case sympy.Sum():
                return self._sum(expression, axes)
            case sympy.Indexed():
                return self._entry(expression, axes)
            case sympy.Symbol():
                name = str(expression)
                return exact(self._size(name) if name not in self.scalars or name in self.sizes else self.scalars[name])
            case sympy.KroneckerDelta():
                left, right = (self._values(index, axes) for index in expression.args)
                return exact((left == right) & (left >= 0) & (right >= 0))
            case IndexRelation():
                left, right = (self._values(index, axes) for index in expression.args)
                holds = self._code(type(expression))(np.maximum(left, 0), np.maximum(right, 0))
                return exact(holds & (left >= 0) & (right >= 0))
            case ProductOver():
                return self._product_over(expression, axes)
            case InverseEntry():
                return self._inverse_entry(expression, axes)
            case LogAbsDet():
                return log_abs_det(self._matrix(expression.args[0]))
            case Undetermined():
                if type(expression) not in self.functions:
                    raise Unsupported(f"no code stands for {type(expression).__name__}: no parameter is this function")
                return applied(self.functions[type(expression)], [self._evaluate(arg, axes) for arg in expression.args])
            case _ if type(expression) in FUNCTIONS:
                return FUNCTIONS[type(expression)](*(self._evaluate(arg, axes) for arg in expression.args))
        if expression.is_number:
            return constant(expression)
        raise Unsupported(f"there are no numbers for {type(expression).__name__}: {expression}")

    def _entry(self, expression: Any, axes: Axes) -> Approximation:
        name = str(expression.base.label)
        if name in self.arrays:
            found = exact(self.arrays[name])
        elif name in self.definitions:
            entry, body = self.definitions[name]
            found = self.at_every_index(body, entry.indices)
        else:
            raise Unsupported(f"{name} is no input, no cotangent and nothing that the derivation defines")
        if any(isinstance(index, IndexMap) for index in expression.indices):
            places = [self._values(index, axes) for index in expression.indices]
            return Approximation(*(_gather(part, expression, places) for part in (found.value, found.error)))
        return Approximation(*(_pick(part, expression, axes) for part in (found.value, found.error)))

    def _product_over(self, expression: Any, axes: Axes) -> Approximation:
        body, index, *without = expression.args
        extent = self._extent(index.lower, index.upper)
        hidden = tuple((None if name == index else name, own) for name, own in axes)
        inner = self._evaluate(body, (*hidden, (index, extent)))
        here = np.arange(extent)
        kept = np.ones((1,) * len(axes) + (extent,), dtype=bool)
        for each in without:
            kept = kept & (self._values(each, axes)[..., None] != here)
        value, error = (np.asarray(part) for part in (inner.value, inner.error))
        if value.ndim <= len(axes):
            value, error = value[..., None], error[..., None]
        value = np.where(kept, value, Real(1))
        total = value.prod(axis=-1)
        others = (
            np.stack([np.delete(value, k, axis=-1).prod(axis=-1) for k in range(extent)], axis=-1) if extent else value
        )
        carried = (np.where(kept, error, Real(0)) * np.abs(others)).sum(axis=-1)
        return Approximation(total, carried + extent * np.abs(total))

    def _matrix(self, base: Any) -> Any:
        name = str(base.label)
        if name not in self.arrays:
            raise Unsupported(f"the inverse of {name}, which is no input")
        return np.asarray(self.arrays[name], dtype=Real)

    def _inverse_entry(self, expression: Any, axes: Axes) -> Approximation:
        base, *indices = expression.args
        matrix = self._matrix(base)
        turned = inverse(matrix)
        error = 4 * len(matrix) * np.abs(turned) @ np.abs(matrix) @ np.abs(turned)
        places = [self._values(index, axes) for index in indices]
        return Approximation(*(_gather(part, expression, places) for part in (turned, error)))

    def _values(self, index: Any, axes: Axes) -> Any:
        """The values of an index along the axes in play; −1 where a map has none. A literal place is its own."""
        if isinstance(index, IndexMap):
            return self._mapped(type(index), [self._values(arg, axes) for arg in index.args])
        place = _place(index, axes)
        if place is None:
            return np.asarray(int(index))
        return np.arange(axes[place][1]).reshape([-1 if k == place else 1 for k in range(len(axes))])

    def _mapped(self, kind: Any, arguments: Sequence[Any]) -> Any:
        """A map's values at arrays of indices."""
        here = reduce(np.logical_and, (argument >= 0 for argument in arguments))
        arguments = [np.maximum(argument, 0) for argument in arguments]
        if kind.component is None:
            target = self._extent(0, kind.target - 1)
            values = np.asarray(self._code(kind)(*arguments))
            return np.where(here & (values >= 0) & (values < target), values, -1)
        places = np.indices(self.shape(kind.of.sides)).reshape(len(kind.of.sides), -1)
        table = np.full(self._extent(0, kind.of.target - 1), -1)
        values = self._mapped(kind.of, list(places))
        table[values[values >= 0]] = places[kind.component][values >= 0]
        return np.where(here, table[arguments[0]], -1)

    def _code(self, kind: Any) -> Callable[..., Any]:
        if kind.symbol not in self.maps:
            raise Unsupported(f"no values for the map {kind.symbol}: it has no rule, and no parameter is this map")
        return self.maps[kind.symbol]

    def _sum(self, expression: Any, axes: Axes) -> Approximation:
        bound = [limit[0] for limit in expression.limits]
        shape = tuple(self._extent(lower, upper) for _, lower, upper in expression.limits)
        # A name that is bound again means the inner index, and the first limit is the innermost: of the other indices of
        # that name only the axis is kept.
        hidden = tuple((None if index in bound else index, extent) for index, extent in axes)
        own = tuple((None if i in bound[:k] else i, shape[k]) for k, i in enumerate(bound))
        inner = self._evaluate(expression.function, hidden + own)
        last = tuple(range(len(axes), len(axes) + len(shape)))

        def spread(values: Any) -> Any:
            values = np.asarray(values)
            values = values.reshape((1,) * (len(axes) + len(shape) - values.ndim) + values.shape)
            return np.broadcast_to(values, values.shape[: len(axes)] + shape)

        value, error = spread(inner.value), spread(inner.error)
        count = prod(shape)
        if not self.bounded:
            total = value.sum(axis=last)
            return Approximation(total, np.broadcast_to(Real(0), total.shape))
        return Approximation(value.sum(axis=last), (error + count * np.abs(value)).sum(axis=last))

    def _product(self, factors: Sequence[Any], axes: Axes) -> Approximation:
        total = exact(1)
        for number, factor in enumerate(factors):
            one = self._evaluate(factor, axes)
            value = total.value * one.value
            error = np.abs(total.value) * one.error + np.abs(one.value) * total.error
            total = Approximation(value, error + (np.abs(value) if number and not scales(factor) else 0))
        return total

    def _power(self, expression: Any, axes: Axes) -> Approximation:
        base, exponent = self._evaluate(expression.base, axes), expression.exp
        if not isinstance(exponent, sympy.Rational):
            raise Unsupported(f"the exponent {exponent} is not a rational number")
        power = Real(int(exponent.p)) / Real(int(exponent.q))
        value = np.power(base.value, power)
        slope = power * np.power(base.value, power - 1)
        return Approximation(value, carried(slope, base.error) + (1 + abs(power)) * np.abs(value))


@cache
def _side(upper: Any) -> tuple[Any, str | None]:
    """One more than an index's last value, and its name where it is a size."""
    side = upper + 1
    return side, str(side.name) if isinstance(side, sympy.Symbol) else None


def _pick(array: Any, expression: Any, axes: Axes) -> Any:
    """The entries of an array where its indices take the values of the axes in play, with an axis for each of those."""
    if array.ndim != len(expression.indices):
        raise Unsupported(f"{expression} has {len(expression.indices)} indices, the array {array.ndim} axes")
    places = [_place(index, axes) for index in expression.indices]
    for side, index, place in zip(array.shape, expression.indices, places, strict=True):
        extent = 1 if place is None else axes[place][1]
        # a literal place is 0, on an axis of size 1
        if side != extent or (place is None and index != 0):
            raise Unsupported(f"{index} in {expression} has {extent} values, the axis {side}")
    named = [place for place in places if place is not None]
    array = array.reshape([axes[place][1] for place in named])
    kept = sorted(set(named))  # x_ii is a diagonal
    return np.einsum(array, named, kept).reshape([n if place in kept else 1 for place, (_, n) in enumerate(axes)])


def _place(index: Any, axes: Axes) -> int | None:
    """Which of the axes in play an index is; none for a literal place."""
    names = [name for name, _ in axes]
    if index in names:
        return names.index(index)
    if index.is_Integer:
        return None
    raise Unsupported(f"{index} is no index of the expression and is bound by no sum")


def _gather(array: Any, expression: Any, places: Sequence[Any]) -> Any:
    """The entries of an array at computed places, with an axis for each of those in play; 0 where there is no place."""
    if array.ndim != len(places):
        raise Unsupported(f"{expression} has {len(places)} indices, the array {array.ndim} axes")
    places = np.broadcast_arrays(*places)
    here = np.logical_and.reduce([place >= 0 for place in places])
    if not array.size:
        return np.zeros(here.shape, dtype=array.dtype)
    for side, place in zip(array.shape, places, strict=True):
        if place.size and int(place.max()) >= side:
            raise Unsupported(f"{expression} reads place {int(place.max())} of an axis of {side}")
    return np.where(here, array[tuple(np.maximum(place, 0) for place in places)], Real(0))
