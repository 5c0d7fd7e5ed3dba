"""Short names for building kernel terms in tests, and `decide`: what the kernel says of an equation."""

from __future__ import annotations

from gradverify.calculus.normal import is_zero, normal_form, workspace
from gradverify.calculus.polynomial import add
from gradverify.calculus.terms import (
    Apply,
    Delta,
    Entry,
    Index,
    Inverse,
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

EQUAL, NOT_PROVED, NO_RULE = "equal", "not proved", "no rule"


def decide(left: Term, right: Term, ws=None) -> str:
    """EQUAL if the kernel proves left = right, else how it failed to."""
    ws = ws or workspace()
    try:
        difference = add(dict(normal_form(ws, left)), normal_form(ws, right), -1)
        return EQUAL if is_zero(ws, difference) else NOT_PROVED
    except NoRule:
        return NO_RULE


def proves(left: Term, right: Term, ws=None) -> bool:
    """Whether the kernel proves left = right."""
    return decide(left, right, ws) == EQUAL


def text(term: Term) -> str:
    """A term for a person to read: S[i:n](…) is Σ over i of sort n, D[x[i]](…) is ∂/∂x_i, d(i,j) is δ."""
    match term:
        case Num(value):
            return f"({value})" if value < 0 else str(value)
        case Size(sort):
            return sort
        case Scalar(name, _):
            return name
        case Entry(name, indices, positive):
            return f"{name}{'⁺' if positive else ''}[{','.join(map(place, indices))}]"
        case Delta(left, right):
            return f"d({place(left)},{place(right)})"
        case Inverse(name, row, column):
            return f"{name}⁻¹[{place(row)},{place(column)}]"
        case Product(index, body, without):
            return f"P[{index.name}:{index.sort}∖{{{','.join(map(place, without))}}}]({text(body)})"
        case Selected(selector, places, values):
            return f"[{selector.name}({','.join(map(place, places))})={','.join(map(place, values))}]"
        case Plus(terms):
            return f"({' + '.join(map(text, terms)) or '0'})"
        case Times(factors):
            return "·".join(map(text, factors)) or "1"
        case Power(base, exponent):
            return f"({text(base)})^({exponent})"
        case Sigma(index, body):
            return f"S[{index.name}:{index.sort}]({text(body)})"
        case Apply(function, arguments, orders):
            return f"{function}{list(orders) if any(orders) else ''}({', '.join(map(text, arguments))})"
        case Partial(body, entry):
            return f"D[{text(entry)}]({text(body)})"
    raise TypeError(term)


def place(index: Index) -> str:
    return "0" if index.sort == "1" else index.name


def ms(names: str) -> list[Index]:
    """Indices of sort m."""
    return [Index("m", name) for name in names.split()]


def ns(names: str) -> list[Index]:
    """Indices of sort n."""
    return [Index("n", name) for name in names.split()]


def array(name: str, *, positive: bool = False):
    """`x = array("x")`, then `x(i, j)` is an entry."""
    return lambda *indices: Entry(name, indices, positive)


def total(*terms: Term) -> Term:
    """The sum of these."""
    return Plus(terms)


def mul(*factors: Term | int) -> Term:
    """The product of these."""
    return Times(tuple(Num(factor) if isinstance(factor, int) else factor for factor in factors))


def inv(base: Term, exponent: int = 1) -> Term:
    """1/base^exponent."""
    return Power(base, -exponent)


def sigma(*parts) -> Term:
    """Σ over all but the last argument of the last one: `sigma(i, j, body)`."""
    *indices, body = parts
    for index in reversed(indices):
        body = Sigma(index, body)
    return body


def delta(left: Index, right: Index) -> Term:
    """δ of two indices."""
    return Delta(left, right)


def fn(name: str, *arguments: Term, orders: tuple[int, ...] | None = None) -> Term:
    """A function at its arguments."""
    return Apply(name, arguments, orders or (0,) * len(arguments))


def exp(argument: Term) -> Term:
    return fn("exp", argument)


def log(argument: Term) -> Term:
    return fn("log", argument)


def bracket(argument: Term) -> Term:
    """[argument > 0]."""
    return fn("iverson", argument)
