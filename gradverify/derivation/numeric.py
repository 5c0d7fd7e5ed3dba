"""Evaluates an index expression on NumPy arrays, with a bound on what rounding may do to any float64 code for it.

Every index of the expression is an axis. A value carries its running error bound, in units of the rounding unit: sums add
the bounds of their terms, products and functions propagate them to first order, and each result is rounded once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from gradverify.derivation.language import Iverson, Undetermined

__all__ = ["Approximation", "Numeric"]

Real = np.longdouble


@dataclass(frozen=True)
class Approximation:
    """A value, evaluated in extended precision, and the error that a float64 evaluation may have, in rounding units."""

    value: Any
    error: Any


@dataclass
class Numeric:
    """Evaluates expressions over arrays, sizes and functions given by name; `axes` are the indices in play, in order."""

    arrays: Mapping[str, Any]
    sizes: Mapping[str, int]
    functions: Mapping[Any, Callable[[Any], Any]]

    def at_every_index(self, expression: Any, indices: tuple[Any, ...]) -> Approximation:
        """The expression for all values of these free indices: arrays with an axis for each of them, in their order."""
        axes = tuple(index for index in indices if isinstance(index, sympy.Idx))
        found = self._evaluate(sympy.sympify(expression, strict=True), axes)
        # A literal 0 stands for an axis of size 1.
        shape = tuple(1 if index == 0 else self.extent(index) for index in indices)
        inner = tuple(self.extent(index) for index in axes)
        return Approximation(
            np.broadcast_to(found.value, inner).reshape(shape), np.broadcast_to(found.error, inner).reshape(shape)
        )

    def extent(self, index: Any) -> int:
        """The number of values of an index."""
        return int((index.upper - index.lower + 1).subs(self.sizes_by_symbol(index)))

    def sizes_by_symbol(self, expression: Any) -> dict[Any, int]:
        """The sizes that an expression mentions, for substitution."""
        return {symbol: self.sizes[str(symbol)] for symbol in expression.upper.free_symbols}

    def _evaluate(self, expression: Any, axes: tuple[Any, ...]) -> Approximation:
        match expression:
            case sympy.Add():
                return self._sum_up([self._evaluate(arg, axes) for arg in expression.args])
            case sympy.Mul():
                return self._multiply([self._evaluate(arg, axes) for arg in expression.args])
            case sympy.Pow():
                return self._power(expression, axes)
            case sympy.Sum():
                return self._sum(expression, axes)
            case sympy.Indexed():
                return self._entry(expression, axes)
            case sympy.Symbol():
                return _exact(self.sizes[str(expression)])
            case Undetermined() | sympy.exp() | sympy.log() | sympy.tanh() | sympy.sin() | sympy.cos() | Iverson():
                return self._function(expression, axes)
        if expression.is_number:
            return _exact(Real(str(sympy.N(expression, 25))))
        raise TypeError(f"no numbers for {type(expression).__name__}: {expression}")

    def _entry(self, expression: Any, axes: tuple[Any, ...]) -> Approximation:
        array = np.asarray(self.arrays[str(expression.base.label)], dtype=Real)
        # Literal zeros stand on axes of size 1.
        names = [index for index in expression.indices if index != 0]
        array = array.reshape(tuple(s for s, index in zip(array.shape, expression.indices, strict=True) if index != 0))
        for index in dict.fromkeys(names):  # x_ii is a diagonal
            while names.count(index) > 1:
                first = names.index(index)
                second = names.index(index, first + 1)
                array = np.diagonal(array, axis1=first, axis2=second)
                del names[second], names[first]
                names.append(index)
        order = sorted(range(len(names)), key=lambda place: axes.index(names[place]))
        shape = tuple(array.shape[names.index(index)] if index in names else 1 for index in axes)
        return _exact(np.transpose(array, order).reshape(shape))

    def _sum(self, expression: Any, axes: tuple[Any, ...]) -> Approximation:
        bound = tuple(limit[0] for limit in expression.limits)
        # An index that shadows one in play gets the inner meaning, so the outer axis is only a placeholder there.
        inner = self._evaluate(expression.function, axes + bound)
        last = tuple(range(len(axes), len(axes) + len(bound)))
        shape = tuple(self.extent(index) for index in bound)
        count = int(np.prod(shape))

        def spread(values: Any) -> Any:
            values = np.asarray(values)
            values = values.reshape((1,) * (len(axes) + len(bound) - values.ndim) + values.shape)
            return np.broadcast_to(values, values.shape[: len(axes)] + shape)

        value, error = spread(inner.value), spread(inner.error)
        return Approximation(value.sum(axis=last), (error + count * np.abs(value)).sum(axis=last))

    def _sum_up(self, terms: list[Approximation]) -> Approximation:
        value = sum(term.value for term in terms)
        error = sum(term.error for term in terms)
        return Approximation(value, error + len(terms) * sum(np.abs(term.value) for term in terms))

    def _multiply(self, factors: list[Approximation]) -> Approximation:
        total = factors[0]
        for factor in factors[1:]:
            value = total.value * factor.value
            spread = np.abs(total.value) * factor.error + np.abs(factor.value) * total.error
            total = Approximation(value, spread + np.abs(value))
        return total

    def _power(self, expression: Any, axes: tuple[Any, ...]) -> Approximation:
        base = self._evaluate(expression.base, axes)
        exponent = float(expression.exp)
        value = np.power(base.value, Real(exponent))
        slope = np.abs(exponent * np.power(base.value, Real(exponent - 1)))
        return Approximation(value, slope * base.error + (1 + abs(exponent)) * np.abs(value))

    def _function(self, expression: Any, axes: tuple[Any, ...]) -> Approximation:
        arguments = [self._evaluate(arg, axes) for arg in expression.args]
        values = [argument.value for argument in arguments]
        if isinstance(expression, Iverson):
            return Approximation((values[0] > 0).astype(Real), np.zeros_like(values[0]))
        if isinstance(expression, Undetermined):
            value = self.functions[type(expression)](*np.broadcast_arrays(*values))
            # The code calls this very function on the entries, in float64.
            return Approximation(value, 4 * np.abs(value) + sum(np.abs(v) for v in values))
        function, slope = ELEMENTARY[type(expression)]
        value = function(values[0])
        return Approximation(value, np.abs(slope(values[0], value)) * arguments[0].error + 2 * np.abs(value))


ELEMENTARY: dict[Any, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    sympy.exp: (np.exp, lambda u, y: y),
    sympy.log: (np.log, lambda u, y: 1 / u),
    sympy.tanh: (np.tanh, lambda u, y: 1 - y**2),
    sympy.sin: (np.sin, lambda u, y: np.cos(u)),
    sympy.cos: (np.cos, lambda u, y: np.sin(u)),
}
"""Each function with its derivative, given u and the value."""


def _exact(value: Any) -> Approximation:
    value = np.asarray(value, dtype=Real)
    return Approximation(value, np.zeros_like(value))
