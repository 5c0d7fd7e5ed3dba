"""Evaluates an index expression entry by entry in plain Python, in whichever numbers it is given: no NumPy, no axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mpmath
import sympy

from gradverify.derivation import Iverson, Undetermined


@dataclass(frozen=True)
class Numbers:
    """One kind of number: how a Python float or a rational becomes one, and its elementary functions."""

    of_float: Callable[[float], Any]
    of_constant: Callable[[Any], Any]
    power: Callable[[Any, Any], Any]
    elementary: Mapping[Any, Callable[..., Any]]
    column: str
    """Which implementation of an undetermined function goes with them."""


def _float_power(base: float, exponent: Any) -> float:
    return base ** int(exponent) if exponent.is_Integer else base ** float(exponent)


FLOATS = Numbers(
    float,
    float,
    _float_power,
    {
        sympy.exp: math.exp,
        sympy.log: math.log,
        sympy.tanh: math.tanh,
        sympy.sin: math.sin,
        sympy.cos: math.cos,
        sympy.Max: max,
        sympy.Abs: abs,
    },
    "float",
)
"""What straightforward float64 code does."""


def _exact_constant(number: Any) -> Any:
    return mpmath.mpf(sympy.N(number, 80)._mpf_)


EXACT = Numbers(
    mpmath.mpf,
    _exact_constant,
    lambda base, exponent: mpmath.power(base, mpmath.mpf(int(exponent.p)) / int(exponent.q)),
    {
        sympy.exp: mpmath.exp,
        sympy.log: mpmath.log,
        sympy.tanh: mpmath.tanh,
        sympy.sin: mpmath.sin,
        sympy.cos: mpmath.cos,
        sympy.Max: max,
        sympy.Abs: abs,
    },
    "exact",
)
"""Sixty digits and more, under `mpmath.workdps(80)`."""


@dataclass
class Loops:
    """The expression's value where its free indices stand at given places."""

    numbers: Numbers
    arrays: Mapping[str, Any]
    sizes: Mapping[str, int]
    functions: Mapping[Any, Mapping[str, Callable[..., Any]]] = field(default_factory=dict)
    scalars: Mapping[str, float] = field(default_factory=dict)
    definitions: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    def at(self, expression: Any, scope: Mapping[Any, int]) -> Any:
        if isinstance(expression, sympy.Sum):
            return self._sum(expression.function, list(expression.limits), scope)
        if isinstance(expression, sympy.Indexed):
            return self._entry(expression, scope)
        if isinstance(expression, sympy.KroneckerDelta):
            left, right = (self._place(index, scope) for index in expression.args)
            return self.numbers.of_float(float(left == right))
        if isinstance(expression, sympy.Symbol):
            name = str(expression)
            return self.numbers.of_float(float(self.sizes.get(name, self.scalars.get(name))))
        if isinstance(expression, sympy.Pow):
            return self.numbers.power(self.at(expression.base, scope), expression.exp)
        if not expression.args or (expression.is_number and not isinstance(expression, Undetermined | Iverson)):
            return self.numbers.of_constant(expression)
        arguments = [self.at(arg, scope) for arg in expression.args]
        return self._combined(expression, arguments)

    def _combined(self, expression: Any, arguments: list[Any]) -> Any:
        if isinstance(expression, sympy.Add | sympy.Mul):
            total = arguments[0]
            for argument in arguments[1:]:
                total = total + argument if isinstance(expression, sympy.Add) else total * argument
            return total
        if isinstance(expression, Iverson):
            return self.numbers.of_float(float(arguments[0] > 0))
        if isinstance(expression, Undetermined):
            return self.functions[type(expression)][self.numbers.column](*arguments)
        return self.numbers.elementary[type(expression)](*arguments)

    def _sum(self, body: Any, limits: list[Any], scope: Mapping[Any, int]) -> Any:
        if not limits:
            return self.at(body, scope)
        *inner, (index, first, last) = limits  # the last limit is the outermost
        side = last + 1
        total = self.numbers.of_float(0.0)
        for place in range(int(first), self.sizes[str(side)] if isinstance(side, sympy.Symbol) else int(side)):
            total = total + self._sum(body, inner, {**scope, index: place})
        return total

    def _entry(self, expression: Any, scope: Mapping[Any, int]) -> Any:
        name = str(expression.base.label)
        places = tuple(self._place(index, scope) for index in expression.indices)
        if name in self.definitions:
            entry, body = self.definitions[name]
            return self.at(body, {i: p for i, p in zip(entry.indices, places, strict=True) if i != 0})
        return self.numbers.of_float(float(self.arrays[name][places]))

    def _place(self, index: Any, scope: Mapping[Any, int]) -> int:
        return scope[index] if index in scope else int(index)
