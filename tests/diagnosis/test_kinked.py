"""What is wrong on kinks alone: how ties are shared, which slope is chosen, where a gradient is undefined."""

import numpy as np
import pytest

from gradverify.diagnosis import looks_like
from gradverify.diagnosis.kinked import on_kinks


def largest(x):
    return x.max(axis=1)


def shared_by(share):
    """Backward of a row maximum; `share` gives the mask of the largest entries their shares."""

    def backward(g, x):
        mask = (x == x.max(axis=1, keepdims=True)).astype(float)
        return share(mask) * g[:, None]

    return backward


def count(mask):
    return mask.sum(axis=1, keepdims=True)


def spread(mask):
    """What lies between the first and the last of the largest gets its part as well."""
    before, after = np.cumsum(mask, axis=1), np.cumsum(mask[:, ::-1], axis=1)[:, ::-1]
    inside = (before > 0) & (after > 0)
    return inside / count(inside)


TIES = [
    (lambda mask: mask, "every tied entry gets the whole cotangent, so it is counted once for each of them"),
    (lambda mask: np.where(count(mask) > 1, 0, mask), "none of the tied entries gets the cotangent: it is lost"),
    (lambda mask: mask / count(mask) ** 2, "the tied entries get only a part of the cotangent"),
    (spread, "an entry that is not among the tied ones gets a part of the cotangent"),
]


@pytest.mark.parametrize(("share", "words"), TIES)
def test_a_tie_is_told_by_how_it_is_shared(share, words, op, space):
    said = looks_like(op(largest, shared_by(share)), space(("m", "n")))
    assert any(each.startswith(f"the gradient of x is wrong only at ties: {words}") for each in said), said


RIGHT = [
    lambda mask: mask / count(mask),
    lambda mask: mask * (np.cumsum(mask, axis=1) == 1),
]


@pytest.mark.parametrize("share", RIGHT)
def test_a_valid_choice_is_not_accused(share, op, space):
    drawn = space(("m", "n"))
    assert list(on_kinks(op(largest, shared_by(share)), drawn, None)) == []


def test_a_tie_of_two_inputs_names_both(op, space):
    made = op(np.maximum, lambda g, x, w: (g * (x >= w), g * (w >= x)), inputs=("x", "w"))
    (said,) = looks_like(made, space(("m", "n"), ("m", "n")))
    assert said.startswith("the gradients of x and w are wrong only where x equals w: every tied entry gets the whole")


def test_a_sort_that_gives_equal_entries_one_cotangent_is_told(op, space):
    def backward(g, x):
        return np.stack([row_bar[np.searchsorted(np.sort(row), row)] for row, row_bar in zip(x, g, strict=True)])

    (said,) = looks_like(op(lambda x: np.sort(x, axis=1), backward), space(("m", "n")))
    assert said == (
        "the gradient of x is wrong only at ties: "
        "equal entries get the same entry of the cotangent, and another one is lost"
    )


def test_a_slope_outside_both_sides_is_told_with_them(op, space):
    made = op(np.abs, lambda g, x: g * np.where(x == 0, 3, np.sign(x)))
    (said,) = looks_like(made, space(("m", "n")))
    assert said == (
        "the gradient of x is wrong only where x is 0: "
        "the slope there is 3, and must lie between −1 and 1, those of the two sides"
    )


def test_a_bound_is_named(op, space):
    made = op(lambda x: np.clip(x, -2, 2), lambda g, x: g * (((x > -2) & (x < 2)) - 1 * (x == 2)))
    (said,) = looks_like(made, space(("m", "n")))
    assert said.startswith("the gradient of x is wrong only where x is 2, a bound: the slope there is −1")


def test_nan_on_a_kink_is_told_with_its_values(op, space):
    made = op(lambda x: np.clip(x, -1, 1), lambda g, x: g * (x * x < 1) * ((x * x - 1) / (x * x - 1)))
    (said,) = looks_like(made, space(("m", "n")))
    assert said.startswith("the gradient of x is wrong only where x is −1 or 1: it is infinite or undefined there")


def test_nan_at_whole_rows_of_zeros_is_told_as_that(op, space):
    def length(x):
        return np.sqrt((x * x).sum(axis=1, keepdims=True))

    (said,) = looks_like(op(length, lambda g, x: g * x / length(x)), space(("m", "n")))
    assert said.startswith("the gradient of x is wrong only where all of x along axis 1 is 0: it is infinite")


def test_nan_at_ties_is_not_told_by_the_values_that_were_tied(op, space):
    def backward(g, x, w):
        gap = x - w
        x_bar = g * (1 + gap / np.abs(gap)) / 2
        return x_bar, g - x_bar

    said = looks_like(op(np.maximum, backward, inputs=("x", "w")), space(("m", "n"), ("m", "n")))
    assert [each.partition(" is ")[2] for each in said] == ["wrong only at ties: it is infinite or undefined there"] * 2


def test_a_kink_anywhere_is_not_called_a_bound(op, space):
    def forward(x):
        return np.maximum(x - 0.123, 0) + np.maximum(x - 0.377, 0)

    def wrong(g, x):
        return g * ((x > 0.123) * 1.0 + (x > 0.377) + 5 * (x == 0.377))

    said = looks_like(op(forward, wrong), space(("m", "n")))
    assert not any("0.123" in each or "a tie" in each for each in said), said
