"""Inverse, solution and log-determinant against explicit Jacobians of Cramer's rule, written as loops."""

import cmath

import numpy as np
import pytest
from op_checks import DTYPES, check_conduct, check_gradient, draw

from gradverify.ops import Inverse, LogDet, Solve

SIDES = (0, 1, 2, 3)


def minor(x, i, j):
    return [[number for l, number in enumerate(row) if l != j] for k, row in enumerate(x) if k != i]  # noqa: E741


def determinant(x):
    return sum((-1) ** j * x[0][j] * determinant(minor(x, 0, j)) for j in range(len(x))) if len(x) else 1


def inverse(x):
    y = np.empty(x.shape, object)
    for i, j in np.ndindex(x.shape):
        y[i, j] = (-1) ** (i + j) * determinant(minor(x, j, i)) / determinant(x)
    return y


def solve(x, b):
    y, x_inverse = np.empty(b.shape, object), inverse(x)
    for i, j in np.ndindex(b.shape):
        y[i, j] = sum(x_inverse[i, k] * b[k, j] for k in range(len(x)))
    return y


def logdet(x):
    found = complex(determinant(x))
    return np.array(cmath.log(found if found.real > 0 else -found), object)


def square(n, dtype=np.float64):
    """Well-conditioned, not symmetric, with a negative determinant where n is odd."""
    return draw(3, (n, n), dtype) - 6 * np.eye(n, dtype=dtype)


def inputs_of(op, n, dtype=np.float64):
    return [square(n, dtype), draw(4, (n, 2), dtype)] if op is Solve else [square(n, dtype)]


CASES = [(Inverse, inverse), (Solve, solve), (LogDet, logdet)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SIDES)
@pytest.mark.parametrize(("op", "formula"), CASES)
def test_the_gradients(op, formula, n, dtype):
    def terms_that_cancel(y_bar):
        return 4 * np.abs(y_bar).sum()

    check_gradient(op, inputs_of(op, n, dtype), formula, cancels=terms_that_cancel)


@pytest.mark.parametrize("n", SIDES)
@pytest.mark.parametrize(("op", "formula"), CASES)
def test_the_values(op, formula, n):
    inputs = inputs_of(op, n)
    expected = np.real(formula(*inputs).astype(complex))
    np.testing.assert_allclose(op.forward({}, *inputs), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("n", SIDES)
@pytest.mark.parametrize(("op", "formula"), CASES)
def test_conduct(op, formula, n):
    check_conduct(op, inputs_of(op, n))


def test_by_hand():
    x = np.array([[1.0, 2.0], [0.0, 4.0]])
    context = {}
    np.testing.assert_allclose(Inverse.forward(context, x), [[1, -0.5], [0, 0.25]], rtol=1e-15)
    # ȳ picks y_01: x̄_ij = −y_0i y_j1
    np.testing.assert_allclose(Inverse.backward(context, np.array([[0.0, 1], [0, 0]])), [[0.5, -0.25], [-0.25, 0.125]])
    assert LogDet.forward(context, -x[::-1]) == pytest.approx(np.log(4))  # the determinant is −4
    np.testing.assert_allclose(LogDet.backward(context, np.array(2.0)), [[1, -0.5], [-2, 0]], atol=1e-15)
    assert Solve.forward(context, x, np.array([[4.0], [4.0]])).tolist() == [[2], [1]]
    x_bar, b_bar = Solve.backward(context, np.array([[1.0], [0.0]]))
    assert b_bar.tolist() == [[1], [-0.5]]
    assert x_bar.tolist() == [[-2, -1], [1, 0.5]]


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_a_log_determinant_whose_determinant_is_no_float(scale):
    context = {}
    assert LogDet.forward(context, scale * np.eye(3)) == pytest.approx(3 * np.log(scale))
    np.testing.assert_allclose(LogDet.backward(context, np.array(1.0)), np.eye(3) / scale)


def test_systems_without_right_hand_sides():
    context = {}
    assert Solve.forward(context, square(2), np.ones((2, 0))).shape == (2, 0)
    x_bar, b_bar = Solve.backward(context, np.ones((2, 0)))
    assert x_bar.tolist() == [[0, 0], [0, 0]]
    assert b_bar.shape == (2, 0)


@pytest.mark.parametrize(("op", "formula"), CASES)
def test_what_is_refused(op, formula):
    x, *rest = inputs_of(op, 2)
    name = op.__name__
    with pytest.raises(np.linalg.LinAlgError, match=r"[Ss]ingular"):
        op.forward({}, np.ones((2, 2)), *rest)
    with pytest.raises(ValueError, match=rf"{name} needs a square matrix, got shape \(2, 1\)"):
        op.forward({}, x[:, :1], *rest)
    with pytest.raises(ValueError, match=f"{name} needs a matrix"):
        op.forward({}, x[0], *rest)
    with pytest.raises(TypeError, match=name):
        op.forward({}, x.astype(int), *rest)
    context = {}
    op.forward(context, x, *rest)
    with pytest.raises(ValueError, match="cotangent of the output's shape"):
        op.backward(context, np.ones(3))


def test_right_hand_sides_that_do_not_fit():
    with pytest.raises(ValueError, match=r"Solve needs x n-by-n and b n-by-m, got x \(2, 2\) and b \(3, 1\)"):
        Solve.forward({}, square(2), np.ones((3, 1)))
    with pytest.raises(ValueError, match="Solve needs a matrix"):
        Solve.forward({}, square(2), np.ones(2))
    with pytest.raises(TypeError, match="one dtype"):
        Solve.forward({}, square(2), np.ones((2, 1), np.float32))
