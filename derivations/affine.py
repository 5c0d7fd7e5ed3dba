"""The layer of a network on a batch: K = X Wᵀ + b, the bias added to every row."""

from sympy import OneMatrix

from gradverify.derivation import *

n, f, m = size("n f m")  # instances, features, outputs
i_n, d = index("i d", n)
j_f, q = index("j q", f)
i_m, a = index("i a", m)

X = array("X", n, f)
W = array("W", m, f)
b = array("b", m)
K = array("K", n, m)
X_dot, W_dot, b_dot = tangent(X), tangent(W), tangent(b)
K_bar = cotangent(K)

layer = Sum(X[d, q] * W[a, q], q) + b[a]  # K_da


def X_bar(W, K_bar):
    return K_bar @ W


def W_bar(X, K_bar):
    return K_bar.T @ X


def b_bar(K_bar):
    return K_bar.sum(axis=0)


affine = Derivation(
    name="affine",
    title="a layer with bias on a batch: K = X Wᵀ + b",
    inputs=(X, W, b),
    forward={K[d, a]: layer},
    gradients=(
        Gradient(
            X[i_n, j_f],
            chain_rule(
                Sum(K_bar[d, a] * D(K[d, a], X[i_n, j_f]), d, a),
                "The loss depends on X_ij through the entries of K.",
            ),
            insert_forward(
                Sum(K_bar[d, a] * D(layer, X[i_n, j_f]), d, a),
                "K_da is instance d times the weights of output a, and the bias of that output.",
            ),
            sum_rule(
                Sum(K_bar[d, a] * Sum(D(X[d, q] * W[a, q], X[i_n, j_f]), q), d, a),
                "The derivative of a sum is the sum of the derivatives; that of the bias by X_ij is 0.",
            ),
            product_rule(
                Sum(K_bar[d, a] * Sum(D(X[d, q], X[i_n, j_f]) * W[a, q], q), d, a),
                "W does not depend on X: of the two terms of the rule one is 0.",
            ),
            entry_rule(
                Sum(K_bar[d, a] * Sum(delta(d, i_n) * delta(q, j_f) * W[a, q], q), d, a),
                "X_dq changes with X_ij only where d = i and q = j.",
            ),
            collapse_delta(
                Sum(K_bar[i_n, a] * W[a, j_f], a),
                "Of the sums over d and q only d = i and q = j are left; every output a stays.",
            ),
            numpy=X_bar,
            matrix=matrix(K_bar) * matrix(W),
        ),
        Gradient(
            W[i_m, j_f],
            chain_rule(
                Sum(K_bar[d, a] * D(K[d, a], W[i_m, j_f]), d, a),
                "The loss depends on W_ij through the entries of K.",
            ),
            insert_forward(
                Sum(K_bar[d, a] * D(layer, W[i_m, j_f]), d, a),
                "K_da is instance d times the weights of output a, and the bias of that output.",
            ),
            sum_rule(
                Sum(K_bar[d, a] * Sum(D(X[d, q] * W[a, q], W[i_m, j_f]), q), d, a),
                "The derivative of a sum is the sum of the derivatives; that of the bias by W_ij is 0.",
            ),
            product_rule(
                Sum(K_bar[d, a] * Sum(X[d, q] * D(W[a, q], W[i_m, j_f]), q), d, a),
                "X does not depend on W: of the two terms of the rule one is 0.",
            ),
            entry_rule(
                Sum(K_bar[d, a] * Sum(X[d, q] * delta(a, i_m) * delta(q, j_f), q), d, a),
                "W_aq changes with W_ij only where a = i and q = j.",
            ),
            collapse_delta(
                Sum(K_bar[d, i_m] * X[d, j_f], d),
                "Of the sums over a and q only a = i and q = j are left; every instance d stays.",
            ),
            numpy=W_bar,
            matrix=matrix(K_bar).T * matrix(X),
        ),
        Gradient(
            b[i_m],
            chain_rule(
                Sum(K_bar[d, a] * D(K[d, a], b[i_m]), d, a),
                "The loss depends on b_i through the entries of K.",
            ),
            insert_forward(
                Sum(K_bar[d, a] * D(layer, b[i_m]), d, a),
                "K_da is instance d times the weights of output a, and the bias of that output.",
            ),
            sum_rule(
                Sum(K_bar[d, a] * D(b[a], b[i_m]), d, a),
                "Neither X nor W depends on b: of the sum only the bias is left.",
            ),
            entry_rule(
                Sum(K_bar[d, a] * delta(a, i_m), d, a),
                "b_a changes with b_i only where a = i.",
            ),
            collapse_delta(
                Sum(K_bar[d, i_m], d),
                "Only output a = i is left; nothing pins d, for every instance has the same bias.",
            ),
            numpy=b_bar,
            matrix=matrix(K_bar).T * OneMatrix(n, 1),
        ),
    ),
    tangents=(
        Tangent(
            K[d, a],
            push_forward(
                Sum(X_dot[d, q] * W[a, q], q) + Sum(X[d, q] * W_dot[a, q], q) + b_dot[a],
                "Each of the three moves while the others stand still, and the movements add up.",
            ),
        ),
    ),
    op="gradverify.ops:Affine",
)
