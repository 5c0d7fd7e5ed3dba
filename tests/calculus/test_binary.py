"""δ and brackets inside functions come out: F(z) = F(0) + z·(F(1) − F(0))."""

from __future__ import annotations

from fractions import Fraction

import pytest
from kernel_words import EQUAL, array, decide, delta, fn, inv, mul, ns, proves, sigma, total

from gradverify.calculus.normal import normal_form, workspace
from gradverify.calculus.terms import ONE, NoRule, Num, Power, Size

i, j, k = ns("i j k")
x = array("x")
a, b = array("a")(i), array("b")(i)
n = Size("n")


def bracket(u):
    return fn("iverson", u)


def off(z):
    return total(ONE, mul(-1, z))


TRUE = {
    "a function of δ takes two values": (
        sigma(k, fn("f", delta(k, i))),
        total(fn("f", ONE), mul(total(n, Num(-1)), fn("f", Num(0)))),
    ),
    "a denominator with δ under a sum": (
        sigma(k, mul(total(ONE, delta(k, i)), inv(total(ONE, delta(k, i))))),
        n,
    ),
    "a bracket in an exponential": (
        fn("exp", mul(a, fn("iverson", a))),
        total(ONE, mul(fn("iverson", a), total(fn("exp", a), Num(-1)))),
    ),
    "a mask chooses the exponent": (
        fn("exp", total(mul(a, bracket(b)), mul(b, off(bracket(b))))),
        total(mul(bracket(b), fn("exp", a)), mul(off(bracket(b)), fn("exp", b))),
    ),
    "a mask chooses the denominator": (
        inv(total(mul(a, bracket(a)), mul(b, off(bracket(a))))),
        total(mul(bracket(a), inv(a)), mul(off(bracket(a)), inv(b))),
    ),
    "a mask chooses what is rooted": (
        Power(total(mul(Num(4), bracket(a)), mul(Num(9), off(bracket(a)))), Fraction(1, 2)),
        total(Num(3), mul(-1, bracket(a))),
    ),
    "a logarithm of a mask": (
        fn("log", total(ONE, mul(fn("exp", b), bracket(a)))),
        mul(bracket(a), fn("log", total(ONE, fn("exp", b)))),
    ),
    "a bracket of a mask": (bracket(mul(a, bracket(a))), bracket(a)),
    "two masks in one exponential": (
        fn("exp", mul(a, bracket(a), bracket(b))),
        total(ONE, mul(bracket(a), bracket(b), total(fn("exp", a), Num(-1)))),
    ),
    "two deltas in an unknown function": (
        sigma(j, k, fn("f", delta(j, i), delta(k, i))),
        total(
            fn("f", ONE, ONE),
            mul(total(n, Num(-1)), fn("f", ONE, Num(0))),
            mul(total(n, Num(-1)), fn("f", Num(0), ONE)),
            mul(total(n, Num(-1)), total(n, Num(-1)), fn("f", Num(0), Num(0))),
        ),
    ),
    "the stable softplus": (
        total(
            mul(a, bracket(a)),
            fn("log", total(ONE, fn("exp", mul(a, total(ONE, mul(-2, bracket(a))))))),
        ),
        fn("log", total(ONE, fn("exp", a))),
    ),
}


@pytest.mark.parametrize("name", TRUE)
def test_what_holds_in_both_cases_is_proved(name):
    assert proves(*TRUE[name])


FALSE = {
    "the wrong branch": (fn("exp", mul(a, bracket(a))), total(bracket(a), mul(off(bracket(a)), fn("exp", a)))),
    "the mask forgotten": (inv(total(ONE, bracket(a))), inv(Num(2))),
    "one value for both": (sigma(k, fn("f", delta(k, i))), mul(n, fn("f", ONE))),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_fails_in_one_case_is_not_proved(name):
    assert decide(*FALSE[name]) != EQUAL


def test_a_denominator_that_is_0_in_one_case_has_no_form():
    with pytest.raises(NoRule):
        normal_form(workspace(), inv(mul(a, delta(i, j))))
    with pytest.raises(NoRule):
        normal_form(workspace(), fn("log", bracket(a)))
