"""Evaluation with dual numbers against SymPy's own diff on written-out expressions, and nested derivatives by hand."""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

from fractions import Fraction
from random import Random

import flint
import mpmath
import pytest
import sympy
from exact_oracle import DIGITS, OffDomain, World, value
from kernel_words import array, bracket, delta, exp, fn, inv, log, mul, ns, sigma, total
from random_terms import ELEMENTARY, POLYNOMIAL, QUOTIENT, Maker
from term_rewrites import places

from gradverify.calculus.evaluate import Dual, Evaluation, Instance
from gradverify.calculus.fields import Balls, NeedsBalls, OutsideDomain, Rationals
from gradverify.calculus.refute import patterns, plain, smallest_sizes
from gradverify.calculus.terms import (
    ONE,
    Apply,
    Delta,
    Entry,
    Index,
    Num,
    Partial,
    Plus,
    Power,
    Scalar,
    Sigma,
    Size,
    Times,
    free_indices,
)

i, j, k, l = ns("i j k l")
x, y, A = array("x"), array("y"), array("A")


def evaluated(term, values, at=None, sizes=None, field=None):
    """The value with the entries taken from `values` by array and place."""
    number = field or Rationals(Random(0))
    instance = Instance(number, sizes or {"n": 3}, lambda place, positive: number.number(values[place]), None)
    with number.precision():
        return Evaluation(instance).value(term, at or {})


def test_perturbations_of_two_derivatives_are_not_confused():
    # ∂/∂x (x·∂/∂y (x + y)) = 1, where one tangent for both would give 2.
    at_x, at_y = Entry("x", ()), Entry("y", ())
    term = Partial(mul(at_x, Partial(total(at_x, at_y), at_y)), at_x)
    assert plain(evaluated(term, {("x", ()): 5, ("y", ()): 7})) == 1


def test_nested_derivatives_by_the_same_entry():
    at_x = Entry("x", ())
    for order, expected in ((1, 3 * 25), (2, 6 * 5), (3, 6), (4, 0)):
        term = Power(at_x, 3)
        for _ in range(order):
            term = Partial(term, at_x)
        assert plain(evaluated(term, {("x", ()): 5})) == expected


def test_a_second_derivative_of_a_product_and_of_a_reciprocal():
    at_x, at_y = Entry("x", ()), Entry("y", ())
    values = {("x", ()): 2, ("y", ()): 3}
    assert plain(evaluated(Partial(Partial(mul(at_x, at_x, at_y), at_x), at_y), values)) == 4
    assert plain(evaluated(Partial(Partial(inv(at_x), at_x), at_x), values)) == flint.fmpq(2, 8)


def test_a_derivative_by_an_entry_that_is_summed_over():
    term = sigma(k, Partial(sigma(l, Power(x(l), 2)), Entry("x", (k,))))
    assert plain(evaluated(term, {("x", (place,)): place + 1 for place in range(3)})) == 12


def test_the_tangent_of_a_bracket_is_0_and_a_kink_is_outside_the_domain():
    at_x = Entry("x", ())
    term = Partial(mul(at_x, bracket(at_x)), at_x)
    assert plain(evaluated(term, {("x", ()): 2})) == 1
    assert plain(evaluated(term, {("x", ()): -2})) == 0
    with pytest.raises(OutsideDomain):
        evaluated(term, {("x", ()): 0})


def test_division_by_0_is_outside_the_domain_also_in_a_tangent():
    at_x, at_y = Entry("x", ()), Entry("y", ())
    for term in (inv(at_x), Partial(mul(at_y, inv(at_x)), at_y), Partial(inv(at_x), at_x)):
        with pytest.raises(OutsideDomain):
            evaluated(term, {("x", ()): 0, ("y", ()): 1})


def test_what_is_not_rational_asks_for_balls():
    for term in (exp(ONE), Power(Num(2), Fraction(1, 2)), log(Num(2))):
        with pytest.raises(NeedsBalls):
            evaluated(term, {})
        assert evaluated(term, {}, field=Balls(Random(0))).is_finite()


def test_an_unknown_function_has_one_value_for_each_argument():
    field = Rationals(Random(0))
    values = {("x", (0,)): 4, ("x", (1,)): 4, ("x", (2,)): 5}
    at = [evaluated(fn("f", x(i)), values, {i: place}, field=field) for place in range(3)]
    assert at[0] == at[1]
    assert evaluated(fn("f", Num(5)), values, field=field) == at[2]


def test_in_balls_an_unknown_function_is_a_polynomial_with_its_own_derivatives():
    field = Balls(Random(3))
    at_x, step = Entry("x", ()), Fraction(1, 10**20)
    low = evaluated(fn("f", at_x), {("x", ()): 1}, field=field)
    high = evaluated(fn("f", at_x), {("x", ()): 1 + step}, field=field)
    slope = plain(evaluated(Partial(fn("f", at_x), at_x), {("x", ()): 1}, field=field))
    assert abs(float((high - low) * 10**20 - slope)) < 1e-12


def test_a_value_without_tangents_is_plain():
    assert plain(Dual(2, Dual(1, 5, 6), 7)) == 5


def written_out(term, at, sizes, values):
    """The term as a SymPy expression in symbols, with ∂ taken by `sympy.diff`."""

    def symbol(entry, at):
        place = (entry.array, tuple(0 if index.sort == "1" else at[index] for index in entry.indices))
        values.setdefault(place, sympy.Symbol(f"{place[0]}_{'_'.join(map(str, place[1]))}"))
        return values[place]

    def write(term, at):
        match term:
            case Num(number):
                return sympy.Rational(Fraction(number).numerator, Fraction(number).denominator)
            case Size(sort):
                return sympy.Integer(sizes[sort])
            case Scalar(name, _):
                return values.setdefault(name, sympy.Symbol(name))
            case Entry():
                return symbol(term, at)
            case Delta(left, right):
                return sympy.Integer(at[left] == at[right])
            case Plus(terms):
                return sympy.Add(*(write(each, at) for each in terms))
            case Times(factors):
                return sympy.Mul(*(write(each, at) for each in factors))
            case Power(base, exponent):
                return write(base, at) ** exponent
            case Sigma(index, body):
                return sympy.Add(*(write(body, {**at, index: place}) for place in range(sizes[index.sort])))
            case Partial(body, entry):
                return sympy.diff(write(body, at), symbol(entry, at))
        raise TypeError(term)

    return write(term, at)


@pytest.mark.parametrize("fragment", [POLYNOMIAL, QUOTIENT])
@pytest.mark.parametrize("seed", range(12))
def test_values_agree_with_sympy_and_with_brute_force(fragment, seed):
    random = Random(f"evaluate {fragment} {seed}")
    maker = Maker(random, fragment)
    scope = maker.scope()
    term = Partial(maker.term(scope, 3), maker.entry(scope, {"a": "n", "X": "mn", "A": "nn"}, positive=False))
    sizes = {"m": 2, "n": 2, "3": 3}
    at = {index: random.randrange(2) for index in free_indices(term) if index.sort != "1"}
    symbols = {}
    expression = written_out(term, at, sizes, symbols)
    world = World(sizes, random)
    drawn = {place: Fraction(random.choice((-1, 1)) * random.randint(1, 9)) for place in symbols}
    world.entries = {place: number for place, number in drawn.items() if not isinstance(place, str)}
    world.scalars = {name: number for name, number in drawn.items() if isinstance(name, str)}
    rational = {symbols[place]: sympy.Rational(v.numerator, v.denominator) for place, v in drawn.items()}
    by_sympy = expression.subs(rational)
    number = Rationals(random)

    def given(table):
        return lambda key, positive: number.number(table[key])

    instance = Instance(number, sizes, given(world.entries), given(world.scalars))
    by_duals = plain(Evaluation(instance).value(term, at))
    assert sympy.Rational(int(by_duals.p), int(by_duals.q)) == by_sympy
    by_force = value(world, term, at).get(0, Fraction(0))
    assert sympy.Rational(by_force.numerator, by_force.denominator) == by_sympy


@pytest.mark.parametrize("seed", range(40))
def test_balls_hold_the_value_that_brute_force_gives(seed):
    random = Random(f"balls {seed}")
    maker = Maker(random, ELEMENTARY)
    scope = maker.scope()
    term = Partial(maker.term(scope, 3), maker.entry(scope, {"a": "n", "X": "mn", "A": "nn"}, positive=False))
    if {"f", "g"} & {part.function for _, part, _ in places(term, scope) if isinstance(part, Apply)}:
        term = Partial(exp(mul(Num(Fraction(1, 9)), x(scope[0]))), Entry("x", (scope[0],)))
    at = {index: random.randrange(2) for index in free_indices(term) if index.sort != "1"}
    world, number = World({"m": 2, "n": 2}, Random(seed), exact=False), Balls(random)
    try:
        with mpmath.workdps(DIGITS):
            by_force = value(world, term, at).get(0, mpmath.mpf(0))
            digits = mpmath.nstr(by_force, 40)
    except OffDomain:
        return

    def given(table):
        return lambda key, positive: number.number(table[key])

    with number.precision():
        instance = Instance(number, world.sizes, given(world.entries), given(world.scalars))
        by_balls = plain(Evaluation(instance).value(term, at))
        assert abs(by_balls - flint.arb(digits)) < (1 + abs(by_balls)) * flint.arb("1e-30")


# What is tried


def test_patterns_has_one_representative_of_every_pattern_of_equal_indices():
    free = [*ns("a b c")]
    found = list(patterns(free, {"n": 3}))
    assert len(found) == 5  # the partitions of three things
    assert len(list(patterns(free, {"n": 2}))) == 4
    assert len(list(patterns(free, {"n": 1}))) == 1
    shapes = {tuple(at[v] == at[w] for v in free for w in free) for at in found}
    assert len(shapes) == 5


def test_patterns_of_different_sizes_are_combined():
    r = Index("m", "r")
    assert list(patterns([r, i], {"m": 4, "n": 4})) == [{r: 0, i: 0}]
    assert len(list(patterns([r, i, j], {"m": 4, "n": 4}))) == 2
    assert len(list(patterns([Index("2", "u"), Index("2", "v"), Index("2", "w")], {}))) == 4
    assert list(patterns([], {})) == [{}]


def test_smallest_sizes_come_first():
    assert list(smallest_sizes({"n", "m", "3"}, 2)) == [
        {"m": 1, "n": 1},
        {"m": 1, "n": 2},
        {"m": 2, "n": 1},
        {"m": 2, "n": 2},
    ]


def test_delta_and_sums_by_hand():
    values = {("A", (row, column)): 10 * row + column for row in range(3) for column in range(3)}
    assert evaluated(sigma(k, mul(delta(k, i), A(k, j))), values, {i: 2, j: 1}) == 21
    assert evaluated(sigma(k, A(k, k)), values) == 33
    assert evaluated(sigma(Index("2", "c"), ONE), values) == 2
    assert evaluated(Apply("iverson", (A(i, j),), (0,)), values, {i: 0, j: 1}) == 1
