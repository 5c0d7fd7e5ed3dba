"""Values of kernel terms by brute force: loops for Σ, Fractions for numbers, nilpotents for ∂. Shares nothing with the kernel.

A value is a polynomial in nilpotents ε₁, ε₂, … (εₖ² = 0), one for each ∂ around it, kept as {set of ε as a bit mask: number}.
∂u/∂x is the coefficient of ε in u(x + ε). Where numbers are not rational they are mpmath's, to 70 digits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import factorial
from random import Random

import mpmath

from gradverify.calculus.terms import (
    Apply,
    Delta,
    Entry,
    Index,
    Inverse,
    Num,
    Partial,
    Plus,
    Power,
    Product,
    Scalar,
    Selected,
    Sigma,
    Size,
    Times,
    free_indices,
)

DIGITS = 70


class OffDomain(Exception):
    """A division by 0, a root or logarithm of something not positive, or a bracket on its kink."""


class NotRational(Exception):
    """An elementary function or a root: only mpmath can say."""


@dataclass
class World:
    """Sizes and everything drawn for them. `exact`: in Fractions."""

    sizes: dict
    random: Random
    exact: bool = True
    entries: dict = field(default_factory=dict)
    scalars: dict = field(default_factory=dict)
    polynomials: dict = field(default_factory=dict)
    maps: dict = field(default_factory=dict)

    def number(self, value):
        value = Fraction(value)
        return value if self.exact else mpmath.mpf(value.numerator) / value.denominator

    def size(self, sort):
        return int(sort) if sort.isdigit() else self.sizes[sort]

    def draw(self, table, key, positive):
        if key not in table:
            drawn = Fraction(self.random.randint(1, 9), self.random.choice((1, 1, 2, 3)))
            table[key] = drawn if positive or self.random.random() < 0.5 else -drawn
        return {0: self.number(table[key])}

    def pairs(self, selector, domain, target):
        """A random set of pairs with the selector's properties, found by trying."""
        key = (selector.name, len(domain), len(target))
        for _ in range(300):
            if key in self.maps:
                break
            every = list(product(domain, target))
            self.random.shuffle(every)
            chosen = set()
            for place, value in every:
                clash = any(
                    (selector.single and place == other) or (selector.injective and value == taken)
                    for other, taken in chosen
                )
                if not clash and self.random.random() < 0.8:
                    chosen.add((place, value))
            if selector.total and {place for place, _ in chosen} != set(domain):
                continue
            if selector.onto and {value for _, value in chosen} != set(target):
                continue
            self.maps[key] = chosen
        if key not in self.maps:
            raise OffDomain
        return self.maps[key]

    def polynomial(self, name, arity):
        """A random polynomial that stands for an unknown function."""
        if (name, arity) not in self.polynomials:
            rows = [tuple(self.random.randint(0, 4) for _ in range(arity)) for _ in range(4)]
            self.polynomials[name, arity] = {row: Fraction(self.random.choice((-3, -2, -1, 1, 2, 3))) for row in rows}
        return self.polynomials[name, arity]


def value(world, term, at, seeds=()):
    """The value of a term at the places `at` of its indices, as a polynomial in the ε of `seeds`."""
    match term:
        case Num(number):
            return {0: world.number(number)}
        case Size(sort):
            return {0: world.number(world.size(sort))}
        case Scalar(name, positive):
            return world.draw(world.scalars, name, positive)
        case Entry(array, indices, positive):
            place = (array, tuple(where(at, index) for index in indices))
            drawn = world.draw(world.entries, place, positive)
            for bit, seed in seeds:
                if seed == place:
                    drawn = plus(drawn, {bit: world.number(1)})
            return drawn
        case Delta(left, right):
            return {0: world.number(int(where(at, left) == where(at, right)))}
        case Inverse(array, row, column):
            return inverse_entry(world, array, row.sort, where(at, row), where(at, column), seeds)
        case Product(index, body, without):
            left_out = {where(at, each) for each in without}
            total = {0: world.number(1)}
            for place in range(world.size(index.sort)):
                if place not in left_out:
                    total = times(total, value(world, body, {**at, index: place}, seeds))
            return total
        case Selected(selector, places, values):
            domain, target = (
                list(product(*(range(world.size(index.sort)) for index in part))) for part in (places, values)
            )
            pair = tuple(tuple(where(at, index) for index in part) for part in (places, values))
            return {0: world.number(int(pair in world.pairs(selector, domain, target)))}
        case Plus(terms):
            total = {}
            for each in terms:
                total = plus(total, value(world, each, at, seeds))
            return total
        case Times(factors):
            total = {0: world.number(1)}
            for each in factors:
                total = times(total, value(world, each, at, seeds))
            return total
        case Sigma(index, body):
            total = {}
            for place in range(world.size(index.sort)):
                total = plus(total, value(world, body, {**at, index: place}, seeds))
            return total
        case Power(base, exponent):
            return power(world, value(world, base, at, seeds), Fraction(exponent))
        case Apply(function, arguments, orders):
            return applied(world, function, orders, [value(world, each, at, seeds) for each in arguments])
        case Partial(body, entry):
            bit = 1 << len(seeds)
            place = (entry.array, tuple(where(at, index) for index in entry.indices))
            whole = value(world, body, at, (*seeds, (bit, place)))
            return {mask & ~bit: number for mask, number in whole.items() if mask & bit}
    raise TypeError(term)


def inverse_entry(world, array, sort, row, column, seeds):
    """By Cramer's rule: a cofactor over the determinant."""
    size = world.size(sort)
    cells = [[Index(sort, f"row {k}") for k in range(size)], [Index(sort, f"column {k}") for k in range(size)]]
    at = {index: place for side in cells for place, index in enumerate(side)}
    rows = [[value(world, Entry(array, (i, j)), at, seeds) for j in cells[1]] for i in cells[0]]
    minor = [[rows[i][j] for j in range(size) if j != row] for i in range(size) if i != column]
    sign = {0: world.number((-1) ** (row + column))}
    return times(times(sign, determinant(world, minor)), power(world, determinant(world, rows), Fraction(-1)))


def determinant(world, rows):
    if not rows:
        return {0: world.number(1)}
    total = {}
    for j, entry in enumerate(rows[0]):
        rest = determinant(world, [row[:j] + row[j + 1 :] for row in rows[1:]])
        total = plus(total, times({0: world.number((-1) ** j)}, times(entry, rest)))
    return total


def where(at, index):
    return 0 if index.sort == "1" else at[index]


def plus(left, right):
    total = dict(left)
    for mask, number in right.items():
        total[mask] = total[mask] + number if mask in total else number
    return total


def times(left, right):
    total = {}
    for mask, number in left.items():
        for other, factor in right.items():
            if not mask & other:
                both = mask | other
                total[both] = total[both] + number * factor if both in total else number * factor
    return total


def taylor(world, argument, derivative):
    """f(a + N) = Σ f⁽ᵏ⁾(a) Nᵏ/k! with the nilpotent part N; `derivative(k)` is f⁽ᵏ⁾(a)."""
    nilpotent = {mask: number for mask, number in argument.items() if mask and number}
    total, step, k = {}, {0: world.number(1)}, 0
    while step:
        slope = derivative(k)
        total = plus(total, {mask: number * slope for mask, number in step.items()})
        k += 1
        step = {mask: number / k for mask, number in times(step, nilpotent).items() if number}
    return total or {0: world.number(0)}


def power(world, base, exponent):
    start = base.get(0, world.number(0))
    if exponent.denominator > 1:
        if world.exact:
            raise NotRational
        if not start > 0:
            raise OffDomain

    def derivative(k):
        falling = Fraction(1)
        for step in range(k):
            falling *= exponent - step
        if not falling:
            return world.number(0)
        left = exponent - k
        if left < 0 and vanishes(start):
            raise OffDomain
        raised = start ** int(left) if left.denominator == 1 else start ** world.number(left)
        return world.number(falling) * raised

    return taylor(world, base, derivative)


def vanishes(number):
    return number == 0 if isinstance(number, Fraction) else abs(number) < mpmath.mpf(10) ** (-DIGITS // 2)


def applied(world, function, orders, arguments):
    (argument, *_) = arguments
    start = argument.get(0, world.number(0))
    if function == "iverson":
        if vanishes(start):
            raise OffDomain
        return {0: world.number(int(start > 0))}
    if function in ("exp", "log", "sin", "cos", "tanh"):
        if world.exact:
            raise NotRational
        return ELEMENTARY[function](world, argument, start)
    total = {}
    for exponents, coefficient in world.polynomial(function, len(arguments)).items():
        term = {0: world.number(coefficient)}
        for exponent, order, each in zip(exponents, orders, arguments, strict=True):
            if exponent < order:
                term = {}
                break
            falling = factorial(exponent) // factorial(exponent - order)
            term = times(term, {0: world.number(falling)})
            for _ in range(exponent - order):
                term = times(term, each)
        total = plus(total, term)
    return total


def exponential(world, argument, start):
    return taylor(world, argument, lambda k: mpmath.exp(start))


def logarithm(world, argument, start):
    if not start > 0:
        raise OffDomain
    return taylor(
        world, argument, lambda k: (-1) ** (k - 1) * factorial(k - 1) * start ** (-k) if k else mpmath.log(start)
    )


def hyperbolic_tangent(world, argument, start):
    up = exponential(world, argument, start)
    down = power(world, up, Fraction(-1))
    minus_down = {mask: -number for mask, number in down.items()}
    return times(plus(up, minus_down), power(world, plus(up, down), Fraction(-1)))


ELEMENTARY = {
    "exp": exponential,
    "log": logarithm,
    "tanh": hyperbolic_tangent,
    "sin": lambda world, argument, start: taylor(world, argument, lambda k: mpmath.sin(start + k * mpmath.pi / 2)),
    "cos": lambda world, argument, start: taylor(world, argument, lambda k: mpmath.cos(start + k * mpmath.pi / 2)),
}


def at_random(left, right, sizes, at, seed):
    """Both sides at one drawn instance, and whether they differ: None where it cannot be said (off the domain)."""
    for exact in (True, False):
        world = World(sizes, Random(seed), exact)
        try:
            with mpmath.workdps(DIGITS):
                values = tuple(value(world, side, at).get(0, world.number(0)) for side in (left, right))
                return values, apart(*values)
        except NotRational:
            continue
        except OffDomain:
            return None, None
    raise AssertionError("mpmath has every function")


def apart(left, right):
    if isinstance(left, Fraction):
        return left != right
    gap, scale = abs(left - right), 1 + abs(left) + abs(right)
    if gap > scale * mpmath.mpf(10) ** (-DIGITS // 3):
        return True
    return False if gap < scale * mpmath.mpf(10) ** (-DIGITS // 2) else None


def difference(left, right, seed, most=4):
    """Sizes, places and values at which the two sides differ; `None` with the number of values at which they agree."""
    random = Random(seed)
    free = sorted(index for index in free_indices(left) | free_indices(right) if index.sort != "1")
    agreed = 0
    for trial in range(most):
        sizes = {sort: random.randint(1, 3) for sort in "mn"} if trial else {"m": 2, "n": 3}
        assignments = all_indices(free, sizes)
        for at in random.sample(assignments, min(4, len(assignments))):
            values, differ = at_random(left, right, sizes, at, random.random())
            if differ:
                return (sizes, {index.name: place for index, place in at.items()}, values), agreed
            agreed += differ is False
    return None, agreed


def all_indices(free, sizes):
    """Every assignment of places to the free indices at these sizes."""
    ranges = [range(int(index.sort) if index.sort.isdigit() else sizes[index.sort]) for index in free]
    return [dict(zip(free, places, strict=True)) for places in product(*ranges)]
