"""Softmax, its logarithm and the loss against plain loops, and the affine layer against explicit Jacobians."""

import math

import numpy as np
import pytest
from op_checks import DTYPES, MATRICES, check_conduct, check_exactly, check_gradient, draw, draw_exact

from gradverify.ops import Affine, CrossEntropy, LogSoftmax, Softmax

FILLED = [shape for shape in MATRICES if shape[1] > 0]


def exponentials(row):
    return [np.exp(entry) for entry in row]


def probabilities(x):
    y = np.empty(x.shape, object)
    for i in range(x.shape[0]):
        y[i] = [e / sum(exponentials(x[i])) for e in exponentials(x[i])]
    return y


def log_probabilities(x):
    y = np.empty(x.shape, object)
    for i in range(x.shape[0]):
        y[i] = [entry - np.log(sum(exponentials(x[i]))) for entry in x[i]]
    return y


def losses(targets):
    def formula(x):
        y = np.empty(x.shape[:1], object)
        for i, target in enumerate(targets):
            y[i] = np.log(sum(exponentials(x[i]))) - x[i, target]
        return y

    return formula


def layer(X, W, b):
    K = np.empty((X.shape[0], W.shape[0]), object)
    for i in range(X.shape[0]):
        for j in range(W.shape[0]):
            K[i, j] = sum((X[i, k] * W[j, k] for k in range(X.shape[1])), b[j])
    return K


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", FILLED)
def test_the_gradients(shape, dtype):
    x = draw(3, shape, dtype)
    targets = np.arange(shape[0]) % shape[1]

    def of_row(y_bar):
        return np.abs(y_bar).sum(axis=1, keepdims=True)

    check_gradient(Softmax, [x], probabilities, cancels=of_row)
    check_gradient(LogSoftmax, [x], log_probabilities, cancels=of_row)
    check_gradient(CrossEntropy, [x], losses(targets), {"targets": targets}, cancels=lambda y_bar: abs(y_bar[:, None]))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "f", "m"), [(0, 2, 3), (2, 0, 3), (2, 3, 0), (1, 1, 1), (2, 3, 4), (5, 3, 2)])
def test_the_gradients_of_the_layer(n, f, m, dtype):
    check_gradient(Affine, [draw(3, (n, f), dtype), draw(4, (m, f), dtype), draw(5, (m,), dtype)], layer)


def test_the_gradients_of_the_layer_hold_exactly_on_fractions():
    check_exactly(Affine, [draw_exact(3, (2, 3)), draw_exact(4, (4, 3)), draw_exact(5, (4,))], layer)


@pytest.mark.parametrize("dtype", DTYPES)
def test_values(dtype):
    x = draw(3, (4, 5), dtype)
    targets = np.array([4, 0, 0, 2])
    bound = 16 * np.finfo(dtype).eps
    exact = x.astype(float)
    for op, formula, parameters in [
        (Softmax, probabilities, {}),
        (LogSoftmax, log_probabilities, {}),
        (CrossEntropy, losses(targets), {"targets": targets}),
    ]:
        y = op.forward({}, x, **parameters)
        assert y.dtype == dtype
        np.testing.assert_allclose(y, formula(exact).astype(float), rtol=0, atol=4 * bound)


def test_large_logits_do_not_overflow():
    x = np.array([[1000.0, 0.0, 1000.0], [-1000.0, -1001.0, -2000.0]])
    half, e = 0.5, math.exp(-1)
    np.testing.assert_allclose(Softmax.forward({}, x), [[half, 0, half], [1 / (1 + e), e / (1 + e), 0]], atol=1e-15)
    y = LogSoftmax.forward({}, x)
    assert y[0, 1] == -1000 - math.log(2)
    assert np.isfinite(y).all()
    np.testing.assert_allclose(CrossEntropy.forward({}, x, targets=np.array([1, 2])), [1000 + math.log(2), -y[1, 2]])


def test_a_gradient_by_hand():
    context = {}
    x = np.log(np.array([[1.0, 3.0], [2.0, 2.0]]))  # probabilities ¼ ¾ and ½ ½
    CrossEntropy.forward(context, x, targets=np.array([0, 1]))
    x_bar = CrossEntropy.backward(context, np.array([1.0, 2.0]))
    np.testing.assert_allclose(x_bar, [[-0.75, 0.75], [1, -1]], rtol=1e-14)


@pytest.mark.parametrize("op", [Softmax, LogSoftmax])
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (3, 2)])
def test_conduct(op, shape):
    check_conduct(op, [draw(3, shape)])


def test_conduct_of_the_loss_and_of_the_layer():
    check_conduct(CrossEntropy, [draw(3, (3, 2))], {"targets": np.array([0, 1, 1])})
    check_conduct(Affine, [draw(3, (3, 2)), draw(4, (4, 2)), draw(5, (4,))])


def test_the_targets_are_copied():
    context, targets = {}, np.array([0, 1])
    CrossEntropy.forward(context, np.zeros((2, 2)), targets=targets)
    targets[:] = 1
    assert CrossEntropy.backward(context, np.ones(2)).tolist() == [[-0.5, 0.5], [0.5, -0.5]]


@pytest.mark.parametrize("op", [Softmax, LogSoftmax, CrossEntropy])
def test_what_is_no_matrix_of_logits_is_refused(op):
    parameters = {"targets": np.array([0, 1])} if op is CrossEntropy else {}
    for shape in ((3,), (2, 2, 2)):
        with pytest.raises(ValueError, match=f"{op.__name__} needs a matrix"):
            op.forward({}, np.ones(shape), **parameters)
    with pytest.raises(ValueError, match=rf"{op.__name__} needs rows with entries, got shape \(2, 0\)"):
        op.forward({}, np.ones((2, 0)), **parameters)
    with pytest.raises(TypeError, match="floating-point"):
        op.forward({}, np.ones((2, 2), int), **parameters)
    context = {}
    op.forward(context, np.ones((2, 2)), **parameters)
    with pytest.raises(ValueError, match="cotangent of the output's shape"):
        op.backward(context, np.ones((3, 3)))


def test_targets_that_are_none_are_refused():
    x = np.ones((2, 3))
    with pytest.raises(IndexError, match="from 0 to 2, got 3"):
        CrossEntropy.forward({}, x, targets=np.array([0, 3]))
    with pytest.raises(ValueError, match="indices of shape"):
        CrossEntropy.forward({}, x, targets=np.array([0]))
    with pytest.raises(TypeError, match="integers"):
        CrossEntropy.forward({}, x, targets=np.array([0.0, 1.0]))


def test_sides_that_do_not_fit_are_refused():
    X, W, b = np.ones((2, 3)), np.ones((4, 3)), np.ones(4)
    for wrong in ((X, W.T, b), (X, W, np.ones(3))):
        with pytest.raises(ValueError, match="Affine needs X n-by-f, W m-by-f and b of m"):
            Affine.forward({}, *wrong)
    with pytest.raises(ValueError, match="vector"):
        Affine.forward({}, X, W, np.ones((4, 1)))
    context = {}
    Affine.forward(context, X, W, b)
    with pytest.raises(ValueError, match="cotangent of the output's shape"):
        Affine.backward(context, np.ones((4, 2)))
