"""Plain and causal attention against explicit Jacobians of their equations, written as loops over queries and keys."""

import cmath
import math

import numpy as np
import pytest
from op_checks import DTYPES, check_conduct, check_gradient, draw

from gradverify.ops import Attention, CausalAttention

SIZES = [(1, 1, 1, 1), (2, 3, 2, 1), (3, 2, 1, 2), (0, 2, 3, 2), (2, 3, 2, 0), (4, 4, 3, 2)]  # m, n, d, e


def attend(Q, K, V, sees):
    y = np.empty((len(Q), V.shape[1]), object)
    for i in range(len(Q)):
        seen = [j for j in range(len(K)) if sees(i, j)]
        weights = [cmath.exp(sum(q * k for q, k in zip(Q[i], K[j], strict=True)) / math.sqrt(len(K[j]))) for j in seen]
        for s in range(V.shape[1]):
            y[i, s] = sum(w * V[j, s] for w, j in zip(weights, seen, strict=True)) / sum(weights)
    return y


def plain(Q, K, V):
    return attend(Q, K, V, lambda i, j: True)


def causal(Q, K, V):
    return attend(Q, K, V, lambda i, j: j <= i)


CASES = [(Attention, plain), (CausalAttention, causal)]


def inputs_of(sizes, dtype=np.float64):
    m, n, d, e = sizes
    return [draw(3, (m, d), dtype), draw(4, (n, d), dtype), draw(5, (n, e), dtype)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("op", "formula"), CASES)
def test_the_gradients(op, formula, sizes, dtype):
    def terms_that_cancel(y_bar):
        return 20 * np.abs(y_bar).sum()

    check_gradient(op, inputs_of(sizes, dtype), formula, cancels=terms_that_cancel)


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("op", "formula"), CASES)
def test_the_values(op, formula, sizes):
    inputs = inputs_of(sizes)
    expected = formula(*inputs)
    np.testing.assert_allclose(op.forward({}, *inputs), np.real(expected.astype(complex)), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(("op", "formula"), CASES)
@pytest.mark.parametrize("sizes", SIZES[:3])
def test_conduct(op, formula, sizes):
    check_conduct(op, inputs_of(sizes))


def test_by_hand():
    context = {}
    Q, K, V = np.array([[2.0]]), np.array([[math.log(3) / 2], [0.0]]), np.array([[4.0], [8.0]])
    np.testing.assert_allclose(Attention.forward(context, Q, K, V), [[5]], rtol=1e-15)  # P = 3/4, 1/4
    Q_bar, K_bar, V_bar = Attention.backward(context, np.array([[1.0]]))
    # P̄ = 4, 8 less their weighted mean 5, times P: S̄ = −3/4, 3/4
    np.testing.assert_allclose(Q_bar, [[-0.375 * math.log(3)]], rtol=1e-14)
    np.testing.assert_allclose(K_bar, [[-1.5], [1.5]], rtol=1e-14)
    np.testing.assert_allclose(V_bar, [[0.75], [0.25]], rtol=1e-15)


def test_a_causal_query_sees_nothing_that_comes_later():
    context = {}
    Q, K, V = inputs_of((2, 4, 3, 2))
    y = CausalAttention.forward(context, Q, K, V)
    np.testing.assert_array_equal(y[0], V[0])
    later = [array + 5 * (np.arange(4) >= 2)[:, np.newaxis] for array in (K, V)]
    np.testing.assert_array_equal(CausalAttention.forward({}, Q, *later), y)
    _, K_bar, V_bar = CausalAttention.backward(context, np.ones((2, 2)))
    assert not K_bar[2:].any()
    assert not V_bar[2:].any()


@pytest.mark.parametrize(("op", "formula"), CASES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_large_scores_do_not_overflow(op, formula, dtype):
    context = {}
    Q, K, V = np.array([[1e3], [1e3]], dtype), np.array([[1e3], [0]], dtype), np.array([[2], [3]], dtype)
    np.testing.assert_array_equal(op.forward(context, Q, K, V), [[2], [2]])
    for gradient in op.backward(context, np.ones((2, 1), dtype)):
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize(("op", "formula"), CASES)
def test_what_is_refused(op, formula):
    Q, K, V = inputs_of((2, 3, 2, 4))
    name = op.__name__
    with pytest.raises(ValueError, match=f"{name} needs Q m-by-d, K n-by-d and V n-by-e"):
        op.forward({}, Q[:, :1], K, V)
    with pytest.raises(ValueError, match=f"{name} needs Q m-by-d, K n-by-d and V n-by-e"):
        op.forward({}, Q, K, V[:2])
    with pytest.raises(ValueError, match=rf"{name} needs keys with features, got K of shape \(0, 2\)"):
        op.forward({}, Q, K[:0], V[:0])
    with pytest.raises(ValueError, match=rf"{name} needs keys with features, got K of shape \(3, 0\)"):
        op.forward({}, Q[:, :0], K[:, :0], V)
    with pytest.raises(ValueError, match=f"{name} needs a matrix"):
        op.forward({}, Q[0], K, V)
    with pytest.raises(TypeError, match="one dtype"):
        op.forward({}, Q, K, V.astype(np.float32))
    context = {}
    op.forward(context, Q, K, V)
    with pytest.raises(ValueError, match="cotangent of the output's shape"):
        op.backward(context, np.ones((2, 1)))
