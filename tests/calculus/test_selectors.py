"""Maps of indices: their rules, and the backwards that need them, each for all sizes and all maps."""

from __future__ import annotations

from random import Random

import pytest
from kernel_words import EQUAL, array, decide, delta, fn, inv, mul, proves, sigma, total

from gradverify.calculus.normal import normal_form, workspace
from gradverify.calculus.refute import compare
from gradverify.calculus.terms import ONE, Index, NoRule, Num, Partial, Selected, Selector, Size

MAP = Selector("t")
PARTIAL = Selector("g", total=False)
ONE_TO_ONE = Selector("s", injective=True)
PERMUTATION = Selector("p", injective=True, onto=True)
BELOW = Selector("≤", single=False, total=False)

i, k = Index("m", "i"), Index("m", "k")
j, l, q = (Index("n", name) for name in "jlq")  # noqa: E741  # the page's names
x, y_bar, w = array("x"), array("ȳ"), array("w")


def at(selector, places, values):
    return Selected(selector, tuple(places), tuple(values))


def read(selector, place, entry):
    """x[…, t(place)]: Σ_q [t(place) = q] x[…, q]."""
    return sigma(q, mul(at(selector, [place], [q]), entry(q)))


TRUE = {
    "a map has one value": (sigma(j, at(MAP, [i], [j])), ONE),
    "and counts its places": (sigma(i, j, at(MAP, [i], [j])), Size("m")),
    "a permutation takes every value once": (sigma(j, at(PERMUTATION, [j], [l])), ONE),
    "two values at one place are equal": (
        mul(at(MAP, [i], [j]), at(MAP, [i], [l])),
        mul(at(MAP, [i], [j]), delta(j, l)),
    ),
    "two places of one value are equal": (
        mul(at(ONE_TO_ONE, [i], [j]), at(ONE_TO_ONE, [k], [j])),
        mul(at(ONE_TO_ONE, [i], [j]), delta(i, k)),
    ),
    "a square of a sum over a map's value, under a sum": (
        sigma(i, mul(read(MAP, i, x), read(MAP, i, x))),
        sigma(i, j, mul(at(MAP, [i], [j]), x(j), x(j))),
    ),
    "a function at a map's value": (
        sigma(j, mul(at(MAP, [i], [j]), fn("f", at(MAP, [i], [l])))),
        fn("f", at(MAP, [i], [l])),
    ),
    "a denominator with a map in it": (
        inv(total(ONE, at(PARTIAL, [i], [j]))),
        total(ONE, mul(Num(-1), inv(Num(2)), at(PARTIAL, [i], [j]))),
    ),
    "select: y_i = x[i, t(i)]": (
        sigma(k, mul(y_bar(k), Partial(read(MAP, k, lambda v: x(k, v)), x(i, j)))),
        mul(y_bar(i), at(MAP, [i], [j])),
    ),
    "embedding: y_kl = w[t(k), l], and repeated ids add up": (
        sigma(k, l, mul(y_bar(k, l), Partial(sigma(q, mul(at(MAP, [k], [q]), w(q, l))), w(j, l)))),
        sigma(k, mul(at(MAP, [k], [j]), sigma(l, y_bar(k, l)))),
    ),
    "a permutation of x, and its inverse of ȳ": (
        sigma(l, mul(y_bar(l), Partial(read(PERMUTATION, l, x), x(j)))),
        sigma(l, mul(at(PERMUTATION, [l], [j]), y_bar(l))),
    ),
    "the gradient of permuted entries keeps the cotangent's sum": (
        sigma(j, l, mul(at(PERMUTATION, [l], [j]), y_bar(l))),
        sigma(l, y_bar(l)),
    ),
    "a convolution reads outside as 0": (
        sigma(k, mul(y_bar(k), Partial(sigma(i, q, mul(w(i), at(PARTIAL, [k, i], [q]), x(q))), x(j)))),
        sigma(k, i, mul(y_bar(k), w(i), at(PARTIAL, [k, i], [j]))),
    ),
    "a running sum": (
        sigma(l, mul(y_bar(l), Partial(sigma(q, mul(at(BELOW, [q], [l]), x(q))), x(j)))),
        sigma(l, mul(at(BELOW, [j], [l]), y_bar(l))),
    ),
}


@pytest.mark.parametrize("name", TRUE)
def test_what_holds_for_every_map_is_proved(name):
    assert proves(*TRUE[name])
    for sizes in ({"m": 2, "n": 2}, {"m": 2, "n": 3}, {"m": 3, "n": 3}):
        comparison = compare(*TRUE[name], sizes, (), Random(1), largest=9, draws=3)
        assert comparison.difference is None


FALSE = {
    "a map that is not everywhere has no value somewhere": (sigma(j, at(PARTIAL, [i], [j])), ONE),
    "not every value of a map is taken": (sigma(i, at(MAP, [i], [j])), ONE),
    "two places of a map may share a value": (
        mul(at(MAP, [i], [j]), at(MAP, [k], [j])),
        mul(at(MAP, [i], [j]), delta(i, k)),
    ),
    "a relation may hold twice at a place": (
        mul(at(BELOW, [q], [j]), at(BELOW, [q], [l])),
        mul(at(BELOW, [q], [j]), delta(j, l)),
    ),
    "select forgets the map": (
        sigma(k, mul(y_bar(k), Partial(read(MAP, k, lambda v: x(k, v)), x(i, j)))),
        y_bar(i),
    ),
    "embedding keeps one of the repeated ids": (
        sigma(k, mul(at(MAP, [k], [j]), y_bar(k))),
        mul(at(MAP, [i], [j]), y_bar(i)),
    ),
    "the permutation instead of its inverse": (
        sigma(l, mul(at(PERMUTATION, [l], [j]), y_bar(l))),
        sigma(l, mul(at(PERMUTATION, [j], [l]), y_bar(l))),
    ),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_fails_for_some_map_is_not_proved_and_is_refuted(name):
    left, right = FALSE[name]
    assert decide(left, right) != EQUAL
    sizes = {"m": 3, "n": 3}
    found = [compare(left, right, sizes, (), Random(seed), largest=9, draws=4).difference for seed in range(6)]
    assert any(each is not None for each in found)


def test_a_difference_tells_the_map():
    found = None
    for seed in range(6):
        left, right = FALSE["not every value of a map is taken"]
        found = found or compare(left, right, {"m": 2, "n": 2}, (), Random(seed), largest=9, draws=4).difference
    assert found is not None
    assert set(found.maps) == {"t"}


def test_a_division_by_a_map_has_no_form():
    with pytest.raises(NoRule):
        normal_form(workspace(), inv(at(MAP, [i], [j])))


@pytest.mark.parametrize("wrong", [{"single": False}, {"onto": True}, {"single": False, "total": True}])
def test_properties_that_exclude_each_other_are_refused(wrong):
    with pytest.raises(ValueError, match="total needs single, and onto needs injective"):
        Selector("t", **wrong)
