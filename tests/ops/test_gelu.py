"""GELU against the slope of its formula, in its tail, and far out where x³ is no float."""

import cmath
import math

import mpmath
import numpy as np
import pytest
from op_checks import DTYPES, check_conduct, check_gradient, draw, entrywise

from gradverify.ops import GELU

TAIL = [-8.0, -7.0, -6.0, -5.0, -4.0, -3.0, -2.0, -1.0]


def gelu(z):
    return z * (1 + cmath.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) / 2


def exactly(x):
    c, d = mpmath.sqrt(2 / mpmath.pi), mpmath.mpf("0.044715")
    return x * (1 + mpmath.tanh(c * (x + d * x**3))) / 2


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (5,), (0, 3), (1, 1), (3, 2), (2, 3, 5)])
def test_the_gradient_is_the_slope_at_each_entry(shape, dtype):
    check_gradient(GELU, [draw(3, shape, dtype)], entrywise(gelu), cancels=np.abs)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 2)])
def test_conduct(shape, dtype):
    check_conduct(GELU, [draw(3, shape, dtype)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("x", TAIL)
def test_the_tail_keeps_its_digits(x, dtype):
    context = {}
    y = GELU.forward(context, np.array([x], dtype))
    x_bar = GELU.backward(context, np.ones(1, dtype))
    assert y.dtype == x_bar.dtype == dtype
    with mpmath.workdps(60):
        value, slope = float(exactly(mpmath.mpf(x))), float(mpmath.diff(exactly, mpmath.mpf(x)))
    # e^(−2|s|) carries the rounding of its exponent, 2|s| times eps; 2|s| is at most 50 here
    s = math.sqrt(2 / math.pi) * abs(x) * (1 + 0.044715 * x * x)
    allowed = (16 + 4 * s) * np.finfo(dtype).eps
    np.testing.assert_allclose(y, [value], rtol=allowed)
    np.testing.assert_allclose(x_bar, [slope], rtol=allowed)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("share", [1e-3, 0.5, 1.0])
def test_far_out_the_slope_is_that_of_a_step(dtype, share):
    far = dtype(np.finfo(dtype).max * share)
    context = {}
    y = GELU.forward(context, np.array([far, -far], dtype))
    np.testing.assert_array_equal(y, np.array([far, 0], dtype))
    np.testing.assert_array_equal(GELU.backward(context, np.array([2, 3], dtype)), [2, 0])


def test_nan_stays():
    context = {}
    assert np.isnan(GELU.forward(context, np.array([np.nan]))).all()
    assert np.isnan(GELU.backward(context, np.ones(1))).all()


def test_errors():
    with pytest.raises(TypeError, match="GELU needs floating-point input, got int64"):
        GELU.forward({}, np.arange(3, dtype=np.int64))
    context = {}
    GELU.forward(context, np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"GELU needs a cotangent of the output's shape \(2, 3\), got \(3, 2\)"):
        GELU.backward(context, np.ones((3, 2)))
