"""Activations against the slopes of their formulas."""

import cmath

import mpmath
import numpy as np
import pytest
from flint import arb
from op_checks import DTYPES, check_conduct, check_gradient, draw, entrywise

from gradverify.ops import ReLU, Sigmoid, Softplus, Tanh

OPS = [
    (Sigmoid, lambda z: 1 / (1 + cmath.exp(-z))),
    (ReLU, lambda z: z if z.real > 0 else 0 * z),
    (Tanh, cmath.tanh),
    (Softplus, lambda z: cmath.log(1 + cmath.exp(z))),
]
SHAPES = [(), (0,), (5,), (0, 3), (2, 0), (1, 1), (3, 2), (2, 3, 5)]
EXTREME = [-800.0, -104.0, -40.0, -17.5, -1.0, -1e-8, 0.0, 1e-8, 1.0, 17.5, 40.0, 104.0, 800.0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("op", "scalar"), OPS)
def test_the_gradient_is_the_slope_at_each_entry(op, scalar, shape, dtype):
    # 1 − tanh² cancels, in backward as in the complex step
    cancels = np.abs if op is Tanh else (lambda y_bar: 0)
    check_gradient(op, [draw(3, shape, dtype)], entrywise(scalar), cancels=cancels)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 2)])
@pytest.mark.parametrize(("op", "scalar"), OPS)
def test_conduct(op, scalar, shape, dtype):
    check_conduct(op, [draw(3, shape, dtype)])


def sigmoid_slope(x):
    return mpmath.exp(-x) / (1 + mpmath.exp(-x)) ** 2


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("op", "value", "slope", "absolute"),
    [
        (Sigmoid, lambda x: 1 / (1 + mpmath.exp(-x)), sigmoid_slope, 0),
        (Softplus, lambda x: mpmath.log1p(mpmath.exp(x)), lambda x: 1 / (1 + mpmath.exp(-x)), 0),
        (Tanh, mpmath.tanh, lambda x: mpmath.sech(x) ** 2, 4),
        (ReLU, lambda x: max(x, 0), lambda x: int(x > 0), 0),
    ],
)
def test_value_and_gradient_to_a_few_units_far_out(op, value, slope, absolute, dtype):
    # no warning either: pytest turns it into an error. Below the smallest normal number only its own size counts
    x = np.array(EXTREME, dtype)
    context = {}
    y = op.forward(context, x)
    x_bar = op.backward(context, np.full_like(x, 1.5))
    eps, tiny = float(np.finfo(dtype).eps), float(np.finfo(dtype).tiny)
    with mpmath.workdps(800):
        for x_i, y_i, x_bar_i in zip(x.tolist(), y.tolist(), x_bar.tolist(), strict=True):
            y_true, x_bar_true = value(mpmath.mpf(x_i)), 1.5 * slope(mpmath.mpf(x_i))
            assert abs(y_i - y_true) <= 4 * eps * abs(y_true) + tiny, (x_i, y_i)
            assert abs(x_bar_i - x_bar_true) <= 8 * eps * abs(x_bar_true) + absolute * eps + tiny, (x_i, x_bar_i)


@pytest.mark.parametrize(
    ("op", "values", "slopes"),
    [(Sigmoid, (0, 1), (0, 0)), (ReLU, (0, np.inf), (0, 1)), (Tanh, (-1, 1), (0, 0)), (Softplus, (0, np.inf), (0, 1))],
)
def test_infinities_have_their_limits_and_nan_stays(op, values, slopes):
    context = {}
    x = np.array([-np.inf, np.inf, np.nan])
    np.testing.assert_array_equal(op.forward(context, x), [*values, np.nan])
    np.testing.assert_array_equal(op.backward(context, np.ones(3)), [*slopes, np.nan])


def test_relu_at_zero_of_either_sign_has_gradient_zero():
    context = {}
    ReLU.forward(context, np.array([0.0, -0.0]))
    assert np.array_equal(ReLU.backward(context, np.array([3.0, 4.0])), [0, 0])


def test_relu_stops_an_infinite_cotangent_where_it_is_flat():
    context = {}
    ReLU.forward(context, np.array([-1.0, 1.0]))
    assert np.array_equal(ReLU.backward(context, np.array([np.inf, np.inf])), [0, np.inf])


@pytest.mark.parametrize(("op", "scalar"), OPS)
def test_object_arrays_of_balls_run_through_the_same_lines(op, scalar):
    x = np.array([[arb("0.3"), arb("-2.5")]], object)
    y_bar = np.array([[arb("-1.7"), arb("0.9")]], object)
    context = {}
    y = op.forward(context, x)
    x_bar = op.backward(context, y_bar)
    floats = {}
    np.testing.assert_allclose(y.astype(float), op.forward(floats, x.astype(float)), rtol=1e-14)
    np.testing.assert_allclose(x_bar.astype(float), op.backward(floats, y_bar.astype(float)), rtol=1e-14)
    if op is not ReLU:  # a rectified entry is the integer 0
        assert {type(entry) for entry in [*y.flat, *x_bar.flat]} == {arb}


@pytest.mark.parametrize(("op", "scalar"), OPS)
def test_what_is_refused(op, scalar):
    with pytest.raises(TypeError) as caught:
        op.forward({}, np.ones(2, np.int32))
    assert str(caught.value) == f"{op.__name__} needs floating-point input, got int32: pass x.astype(float)"
    context = {}
    op.forward(context, np.ones((2, 3)))
    with pytest.raises(ValueError, match="cotangent") as caught:
        op.backward(context, np.ones((2, 1)))
    assert str(caught.value) == f"{op.__name__} needs a cotangent of the output's shape (2, 3), got (2, 1)"
