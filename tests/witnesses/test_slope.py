"""The measured slope and what it allows for, beside known derivatives."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradverify.witnesses._slope import LEVELS, MOST_EVALUATIONS, SAMPLE, STEPS, inner, measure, sample

EPSILON = float(np.finfo(float).eps)


def slope_of(f, x, *, y_bar=None, x_dot=1.0, scale=1.0, conditioning=0.0):
    """The slope of ⟨ȳ, f(x + h)⟩ with ȳ of ones unless given, and the number of evaluations it took."""
    evaluations = []

    def evaluate(step):
        evaluations.append(step)
        with np.errstate(invalid="ignore"):
            y = np.asarray(f(x + step * x_dot))
        return (y,) if np.isfinite(y).all() else None

    center = np.asarray(f(x))
    y_bar = np.ones(center.shape) if y_bar is None else y_bar
    return measure(
        evaluate, sample([center]), [y_bar], conditioning=conditioning, epsilon=EPSILON, scale=scale
    ), evaluations


@pytest.mark.parametrize(
    ("f", "derivative"),
    [
        (np.sin, np.cos),
        (np.exp, np.exp),
        (lambda x: np.exp(5 * x), lambda x: 5 * np.exp(5 * x)),
        (lambda x: 1 / x, lambda x: -1 / x**2),
        (lambda x: x + 1e6, lambda x: 1.0),
        (lambda x: x * 1e-9, lambda x: 1e-9),
        (lambda x: 1e200 * x, lambda x: 1e200),
        (lambda x: x**7, lambda x: 7 * x**6),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 0.75, 0.618])
def test_the_error_is_within_what_is_allowed_and_the_allowance_is_small(f, derivative, scale):
    for x in np.linspace(0.3, 3.7, 60):
        slope, _ = slope_of(f, x, scale=scale, conditioning=abs(x * derivative(x)))
        assert abs(slope.value - derivative(x)) <= slope.allowed
        assert slope.allowed <= 1e-5 * abs(derivative(x))


def test_a_smooth_slope_is_good_to_nine_digits():
    slope, evaluations = slope_of(np.sin, 1.0)

    assert slope.allowed < 1e-9 * slope.value
    assert len(evaluations) == 2 * LEVELS


@pytest.mark.parametrize("at", [0.0, 1e-3, 1e-2, -5e-4])
def test_at_a_kink_the_allowance_takes_in_both_sides(at):
    slope, _ = slope_of(lambda x: np.maximum(x - at, 0), 0.0)

    if abs(at) < STEPS[2]:
        assert slope.value - slope.allowed <= 0
        assert slope.value + slope.allowed >= 1
        assert "kink" in slope.weakness
    else:
        assert abs(slope.value - (at < 0)) <= slope.allowed


def test_cancellation_inside_f_shows_as_noise():
    worst = 0.0
    for x in np.linspace(0.1, 4, 300):
        slope, _ = slope_of(lambda x: np.sqrt(1e8 + x) - 1e4, x)
        worst = max(worst, abs(slope.value - 0.5 / math.sqrt(1e8 + x)) / slope.allowed)
        assert slope.noise > slope.rounding or slope.allowed > 1e-13

    assert worst < 1e3  # a single output may be underestimated: nothing is accused before it is measured again


def test_cancellation_is_covered_where_there_are_several_outputs():
    x = np.linspace(0.1, 4, 12)
    slope, _ = slope_of(lambda x: np.sqrt(1e8 + x) - 1e4, x)

    assert abs(slope.value - (0.5 / np.sqrt(1e8 + x)).sum()) <= slope.allowed


def test_a_constant_is_unchanged():
    assert slope_of(lambda x: 3.7 + 0 * x, 1.0)[0].unchanged
    assert not slope_of(lambda x: 3.7 + 1e-9 * x, 1.0)[0].unchanged


def test_smaller_steps_are_tried_where_f_is_not_finite():
    slope, evaluations = slope_of(lambda x: np.log(x - 1), 1.002)

    assert abs(slope.value - 500) <= slope.allowed
    assert len(evaluations) <= MOST_EVALUATIONS


def test_too_few_points_give_nothing():
    assert slope_of(lambda x: np.where(x == 1, x, np.nan), 1.0)[0] is None


def test_many_outputs_are_sampled_for_the_error_and_summed_for_the_value():
    x = np.linspace(0.1, 4, 3 * SAMPLE)
    y_bar = np.where(np.arange(x.size) % 2, 0.75, -1.25)
    slope, _ = slope_of(np.sin, x, y_bar=y_bar)

    assert abs(slope.value - float((y_bar * np.cos(x)).sum())) <= slope.allowed < 1e-6


def test_inner_products_do_not_lose_small_terms():
    a = np.array([1e16, 1.0, -1e16])

    assert inner([a], [np.ones(3)]) == 1.0
    assert inner([np.ones(2), np.ones(())], [np.array([3.0, 4.0]), np.array(5.0)], [np.ones(2), np.ones(())]) == 9.0


def test_a_sample_keeps_order_and_copies():
    array = np.arange(10.0)
    taken = sample([array, np.array(5)])

    assert taken.tolist() == [*range(10), 5]
    assert not np.may_share_memory(taken, array)
    assert sample([]).size == 0
    assert sample([np.zeros(10 * SAMPLE)]).size == SAMPLE
