"""Sums and maxima of rows against explicit Jacobians."""

import numpy as np
import pytest
from op_checks import DTYPES, MATRICES, check_conduct, check_exactly, check_gradient, draw, draw_exact

from gradverify.ops import RowMax, RowSum, Sum


def total(x):
    y = np.empty((), object)
    y[()] = sum(x.reshape(-1)[1:], x.reshape(-1)[0])
    return y


def row_sums(x):
    y = np.empty((x.shape[0], 1), object)
    for i in range(x.shape[0]):
        y[i, 0] = sum(x[i, 1:], x[i, 0])
    return y


def row_maxima(plain):
    """Which entry is the largest is read off the plain array."""

    def formula(x):
        y = np.empty((x.shape[0], 1), object)
        for i in range(x.shape[0]):
            y[i, 0] = x[i, max(range(x.shape[1]), key=lambda j: (plain[i, j], -j))]
        return y

    return formula


FILLED = [shape for shape in MATRICES if shape[1] > 0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", FILLED)
def test_the_gradients_of_rows(shape, dtype):
    x = draw(3, shape, dtype)
    check_gradient(RowSum, [x], row_sums)
    check_gradient(RowMax, [x], row_maxima(x))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 3), (2, 1, 3)])
def test_the_gradient_of_a_sum(shape, dtype):
    check_gradient(Sum, [draw(3, shape, dtype)], total)


@pytest.mark.parametrize("shape", FILLED)
def test_the_gradients_hold_exactly_on_fractions(shape):
    x = draw_exact(3, shape)
    check_exactly(RowSum, [x], row_sums)
    check_exactly(RowMax, [x], row_maxima(x))
    if x.size:
        check_exactly(Sum, [x], total)


@pytest.mark.parametrize("op", [Sum, RowSum, RowMax])
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (3, 2)])
def test_conduct(op, shape):
    check_conduct(op, [draw(3, shape)])


def test_of_equal_entries_the_first_gets_the_cotangent():
    context = {}
    y = RowMax.forward(context, np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]))
    assert y.tolist() == [[3.0], [2.0]]
    assert RowMax.backward(context, np.array([[5.0], [7.0]])).tolist() == [[0.0, 5.0, 0.0], [7.0, 0.0, 0.0]]


def test_sums_of_nothing():
    context = {}
    assert Sum.forward(context, np.ones((0, 2))) == 0
    assert Sum.backward(context, np.array(1.0)).shape == (0, 2)
    assert RowSum.forward(context, np.ones((2, 0))).tolist() == [[0.0], [0.0]]
    assert RowSum.backward(context, np.ones((2, 1))).shape == (2, 0)
    with pytest.raises(ValueError, match=r"RowMax needs rows with entries, got shape \(2, 0\)"):
        RowMax.forward({}, np.ones((2, 0)))


@pytest.mark.parametrize(("op", "shape"), [(RowSum, (3,)), (RowMax, (2, 2, 2))])
def test_other_ranks_are_refused(op, shape):
    with pytest.raises(ValueError, match=f"{op.__name__} needs a matrix"):
        op.forward({}, np.ones(shape))


@pytest.mark.parametrize("op", [Sum, RowSum, RowMax])
def test_another_dtype_or_cotangent_is_refused(op):
    with pytest.raises(TypeError, match="floating-point"):
        op.forward({}, np.ones((2, 2), int))
    context = {}
    op.forward(context, np.ones((2, 2)))
    with pytest.raises(ValueError, match="cotangent of the output's shape"):
        op.backward(context, np.ones((3, 3)))
