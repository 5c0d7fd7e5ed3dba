"""Attention with a mistake in its backward."""

import math

from gradverify.ops import Attention, CausalAttention


class NotScaled(Attention):
    """Right for queries with one feature."""

    @staticmethod
    def backward(context, y_bar):
        Q, K, V, P = context["Q"], context["K"], context["V"], context["P"]
        P_bar = y_bar @ V.T
        S_bar = P * (P_bar - (P_bar * P).sum(axis=1, keepdims=True))
        return S_bar @ K, S_bar.T @ Q, P.T @ y_bar


class ValuesNegated(CausalAttention):
    @staticmethod
    def backward(context, y_bar):
        Q, K, V, P = context["Q"], context["K"], context["V"], context["P"]
        P_bar = y_bar @ V.T
        S_bar = P * (P_bar - (P_bar * P).sum(axis=1, keepdims=True)) / math.sqrt(Q.shape[1])
        return S_bar @ K, S_bar.T @ Q, -(P.T @ y_bar)


WRONG = [
    ("attention", "NotScaled", r"a factor of √\(Q.shape\[1\]⁻¹\) is missing"),
    ("causal_attention", "ValuesNegated", r"gradient of V is −1 times the true one"),
]
