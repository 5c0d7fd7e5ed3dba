"""Matrix products: K = W X with one column an instance, and the layer's layout K = X Wᵀ with one row an instance."""

from gradverify.derivation import *

m, f, n = size("m f n")  # outputs, features, instances
i_m, a = index("i a", m)
i_f, j_f, b, c = index("i j b c", f)
i_n, j_n, d = index("i j d", n)

# K = W X: every column of X is an instance.

W = array("W", m, f)
X = array("X", f, n)
K = array("K", m, n)
W_dot, X_dot = tangent(W), tangent(X)
K_bar = cotangent(K)


def W_bar(X, K_bar):
    return K_bar @ X.T


def X_bar(W, K_bar):
    return W.T @ K_bar


matmul = Derivation(
    name="matmul",
    title="multiply two matrices: K = W X",
    inputs=(W, X),
    forward={K[a, d]: Sum(W[a, b] * X[b, d], b)},
    gradients=(
        Gradient(
            W[i_m, j_f],
            chain_rule(
                Sum(K_bar[a, d] * D(K[a, d], W[i_m, j_f]), a, d),
                "The loss depends on W_ij through the entries of K.",
            ),
            insert_forward(
                Sum(K_bar[a, d] * D(Sum(W[a, b] * X[b, d], b), W[i_m, j_f]), a, d),
                "K_ad is row a of W times column d of X; its summation index b is not one of a, d, i, j.",
            ),
            sum_rule(
                Sum(K_bar[a, d] * Sum(D(W[a, b] * X[b, d], W[i_m, j_f]), b), a, d),
                "The derivative of a sum is the sum of the derivatives.",
            ),
            product_rule(
                Sum(K_bar[a, d] * Sum(D(W[a, b], W[i_m, j_f]) * X[b, d], b), a, d),
                "X does not depend on W: of the two terms of the rule one is 0.",
            ),
            entry_rule(
                Sum(K_bar[a, d] * Sum(delta(a, i_m) * delta(b, j_f) * X[b, d], b), a, d),
                "W_ab changes with W_ij only where a = i and b = j.",
            ),
            collapse_delta(
                Sum(K_bar[a, d] * delta(a, i_m) * X[j_f, d], a, d),
                "Of the sum over b only b = j is left.",
            ),
            collapse_delta(
                Sum(K_bar[i_m, d] * X[j_f, d], d),
                "Of the sum over a only row a = i is left; every column d stays.",
            ),
            numpy=W_bar,
            matrix=matrix(K_bar) * matrix(X).T,
        ),
        Gradient(
            X[i_f, j_n],
            chain_rule(
                Sum(K_bar[a, d] * D(K[a, d], X[i_f, j_n]), a, d),
                "The loss depends on X_ij through the entries of K.",
            ),
            insert_forward(
                Sum(K_bar[a, d] * D(Sum(W[a, b] * X[b, d], b), X[i_f, j_n]), a, d),
                "K_ad is row a of W times column d of X; its summation index b is not one of a, d, i, j.",
            ),
            sum_rule(
                Sum(K_bar[a, d] * Sum(D(W[a, b] * X[b, d], X[i_f, j_n]), b), a, d),
                "The derivative of a sum is the sum of the derivatives.",
            ),
            product_rule(
                Sum(K_bar[a, d] * Sum(W[a, b] * D(X[b, d], X[i_f, j_n]), b), a, d),
                "W does not depend on X: of the two terms of the rule one is 0.",
            ),
            entry_rule(
                Sum(K_bar[a, d] * Sum(W[a, b] * delta(b, i_f) * delta(d, j_n), b), a, d),
                "X_bd changes with X_ij only where b = i and d = j.",
            ),
            collapse_delta(
                Sum(K_bar[a, d] * W[a, i_f] * delta(d, j_n), a, d),
                "Of the sum over b only b = i is left.",
            ),
            collapse_delta(
                Sum(W[a, i_f] * K_bar[a, j_n], a),
                "Of the sum over d only column d = j is left; every row a stays.",
            ),
            numpy=X_bar,
            matrix=matrix(W).T * matrix(K_bar),
        ),
    ),
    tangents=(
        Tangent(
            K[a, d],
            push_forward(
                Sum(W_dot[a, b] * X[b, d] + W[a, b] * X_dot[b, d], b),
                "The product rule: each factor moves while the other one stays.",
            ),
        ),
    ),
    op="gradverify.ops:MatMul",
)

# K = X Wᵀ: every row of X is an instance, as in a layer that takes a batch.

X_rows = array("X", n, f)
K_rows = array("K", n, m)
X_rows_dot = tangent(X_rows)
K_rows_bar = cotangent(K_rows)


def X_rows_bar(W, K_bar):
    return K_bar @ W


def W_rows_bar(X, K_bar):
    return K_bar.T @ X


linear = Derivation(
    name="linear",
    title="a layer without bias on a batch: K = X Wᵀ",
    inputs=(X_rows, W),
    forward={K_rows[d, a]: Sum(X_rows[d, b] * W[a, b], b)},
    gradients=(
        Gradient(
            X_rows[i_n, j_f],
            chain_rule(
                Sum(K_rows_bar[d, a] * D(K_rows[d, a], X_rows[i_n, j_f]), d, a),
                "The loss depends on X_ij through the entries of K.",
            ),
            insert_forward(
                Sum(K_rows_bar[d, a] * D(Sum(X_rows[d, b] * W[a, b], b), X_rows[i_n, j_f]), d, a),
                "K_da is instance d times the weights of output a.",
            ),
            sum_rule(
                Sum(K_rows_bar[d, a] * Sum(D(X_rows[d, b] * W[a, b], X_rows[i_n, j_f]), b), d, a),
                "The derivative of a sum is the sum of the derivatives.",
            ),
            product_rule(
                Sum(K_rows_bar[d, a] * Sum(D(X_rows[d, b], X_rows[i_n, j_f]) * W[a, b], b), d, a),
                "W does not depend on X: of the two terms of the rule one is 0.",
            ),
            entry_rule(
                Sum(K_rows_bar[d, a] * Sum(delta(d, i_n) * delta(b, j_f) * W[a, b], b), d, a),
                "X_db changes with X_ij only where d = i and b = j.",
            ),
            collapse_delta(
                Sum(K_rows_bar[d, a] * delta(d, i_n) * W[a, j_f], d, a),
                "Of the sum over b only b = j is left.",
            ),
            collapse_delta(
                Sum(K_rows_bar[i_n, a] * W[a, j_f], a),
                "Of the sum over d only instance d = i is left; every output a stays.",
            ),
            numpy=X_rows_bar,
            matrix=matrix(K_rows_bar) * matrix(W),
        ),
        Gradient(
            W[i_m, j_f],
            chain_rule(
                Sum(K_rows_bar[d, a] * D(K_rows[d, a], W[i_m, j_f]), d, a),
                "The loss depends on W_ij through the entries of K.",
            ),
            insert_forward(
                Sum(K_rows_bar[d, a] * D(Sum(X_rows[d, b] * W[a, b], b), W[i_m, j_f]), d, a),
                "K_da is instance d times the weights of output a.",
            ),
            sum_rule(
                Sum(K_rows_bar[d, a] * Sum(D(X_rows[d, b] * W[a, b], W[i_m, j_f]), b), d, a),
                "The derivative of a sum is the sum of the derivatives.",
            ),
            product_rule(
                Sum(K_rows_bar[d, a] * Sum(X_rows[d, b] * D(W[a, b], W[i_m, j_f]), b), d, a),
                "X does not depend on W: of the two terms of the rule one is 0.",
            ),
            entry_rule(
                Sum(K_rows_bar[d, a] * Sum(X_rows[d, b] * delta(a, i_m) * delta(b, j_f), b), d, a),
                "W_ab changes with W_ij only where a = i and b = j.",
            ),
            collapse_delta(
                Sum(K_rows_bar[d, a] * X_rows[d, j_f] * delta(a, i_m), d, a),
                "Of the sum over b only b = j is left.",
            ),
            collapse_delta(
                Sum(K_rows_bar[d, i_m] * X_rows[d, j_f], d),
                "Of the sum over a only output a = i is left; every instance d stays.",
            ),
            numpy=W_rows_bar,
            matrix=matrix(K_rows_bar).T * matrix(X_rows),
        ),
    ),
    tangents=(
        Tangent(
            K_rows[d, a],
            push_forward(
                Sum(X_rows_dot[d, b] * W[a, b] + X_rows[d, b] * W_dot[a, b], b),
                "The product rule: each factor moves while the other one stays.",
            ),
        ),
    ),
    op="gradverify.ops:Linear",
)
