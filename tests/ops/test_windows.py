"""Convolution and pooling: values and gradients against plain loops, overlap, padding, what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from gradverify.ops import Conv2d, MaxPool

SETTINGS = [(1, 0), (2, 0), (1, 1), (2, 1), (3, 2)]


def loops(x, W, stride, padding):
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    r, s = W.shape[2:]
    p, q = ((side - own) // stride + 1 for side, own in zip(padded.shape[2:], (r, s), strict=True))
    y = np.zeros((len(x), len(W), p, q))
    for o, f, k, l in np.ndindex(y.shape):  # noqa: E741  # the page's name
        window = padded[o, :, k * stride : k * stride + r, l * stride : l * stride + s]
        y[o, f, k, l] = (window * W[f]).sum()
    return y


def differences(function, array, y_bar, step=1e-6):
    found = np.zeros(array.shape)
    for place in np.ndindex(array.shape):
        moved = [array.copy(), array.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        found[place] = ((function(moved[0]) - function(moved[1])) * y_bar).sum() / (2 * step)
    return found


@pytest.mark.parametrize(("stride", "padding"), SETTINGS)
def test_a_convolution_and_its_gradients(stride, padding):
    random = np.random.default_rng(stride + padding)
    x, W = random.normal(size=(2, 3, 5, 6)), random.normal(size=(4, 3, 3, 2))
    context = {}
    y = Conv2d.forward(context, x, W, stride=stride, padding=padding)
    assert np.allclose(y, loops(x, W, stride, padding), rtol=1e-13)
    y_bar = random.normal(size=y.shape)
    x_bar, W_bar = Conv2d.backward(context, y_bar)
    assert np.allclose(x_bar, differences(lambda z: loops(z, W, stride, padding), x, y_bar), atol=1e-7)
    assert np.allclose(W_bar, differences(lambda z: loops(x, z, stride, padding), W, y_bar), atol=1e-7)


@pytest.mark.parametrize(("side", "stride", "padding"), [(2, 2, 0), (2, 1, 0), (3, 2, 1), (2, 3, 1), (1, 1, 0)])
def test_pooling_and_its_gradient(side, stride, padding):
    random = np.random.default_rng(side + stride)
    x = random.permutation(2 * 2 * 5 * 7).reshape(2, 2, 5, 7).astype(float)
    context = {}
    y = MaxPool.forward(context, x, side=side, stride=stride, padding=padding)
    y_bar = random.normal(size=y.shape)
    x_bar = MaxPool.backward(context, y_bar)
    expected = np.zeros(x.shape)
    for o, c, k, l in np.ndindex(y.shape):  # noqa: E741  # the page's name
        rows = range(max(k * stride - padding, 0), min(k * stride - padding + side, 5))
        columns = range(max(l * stride - padding, 0), min(l * stride - padding + side, 7))
        value, row, column = max((x[o, c, u, v], u, v) for u in rows for v in columns)
        assert y[o, c, k, l] == value
        expected[o, c, row, column] += y_bar[o, c, k, l]
    assert np.allclose(x_bar, expected, rtol=1e-13)


def test_a_tie_goes_to_the_first_and_the_padding_never_wins():
    context = {}
    y = MaxPool.forward(context, -np.ones((1, 1, 2, 2)), side=2, stride=1, padding=1)
    assert y.tolist() == [[[[-1.0] * 3] * 3]]
    x_bar = MaxPool.backward(context, np.ones((1, 1, 3, 3)))
    assert x_bar.tolist() == [[[[4.0, 2.0], [2.0, 1.0]]]]


def test_the_padding_does_not_win_against_infinity_either():
    context = {}
    y = MaxPool.forward(context, np.full((1, 1, 2, 2), -np.inf), side=2, stride=2, padding=1)
    assert y.tolist() == [[[[-np.inf] * 2] * 2]]
    assert MaxPool.backward(context, np.array([[[[1.0, 2.0], [3.0, 4.0]]]])).tolist() == [[[[1.0, 2.0], [3.0, 4.0]]]]
    y = MaxPool.forward(context, np.full((1, 1, 3, 3), -np.inf), side=3, stride=1, padding=1)
    assert MaxPool.backward(context, np.ones_like(y)).tolist() == [
        [[[4.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 0.0]]]
    ]


def test_what_is_not_a_number_wins_and_gets_the_cotangent():
    x, context = np.arange(9.0).reshape(1, 1, 3, 3), {}
    x[0, 0, 1, 1] = np.nan
    y = MaxPool.forward(context, x, side=2, stride=1)
    assert np.isnan(y).all()
    assert MaxPool.backward(context, np.ones_like(y))[0, 0].tolist() == [[0, 0, 0], [0, 4, 0], [0, 0, 0]]


def test_batches_channels_and_filters_may_be_none():
    for b, c, f in [(0, 2, 3), (2, 0, 3), (2, 3, 0)]:
        context = {}
        y = Conv2d.forward(context, np.ones((b, c, 4, 5)), np.ones((f, c, 3, 2)), padding=1)
        assert y.shape == (b, f, 4, 6)
        assert not y.any() or c
        assert [g.shape for g in Conv2d.backward(context, y)] == [(b, c, 4, 5), (f, c, 3, 2)]
    context = {}
    y = MaxPool.forward(context, np.ones((0, 2, 4, 4)))
    assert MaxPool.backward(context, y).shape == (0, 2, 4, 4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(dtype):
    x, W, context = np.ones((1, 1, 3, 3), dtype), np.ones((1, 1, 2, 2), dtype), {}
    y = Conv2d.forward(context, x, W)
    assert {y.dtype, *(g.dtype for g in Conv2d.backward(context, y))} == {np.dtype(dtype)}
    y = MaxPool.forward(context, x)
    assert {y.dtype, MaxPool.backward(context, y).dtype} == {np.dtype(dtype)}


IMAGE, FILTER = np.ones((1, 2, 3, 3)), np.ones((1, 2, 2, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Conv2d.forward({}, IMAGE[0], FILTER), "Conv2d needs x b-by-c-by-h-by-w"),
        (lambda: Conv2d.forward({}, IMAGE[:, :1], FILTER), "Conv2d needs x b-by-c-by-h-by-w"),
        (lambda: Conv2d.forward({}, IMAGE[..., :1], FILTER), "a window with entries that fits the padded image"),
        (lambda: Conv2d.forward({}, IMAGE, FILTER, stride=0), "stride >= 1"),
        (lambda: Conv2d.forward({}, IMAGE, FILTER, padding=-1), "padding >= 0"),
        (lambda: MaxPool.forward({}, IMAGE, side=2, padding=2), "a padding below the side of a window, 2, got 2"),
        (lambda: MaxPool.forward({}, IMAGE[..., :0], side=2), "images with entries"),
        (lambda: MaxPool.forward({}, IMAGE[0], side=2), "MaxPool needs x b-by-c-by-h-by-w"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
