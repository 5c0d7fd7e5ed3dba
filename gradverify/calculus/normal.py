"""Brings an expression to normal form, for symbolic sizes, and decides whether a normal form is 0.

Equal normal forms mean: equal for all sizes, on the domain where denominators are not 0, bases and arguments of logarithms
are positive and no bracket is on its kink. Different normal forms mean that nothing was decided here.
"""

from __future__ import annotations

from functools import partial, reduce

from gradverify.calculus.differentiate import differentiate
from gradverify.calculus.functions import apply, exponential, iverson, logarithm, power, product_over
from gradverify.calculus.polynomial import add, constant, of_atom, settle, times
from gradverify.calculus.selectors import selector_atom
from gradverify.calculus.summation import close, size, sum_over
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
from gradverify.calculus.workspace import (
    MOST_STEPS,
    Atom,
    Exponent,
    Kind,
    Poly,
    Sign,
    Template,
    Workspace,
)

MOST_ROUNDS = 12
"""Denominators inside denominators are cleared at most this deep."""


def workspace() -> Workspace:
    """A new workspace, for one proof."""
    ws = Workspace()
    ws.rebuild = partial(_rebuild, ws)
    return ws


def normal_form(ws: Workspace, term: Term) -> Poly:
    """The normal form of an expression. Raises `NoRule` where the calculus cannot say."""
    ws.left = MOST_STEPS
    try:
        return _form(ws, term)
    except RecursionError:
        raise NoRule("an expression is nested too deeply") from None


def _form(ws: Workspace, term: Term) -> Poly:
    match term:
        case Num(value):
            return constant(value)
        case Size(sort):
            return size(ws, sort)
        case Scalar(name, positive):
            return of_atom(ws.simple(Kind.SCALAR, name, (), Sign.POSITIVE if positive else Sign.UNKNOWN))
        case Entry(array, indices, positive):
            sign = Sign.POSITIVE if positive else Sign.UNKNOWN
            return of_atom(ws.simple(Kind.ENTRY, array, tuple(map(_settle_index, indices)), sign))
        case Inverse(array, row, column):
            ws.assumed.add(f"{array} has an inverse")
            return of_atom(ws.simple(Kind.INVERSE, array, (row, column), Sign.UNKNOWN))
        case LogDet(array, _):
            ws.assumed.add(f"{array} has an inverse")
            return of_atom(ws.simple(Kind.LOGDET, array, (), Sign.UNKNOWN))
        case Delta(left, right):
            return _delta(ws, left, right)
        case Selected():
            return of_atom(selector_atom(ws, _settle_selected(term)))
        case Plus(terms):
            return reduce(lambda total, each: add(total, _form(ws, each)), terms, {})
        case Times(factors):
            return reduce(lambda product, each: times(ws, product, _form(ws, each)), factors, constant(1))
        case Power(base, exponent):
            return power(ws, _form(ws, base), exponent)
        case Sigma(index, body):
            return _sigma(ws, index, _form(ws, body))
        case Product(index, body, without):
            left_out: Poly = {}
            for each in without:
                add(left_out, _delta(ws, index, each))
            return product_over(ws, _form(ws, body), left_out, index)
        case Apply(function, arguments, orders):
            return _apply(ws, function, orders, tuple(_form(ws, each) for each in arguments))
        case Partial(body, entry):
            return _form(ws, differentiate(body, entry))
    raise NoRule(f"no normal form of {term}")


def _settle_index(index: Index) -> Index:
    """All indices of a size-1 axis are one."""
    return ONLY if index.sort == UNIT else index


def _settle_selected(term: Selected) -> Selected:
    places, values = (tuple(map(_settle_index, indices)) for indices in (term.places, term.values))
    return Selected(term.selector, places, values)


def _delta(ws: Workspace, left: Index, right: Index) -> Poly:
    if left.sort != right.sort:
        raise SortError(left.name, left.sort, f"{right.name} beside it in δ", right.sort)
    if left == right or left.sort == UNIT:
        return constant(1)
    return of_atom(ws.delta(left, right))


def _sigma(ws: Workspace, index: Index, body: Poly) -> Poly:
    if index.sort == "0":  # no terms
        return {}
    # The entries already carry the one index of a size-1 axis, so a sum over it is its only term.
    return body if index.sort == UNIT else sum_over(ws, index, body)


def _apply(ws: Workspace, function: str, orders: tuple[int, ...], arguments: tuple[Poly, ...]) -> Poly:
    match function:
        case "exp":
            return exponential(ws, arguments[0])
        case "log":
            return logarithm(ws, arguments[0])
        case "iverson":
            return iverson(ws, arguments[0])
        case _:
            return apply(ws, (function, orders), arguments)


def _rebuild(
    ws: Workspace, template: Template, parts: tuple[Poly, ...], bound: tuple[Index, ...], exponent: Exponent
) -> Poly:
    """An atom made anew from its parts, raised to a power."""
    match template.kind:
        case Kind.POWER:
            return power(ws, parts[0], exponent)
        case Kind.EXP:
            return power(ws, exponential(ws, parts[0]), exponent)
        case Kind.LOG:
            return power(ws, logarithm(ws, parts[0]), exponent)
        case Kind.IVERSON:
            return iverson(ws, parts[0])
        case Kind.APPLY:
            return power(ws, apply(ws, template.label, parts), exponent)
        case Kind.PRODUCT:
            assert isinstance(template.label, str)
            (index,) = bound or (ws.fresh(Index(template.label, "")),)
            return power(ws, product_over(ws, parts[0], parts[1], index), exponent)
        case Kind.SUM:
            total: Poly = {}
            for mono, coefficient in parts[0].items():
                add(total, close(ws, mono, bound), coefficient)
            return power(ws, total, exponent)
    raise NoRule(f"no way to make {template.kind.value} anew")


def is_zero(ws: Workspace, poly: Poly) -> bool:
    """Whether a normal form is 0 after every denominator is multiplied out. `False` means: not decided."""
    ws.left = MOST_STEPS
    try:
        for _ in range(MOST_ROUNDS):
            if not poly:
                return True
            below = _denominators(ws, poly)
            if not below:
                return False
            for atom, exponent in below.items():
                poly = _multiplied(ws, poly, atom, -exponent)
    except (NoRule, RecursionError):
        return False  # it grew too large
    return False


def _multiplied(ws: Workspace, poly: Poly, atom: Atom, exponent: int) -> Poly:
    result: Poly = {}
    for mono, coefficient in poly.items():
        factors = dict(mono)
        factors[atom] = rational(factors.get(atom, 0) + exponent)
        add(result, settle(ws, {part: e for part, e in factors.items() if e}), coefficient)
    return result


def _denominators(ws: Workspace, poly: Poly) -> dict[Atom, int]:
    """The bases of several terms that stand in a denominator, with the whole power that clears them."""
    least: dict[Atom, int] = {}
    for mono in poly:
        for atom, exponent in mono:
            if exponent < 0 and ws.templates[atom[0]].kind is Kind.POWER:
                least[atom] = min(least.get(atom, 0), exponent.__floor__())
    return least
