"""Division against explicit Jacobians."""

import numpy as np
import pytest
from op_checks import (
    DTYPES,
    MATRICES,
    check_conduct,
    check_exactly,
    check_gradient,
    draw,
    draw_exact,
    entrywise,
)

from gradverify.ops import Division

quotient = entrywise(lambda a, b: a / b)
SHAPES = [*MATRICES, (), (5,), (2, 1, 3)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_both_gradients_are_those_of_the_quotient(shape, dtype):
    check_gradient(Division, [draw(3, shape, dtype), draw(4, shape, dtype, positive=True)], quotient)


@pytest.mark.parametrize("shape", SHAPES)
def test_both_gradients_hold_exactly_on_fractions(shape):
    check_exactly(Division, [draw_exact(3, shape), draw_exact(4, shape)], quotient)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0, 3), (1, 1), (2, 3)])
def test_conduct(shape, dtype):
    check_conduct(Division, [draw(3, shape, dtype), draw(4, shape, dtype, positive=True)])


def test_the_same_array_twice_gives_two_separate_gradients():
    x = draw(3, (2, 3), positive=True)
    check_conduct(Division, [x, x])


def test_a_denominator_whose_square_overflows_or_underflows():
    for x2 in (1e200, 1e-200):
        context = {}
        Division.forward(context, np.array([x2]), np.array([x2]))
        _, x2_bar = Division.backward(context, np.array([3.0]))
        assert x2_bar[0] == pytest.approx(-3 / x2, rel=1e-15)


def test_a_zero_denominator_is_divided_by_as_numpy_does():
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        y = Division.forward({}, np.array([1.0]), np.array([0.0]))
    assert y[0] == np.inf


@pytest.mark.parametrize(
    ("x1", "x2", "error", "message"),
    [
        (
            np.ones((2, 3)),
            np.ones(3),
            ValueError,
            "Division needs equal shapes, got x1 (2, 3) and x2 (3,): it does not broadcast",
        ),
        (
            np.ones(2),
            np.ones(2, int),
            TypeError,
            "Division needs floating-point input, got int64: pass x2.astype(float)",
        ),
        (
            np.ones(2, complex),
            np.ones(2),
            TypeError,
            "Division needs floating-point input, got complex128: its gradient is defined for real x1",
        ),
        (
            np.ones(2, np.float32),
            np.ones(2),
            TypeError,
            "Division needs inputs of one dtype, got x1 float32 and x2 float64: cast one of them",
        ),
        (
            [1.0],
            np.ones(1),
            TypeError,
            "Division needs NumPy arrays, got x1 of type list: pass np.array(x1)",
        ),
    ],
)
def test_what_forward_refuses(x1, x2, error, message):
    with pytest.raises(error) as caught:
        Division.forward({}, x1, x2)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("y_bar", "error", "message"),
    [
        (np.ones((2, 1)), ValueError, "Division needs a cotangent of the output's shape (2, 3), got (2, 1)"),
        (1.0, TypeError, "Division needs NumPy arrays, got y_bar of type float: pass np.array(y_bar)"),
        (
            np.ones((2, 3), np.float32),
            TypeError,
            "Division needs a cotangent of the output's dtype float64, got float32: pass y_bar.astype('float64')",
        ),
    ],
)
def test_what_backward_refuses(y_bar, error, message):
    context = {}
    Division.forward(context, np.ones((2, 3)), np.ones((2, 3)))
    with pytest.raises(error) as caught:
        Division.backward(context, y_bar)
    assert str(caught.value) == message


def test_any_byte_order_is_floating_point():
    context = {}
    Division.forward(context, np.ones(2, ">f8"), np.ones(2))
    x1_bar, _ = Division.backward(context, np.full(2, 3.0))
    assert np.array_equal(x1_bar, [3, 3])


def test_a_numpy_scalar_counts_as_an_array_of_rank_0():
    context = {}
    y = Division.forward(context, np.float32(3), np.float32(2))
    assert (type(y), y.dtype, y.shape) == (np.ndarray, np.float32, ())
    x1_bar, x2_bar = Division.backward(context, np.float32(1))
    assert (x1_bar, x2_bar) == (0.5, -0.75)
