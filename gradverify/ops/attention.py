"""Scaled dot-product attention, plain and causal.

Shapes: Q m-by-d, K n-by-d, V n-by-e, y m-by-e, with d > 0 and n > 0. Dtypes: one floating-point dtype throughout. The
scores are shifted by the maximum of their row, so nothing overflows. The context holds Q, K and V by reference and the
weights. All raise ValueError for another rank, for sides that do not fit and for a cotangent of another shape, and
TypeError for other dtypes.
"""

from __future__ import annotations

import math

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank


class Attention:
    """Every query's mean of the values: y = P V, P the softmax of every row of S = Q Kᵀ / √d.

    Source: the derivative of a softmax, S̄ = P ⊙ (P̄ − Σ P̄ P) with P̄ = ȳ Vᵀ, between products of matrices. Vaswani et
    al., "Attention is all you need", 2017, equation 1.
    """

    @staticmethod
    def forward(context: Context, Q: Array, K: Array, V: Array) -> Array:
        _check("Attention", Q, K, V)
        return _forward(context, Q, K, V, Q @ K.T / math.sqrt(Q.shape[1]))

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array, Array]:
        return _backward("Attention", context, y_bar)


class CausalAttention:
    """Attention in which query i sees the keys 0 … i only: the weights of all others are 0.

    Source: as `Attention`; a weight that is 0 whatever the scores are takes no part in any gradient.
    """

    @staticmethod
    def forward(context: Context, Q: Array, K: Array, V: Array) -> Array:
        _check("CausalAttention", Q, K, V)
        S = Q @ K.T / math.sqrt(Q.shape[1])
        seen = np.arange(K.shape[0]) <= np.arange(Q.shape[0])[:, np.newaxis]
        return _forward(context, Q, K, V, np.where(seen, S, -math.inf))

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array, Array]:
        return _backward("CausalAttention", context, y_bar)


def _forward(context: Context, Q: Array, K: Array, V: Array, S: Array) -> Array:
    e = np.exp(S - S.max(axis=1, keepdims=True))
    P = e / e.sum(axis=1, keepdims=True)
    context["Q"], context["K"], context["V"], context["P"] = Q, K, V, P
    y: Array = P @ V
    return y


def _backward(op: str, context: Context, y_bar: Array) -> tuple[Array, Array, Array]:
    Q, K, V, P = context["Q"], context["K"], context["V"], context["P"]
    check_cotangent(op, y_bar, (Q.shape[0], V.shape[1]), Q.dtype)
    # P̄ = ȳ Vᵀ, S̄_ij = P_ij (P̄_ij − Σ_l P̄_il P_il). P sums to 1, so P̄ less the entry of the largest weight gives the same,
    # and nothing cancels where that weight is almost 1.
    S_bar = y_bar @ V.T
    S_bar -= np.take_along_axis(S_bar, P.argmax(axis=1)[:, np.newaxis], axis=1)
    S_bar -= (S_bar * P).sum(axis=1, keepdims=True)
    S_bar *= P
    S_bar /= math.sqrt(Q.shape[1])
    # Q̄ = S̄ K / √d, K̄ = S̄ᵀ Q / √d, V̄ = Pᵀ ȳ
    return S_bar @ K, S_bar.T @ Q, P.T @ y_bar


def _check(op: str, Q: Array, K: Array, V: Array) -> None:
    check_floats(op, Q=Q, K=K, V=V)
    check_rank(op, 2, Q=Q, K=K, V=V)
    if Q.shape[1] != K.shape[1] or K.shape[0] != V.shape[0]:
        raise ValueError(f"{op} needs Q m-by-d, K n-by-d and V n-by-e, got Q {Q.shape}, K {K.shape} and V {V.shape}")
    if K.shape[0] == 0 or K.shape[1] == 0:
        raise ValueError(f"{op} needs keys with features, got K of shape {K.shape}")
