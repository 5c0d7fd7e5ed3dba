"""Powers, roots, exp, log, brackets and opaque functions: what the laws give, and what they need to know of signs."""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

from fractions import Fraction

import pytest
from kernel_words import NO_RULE, array, bracket, decide, delta, exp, fn, inv, log, mul, ns, proves, sigma, total

from gradverify.calculus.normal import normal_form, workspace
from gradverify.calculus.terms import ONE, ZERO, Entry, Num, Partial, Power, Scalar, Size, minus

HALF = Fraction(1, 2)
i, j, k, l = ns("i j k l")
x, y, A = array("x"), array("y"), array("A")
p, q = array("p", positive=True), array("q", positive=True)
n = Size("n")
eps = Scalar("eps", positive=True)


def root(base):
    return Power(base, HALF)


# Powers


def test_the_root_of_a_square_is_the_base_only_where_that_is_positive():
    assert not proves(root(Power(x(i), 2)), x(i))
    assert proves(root(Power(p(i), 2)), p(i))
    assert proves(Power(root(Power(x(i), 2)), 2), Power(x(i), 2))


def test_roots_of_numbers_go_prime_by_prime():
    assert proves(mul(root(Num(2)), root(Num(3))), root(Num(6)))
    assert proves(root(Num(4)), Num(2))
    assert proves(root(Num(Fraction(8, 9))), mul(Num(Fraction(2, 3)), root(Num(2))))
    assert proves(inv(root(Num(2))), mul(Num(HALF), root(Num(2))))
    assert proves(Power(root(Num(5)), 3), mul(5, root(Num(5))))
    assert not proves(root(Num(8)), Num(2))


def test_a_root_spreads_over_what_is_positive():
    assert proves(root(mul(p(i), q(i))), mul(root(p(i)), root(q(i))))
    assert proves(root(mul(4, p(i), n)), mul(2, root(n), root(p(i))))
    assert not proves(root(mul(x(i), y(i))), mul(root(x(i)), root(y(i))))
    assert proves(Power(root(mul(x(i), y(i))), 2), mul(x(i), y(i)))


def test_nested_roots():
    assert proves(root(root(p(i))), Power(p(i), Fraction(1, 4)))
    assert proves(Power(root(total(p(i), ONE)), 4), Power(total(ONE, p(i)), 2))
    assert proves(root(inv(total(p(i), ONE))), inv(root(total(p(i), ONE))))


def test_the_whole_part_of_a_broken_power_is_multiplied_out_wherever_it_stands():
    base = total(p(i), eps)
    assert proves(Power(base, Fraction(3, 2)), mul(base, root(base)))
    assert proves(Power(base, Fraction(-1, 2)), mul(inv(base), root(base)))
    assert proves(sigma(i, mul(q(i), Power(base, Fraction(5, 2)))), sigma(i, mul(q(i), base, base, root(base))))


def test_the_root_of_a_negative_number_is_not_decided():
    assert decide(root(Num(-4)), Num(2)) == NO_RULE
    assert decide(inv(minus(x(i), x(i))), ONE) == NO_RULE


def test_what_a_root_assumes_is_recorded():
    ws = workspace()
    normal_form(ws, root(total(x(i), y(i))))
    assert ws.assumed == {"the base of every root and broken power is positive"}
    ws = workspace()
    normal_form(ws, root(total(p(i), eps)))
    assert not ws.assumed


def test_the_reciprocal_of_a_difference_changes_its_sign_with_it():
    for left, right in (
        (x(i), x(j)),
        (x(j), x(i)),
        (x(i), y(i)),
        (A(i, j), A(j, i)),
        (mul(x(i), y(j)), mul(x(j), y(i))),
    ):
        gap, opposite = minus(left, right), minus(right, left)
        assert proves(inv(gap), mul(-1, inv(opposite)))
        assert not proves(inv(gap), inv(opposite)), "1/(a − b) = 1/(b − a) would prove 1 = −1"
        assert proves(mul(inv(gap), gap), ONE)
        assert proves(inv(gap, 2), inv(opposite, 2))
        assert proves(inv(gap, 3), mul(-1, inv(opposite, 3)))
        assert proves(mul(gap, inv(opposite)), Num(-1))


def test_the_reciprocal_of_a_difference_under_a_sum():
    gap, opposite = minus(x(i), A(i, j)), minus(A(i, j), x(i))
    assert proves(sigma(i, mul(y(i), inv(gap))), mul(-1, sigma(i, mul(y(i), inv(opposite)))))
    same_array = sigma(k, mul(y(k), inv(minus(x(k), x(i)))))
    assert proves(same_array, mul(-1, sigma(l, mul(y(l), inv(minus(x(i), x(l)))))))


@pytest.mark.parametrize("wrap", [lambda term: term, lambda term: sigma(i, mul(y(i), term))])
def test_denominators_in_denominators(wrap):
    a, b = p(i), q(i)
    nested = inv(total(ONE, inv(total(a, b))))
    assert proves(wrap(nested), wrap(mul(total(a, b), inv(total(a, b, ONE)))))
    logistic = inv(total(ONE, inv(total(ONE, exp(a)))))
    assert proves(wrap(logistic), wrap(mul(total(ONE, exp(a)), inv(total(Num(2), exp(a))))))
    assert proves(wrap(inv(total(inv(a), inv(b)))), wrap(mul(a, b, inv(total(a, b)))))
    assert proves(wrap(inv(total(inv(total(a, ONE)), inv(total(a, ONE))))), wrap(mul(Num(HALF), total(a, ONE))))


def test_a_root_of_one_plus_a_reciprocal():
    base = total(ONE, inv(x(i)))
    assert proves(mul(y(i), x(i), Power(base, -HALF), root(base)), mul(x(i), y(i)))
    row = total(ONE, inv(sigma(k, x(k))))
    assert proves(mul(y(i), Power(row, -HALF), Power(row, HALF)), y(i))


def test_equal_denominators_cancel_under_a_sum():
    base = total(eps, Power(delta(i, k), 2))
    assert proves(sigma(k, mul(q(k), base, inv(base))), sigma(k, q(k)))
    assert proves(sigma(k, mul(total(p(k), q(k)), inv(total(q(k), p(k))))), n)
    two = (total(ONE, p(i), eps), total(ONE, p(k), eps))
    assert proves(sigma(k, mul(two[1], inv(two[0]), inv(two[1]))), mul(n, inv(two[0])))


def test_partial_fractions_of_a_base_and_its_own_term_under_a_sum():
    for tail in (ONE, eps, q(k)):
        left = sigma(k, mul(inv(p(k)), inv(total(p(k), tail)), tail))
        right = sigma(k, minus(inv(p(k)), inv(total(p(k), tail))))
        assert proves(left, right)
        assert not proves(left, mul(2, right))
    both = total(inv(total(ONE, exp(x(k)))), inv(total(ONE, exp(mul(-1, x(k))))))
    assert proves(sigma(k, both), n)
    # y may be 0, so 1/(x (x + y)) is not taken apart
    assert proves(mul(inv(x(k)), inv(total(x(k), y(k))), y(k)), minus(inv(x(k)), inv(total(x(k), y(k)))))


def test_renaming_a_sum_that_stands_under_a_fraction():
    left = sigma(k, mul(x(k), inv(total(x(k), mul(2, x(i))))))
    a, z = ns("a z")
    for other in (a, z):
        assert proves(left, sigma(other, mul(x(other), inv(total(x(other), mul(2, x(i)))))))


# exp and log


def test_laws_of_the_exponential():
    a, b = x(i), y(i)
    assert proves(exp(total(a, b)), mul(exp(a), exp(b)))
    assert proves(exp(mul(-1, a)), inv(exp(a)))
    assert proves(Power(exp(a), 3), exp(mul(3, a)))
    assert proves(root(exp(a)), exp(mul(Num(HALF), a)))
    assert proves(exp(ZERO), ONE)
    assert proves(exp(Num(2)), Power(exp(ONE), 2))
    assert not proves(exp(mul(a, b)), mul(exp(a), exp(b)))
    assert not proves(exp(sigma(k, x(k))), sigma(k, exp(x(k))))


def test_log_and_exp_undo_each_other():
    assert proves(log(exp(x(i))), x(i))
    assert proves(exp(log(x(i))), x(i))
    assert proves(exp(mul(2, log(x(i)))), Power(x(i), 2))
    assert proves(exp(mul(Num(-HALF), log(p(i)))), inv(root(p(i))))


def test_laws_of_the_logarithm_over_what_is_positive():
    assert proves(log(mul(p(i), q(i))), total(log(p(i)), log(q(i))))
    assert proves(log(inv(p(i))), mul(-1, log(p(i))))
    assert proves(log(mul(6, p(i))), total(log(Num(2)), log(Num(3)), log(p(i))))
    assert proves(log(root(Num(2))), mul(Num(HALF), log(Num(2))))
    assert proves(log(root(total(p(i), ONE))), mul(Num(HALF), log(total(ONE, p(i)))))
    assert proves(log(ONE), ZERO)
    assert not proves(log(mul(x(i), y(i))), total(log(x(i)), log(y(i))))
    assert not proves(log(Power(x(i), 2)), mul(2, log(x(i))))
    assert not proves(log(total(p(i), q(i))), total(log(p(i)), log(q(i))))


def test_what_a_logarithm_assumes_is_recorded():
    ws = workspace()
    normal_form(ws, log(x(i)))
    assert ws.assumed == {"the argument of every logarithm is positive"}
    ws = workspace()
    normal_form(ws, log(sigma(k, exp(x(k)))))
    assert not ws.assumed


def test_the_logarithm_of_0_is_not_decided():
    assert decide(log(ZERO), ZERO) == NO_RULE


# Brackets


def test_a_bracket_is_0_or_1():
    assert proves(Power(bracket(x(i)), 5), bracket(x(i)))
    assert proves(bracket(p(i)), ONE)
    assert proves(bracket(mul(-1, p(i))), ZERO)
    assert proves(bracket(mul(-1, Power(x(i), 2))), ZERO)
    assert proves(bracket(ZERO), ZERO)
    assert proves(bracket(Num(3)), ONE)
    assert not proves(bracket(x(i)), ONE)
    assert decide(inv(bracket(x(i))), ONE) == NO_RULE


def test_only_the_sign_in_a_bracket_counts():
    assert proves(bracket(mul(3, x(i))), bracket(x(i)))
    assert proves(bracket(mul(p(i), x(i))), bracket(x(i)))
    assert not proves(bracket(mul(y(i), x(i))), bracket(x(i)))


def test_off_the_kink_a_bracket_and_its_opposite_make_1():
    ws = workspace()
    assert proves(total(bracket(x(i)), bracket(mul(-1, x(i)))), ONE, ws)
    assert ws.assumed == {"off the kink of every bracket [u > 0]"}
    assert proves(mul(bracket(x(i)), bracket(mul(-1, x(i)))), ZERO)
    assert proves(bracket(minus(x(i), y(i))), minus(ONE, bracket(minus(y(i), x(i)))))


def test_a_bracket_that_is_on_its_kink_where_indices_meet_has_no_opposite():
    # [x_i − x_j > 0] is 0 at i = j, and so is [x_j − x_i > 0], whatever x is.
    up, down = bracket(minus(x(i), x(j))), bracket(minus(x(j), x(i)))
    assert not proves(sigma(j, mul(delta(i, j), up)), ONE)
    assert not proves(sigma(j, mul(delta(i, j), down)), ONE)
    assert not proves(sigma(i, j, total(up, down)), Power(n, 2))
    assert proves(sigma(j, mul(delta(i, j), up)), ZERO)
    assert proves(sigma(j, mul(delta(i, j), down)), ZERO)
    assert not proves(total(up, down), ONE)
    cross = minus(mul(x(i), y(j)), mul(x(j), y(i)))
    assert not proves(total(bracket(cross), bracket(mul(-1, cross))), ONE)


def test_a_bracket_is_constant_off_its_kink():
    relu = mul(x(k), bracket(x(k)))
    assert proves(Partial(relu, Entry("x", (i,))), mul(delta(i, k), bracket(x(i))))


# Functions of which nothing is known


def test_opaque_functions_know_their_arguments_only():
    f, g = (lambda u: fn("f", u)), (lambda u, v: fn("g", u, v))
    assert proves(f(total(x(i), y(i))), f(total(y(i), x(i))))
    assert proves(sigma(k, mul(delta(i, k), g(x(k), y(k)))), g(x(i), y(i)))
    assert not proves(g(x(i), y(i)), g(y(i), x(i)))
    assert not proves(f(mul(2, x(i))), mul(2, f(x(i))))
    assert not proves(f(x(i)), fn("f", x(i), orders=(1,)))
    assert not proves(f(x(i)), fn("h", x(i)))


def test_the_chain_rule_of_two_arguments():
    inner = fn("g", x(k), mul(x(k), y(k)))
    slope = total(
        fn("g", x(i), mul(x(i), y(i)), orders=(1, 0)), mul(y(i), fn("g", x(i), mul(x(i), y(i)), orders=(0, 1)))
    )
    assert proves(sigma(k, Partial(inner, Entry("x", (i,)))), slope)
    mixed = Partial(Partial(fn("g", x(i), y(i)), Entry("x", (i,))), Entry("y", (i,)))
    assert proves(mixed, fn("g", x(i), y(i), orders=(1, 1)))


def test_the_quotient_of_a_function_by_itself():
    assert proves(mul(fn("f", x(i)), inv(fn("f", x(i)))), ONE)


def test_tanh_and_the_circular_functions_differentiate_into_themselves():
    at = Entry("x", (i,))
    assert proves(Partial(fn("tanh", x(i)), at), minus(ONE, Power(fn("tanh", x(i)), 2)))
    assert proves(Partial(fn("sin", mul(2, x(i))), at), mul(2, fn("cos", mul(2, x(i)))))
    assert proves(Partial(Partial(fn("cos", x(i)), at), at), mul(-1, fn("cos", x(i))))
