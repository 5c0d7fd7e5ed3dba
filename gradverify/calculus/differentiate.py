"""Works out ∂/∂entry on the kernel's expressions: the rules of calculus, one line each.

Derivatives are those on the interior of the domain: off the kinks of [u > 0], where denominators and bases are not 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gradverify.calculus.terms import (
    ONE,
    ZERO,
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
    minus,
)

ELEMENTARY: dict[str, Callable[[Term], Term]] = {
    "exp": lambda u: Apply("exp", (u,), (0,)),
    "log": lambda u: Power(u, -1),
    "tanh": lambda u: minus(ONE, Power(Apply("tanh", (u,), (0,)), 2)),
    "sin": lambda u: Apply("cos", (u,), (0,)),
    "cos": lambda u: Times((Num(-1), Apply("sin", (u,), (0,)))),
    "iverson": lambda u: ZERO,  # constant on both sides of its kink
}
"""f′(u) for each elementary function f."""


def differentiate(term: Term, entry: Entry) -> Term:
    """∂term/∂entry with no derivative left in it.

    No index of `entry` is bound in `term`, because bound indices are unique: so nothing can be captured.
    """
    match term:
        case Num() | Size() | Scalar() | Delta() | Selected():
            return ZERO
        case Entry():
            return _entry_rule(term, entry)
        case Inverse(array, row, column):  # from A·A⁻¹ = I: ∂(A⁻¹)_kl/∂A_ij = −(A⁻¹)_ki (A⁻¹)_jl
            if array != entry.array:
                return ZERO
            i, j = entry.indices
            return _times(Num(-1), Inverse(array, row, i), Inverse(array, j, column))
        case LogDet(array, _):  # Jacobi: ∂ log|det A|/∂A_ij = (A⁻¹)_ji
            if array != entry.array:
                return ZERO
            i, j = entry.indices
            return Inverse(array, j, i)
        case Plus(terms):
            return _plus(differentiate(each, entry) for each in terms)
        case Times(factors):  # ∂(uv) = ∂u·v + u·∂v
            return _plus(
                _times(*factors[:place], differentiate(factor, entry), *factors[place + 1 :])
                for place, factor in enumerate(factors)
            )
        case Power(base, exponent):  # ∂u^a = a·u^(a−1)·∂u
            return _times(Num(exponent), Power(base, exponent - 1), differentiate(base, entry))
        case Sigma(index, body):  # ∂Σu = Σ∂u
            inner = differentiate(body, entry)
            return ZERO if inner == ZERO else Sigma(index, inner)
        case Product(index, body, without):  # ∂Πu_l = Σ_l ∂u_l·Π_{q≠l} u_q
            place = Index(index.sort, f"{index.name}′{len(without)}")
            inner = differentiate(renamed(body, index, place), entry)
            if inner == ZERO:
                return ZERO
            others = (minus(ONE, Delta(place, left_out)) for left_out in without)
            return Sigma(place, _times(*others, inner, Product(index, body, (*without, place))))
        case Apply():
            return _plus(
                _times(derivative_of(term, place), differentiate(argument, entry))
                for place, argument in enumerate(term.arguments)
            )
        case Partial(body, inner_entry):
            return differentiate(differentiate(body, inner_entry), entry)
    raise NoRule(f"no derivative of {term}")


def derivative_of(applied: Apply, place: int) -> Term:
    """The partial derivative of an applied function by its argument at this place, at the same arguments."""
    if applied.function in ELEMENTARY:
        return ELEMENTARY[applied.function](applied.arguments[0])
    orders = tuple(order + (at == place) for at, order in enumerate(applied.orders))
    return Apply(applied.function, applied.arguments, orders)


def _entry_rule(term: Entry, entry: Entry) -> Term:
    """∂x_kl/∂x_ij = δ_ki δ_lj; an entry of another array does not depend on x."""
    if term.array != entry.array:
        return ZERO
    if len(term.indices) != len(entry.indices):
        raise NoRule(f"{term.array} has entries with {len(term.indices)} and with {len(entry.indices)} indices")
    return _times(*(Delta(left, right) for left, right in zip(term.indices, entry.indices, strict=True)))


def renamed(term: Term, old: Index, new: Index) -> Term:
    """The term with one free index replaced by another that occurs nowhere in it."""

    def one(index: Index) -> Index:
        return new if index == old else index

    match term:
        case Entry(array, indices, positive):
            return Entry(array, tuple(map(one, indices)), positive)
        case Delta(left, right):
            return Delta(one(left), one(right))
        case Inverse(array, row, column):
            return Inverse(array, one(row), one(column))
        case Selected(selector, places, values):
            return Selected(selector, tuple(map(one, places)), tuple(map(one, values)))
        case Plus(terms):
            return Plus(tuple(renamed(each, old, new) for each in terms))
        case Times(factors):
            return Times(tuple(renamed(each, old, new) for each in factors))
        case Power(base, exponent):
            return Power(renamed(base, old, new), exponent)
        case Sigma(index, body):
            return Sigma(index, renamed(body, old, new))
        case Product(index, body, without):
            return Product(index, renamed(body, old, new), tuple(map(one, without)))
        case Apply(function, arguments, orders):
            return Apply(function, tuple(renamed(each, old, new) for each in arguments), orders)
        case Partial(body, entry):
            moved = Entry(entry.array, tuple(map(one, entry.indices)), entry.positive)
            return Partial(renamed(body, old, new), moved)
    return term


def _plus(terms: Iterable[Term]) -> Term:
    kept = tuple(term for term in terms if term != ZERO)
    return kept[0] if len(kept) == 1 else Plus(kept) if kept else ZERO


def _times(*factors: Term) -> Term:
    if ZERO in factors:
        return ZERO
    kept = tuple(factor for factor in factors if factor != ONE)
    return kept[0] if len(kept) == 1 else Times(kept)
