"""Scaled dot-product attention: every query takes a weighted mean of the values, by how well their keys fit it.

Once over all keys, once causal: over those up to the query's own place. The backward is the same, line by line.
"""

import numpy as np

from gradverify.derivation import *

m, n, d, e = size("m n d e")  # queries, keys, features of both, features of a value
i, k = index("i k", m)
j, q, r = index("j q r", n)
f, g = index("f g", d)
s, t = index("s t", e)

Q = array("Q", m, d)
K = array("K", n, d)
V = array("V", n, e)
y = array("y", m, e)
Q_dot, K_dot, V_dot, y_bar = tangent(Q), tangent(K), tangent(V), cotangent(y)

S = array("S", m, n)  # how well a key fits a query
P = array("P", m, n)  # the weight of a value for a query: the softmax of a row of S, over the keys that the query sees
P_bar = array("P_bar", m, n)
S_bar = array("S_bar", m, n)
S_dot = array("S_dot", m, n)

at = relation("≤", n, m, rule=lambda q, k: q <= k)  # query k sees the keys up to its own place


def weights(Q, K, causal=False):
    S = Q @ K.T / np.sqrt(Q.shape[1])
    if causal:
        S = np.where(np.arange(len(K)) <= np.arange(len(Q))[:, np.newaxis], S, -np.inf)
    e = np.exp(S - S.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def scores_bar(Q, K, V, y_bar, causal):
    P, P_bar = weights(Q, K, causal), y_bar @ V.T
    return P * (P_bar - (P_bar * P).sum(axis=1, keepdims=True)) / np.sqrt(Q.shape[1])


def Q_bar(Q, K, V, y_bar, causal=False):
    return scores_bar(Q, K, V, y_bar, causal) @ K


def K_bar(Q, K, V, y_bar, causal=False):
    return scores_bar(Q, K, V, y_bar, causal).T @ Q


def V_bar(Q, K, y_bar, causal=False):
    return weights(Q, K, causal).T @ y_bar


def causal_Q_bar(Q, K, V, y_bar):
    return Q_bar(Q, K, V, y_bar, causal=True)


def causal_K_bar(Q, K, V, y_bar):
    return K_bar(Q, K, V, y_bar, causal=True)


def causal_V_bar(Q, K, y_bar):
    return V_bar(Q, K, y_bar, causal=True)


def derived(name, title, weight, backward, op):
    """Attention whose weights are these; `backward` are the NumPy forms of the gradients of Q, K and V."""
    return Derivation(
        name=name,
        title=title,
        inputs=(Q, K, V),
        where={
            S[k, q]: Sum(Q[k, g] * K[q, g], g) / sqrt(d),
            P[k, q]: weight,
            P_bar[k, q]: Sum(y_bar[k, t] * V[q, t], t),
            S_bar[k, q]: P[k, q] * (P_bar[k, q] - Sum(P[k, r] * P_bar[k, r], r)),
            S_dot[k, q]: Sum(Q_dot[k, g] * K[q, g] + Q[k, g] * K_dot[q, g], g) / sqrt(d),
        },
        forward={y[k, t]: Sum(P[k, q] * V[q, t], q)},
        gradients=(
            Gradient(
                Q[i, f],
                chain_rule(
                    Sum(y_bar[k, t] * D(y[k, t], Q[i, f]), k, t),
                    "The loss depends on Q_if through the entries of y.",
                ),
                insert_forward(
                    Sum(y_bar[k, t] * Sum(D(P[k, q], Q[i, f]) * V[q, t], q), k, t),
                    "y_kt is a mean of the values, weighted by P; the values do not depend on Q.",
                ),
                name_quantity(
                    Sum(P_bar[k, q] * D(P[k, q], Q[i, f]), k, q),
                    "What the cotangents and the values make of a weight is its cotangent P̄.",
                ),
                quotient_rule(
                    Sum(
                        P_bar[k, q] * P[k, q] * (D(S[k, q], Q[i, f]) - Sum(P[k, r] * D(S[k, r], Q[i, f]), r)),
                        k,
                        q,
                    ),
                    "The derivative of a softmax: a weight grows with its own score, less the weighted mean of its row.",
                ),
                name_quantity(
                    Sum(S_bar[k, q] * D(S[k, q], Q[i, f]), k, q),
                    "Collected by scores: the cotangent S̄ of the score of key q for query k.",
                ),
                entry_rule(
                    Sum(S_bar[k, q] * Sum(delta(k, i) * delta(g, f) * K[q, g], g) / sqrt(d), k, q),
                    "Q_kg changes with Q_if only where k = i and g = f.",
                ),
                collapse_delta(
                    Sum(S_bar[i, q] * K[q, f], q) / sqrt(d),
                    "Row i of the scores is left: as in a product of matrices.",
                ),
                numpy=backward[0],
            ),
            Gradient(
                K[j, f],
                chain_rule(
                    Sum(y_bar[k, t] * D(y[k, t], K[j, f]), k, t),
                    "The loss depends on K_jf through the entries of y.",
                ),
                insert_forward(
                    Sum(y_bar[k, t] * Sum(D(P[k, q], K[j, f]) * V[q, t], q), k, t),
                    "y_kt is a mean of the values, weighted by P; the values do not depend on K.",
                ),
                name_quantity(
                    Sum(P_bar[k, q] * D(P[k, q], K[j, f]), k, q),
                    "What the cotangents and the values make of a weight is its cotangent P̄.",
                ),
                quotient_rule(
                    Sum(
                        P_bar[k, q] * P[k, q] * (D(S[k, q], K[j, f]) - Sum(P[k, r] * D(S[k, r], K[j, f]), r)),
                        k,
                        q,
                    ),
                    "The derivative of a softmax: a weight grows with its own score, less the weighted mean of its row.",
                ),
                name_quantity(
                    Sum(S_bar[k, q] * D(S[k, q], K[j, f]), k, q),
                    "Collected by scores: the cotangent S̄ of the score of key q for query k.",
                ),
                entry_rule(
                    Sum(S_bar[k, q] * Sum(Q[k, g] * delta(q, j) * delta(g, f), g) / sqrt(d), k, q),
                    "K_qg changes with K_jf only where q = j and g = f.",
                ),
                collapse_delta(
                    Sum(S_bar[k, j] * Q[k, f], k) / sqrt(d),
                    "Column j of the scores is left: every query that met this key.",
                ),
                numpy=backward[1],
            ),
            Gradient(
                V[j, s],
                chain_rule(
                    Sum(y_bar[k, t] * D(y[k, t], V[j, s]), k, t),
                    "The loss depends on V_js through the entries of y.",
                ),
                insert_forward(
                    Sum(y_bar[k, t] * Sum(P[k, q] * D(V[q, t], V[j, s]), q), k, t),
                    "The weights do not depend on the values.",
                ),
                entry_rule(
                    Sum(y_bar[k, t] * Sum(P[k, q] * delta(q, j) * delta(t, s), q), k, t),
                    "V_qt changes with V_js only where q = j and t = s.",
                ),
                collapse_delta(
                    Sum(P[k, j] * y_bar[k, s], k),
                    "Every query k hands its cotangent back to value j, by the weight that it gave it.",
                ),
                numpy=backward[2],
            ),
        ),
        tangents=(
            Tangent(
                y[k, t],
                push_forward(
                    Sum(P[k, q] * V_dot[q, t] + P[k, q] * (S_dot[k, q] - Sum(P[k, r] * S_dot[k, r], r)) * V[q, t], q),
                    "The values move under fixed weights, and the weights move with their scores.",
                ),
            ),
        ),
        op=op,
    )


attention = derived(
    "attention",
    "every query's mean of the values, weighted by how well the keys fit",
    exp(S[k, q]) / Sum(exp(S[k, r]), r),
    (Q_bar, K_bar, V_bar),
    "gradverify.ops:Attention",
)

causal_attention = derived(
    "causal_attention",
    "attention in which a query sees the keys up to its own place only",
    at(q, k) * exp(S[k, q]) / Sum(at(r, k) * exp(S[k, r]), r),
    (causal_Q_bar, causal_K_bar, causal_V_bar),
    "gradverify.ops:CausalAttention",
)
