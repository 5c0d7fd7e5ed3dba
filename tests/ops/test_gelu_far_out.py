"""GELU against the slopes of its formula, near 0 and far from it."""

import cmath
import math

import mpmath
import numpy as np
import pytest
from flint import arb
from op_checks import DTYPES, check_conduct, check_gradient, draw, entrywise

from gradverify.ops import GELU

C, D = math.sqrt(2 / math.pi), 0.044715
SHAPES = [(), (0, 3), (5,), (3, 2), (2, 1, 3)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_gradient_is_the_slope_at_each_entry(shape, dtype):
    formula = entrywise(lambda z: z * (1 + cmath.tanh(C * (z + D * z**3))) / 2)
    # 1 + tanh cancels where x is negative, and 1 − tanh² where x is far from 0, in backward as in the complex step
    check_gradient(GELU, [draw(3, shape, dtype)], formula, cancels=lambda y_bar: 2 * np.abs(y_bar))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_conduct(shape, dtype):
    check_conduct(GELU, [draw(3, shape, dtype)])


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_and_slopes_on_a_grid(dtype):
    x = np.linspace(-6, 6, 49).astype(dtype)
    context = {}
    y, eps = GELU.forward(context, x), float(np.finfo(dtype).eps)
    x_bar = GELU.backward(context, np.ones_like(x))
    with mpmath.workdps(30):

        def gelu(u):
            return u * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (u + mpmath.mpf("0.044715") * u**3))) / 2

        for x_i, y_i, x_bar_i in zip(x.tolist(), y.tolist(), x_bar.tolist(), strict=True):
            assert abs(y_i - gelu(mpmath.mpf(x_i))) <= 8 * eps * (abs(x_i) + 1)
            assert abs(x_bar_i - mpmath.diff(gelu, x_i)) <= 100 * eps


def test_by_hand_at_zero_and_where_the_step_has_been_taken():
    context = {}
    assert GELU.forward(context, np.array([0.0, 20.0, -20.0])).tolist() == [0.0, 20.0, 0.0]
    assert GELU.backward(context, np.array([3.0, 3.0, 3.0])).tolist() == [1.5, 3.0, 0.0]


@pytest.mark.parametrize("dtype", DTYPES)
def test_far_out_where_the_cube_overflows(dtype):
    # no warning either: pytest turns it into an error
    large = np.finfo(dtype).max
    context = {}
    assert GELU.forward(context, np.array([large, -large])).tolist() == [large, 0]
    assert GELU.backward(context, np.array([3, 3], dtype)).tolist() == [3, 0]


def test_object_arrays_of_balls_run_through_the_same_lines():
    x = np.array([[arb("0.3"), arb("-2.5")]], object)
    context, floats = {}, {}
    y = GELU.forward(context, x)
    x_bar = GELU.backward(context, np.array([[arb(1), arb(1)]], object))
    np.testing.assert_allclose(y.astype(float), GELU.forward(floats, x.astype(float)), rtol=1e-13)
    np.testing.assert_allclose(x_bar.astype(float), GELU.backward(floats, np.ones((1, 2))), rtol=1e-13)


def test_what_is_refused():
    with pytest.raises(TypeError, match="GELU needs floating-point input, got int32"):
        GELU.forward({}, np.ones(2, np.int32))
    context = {}
    GELU.forward(context, np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"GELU needs a cotangent of the output's shape \(2, 3\), got \(2, 1\)"):
        GELU.backward(context, np.ones((2, 1)))
