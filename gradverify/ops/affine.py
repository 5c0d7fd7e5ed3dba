"""The layer of a network: weights times instances, and a bias."""

from __future__ import annotations

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank


class Affine:
    """A layer with bias, one row for each instance: K = X Wᵀ + 1 bᵀ, K_ij = Σ_k X_ik W_jk + b_j.

    Shapes: X n-by-f, W m-by-f, b m, K n-by-m; any side may be 0. Dtypes: one floating-point dtype throughout.
    The context holds X and W by reference.
    Errors: ValueError for another rank, for sides that do not fit and for a cotangent of another shape; TypeError for
    other dtypes.
    Source: `Linear`, and the bias copied into every row.
    """

    @staticmethod
    def forward(context: Context, X: Array, W: Array, b: Array) -> Array:
        check_floats("Affine", X=X, W=W, b=b)
        check_rank("Affine", 2, X=X, W=W)
        check_rank("Affine", 1, b=b)
        if X.shape[1] != W.shape[1] or b.shape != W.shape[:1]:
            raise ValueError(
                f"Affine needs X n-by-f, W m-by-f and b of m, got X {X.shape}, W {W.shape} and b {b.shape}"
            )
        context["X"], context["W"] = X, W
        K: Array = X @ W.T
        K += b
        return K

    @staticmethod
    def backward(context: Context, K_bar: Array) -> tuple[Array, Array, Array]:
        X, W = context["X"], context["W"]
        check_cotangent("Affine", K_bar, (X.shape[0], W.shape[0]), X.dtype)
        # X̄ = K̄ W: X̄_ij = Σ_l K̄_il W_lj
        X_bar = K_bar @ W
        # W̄ = K̄ᵀ X: W̄_ij = Σ_l K̄_li X_lj
        W_bar = K_bar.T @ X
        # b̄ = K̄ᵀ 1: b̄_i = Σ_l K̄_li
        b_bar: Array = np.add.reduce(K_bar, axis=0)
        return X_bar, W_bar, b_bar
