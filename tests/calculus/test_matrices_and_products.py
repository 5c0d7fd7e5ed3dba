"""Inverses, log-determinants and products over an index: the backwards that need them, and what they must not prove."""

from __future__ import annotations

from random import Random

import pytest
from kernel_words import EQUAL, array, decide, delta, inv, mul, ns, proves, sigma, total

from gradverify.calculus.normal import normal_form, workspace
from gradverify.calculus.refute import compare
from gradverify.calculus.terms import Index, Inverse, LogDet, Num, Partial, Product, Size

i, j, k, l, q = ns("i j k l q")  # noqa: E741  # the page's names
c = Index("r", "c")
x, b, y_bar = array("x"), array("b"), array("ȳ")


def x_inv(row, column):
    return Inverse("x", row, column)


def solution(row):
    return sigma(q, mul(x_inv(row, q), b(q, c)))


TRUE = {
    "A·A⁻¹ = I": (sigma(q, mul(x(i, q), x_inv(q, j))), delta(i, j)),
    "A⁻¹·A = I": (sigma(q, mul(x_inv(i, q), x(q, j))), delta(i, j)),
    "the trace of I": (sigma(i, q, mul(x(i, q), x_inv(q, i))), Size("n")),
    "inverse": (
        sigma(k, l, mul(y_bar(k, l), Partial(x_inv(k, l), x(i, j)))),
        mul(-1, sigma(k, l, mul(x_inv(k, i), y_bar(k, l), x_inv(j, l)))),
    ),
    "solve, by the matrix": (
        sigma(k, mul(y_bar(k), Partial(solution(k), x(i, j)))),
        mul(-1, sigma(k, mul(x_inv(k, i), y_bar(k))), solution(j)),
    ),
    "solve, by the right-hand side": (
        sigma(k, mul(y_bar(k), Partial(solution(k), b(i, c)))),
        sigma(k, mul(x_inv(k, i), y_bar(k))),
    ),
    "log-determinant": (Partial(LogDet("x", "n"), x(i, j)), x_inv(j, i)),
    "the derivative of A·A⁻¹ is 0": (Partial(sigma(q, mul(x(k, q), x_inv(q, l))), x(i, j)), Num(0)),
    "product": (
        Partial(Product(q, x(q)), x(i)),
        Product(q, x(q), (i,)),
    ),
    "a product without one place, differentiated by another": (
        Partial(Product(q, x(q), (k,)), x(i)),
        mul(total(Num(1), mul(-1, delta(i, k))), Product(q, x(q), (i, k))),
    ),
    "equal factors": (mul(Product(q, x(i)), inv(x(i))), mul(inv(x(i)), Product(k, x(i)))),
    "a place left out twice": (Product(q, x(q), (i, i)), Product(q, x(q), (i,))),
    "two places left out in any order": (Product(q, x(q), (i, k)), Product(q, x(q), (k, i))),
}


@pytest.mark.parametrize("name", TRUE)
def test_what_holds_for_every_size_is_proved(name):
    assert proves(*TRUE[name])
    for n in (1, 2, 3):
        comparison = compare(*TRUE[name], {"n": n, "r": 2}, (), Random(1), largest=9)
        assert comparison.trials
        assert comparison.difference is None


FALSE = {
    "the inverse transposed": (sigma(q, mul(x(i, q), x_inv(j, q))), delta(i, j)),
    "the inverse of another matrix": (sigma(q, mul(b(i, q), x_inv(q, j))), delta(i, j)),
    "log-determinant, not transposed": (Partial(LogDet("x", "n"), x(i, j)), x_inv(i, j)),
    "inverse, with the sign forgotten": (Partial(x_inv(k, l), x(i, j)), mul(x_inv(k, i), x_inv(j, l))),
    "product, with nothing left out": (Partial(Product(q, x(q)), x(i)), Product(q, x(q))),
    "the index stands elsewhere too": (
        sigma(q, mul(x(i, q), x_inv(q, j), y_bar(q))),
        mul(delta(i, j), sigma(q, y_bar(q))),
    ),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_fails_is_not_proved_and_is_refuted(name):
    assert decide(*FALSE[name]) != EQUAL
    assert compare(*FALSE[name], {"n": 2, "r": 2}, (), Random(3), largest=9).difference is not None


def test_that_the_matrix_is_invertible_is_assumed_and_said():
    ws = workspace()
    normal_form(ws, mul(x_inv(i, j), inv(Num(2))))
    assert "x has an inverse" in ws.assumed
