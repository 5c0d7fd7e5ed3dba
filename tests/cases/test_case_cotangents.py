"""Cotangents and directions: never ones, never near 0, exact when doubled or added."""

from __future__ import annotations

import numpy as np
import pytest

from gradverify.cases import draw_cotangents, draw_directions, one_at_a_time


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_cotangents_fit_the_output_and_stay_away_from_0_and_from_1(dtype):
    (y_bar,) = draw_cotangents([np.zeros((30, 40), dtype)], seed=4)

    assert y_bar.shape == (30, 40)
    assert y_bar.dtype == dtype
    assert np.abs(y_bar).min() >= 0.5
    assert np.abs(y_bar).max() <= 1.5
    assert (np.abs(y_bar) != 1).all()
    assert 400 < (y_bar < 0).sum() < 800


def test_doubling_and_adding_cotangents_is_exact_in_half_precision():
    a, b = (draw_cotangents([np.zeros(100, np.float16)], seed=1, stream=k)[0] for k in (0, 1))

    assert ((a + b).astype(float) == a.astype(float) + b.astype(float)).all()


def test_a_scalar_output_gets_a_cotangent_that_is_not_1():
    for seed in range(200):
        (y_bar,) = draw_cotangents([np.array(2.0)], seed)
        assert y_bar.shape == ()
        assert 0 < abs(abs(y_bar) - 1) < 0.5


def test_an_output_that_is_not_floating_gets_zeros():
    indices, values = draw_cotangents([np.zeros(3, int), np.zeros(3)], seed=0)

    assert indices.dtype == np.float64
    assert not indices.any()
    assert values.all()


def test_seed_stream_and_place_all_matter():
    outputs = [np.zeros(20), np.zeros(20)]
    seen = [*draw_cotangents(outputs, 1), *draw_cotangents(outputs, 2), *draw_cotangents(outputs, 1, stream=1)]
    seen += draw_directions(outputs, 1)

    assert len({array.tobytes() for array in seen}) == len(seen)
    assert np.array_equal(draw_cotangents(outputs, 1)[1], draw_cotangents(outputs, 1)[1])


def test_directions_have_both_signs_and_no_small_entry():
    (x_dot,) = draw_directions([np.zeros(500, np.float32)], seed=3)

    assert x_dot.dtype == np.float64
    assert np.abs(x_dot).min() >= 0.1 * np.abs(x_dot).max()
    assert 200 < (x_dot > 0).sum() < 300


def test_one_cotangent_is_kept_at_a_time():
    a, b = draw_cotangents([np.zeros(2, np.float32), np.zeros((1, 2))], 0)
    kept = list(one_at_a_time((a, b)))

    assert [[y_bar.any() for y_bar in each] for each in kept] == [[True, False], [False, True]]
    assert kept[0][0] is a
    assert all([y_bar.dtype for y_bar in each] == [np.float32, np.float64] for each in kept)
    assert all([y_bar.shape for y_bar in each] == [(2,), (1, 2)] for each in kept)
    assert list(one_at_a_time((a,))) == []
