"""Normalize against explicit Jacobians."""

import numpy as np
import pytest
from op_checks import DTYPES, MATRICES, check_conduct, check_exactly, check_gradient, draw, draw_exact

from gradverify.ops import Normalize


def rows_by_loops(x):
    y = np.empty(x.shape, object)
    for i, j in np.ndindex(x.shape):
        y[i, j] = x[i, j] / sum(x[i, 1:], x[i, 0])
    return y


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", MATRICES)
def test_the_gradient_is_that_of_the_quotient_by_the_row_sum(shape, dtype):
    x = draw(3, shape, dtype, positive=True)

    def both_terms(y_bar):
        s = x.sum(axis=1, keepdims=True, initial=0 if x.size else 1)
        return np.abs(y_bar) / s + (np.abs(y_bar) * x).sum(axis=1, keepdims=True) / s**2

    check_gradient(Normalize, [x], rows_by_loops, cancels=both_terms)


@pytest.mark.parametrize("shape", MATRICES)
def test_the_gradient_holds_exactly_on_fractions(shape):
    check_exactly(Normalize, [draw_exact(3, shape)], rows_by_loops)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (1, 1), (3, 2)])
def test_conduct(shape, dtype):
    check_conduct(Normalize, [draw(3, shape, dtype, positive=True)])


def test_a_row_sum_whose_square_overflows():
    x = np.array([[1e30, 3e30]], np.float32)
    context = {}
    Normalize.forward(context, x)
    x_bar = Normalize.backward(context, np.array([[1, 0]], np.float32))
    np.testing.assert_allclose(x_bar, [[0.75 / 4e30, -0.25 / 4e30]], rtol=1e-6)


def test_a_matrix_without_columns_has_nothing_to_divide():
    context = {}
    assert Normalize.forward(context, np.ones((3, 0))).shape == (3, 0)
    assert Normalize.backward(context, np.ones((3, 0))).shape == (3, 0)


def test_nan_stays_in_its_row():
    y = Normalize.forward({}, np.array([[1.0, np.nan], [1.0, 3.0]]))
    assert np.isnan(y[0]).all()
    assert np.array_equal(y[1], [0.25, 0.75])


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (
            np.array([[1.0, 2.0], [3.0, 4.0], [1.0, -1.0], [0.0, 0.0]]),
            ValueError,
            "Normalize: row 2 sums to 0: no multiple of it sums to 1, drop or shift that row",
        ),
        (np.ones(3), ValueError, "Normalize needs a matrix (rank 2), got x of shape (3,)"),
        (
            np.ones((2, 3), int),
            TypeError,
            "Normalize needs floating-point input, got int64: pass x.astype(float)",
        ),
    ],
)
def test_what_forward_refuses(x, error, message):
    with pytest.raises(error) as caught:
        Normalize.forward({}, x)
    assert str(caught.value) == message


def test_a_zero_row_of_exact_numbers_is_named_too():
    x = draw_exact(3, (2, 2))
    x[1, 1] = -x[1, 0]
    with pytest.raises(ValueError, match="row 1 sums to 0: "):
        Normalize.forward({}, x)


def test_backward_refuses_a_cotangent_that_would_broadcast():
    context = {}
    Normalize.forward(context, np.ones((2, 3)))
    with pytest.raises(ValueError, match="cotangent") as caught:
        Normalize.backward(context, np.ones((1, 3)))
    assert str(caught.value) == "Normalize needs a cotangent of the output's shape (2, 3), got (1, 3)"
