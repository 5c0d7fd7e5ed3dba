"""Values with a bound on what rounding may do to any float64 code for them, and the functions of such values.

A bound is in units of the rounding unit: sums add the bounds of their terms, functions propagate them to first order, and
each result is rounded once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import sympy

from gradverify.derivation.language import Iverson

__all__ = [
    "FUNCTIONS",
    "Approximation",
    "Real",
    "add",
    "applied",
    "carried",
    "constant",
    "exact",
    "inverse",
    "log_abs_det",
    "scales",
]

Real = np.longdouble

STEP = Real(2.0**-20)
"""Relative step of the central difference that says how steep an undetermined function is."""


@dataclass(frozen=True)
class Approximation:
    """A value, evaluated in extended precision, and the error that a float64 evaluation may have, in rounding units."""

    value: Any
    error: Any


def exact(value: Any) -> Approximation:
    value = np.asarray(value, dtype=Real)
    return Approximation(value, np.broadcast_to(Real(0), value.shape))  # no memory


def constant(number: Any) -> Approximation:
    """A number, which float64 code rounds unless it is one of its own."""
    value = np.asarray(Real(str(sympy.N(number, 25))))
    return Approximation(value, np.where(value == np.float64(value), Real(0), np.abs(value)))


def carried(slope: Any, error: Any) -> Any:
    """What an error becomes behind a slope; nothing where there is none, however steep it is."""
    return np.where(error == 0, Real(0), np.abs(slope) * error)


def add(terms: Sequence[Approximation]) -> Approximation:
    value = sum(term.value for term in terms)
    error = sum(term.error for term in terms)
    return Approximation(value, error + len(terms) * sum(np.abs(term.value) for term in terms))


def scales(factor: Any) -> bool:
    """Whether multiplying by this rounds nothing: 0, 1, −1 or another power of two, whatever the values."""
    if isinstance(factor, sympy.Rational):
        return all(part & (part - 1) == 0 for part in (abs(int(factor.p)), int(factor.q)))
    return isinstance(factor, Iverson | sympy.KroneckerDelta)


def applied(function: Callable[..., Any], arguments: Sequence[Approximation]) -> Approximation:
    """An undetermined function, given as code, which rounds inside as it likes when it is called in float64.

    That is taken to be a few units of the value, and what a few units of every argument make of it.
    """
    values = np.broadcast_arrays(*(argument.value for argument in arguments))
    value = np.broadcast_to(np.asarray(function(*values), dtype=Real), values[0].shape)
    error = 4 * np.abs(value)
    for place, (argument, u) in enumerate(zip(arguments, values, strict=True)):
        step = STEP * (1 + np.abs(u))
        beside = [[*values[:place], u + side * step, *values[place + 1 :]] for side in (1, -1)]
        slope = (function(*beside[0]) - function(*beside[1])) / (2 * step)
        error = error + carried(slope, argument.error) + np.abs(u) * (1 + np.abs(slope))
    return Approximation(value, error)


def _elementary(function: Callable[[Any], Any], slope: Callable[[Any, Any], Any]) -> Callable[..., Approximation]:
    """A function with its derivative, given u and the value."""

    def evaluated(u: Approximation) -> Approximation:
        value = function(u.value)
        return Approximation(value, carried(slope(u.value, value), u.error) + 2 * np.abs(value))

    return evaluated


def _maximum(*arguments: Approximation) -> Approximation:
    return reduce(
        lambda u, v: Approximation(np.maximum(u.value, v.value), np.maximum(u.error, v.error)),
        arguments,
    )


FUNCTIONS: dict[Any, Callable[..., Approximation]] = {
    sympy.exp: _elementary(np.exp, lambda u, y: y),
    sympy.log: _elementary(np.log, lambda u, y: 1 / u),
    sympy.tanh: _elementary(np.tanh, lambda u, y: 1 - y**2),
    sympy.sin: _elementary(np.sin, lambda u, y: np.cos(u)),
    sympy.cos: _elementary(np.cos, lambda u, y: np.sin(u)),
    sympy.Max: _maximum,
    sympy.Abs: lambda u: Approximation(np.abs(u.value), u.error),
    Iverson: lambda u: exact(u.value > 0),
}


def inverse(matrix: Any) -> Any:
    """The inverse in extended precision: that of float64, refined by Newton's iteration."""
    try:
        inverse = np.linalg.inv(matrix.astype(np.float64)).astype(Real)
    except np.linalg.LinAlgError:
        return np.full(matrix.shape, np.nan, dtype=Real)
    for _ in range(3):
        inverse = inverse @ (2 * np.eye(len(matrix), dtype=Real) - matrix @ inverse)
    return inverse


def log_abs_det(matrix: Any) -> Approximation:
    """log |det A|, by elimination in extended precision; its error is what a relative error of every entry does to it."""
    rows, total = matrix.copy(), Real(0)
    for k in range(len(rows)):
        pivot = k + int(np.argmax(np.abs(rows[k:, k])))
        rows[[k, pivot]] = rows[[pivot, k]]
        total += np.log(np.abs(rows[k, k]))
        rows[k + 1 :] -= np.outer(rows[k + 1 :, k] / rows[k, k], rows[k])
    error = 4 * len(matrix) * (np.abs(inverse(matrix)).T * np.abs(matrix)).sum() + 4 * np.abs(total)
    return Approximation(np.asarray(total), np.asarray(error))
