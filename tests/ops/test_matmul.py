"""Matrix products against explicit Jacobians."""

import numpy as np
import pytest
from op_checks import DTYPES, SIDES, check_conduct, check_exactly, check_gradient, draw, draw_exact

from gradverify.ops import Linear, MatMul

# every side is 0, 1, 2, 3 and 5 at least once, with all pairs of 0 among them
SIZES = [(2, 3, 5), (5, 2, 3), (3, 5, 2), (1, 1, 1), (1, 3, 1), (3, 1, 2), (2, 2, 2), *((s, 0, s) for s in SIDES)]
SIZES += [(0, 2, 3), (2, 3, 0), (0, 3, 0)]


def product(left, right):
    K = np.empty((left.shape[0], right.shape[1]), object)
    for i, j in np.ndindex(K.shape):
        terms = [left[i, k] * right[k, j] for k in range(left.shape[1])]
        K[i, j] = sum(terms[1:], terms[0])
    return K


def linear(X, W):
    return product(X, W.T)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("m", "f", "n"), SIZES)
def test_gradients_in_both_layouts_of_the_batch(m, f, n, dtype):
    if f == 0:
        for op, shapes in ((MatMul, [(m, 0), (0, n)]), (Linear, [(n, 0), (m, 0)])):
            context = {}
            K = op.forward(context, *(np.ones(shape, dtype) for shape in shapes))
            gradients = op.backward(context, draw(1, K.shape, dtype))
            assert not K.any()
            assert [x_bar.shape for x_bar in gradients] == shapes
            assert {x_bar.dtype for x_bar in gradients} == {np.dtype(dtype)}
        return
    W, X = draw(3, (m, f), dtype), draw(4, (f, n), dtype)
    check_gradient(MatMul, [W, X], product)
    check_gradient(Linear, [np.ascontiguousarray(X.T), W], linear)


@pytest.mark.parametrize(("m", "f", "n"), [sizes for sizes in SIZES if sizes[1]])
def test_gradients_hold_exactly_on_fractions(m, f, n):
    W, X = draw_exact(3, (m, f)), draw_exact(4, (f, n))
    check_exactly(MatMul, [W, X], product)
    check_exactly(Linear, [X.T.copy(), W], linear)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("m", "f", "n"), [(2, 3, 5), (1, 1, 1), (0, 2, 3), (2, 0, 3)])
def test_conduct(m, f, n, dtype):
    check_conduct(MatMul, [draw(3, (m, f), dtype), draw(4, (f, n), dtype)])
    check_conduct(Linear, [draw(4, (n, f), dtype), draw(3, (m, f), dtype)])


def test_a_square_times_itself_gives_two_separate_gradients():
    x = draw(3, (3, 3))
    check_conduct(MatMul, [x, x])
    check_conduct(Linear, [x, x])


def test_linear_is_matmul_of_the_transposed_batch():
    W, X, K_bar = draw(3, (2, 3)), draw(4, (5, 3)), draw(5, (5, 2))
    by_rows, by_columns = {}, {}
    K = Linear.forward(by_rows, X, W)
    np.testing.assert_allclose(K, MatMul.forward(by_columns, W, X.T).T, rtol=1e-14)
    X_bar, W_bar = Linear.backward(by_rows, K_bar)
    W_bar_2, X_bar_2 = MatMul.backward(by_columns, K_bar.T)
    np.testing.assert_allclose(X_bar, X_bar_2.T, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(W_bar, W_bar_2, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("op", "inputs", "error", "message"),
    [
        (
            MatMul,
            [np.ones((2, 3)), np.ones((2, 3))],
            ValueError,
            "MatMul needs W m-by-f and X f-by-n, got W (2, 3) and X (2, 3)",
        ),
        (
            Linear,
            [np.ones((5, 3)), np.ones((3, 2))],
            ValueError,
            "Linear needs X n-by-f and W m-by-f, got X (5, 3) and W (3, 2)",
        ),
        (
            MatMul,
            [np.ones((2, 3)), np.ones(3)],
            ValueError,
            "MatMul needs a matrix (rank 2), got X of shape (3,)",
        ),
        (
            Linear,
            [np.ones((4, 2, 3)), np.ones((2, 3))],
            ValueError,
            "Linear needs a matrix (rank 2), got X of shape (4, 2, 3)",
        ),
        (
            MatMul,
            [np.ones((2, 3), np.int32), np.ones((3, 2))],
            TypeError,
            "MatMul needs floating-point input, got int32: pass W.astype(float)",
        ),
    ],
)
def test_what_forward_refuses(op, inputs, error, message):
    with pytest.raises(error) as caught:
        op.forward({}, *inputs)
    assert str(caught.value) == message


@pytest.mark.parametrize(("op", "shapes"), [(MatMul, [(2, 3), (3, 5)]), (Linear, [(2, 3), (5, 3)])])
def test_a_cotangent_that_would_merely_multiply_is_refused(op, shapes):
    context = {}
    op.forward(context, *(np.ones(shape) for shape in shapes))
    with pytest.raises(ValueError, match="cotangent") as caught:
        op.backward(context, np.ones((2, 1)))
    assert str(caught.value) == f"{op.__name__} needs a cotangent of the output's shape (2, 5), got (2, 1)"
