"""The kernel's own expressions: plain frozen trees over typed indices, with every bound index already unique.

An index has a *sort*, the size it runs over (`Index("n", "j")` runs over 0 … n − 1). Sorts are nominal: two axes have the
same size only if they have the same sort. The sort `"1"` has a single index, and a number as sort is a fixed size.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeAlias

Rational: TypeAlias = int | Fraction


class NoRule(Exception):
    """The calculus has no rule for this expression, or it grew too large: nothing was decided."""


class SortError(Exception):
    """An index stands where one of another size belongs, so the line means nothing where the two sizes differ.

    `index` and `sort` are the index and the size it runs over, `place` and `wanted` what it stands in and that size.
    """

    def __init__(self, index: str, sort: str, place: str, wanted: str) -> None:
        super().__init__(f"{index} runs over {sort}, but {place} has size {wanted}")
        self.index, self.sort, self.place, self.wanted = index, sort, place, wanted


class Index(NamedTuple):
    """An index that runs over 0 … sort − 1."""

    sort: str
    name: str


UNIT = "1"
ONLY = Index(UNIT, "0")
"""The one index of a size-1 axis."""


@dataclass(frozen=True, slots=True)
class Num:
    """A rational constant."""

    value: Rational


@dataclass(frozen=True, slots=True)
class Size:
    """The size n of a sort, as a number in the expression."""

    sort: str


@dataclass(frozen=True, slots=True)
class Scalar:
    """A real number that no derivative touches, such as ε."""

    name: str
    positive: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry of an array at these indices."""

    array: str
    indices: tuple[Index, ...]
    positive: bool = False


@dataclass(frozen=True, slots=True)
class Delta:
    """Kronecker's δ: 1 where the two indices are equal, else 0."""

    left: Index
    right: Index


@dataclass(frozen=True, slots=True)
class Inverse:
    """The entry of a square matrix's inverse at this row and column."""

    array: str
    row: Index
    column: Index


@dataclass(frozen=True, slots=True)
class LogDet:
    """log |det A| of a square matrix with rows and columns of this sort."""

    array: str
    sort: str


@dataclass(frozen=True, slots=True, order=True)
class Selector:
    """A relation between index places and index values of which nothing is known but these properties.

    With `single` it is a map: at a place it takes one value at most, and if it is `total` exactly one. With `injective` a
    value is taken at one place at most, and if it is `onto` at exactly one.
    """

    name: str
    single: bool = True
    total: bool = True
    injective: bool = False
    onto: bool = False

    def __post_init__(self) -> None:
        """Refuse what has no meaning: exactly one is at most one."""
        if (self.total and not self.single) or (self.onto and not self.injective):
            raise ValueError(f"{self.name}: total needs single, and onto needs injective")


@dataclass(frozen=True, slots=True)
class Selected:
    """1 where the selector relates these places to these values, else 0: with a map t, [t(i) = j]."""

    selector: Selector
    places: tuple[Index, ...]
    values: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Plus:
    """A sum of terms; 0 if there are none."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """A product of factors; 1 if there are none."""

    factors: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Power:
    """base^exponent, for a constant rational exponent."""

    base: Term
    exponent: Rational


@dataclass(frozen=True, slots=True)
class Sigma:
    """Σ over `index` of `body`. The index occurs nowhere outside the body."""

    index: Index
    body: Term


@dataclass(frozen=True, slots=True)
class Product:
    """Π over `index` of `body`, leaving out the places `without`. The index occurs nowhere outside the body."""

    index: Index
    body: Term
    without: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Apply:
    """A function of real numbers at its arguments, differentiated `orders` times by each of them.

    The elementary functions go by their names (`exp`, `log`, `tanh`, `sin`, `cos`, `iverson`); every other name is a
    function of which nothing is known.
    """

    function: str
    arguments: tuple[Term, ...]
    orders: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Partial:
    """∂body/∂entry, not worked out."""

    body: Term
    entry: Entry


Term: TypeAlias = (
    Num
    | Size
    | Scalar
    | Entry
    | Inverse
    | LogDet
    | Delta
    | Selected
    | Plus
    | Times
    | Power
    | Sigma
    | Product
    | Apply
    | Partial
)

ZERO = Num(0)
ONE = Num(1)


def minus(left: Term, right: Term) -> Term:
    """left − right."""
    return Plus((left, Times((Num(-1), right))))


def rational(value: Rational) -> Rational:
    """The same number, as an `int` where it is whole: integers are hashed and compared much faster."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def free_indices(term: Term) -> set[Index]:
    """The indices that no sum in the term binds."""
    match term:
        case Entry(_, indices, _):
            return set(indices)
        case Delta(left, right) | Inverse(_, left, right):
            return {left, right}
        case Selected(_, places, values):
            return {*places, *values}
        case Sigma(index, body):
            return free_indices(body) - {index}
        case Product(index, body, without):
            return (free_indices(body) - {index}) | set(without)
        case Partial(body, entry):
            return free_indices(body) | set(entry.indices)
        case _:
            return set().union(*(free_indices(child) for child in children(term)))


def sorts_of(term: Term) -> set[str]:
    """The sizes that a term speaks of."""
    match term:
        case Size(sort):
            return {sort}
        case Entry(_, indices, _):
            return {index.sort for index in indices}
        case Delta(left, right) | Inverse(_, left, right):
            return {left.sort, right.sort}
        case LogDet(_, sort):
            return {sort}
        case Selected(_, places, values):
            return {index.sort for index in (*places, *values)}
        case Sigma(index, body) | Product(index, body, _):
            return {index.sort} | sorts_of(body)
        case Partial(body, entry):
            return sorts_of(body) | sorts_of(entry)
        case _:
            return set().union(*(sorts_of(child) for child in children(term)))


def children(term: Term) -> tuple[Term, ...]:
    """The terms directly inside a term."""
    match term:
        case Plus(terms):
            return terms
        case Times(factors):
            return factors
        case Power(base, _):
            return (base,)
        case Apply(_, arguments, _):
            return arguments
        case Sigma(_, body) | Product(_, body, _) | Partial(body, _):
            return (body,)
    return ()
