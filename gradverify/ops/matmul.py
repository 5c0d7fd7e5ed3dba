"""Matrix products in the two layouts that networks use: instances as columns (`MatMul`) and as rows (`Linear`)."""

from __future__ import annotations

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank


class MatMul:
    """Matrix product: K = W X, K_ij = Σ_k W_ik X_kj.

    Shapes: W m-by-f, X f-by-n, K m-by-n; any side may be 0. Dtypes: one floating-point dtype throughout.
    The context holds both inputs by reference.
    Errors: ValueError for another rank, for inner sides that differ and for a cotangent of another shape; TypeError for
    other dtypes.
    Source: M. Giles, "Collected matrix derivative results for forward and reverse mode AD", 2008, section 2.2.2.
    """

    @staticmethod
    def forward(context: Context, W: Array, X: Array) -> Array:
        check_floats("MatMul", W=W, X=X)
        check_rank("MatMul", 2, W=W, X=X)
        if W.shape[1] != X.shape[0]:
            raise ValueError(f"MatMul needs W m-by-f and X f-by-n, got W {W.shape} and X {X.shape}")
        context["W"], context["X"] = W, X
        K: Array = W @ X
        return K

    @staticmethod
    def backward(context: Context, K_bar: Array) -> tuple[Array, Array]:
        W, X = context["W"], context["X"]
        check_cotangent("MatMul", K_bar, (W.shape[0], X.shape[1]), W.dtype)
        # W̄ = K̄ Xᵀ: W̄_ij = Σ_l K̄_il X_jl
        W_bar = K_bar @ X.T
        # X̄ = Wᵀ K̄: X̄_ij = Σ_l W_li K̄_lj
        X_bar = W.T @ K_bar
        return W_bar, X_bar


class Linear:
    """A layer without bias, one row for each instance: K = X Wᵀ, K_ij = Σ_k X_ik W_jk.

    Shapes: X n-by-f, W m-by-f, K n-by-m; any side may be 0. Dtypes: one floating-point dtype throughout.
    The context holds both inputs by reference.
    Errors: ValueError for another rank, for different numbers of features and for a cotangent of another shape;
    TypeError for other dtypes.
    Source: as `MatMul`, with W transposed.
    """

    @staticmethod
    def forward(context: Context, X: Array, W: Array) -> Array:
        check_floats("Linear", X=X, W=W)
        check_rank("Linear", 2, X=X, W=W)
        if X.shape[1] != W.shape[1]:
            raise ValueError(f"Linear needs X n-by-f and W m-by-f, got X {X.shape} and W {W.shape}")
        context["X"], context["W"] = X, W
        K: Array = X @ W.T
        return K

    @staticmethod
    def backward(context: Context, K_bar: Array) -> tuple[Array, Array]:
        X, W = context["X"], context["W"]
        check_cotangent("Linear", K_bar, (X.shape[0], W.shape[0]), X.dtype)
        # X̄ = K̄ W: X̄_ij = Σ_l K̄_il W_lj
        X_bar = K_bar @ W
        # W̄ = K̄ᵀ X: W̄_ij = Σ_l K̄_li X_lj
        W_bar = K_bar.T @ X
        return X_bar, W_bar
