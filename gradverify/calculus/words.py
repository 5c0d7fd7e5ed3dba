"""The SymPy classes that ordinary SymPy has no word for: ∂ left standing, [u > 0], undetermined functions, maps of indices.

They belong to the kernel's door to SymPy, because what they mean is what `from_sympy` makes of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from gradverify.calculus.terms import Selector


class Number(sympy.IndexedBase):  # type: ignore[misc]  # SymPy ships no types
    """An array without axes: its one entry is `y[()]`, which SymPy's own base refuses."""

    def __new__(cls, label: Any, shape: Any = (), **assumptions: Any) -> Number:
        """Make the base of this name; SymPy makes it again from its `args`, the empty shape among them."""
        if len(shape):
            raise ValueError(f"{label} has no axes, got the shape {shape}")
        made: Number = super().__new__(cls, label, shape=(), **assumptions)
        return made

    def __getitem__(self, indices: Any, **options: Any) -> OnlyEntry:
        """The entry; there is one, and it has no index."""
        if indices != ():
            raise sympy.tensor.indexed.IndexException(f"{self.label} has no axes: its entry is {self.label}[()]")
        return OnlyEntry(self)


class OnlyEntry(sympy.Indexed):  # type: ignore[misc]  # SymPy ships no types
    """The entry of an array without axes."""

    def __new__(cls, base: Any) -> OnlyEntry:
        """Make the entry."""
        made: OnlyEntry = sympy.Expr.__new__(cls, base)
        sympy.IndexedBase._set_assumptions(made, base.assumptions0)  # as SymPy does for an entry with indices
        return made


def base_of(label: str, shape: Any, **assumptions: Any) -> Any:
    """The SymPy base of an array of this shape, which may have no axes."""
    sides = tuple(shape)
    return sympy.IndexedBase(label, shape=sides, **assumptions) if sides else Number(label, **assumptions)


class D(sympy.Expr):  # type: ignore[misc]  # SymPy ships no types
    """∂expression/∂entry, left standing until a step works it out.

    SymPy's own derivative of `y[k, l]` by `x[i, j]` is 0 when it is worked out, because y and x are different symbols;
    here y is a name for the forward expression in x.
    """

    def __new__(cls, expression: Any, entry: Any) -> D:
        """Make the unevaluated derivative of `expression` with respect to the entry `x[i, j]`."""
        if not isinstance(entry, sympy.Indexed):
            raise TypeError(f"∂ is taken with respect to an entry such as x[i, j], got {entry}")
        made: D = super().__new__(cls, sympy.sympify(expression, strict=True), entry)
        return made

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


def undetermined(symbol: str, orders: tuple[int, ...]) -> Any:
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


def partial(f: Any, argument: int) -> Any:
    """The partial derivative of an undetermined function by its `argument`-th argument, counted from 1."""
    orders = tuple(order + (place + 1 == argument) for place, order in enumerate(f.orders))
    return undetermined(f.symbol, orders)


class InverseEntry(sympy.Expr):  # type: ignore[misc]  # SymPy ships no types
    """The entry of a square array's inverse, as `inverse_matrix(x)[i, j]` makes it."""


class LogAbsDet(sympy.Expr):  # type: ignore[misc]  # SymPy ships no types
    """log |det x| of a square array."""

    def __new__(cls, x: Any) -> LogAbsDet:
        """Make the logarithm of the absolute value of the determinant of the array x."""
        _check_square(x)
        made: LogAbsDet = super().__new__(cls, x)
        return made


class inverse_matrix:  # noqa: N801  # a word of the language, as index and array are
    """The inverse of a square array: `inverse_matrix(x)[i, j]` is its entry. It is tied to x by x·x⁻¹ = I alone."""

    def __init__(self, x: Any) -> None:
        _check_square(x)
        self.x = x

    def __getitem__(self, indices: tuple[Any, Any]) -> InverseEntry:
        row, column = (
            sympy.sympify(index, strict=True) for index in indices
        )  # an index may be a plain number, as in [i, 0]
        made: InverseEntry = InverseEntry(self.x, row, column)
        return made


def _check_square(x: Any) -> None:
    if not isinstance(x, sympy.IndexedBase) or len(x.shape or ()) != 2 or x.shape[0] != x.shape[1]:
        raise TypeError(f"{x} is no square matrix: declare it with array(name, n, n)")


class ProductOver(sympy.Expr):  # type: ignore[misc]  # SymPy ships no types
    """Π over an index, all of its values or all but some: `product(x[i, l], l, without=j)` makes Π_{l≠j} x_il."""

    @property
    def free_symbols(self) -> Any:
        """The symbols that it depends on: not the index that it runs over."""
        body, index, *without = self.args
        return (body.free_symbols - {index}).union(*(each.free_symbols for each in without))


def product(expression: Any, index: Any, *, without: Any = ()) -> ProductOver:
    """The product of an expression over an index, leaving out the places `without`, an index or a tuple of them."""
    left_out = without if isinstance(without, tuple) else (without,)
    made: ProductOver = ProductOver(sympy.sympify(expression, strict=True), index, *left_out)
    return made


class IndexMap(sympy.Function):  # type: ignore[misc]  # SymPy ships no types
    """Base of the maps of indices: `t(i)` stands where an index stands, as in `x[i, t(i)]` or `delta(j, t(i))`.

    Nothing is known of a map but the properties of its `selector`. An entry read at an index that has no value is 0.
    """

    symbol: str
    selector: Selector
    sides: tuple[Any, ...]
    """The sizes that its arguments run over."""
    target: Any
    """The size that its values run over."""
    component: int | None
    """Which place of the selector this is the inverse of; none for the map itself."""
    of: Any
    """The map that this is the inverse of, else the map itself."""
    rule: Callable[..., Any] | None
    """What the map is in code: of its arguments, and of sizes and parameters by name. None where it is a parameter."""


class IndexRelation(sympy.Function):  # type: ignore[misc]  # SymPy ships no types
    """Base of the relations between two indices: `below(l, k)` is 1 where it holds, else 0."""

    symbol: str
    selector: Selector
    sides: tuple[Any, ...]
    rule: Callable[..., Any] | None


def index_map(
    name: str,
    places: Any,
    target: Any,
    *,
    partial: bool = False,
    one_to_one: bool = False,
    onto: bool = False,
    rule: Callable[..., Any] | None = None,
) -> Any:
    """A map of indices: from one index, or several, that run over `places`, to one that runs over the size `target`.

    `partial`: it need not have a value everywhere. `one_to_one`: no two places share a value. `onto`: and every value is
    taken, as by a permutation. The proof holds for every such map; `rule` says in code which one the op uses, of the
    indices first, then of sizes and parameters by name: a result outside 0 … target − 1 is no value.
    """
    selector = Selector(name, total=not partial, injective=one_to_one or onto, onto=onto)
    sides = places if isinstance(places, tuple) else (places,)
    members = {"symbol": name, "selector": selector, "sides": sides, "target": target, "component": None, "rule": rule}
    made = type(name, (IndexMap,), {**members, "nargs": len(sides)})
    made.of = made  # type: ignore[attr-defined]  # SymPy ships no types
    return made


def inverse(of: Any, names: str) -> Any:
    """The inverse of a one-to-one map: one map of its value for each of its places, under these names."""
    made = [
        type(
            name,
            (IndexMap,),
            {
                "symbol": name,
                "selector": of.selector,
                "sides": (of.target,),
                "target": side,
                "component": place,
                "of": of,
                "rule": of.rule,
                "nargs": 1,
            },
        )
        for place, (name, side) in enumerate(zip(names.replace(",", " ").split(), of.sides, strict=True))
    ]
    if not of.selector.injective:
        raise ValueError(f"{of.symbol} has no inverse: declare it with one_to_one=True")
    return made[0] if len(made) == 1 else tuple(made)


def relation(name: str, left: Any, right: Any, *, rule: Callable[..., Any] | None = None) -> Any:
    """A relation between an index that runs over the size `left` and one that runs over `right`; `rule` is it in code."""
    selector = Selector(name, single=False, total=False)
    members = {"symbol": name, "selector": selector, "sides": (left, right), "rule": rule}
    return type(name, (IndexRelation,), {**members, "nargs": 2})
