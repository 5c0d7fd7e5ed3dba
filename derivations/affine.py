"""Affine layer: a batch of rows times a matrix of weights, plus a bias: K = X Wᵀ + b."""

from gradverify.derivation import *

n, f, m = size("n f m")  # instances, features, outputs
i_n, d = index("i d", n)
j_f, c, e = index("j c e", f)
i_m, a = index("i a", m)

X = array("X", n, f)
W = array("W", m, f)
b = array("b", m)
K = array("K", n, m)
X_dot, W_dot, b_dot, K_bar = tangent(X), tangent(W), tangent(b), cotangent(K)

row = Sum(X[d, c] * W[a, c], c)  # instance d, output a


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
    forward={K[d, a]: row + b[a]},
    gradients=(
        Gradient(
            X[i_n, j_f],
            chain_rule(
                Sum(K_bar[d, a] * D(K[d, a], X[i_n, j_f]), d, a),
                "The loss depends on X_ij through the entries of K.",
            ),
            insert_forward(
                Sum(K_bar[d, a] * D(row + b[a], X[i_n, j_f]), d, a),
                "K_da is row d of X times row a of W, plus b_a.",
            ),
            sum_rule(
                Sum(K_bar[d, a] * Sum(D(X[d, c], X[i_n, j_f]) * W[a, c], c), d, a),
                "Of the sum only the products depend on X, and W does not.",
            ),
            entry_rule(
                Sum(K_bar[d, a] * Sum(delta(d, i_n) * delta(c, j_f) * W[a, c], c), d, a),
                "X_dc changes with X_ij only where d = i and c = j.",
            ),
            collapse_delta(
                Sum(K_bar[i_n, a] * W[a, j_f], a),
                "Only instance d = i and feature c = j are left; every output a stays.",
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
                Sum(K_bar[d, a] * D(row + b[a], W[i_m, j_f]), d, a),
                "K_da is row d of X times row a of W, plus b_a.",
            ),
            sum_rule(
                Sum(K_bar[d, a] * Sum(X[d, c] * D(W[a, c], W[i_m, j_f]), c), d, a),
                "Of the sum only the products depend on W, and X does not.",
            ),
            entry_rule(
                Sum(K_bar[d, a] * Sum(X[d, c] * delta(a, i_m) * delta(c, j_f), c), d, a),
                "W_ac changes with W_ij only where a = i and c = j.",
            ),
            collapse_delta(
                Sum(K_bar[d, i_m] * X[d, j_f], d),
                "Only output a = i and feature c = j are left; every instance d stays.",
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
                Sum(K_bar[d, a] * D(row + b[a], b[i_m]), d, a),
                "K_da is row d of X times row a of W, plus b_a.",
            ),
            entry_rule(
                Sum(K_bar[d, a] * delta(a, i_m), d, a),
                "The products do not depend on b, and b_a changes with b_i only where a = i.",
            ),
            collapse_delta(
                Sum(K_bar[d, i_m], d),
                "The bias is the same for every instance d, so it collects the cotangents of all of them.",
            ),
            numpy=b_bar,
        ),
    ),
    tangents=(
        Tangent(
            K[d, a],
            push_forward(
                Sum(X_dot[d, c] * W[a, c] + X[d, c] * W_dot[a, c], c) + b_dot[a],
                "The product rule: each factor moves while the other one stays; the bias moves by itself.",
            ),
        ),
    ),
    op="gradverify.ops:Affine",
)
