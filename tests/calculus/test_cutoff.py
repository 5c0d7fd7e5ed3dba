"""The cutoff: sizes at which an exact comparison settles all sizes, and expressions that vanish just below them."""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from exact_oracle import World, value
from kernel_words import array, bracket, exp, fn, inv, mul, ns, proves, sigma, total

from gradverify.calculus.cutoff import cutoff
from gradverify.calculus.normal import normal_form, workspace
from gradverify.calculus.refute import compare
from gradverify.calculus.terms import ONE, ZERO, Index, Num, Plus, Power, Scalar, Size, minus

i, j, k, l = ns("i j k l")
x, A, X = array("x"), array("A"), array("X")
n = Size("n")


def plan_of(left, right):
    ws = workspace()
    return cutoff(ws, (left, right), (normal_form(ws, left), normal_form(ws, right)))


def differs_at(left, right, sizes):
    return compare(left, right, sizes, (), Random(1), largest=10**15).difference is not None


def trace(degree):
    """tr Aᵈ."""
    around = ns(" ".join(f"t{place}" for place in range(degree)))
    return sigma(*around, mul(*(A(around[place], around[(place + 1) % degree]) for place in range(degree))))


def power_sum(degree):
    return sigma(k, Power(x(k), degree))


def elementary_symmetric(degree, power_sums):
    """e_d by Newton's identities: d·e_d = Σ_s (−1)^(s−1) e_{d−s} p_s. Of n numbers it is 0 wherever n < d."""
    e = [ONE]
    for d in range(1, degree + 1):
        parts = tuple(mul((-1) ** (s - 1), e[d - s], power_sums(s)) for s in range(1, d + 1))
        e.append(mul(Num(Fraction(1, d)), Plus(parts)))
    return e[degree]


@pytest.mark.parametrize("power_sums", [trace, power_sum])
@pytest.mark.parametrize("degree", [2, 3, 4])
def test_what_vanishes_below_a_size_is_caught_at_the_cutoff(degree, power_sums):
    e = elementary_symmetric(degree, power_sums)
    for size in range(1, degree + 1):
        by_force = value(World({"n": size}, Random(size)), e, {}).get(0, 0)
        assert (by_force == 0) == (size < degree)
        assert differs_at(e, ZERO, {"n": size}) == (size == degree)
    assert not proves(e, ZERO)
    plan = plan_of(e, ZERO)
    assert plan.settled
    low, high = plan.sizes["n"]
    assert low <= high
    assert high >= degree
    assert any(differs_at(e, ZERO, {"n": size}) for size in range(low, high + 1))


def test_newton_also_with_free_indices_and_a_denominator():
    e = elementary_symmetric(3, power_sum)
    left, right = mul(x(i), total(e, power_sum(2)), inv(power_sum(2))), x(i)
    assert not proves(left, right)
    plan = plan_of(left, right)
    assert plan.settled
    assert any(differs_at(left, right, {"n": size}) for size in range(plan.sizes["n"][0], plan.sizes["n"][1] + 1))


@pytest.mark.parametrize("roots", [(1,), (1, 2), (1, 2, 3)])
def test_a_polynomial_in_the_size_needs_one_size_more_than_its_degree(roots):
    vanishing = mul(x(i), *(minus(n, Num(root)) for root in roots))
    plan = plan_of(vanishing, ZERO)
    low, high = plan.sizes["n"]
    assert high - low >= len(roots)
    assert any(differs_at(vanishing, ZERO, {"n": size}) for size in range(low, high + 1))


def test_the_cutoff_counts_bound_and_free_indices_of_each_size():
    left = sigma(k, l, mul(A(k, l), X(Index("m", "r"), k)))
    assert plan_of(left, ZERO).sizes == {"m": (1, 1), "n": (2, 2)}
    assert plan_of(mul(left, x(i), x(j)), ZERO).sizes == {"m": (1, 1), "n": (4, 4)}


def test_fixed_sizes_have_no_cutoff():
    assert plan_of(sigma(Index("3", "c"), array("w")(Index("3", "c"))), ZERO).sizes == {}


def test_functions_of_one_entry_in_a_sum_are_settled():
    assert plan_of(sigma(k, fn("f", x(k))), ZERO).settled


@pytest.mark.parametrize(
    "term",
    [
        sigma(k, fn("tanh", x(k))),
        sigma(k, fn("f", sigma(l, A(k, l)))),
        sigma(k, inv(total(x(k), ONE))),
        Power(sigma(k, x(k)), Fraction(1, 2)),
        exp(sigma(k, x(k))),
    ],
)
def test_what_the_theorem_does_not_speak_of_is_not_settled(term):
    assert not plan_of(term, ZERO).settled


def test_brackets_settle_nothing_because_they_are_0_at_most_drawn_values():
    many = mul(*(bracket(array(name)(i)) for name in "abcde"))
    agreed = [seed for seed in range(9) if compare(many, mul(2, many), {"n": 2}, (), Random(seed), largest=9).trials]
    missed = [
        seed for seed in agreed if not compare(many, mul(2, many), {"n": 2}, (), Random(seed), largest=9).difference
    ]
    assert missed, "a product of five brackets differs from its double at one value in 32 only"
    assert not plan_of(many, mul(2, many)).settled
    assert not plan_of(sigma(k, bracket(x(k))), ZERO).settled
    assert not plan_of(inv(total(ONE, bracket(x(i)))), ZERO).settled


def test_scalars_and_roots_of_sizes_are_coefficients():
    eps = Scalar("eps", positive=True)
    assert plan_of(mul(eps, sigma(k, x(k))), ZERO).settled
    assert plan_of(mul(Power(n, Fraction(1, 2)), sigma(k, x(k))), ZERO).settled
