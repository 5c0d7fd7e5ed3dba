"""The words a derivation is written in: sizes, indices, arrays, cotangents, ∂, δ, Σ, [u > 0] and undetermined functions.

Everything here is, or wraps, an ordinary SymPy object, so a derivation can be printed, typeset and computed with as
any SymPy expression. Nothing is simplified on the way in: a line stays as it was written.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import KroneckerDelta as delta
from sympy import Max, Sum, exp, log, sqrt, tanh

from gradverify.calculus.words import (
    D,
    IndexMap,
    IndexRelation,
    InverseEntry,
    Iverson,
    LogAbsDet,
    ProductOver,
    Undetermined,
    base_of,
    index_map,
    inverse,
    inverse_matrix,
    partial,
    product,
    relation,
    undetermined,
)
from gradverify.model import Choice

__all__ = [
    "D",
    "IndexMap",
    "IndexRelation",
    "InverseEntry",
    "Iverson",
    "LogAbsDet",
    "Max",
    "ProductOver",
    "Sum",
    "Undetermined",
    "array",
    "cotangent",
    "delta",
    "exp",
    "function",
    "index",
    "index_map",
    "inverse",
    "inverse_matrix",
    "log",
    "matrix",
    "one_of",
    "partial",
    "prime",
    "product",
    "relation",
    "scalar",
    "size",
    "sqrt",
    "tangent",
    "tanh",
]


def size(names: str) -> Any:
    """Sizes of axes, as symbols: `m, n = size("m n")`. One name gives one symbol, several give a tuple."""
    return sympy.symbols(names, integer=True, positive=True)


def index(names: str, extent: Any) -> Any:
    """Indices that run over an axis of this size: `i, k = index("i k", m)` run over 0 … m − 1."""
    made = tuple(sympy.Idx(name, extent) for name in names.replace(",", " ").split())
    return made[0] if len(made) == 1 else made


def array(name: str, *shape: Any, positive: bool = False) -> sympy.IndexedBase:
    """An array of real entries with these sizes (symbols, or whole numbers for fixed sides); `x[i, j]` is an entry.

    Without sizes it is an array without axes, a single number, whose one entry is `y[()]`.

    `positive=True` declares every entry to be greater than 0: it becomes part of the derivation's domain.
    """
    assumptions: dict[str, bool] = {"positive": True} if positive else {}
    return base_of(name, shape, **assumptions)


def scalar(name: str, *, positive: bool = False) -> sympy.Symbol:
    """A real number that is not differentiated, such as ε."""
    return sympy.Symbol(name, positive=True) if positive else sympy.Symbol(name)


def cotangent(of: sympy.IndexedBase) -> sympy.IndexedBase:
    """The cotangent ȳ of an array y: the gradient of the scalar loss with respect to y, of y's shape."""
    return base_of(f"{of.label}_bar", of.shape)


def tangent(of: sympy.IndexedBase) -> sympy.IndexedBase:
    """The tangent ẋ of an array x: the direction in which it is moved, of x's shape."""
    return base_of(f"{of.label}_dot", of.shape)


def matrix(of: sympy.IndexedBase) -> sympy.MatrixSymbol:
    """An array with one or two axes as a matrix, for a claim in matrix notation: `matrix(K_bar) * matrix(X).T`."""
    rows, columns = (*of.shape, 1)[:2]
    return sympy.MatrixSymbol(str(of.label), rows, columns)


def one_of(*values: Any) -> Choice:
    """A parameter of the op that is one of these values: `parameters={"stride": one_of(1, 2, 3)}`."""
    return Choice(values)


def function(name: str, arguments: int = 1) -> Any:
    """An arbitrary differentiable function: `f = function("f")`, then `f(x[i])`."""
    return undetermined(name, (0,) * arguments)


def prime(f: Any) -> Any:
    """The derivative f′ of an undetermined function of one argument."""
    return partial(f, 1)
