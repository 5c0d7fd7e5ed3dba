"""The words a derivation is written in: sizes, indices, arrays, cotangents, ∂, δ, Σ, [u > 0] and undetermined functions.

Everything here is, or wraps, an ordinary SymPy object, so a derivation can be printed, typeset and computed with as
any SymPy expression. Nothing is simplified on the way in: a line stays as it was written.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import KroneckerDelta as delta
from sympy import Sum

__all__ = [
    "D",
    "Iverson",
    "Sum",
    "Undetermined",
    "array",
    "cotangent",
    "delta",
    "function",
    "index",
    "partial",
    "prime",
    "scalar",
    "size",
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

    `positive=True` declares every entry to be greater than 0: it becomes part of the derivation's domain.
    """
    assumptions: dict[str, bool] = {"positive": True} if positive else {}
    return sympy.IndexedBase(name, shape=shape, **assumptions)


def scalar(name: str, *, positive: bool = False) -> sympy.Symbol:
    """A real number that is not differentiated, such as ε."""
    return sympy.Symbol(name, positive=True) if positive else sympy.Symbol(name)


def cotangent(of: sympy.IndexedBase) -> sympy.IndexedBase:
    """The cotangent ȳ of an array y: the gradient of the scalar loss with respect to y, of y's shape."""
    return sympy.IndexedBase(f"{of.label}_bar", shape=of.shape)


class D(sympy.Expr):  # type: ignore[misc]  # SymPy ships no types
    """∂expression/∂entry, left standing until a step works it out.

    SymPy's own `Derivative(y[k, l], x[i, j])` is 0 at once, because y and x are different symbols; here y is a name for
    the forward expression in x.
    """

    def __new__(cls, expression: Any, entry: Any) -> D:
        """Make the unevaluated derivative of `expression` with respect to the entry `x[i, j]`."""
        if not isinstance(entry, sympy.Indexed):
            raise TypeError(f"∂ is taken with respect to an entry such as x[i, j], got {entry}")
        return super().__new__(cls, sympy.sympify(expression, strict=True), entry)

    @property
    def expression(self) -> Any:
        """What is differentiated."""
        return self.args[0]

    @property
    def entry(self) -> Any:
        """The entry it is differentiated by."""
        return self.args[1]


class Iverson(sympy.Function):  # type: ignore[misc]  # SymPy ships no types
    """[u > 0]: 1 where u is positive, else 0; its derivative is 0 off the kink at u = 0."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        """Return 0: the bracket is constant on both sides of the kink."""
        return sympy.S.Zero


class Undetermined(sympy.Function):  # type: ignore[misc]  # SymPy ships no types
    """Base of the functions about which nothing is known but that they are differentiable.

    `symbol` is the function's name and `orders` how often it has been differentiated by each argument.
    """

    symbol: str
    orders: tuple[int, ...]

    def fdiff(self, argindex: int = 1) -> Any:
        """Return the partial derivative by the `argindex`-th argument (from 1), at the same arguments."""
        return partial(type(self), argindex)(*self.args)


_made: dict[tuple[str, tuple[int, ...]], Any] = {}


def _undetermined(symbol: str, orders: tuple[int, ...]) -> Any:
    # One class per function and orders: SymPy compares applied functions by their class.
    key = (symbol, orders)
    if key not in _made:
        if len(orders) == 1:
            name = symbol + "′" * orders[0]
        else:
            name = symbol + "".join(f"_{place + 1}" * order for place, order in enumerate(orders))
        members = {"symbol": symbol, "orders": orders, "nargs": len(orders)}
        _made[key] = type(name, (Undetermined,), members)
    return _made[key]


def function(name: str, arguments: int = 1) -> Any:
    """An arbitrary differentiable function: `f = function("f")`, then `f(x[i])`."""
    return _undetermined(name, (0,) * arguments)


def partial(f: Any, argument: int) -> Any:
    """The partial derivative of an undetermined function by its `argument`-th argument, counted from 1."""
    orders = tuple(order + (place + 1 == argument) for place, order in enumerate(f.orders))
    return _undetermined(f.symbol, orders)


def prime(f: Any) -> Any:
    """The derivative f′ of an undetermined function of one argument."""
    return partial(f, 1)
