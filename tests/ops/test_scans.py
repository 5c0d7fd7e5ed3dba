"""Products and partial sums of rows against explicit Jacobians."""

import numpy as np
import pytest
from op_checks import DTYPES, MATRICES, check_conduct, check_exactly, check_gradient, draw, draw_exact

from gradverify.ops import CumSum, Prod


def products(x):
    y = np.empty((x.shape[0], 1), object)
    for i in range(x.shape[0]):
        y[i, 0] = x[i, 0]
        for j in range(1, x.shape[1]):
            y[i, 0] = y[i, 0] * x[i, j]
    return y


def partial_sums(x):
    y = np.empty(x.shape, object)
    for i, j in np.ndindex(x.shape):
        y[i, j] = sum(x[i, 1 : j + 1], x[i, 0])
    return y


FILLED = [shape for shape in MATRICES if shape[1] > 0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", FILLED)
def test_the_gradients(shape, dtype):
    x = draw(3, shape, dtype)
    check_gradient(Prod, [x], products)
    check_gradient(CumSum, [x], partial_sums)


@pytest.mark.parametrize("shape", FILLED)
def test_the_gradients_hold_exactly_on_fractions(shape):
    x = draw_exact(3, shape)
    check_exactly(Prod, [x], products)
    check_exactly(CumSum, [x], partial_sums)


@pytest.mark.parametrize("zeros", [[0], [2], [0, 3], [0, 1, 2, 3]])
def test_a_product_with_zeros_has_the_product_of_the_other_factors_as_its_slope(zeros):
    x = draw_exact(3, (2, 4))
    x[:, zeros] = 0
    check_exactly(Prod, [x], products)
    context = {}
    Prod.forward(context, x.astype(float))
    x_bar = Prod.backward(context, np.ones((2, 1)))
    assert np.isfinite(x_bar).all()
    others = np.delete(np.arange(4), zeros)
    if len(zeros) == 1:
        np.testing.assert_allclose(x_bar[:, zeros[0]], x[:, others].prod(axis=1).astype(float))
        assert not x_bar[:, others].any()
    else:
        assert not x_bar.any()


def test_partial_sums_by_hand():
    context = {}
    assert CumSum.forward(context, np.array([[1.0, 2.0, 4.0]])).tolist() == [[1, 3, 7]]
    assert CumSum.backward(context, np.array([[1.0, 10.0, 100.0]])).tolist() == [[111, 110, 100]]


@pytest.mark.parametrize("op", [Prod, CumSum])
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (3, 2), (2, 4)])
def test_conduct(op, shape):
    check_conduct(op, [draw(3, shape)])


def test_rows_without_entries():
    context = {}
    assert Prod.forward(context, np.ones((2, 0))).tolist() == [[1.0], [1.0]]
    assert Prod.backward(context, np.ones((2, 1))).shape == (2, 0)
    assert CumSum.forward(context, np.ones((2, 0))).shape == (2, 0)
    assert CumSum.backward(context, np.ones((2, 0))).shape == (2, 0)


@pytest.mark.parametrize("op", [Prod, CumSum])
def test_what_is_refused(op):
    with pytest.raises(TypeError, match="floating-point"):
        op.forward({}, np.ones((2, 2), int))
    with pytest.raises(ValueError, match=f"{op.__name__} needs a matrix"):
        op.forward({}, np.ones(3))
    context = {}
    op.forward(context, np.ones((2, 2)))
    with pytest.raises(ValueError, match="cotangent of the output's shape"):
        op.backward(context, np.ones((3, 3)))
