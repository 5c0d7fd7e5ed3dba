"""Layer norm, RMS norm and batch norm against explicit Jacobians of their equations."""

import numpy as np
import pytest
from op_checks import DTYPES, check_conduct, check_gradient, draw

from gradverify.ops import BatchNorm, LayerNorm, RMSNorm

EPS = 0.1
FILLED = [(0, 2), (1, 1), (2, 1), (1, 3), (3, 2), (2, 5)]


def mean(numbers):
    return sum(numbers[1:], numbers[0]) / len(numbers)


def standardised(column):
    centre = mean(column)
    root = (mean([(number - centre) ** 2 for number in column]) + EPS) ** 0.5
    return [(number - centre) / root for number in column]


def layer_norm(x, gamma, beta):
    y = np.empty(x.shape, object)
    for i in range(len(x)):
        y[i] = [z * g + b for z, g, b in zip(standardised(list(x[i])), gamma, beta, strict=True)]
    return y


def rms_norm(x, gamma):
    y = np.empty(x.shape, object)
    for i in range(len(x)):
        root = (mean([number**2 for number in x[i]]) + EPS) ** 0.5
        y[i] = [number * g / root for number, g in zip(x[i], gamma, strict=True)]
    return y


def batch_norm(x, gamma, beta):
    y = np.empty(x.shape, object)
    for j in range(x.shape[1]):
        y[:, j] = [z * gamma[j] + beta[j] for z in standardised(list(x[:, j]))]
    return y


CASES = [(LayerNorm, layer_norm, 2), (RMSNorm, rms_norm, 1), (BatchNorm, batch_norm, 2)]


def inputs_of(shape, vectors, dtype=np.float64):
    return [draw(3, shape, dtype), *(draw(4 + number, shape[1:], dtype) for number in range(vectors))]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", FILLED)
@pytest.mark.parametrize(("op", "formula", "vectors"), CASES)
def test_the_gradients(op, formula, vectors, shape, dtype):
    if op is BatchNorm:
        shape = shape[::-1]

    def terms_that_cancel(y_bar):
        return 20 * np.abs(y_bar).sum() / EPS**0.5

    check_gradient(op, inputs_of(shape, vectors, dtype), formula, {"eps": EPS}, cancels=terms_that_cancel)


@pytest.mark.parametrize(("op", "formula", "vectors"), CASES)
def test_the_values(op, formula, vectors):
    inputs = inputs_of((4, 3), vectors)
    np.testing.assert_allclose(op.forward({}, *inputs, eps=EPS), formula(*inputs).astype(float), rtol=1e-13)


def test_a_row_by_hand():
    context = {}
    y = LayerNorm.forward(context, np.array([[1.0, 5.0]]), np.array([2.0, 3.0]), np.array([0.5, 0.0]), eps=5.0)
    np.testing.assert_allclose(y, [[0.5 - 4 / 3, 2.0]], rtol=1e-15)  # μ = 3, σ² + ε = 9, x̂ = ∓2/3
    x_bar, gamma_bar, beta_bar = LayerNorm.backward(context, np.array([[1.0, 0.0]]))
    # ȳγ = (2, 0) less its mean 1 is (1, −1), less x̂ times its mean with x̂, −2/3: (1 − 4/9, −1 + 4/9) over σ = 3
    np.testing.assert_allclose(x_bar, [[5 / 27, -5 / 27]], rtol=1e-14)
    np.testing.assert_allclose(gamma_bar, [-2 / 3, 0], rtol=1e-15)
    np.testing.assert_array_equal(beta_bar, [1, 0])


def test_rows_with_a_large_common_part_keep_their_variance():
    x = np.array([[1e8 + 1, 1e8 - 1]])
    y = LayerNorm.forward({}, x, np.ones(2), np.zeros(2), eps=1e-12)
    np.testing.assert_allclose(y, [[1, -1]], rtol=1e-11)


@pytest.mark.parametrize(("op", "formula", "vectors"), CASES)
@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (2, 4)])
def test_conduct(op, formula, vectors, shape):
    check_conduct(op, inputs_of(shape, vectors), {"eps": EPS})


@pytest.mark.parametrize(("op", "formula", "vectors"), CASES)
def test_a_numpy_eps_does_not_change_the_dtype(op, formula, vectors):
    context = {}
    y = op.forward(context, *inputs_of((2, 3), vectors, np.float32), eps=np.float64(EPS))
    assert y.dtype == np.float32
    assert {gradient.dtype for gradient in op.backward(context, y)} == {np.dtype(np.float32)}


def test_a_batch_without_features_and_no_rows():
    context = {}
    assert BatchNorm.forward(context, np.ones((3, 0)), np.ones(0), np.ones(0), eps=EPS).shape == (3, 0)
    assert [g.shape for g in BatchNorm.backward(context, np.ones((3, 0)))] == [(3, 0), (0,), (0,)]
    assert RMSNorm.forward(context, np.ones((0, 3)), np.ones(3), eps=EPS).shape == (0, 3)
    assert RMSNorm.backward(context, np.ones((0, 3)))[1].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("op", "shape", "message"),
    [
        (LayerNorm, (2, 0), r"LayerNorm needs rows with entries, got shape \(2, 0\)"),
        (RMSNorm, (2, 0), r"RMSNorm needs rows with entries, got shape \(2, 0\)"),
        (BatchNorm, (0, 2), r"BatchNorm needs a batch with rows, got shape \(0, 2\)"),
    ],
)
def test_means_of_nothing_are_refused(op, shape, message):
    vectors = [np.ones(shape[1])] * (1 if op is RMSNorm else 2)
    with pytest.raises(ValueError, match=message):
        op.forward({}, np.ones(shape), *vectors, eps=EPS)


@pytest.mark.parametrize(("op", "formula", "vectors"), CASES)
def test_what_is_refused(op, formula, vectors):
    x, *rest = inputs_of((2, 3), vectors)
    with pytest.raises(ValueError, match=f"{op.__name__} needs eps > 0, got 0"):
        op.forward({}, x, *rest, eps=0.0)
    with pytest.raises(ValueError, match=r"needs a gamma of shape \(3,\), one entry a column, got \(1,\)"):
        op.forward({}, x, rest[0][:1], *rest[1:], eps=EPS)
    with pytest.raises(ValueError, match=f"{op.__name__} needs a matrix"):
        op.forward({}, x[0], *rest, eps=EPS)
    with pytest.raises(TypeError, match="one dtype"):
        op.forward({}, x, *(vector.astype(np.float32) for vector in rest), eps=EPS)
    context = {}
    op.forward(context, x, *rest, eps=EPS)
    with pytest.raises(ValueError, match="cotangent of the output's shape"):
        op.backward(context, np.ones((1, 3)))
