"""Mean, variance and log Σ exp of rows against explicit Jacobians of their equations."""

import numpy as np
import pytest
from op_checks import DTYPES, check_conduct, check_exactly, check_gradient, draw, draw_exact

from gradverify.ops import LogSumExp, RowMean, RowVariance


def of_rows(number_of):
    """Lift a function of a list of numbers to the rows of a matrix, a column of results."""

    def formula(x):
        y = np.empty((x.shape[0], 1), object)
        for i in range(x.shape[0]):
            y[i, 0] = number_of(list(x[i]))
        return y

    return formula


def mean(row):
    length = type(row[0])(len(row))
    return sum(row[1:], row[0]) / length


def variance(row):
    centre = mean(row)
    return mean([(number - centre) * (number - centre) for number in row])


def log_sum_exp(row):
    return np.log(sum(np.exp(number) for number in row))


CASES = [(RowMean, of_rows(mean)), (RowVariance, of_rows(variance)), (LogSumExp, of_rows(log_sum_exp))]
FILLED = [(0, 2), (1, 1), (2, 1), (1, 3), (3, 2), (2, 5)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", FILLED)
@pytest.mark.parametrize(("op", "formula"), CASES)
def test_the_gradients(op, formula, shape, dtype):
    # the distances from the mean are differences of numbers up to 2
    check_gradient(op, [draw(3, shape, dtype)], formula, cancels=lambda y_bar: 4 * np.abs(y_bar).sum())


@pytest.mark.parametrize("shape", FILLED)
@pytest.mark.parametrize(("op", "formula"), CASES[:2])
def test_mean_and_variance_hold_exactly_on_fractions(op, formula, shape):
    check_exactly(op, [draw_exact(3, shape)], formula)


@pytest.mark.parametrize(("op", "formula"), CASES)
def test_the_values(op, formula):
    x = draw(3, (4, 3))
    np.testing.assert_allclose(op.forward({}, x), formula(x).astype(float), rtol=1e-14)


def test_a_row_by_hand():
    x, y_bar = np.array([[1.0, 2.0, 6.0]]), np.array([[3.0]])
    context = {}
    assert RowMean.forward(context, x).tolist() == [[3.0]]
    assert RowMean.backward(context, y_bar).tolist() == [[1.0, 1.0, 1.0]]
    assert RowVariance.forward(context, x).tolist() == [[14 / 3]]
    assert RowVariance.backward(context, y_bar).tolist() == [[-4.0, -2.0, 6.0]]
    np.testing.assert_allclose(LogSumExp.forward(context, np.log(x)), [[np.log(9)]], rtol=1e-15)
    np.testing.assert_allclose(LogSumExp.backward(context, y_bar), [[1 / 3, 2 / 3, 2]], rtol=1e-15)


def test_a_large_mean_costs_the_variance_no_digits():
    y = RowVariance.forward({}, np.array([[1e8 + 1, 1e8 - 1]]))
    assert y.tolist() == [[1.0]]


@pytest.mark.parametrize("large", [1000.0, -1000.0])
def test_the_exponentials_neither_overflow_nor_vanish(large):
    context = {}
    np.testing.assert_allclose(LogSumExp.forward(context, np.full((1, 2), large)), [[large + np.log(2)]], rtol=1e-15)
    assert LogSumExp.backward(context, np.array([[1.0]])).tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (3, 2)])
@pytest.mark.parametrize(("op", "formula"), CASES)
def test_conduct(op, formula, shape, dtype):
    check_conduct(op, [draw(3, shape, dtype)])


@pytest.mark.parametrize(("op", "formula"), CASES)
def test_what_is_refused(op, formula):
    with pytest.raises(ValueError, match=rf"{op.__name__} needs rows with entries, got shape \(2, 0\)"):
        op.forward({}, np.ones((2, 0)))
    with pytest.raises(ValueError, match=f"{op.__name__} needs a matrix"):
        op.forward({}, np.ones(3))
    with pytest.raises(TypeError, match="floating-point"):
        op.forward({}, np.ones((2, 2), int))
    context = {}
    op.forward(context, np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"cotangent of the output's shape \(2, 1\), got \(2, 3\)"):
        op.backward(context, np.ones((2, 3)))
