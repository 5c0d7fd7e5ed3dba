"""Ops that read some entries of an array, named by integers: what is read once, often or never gets its gradient back."""

from __future__ import annotations

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank, indices_below


class Select:
    """One entry of every row: y_i = x_{i, t_i} with t = `indices`.

    Shapes: x (m, n), indices (m,), y (m,). Dtypes: one floating-point dtype throughout; integers for the indices, from 0
    to n − 1. The context holds a copy of the indices and the shape and dtype of x.
    Errors: ValueError for another rank, for indices of another shape, and for a cotangent of another shape; IndexError
    for an index out of range; TypeError for other dtypes.
    Source: y_i is x_{i, t_i} and no other entry.
    """

    @staticmethod
    def forward(context: Context, x: Array, *, indices: Array) -> Array:
        check_floats("Select", x=x)
        check_rank("Select", 2, x=x)
        indices = indices_below("Select", indices, (x.shape[0],), x.shape[1])
        context["indices"], context["shape"], context["dtype"] = indices, x.shape, x.dtype
        y: Array = x[np.arange(x.shape[0]), indices]
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        indices, shape, dtype = context["indices"], context["shape"], context["dtype"]
        check_cotangent("Select", y_bar, shape[:1], dtype)
        # x̄_ij = ȳ_i δ_{j, t_i}: every entry is written once at most
        x_bar = np.zeros(shape, dtype)
        x_bar[np.arange(shape[0]), indices] = y_bar
        return x_bar


class Embedding:
    """Rows of a table by number: y_kl = w_{t_k, l} with t = `indices`; a row may be read more than once.

    Shapes: table w (n, p), indices (m,), y (m, p). Dtypes: one floating-point dtype throughout; integers for the indices,
    from 0 to n − 1. The context holds a copy of the indices and the shape and dtype of w.
    Errors: ValueError for another rank and for a cotangent of another shape; IndexError for an index out of range;
    TypeError for other dtypes.
    Source: w_jl is read by every k with t_k = j, and the loss feels each of them.
    """

    @staticmethod
    def forward(context: Context, w: Array, *, indices: Array) -> Array:
        check_floats("Embedding", w=w)
        check_rank("Embedding", 2, w=w)
        indices = indices_below("Embedding", indices, None, w.shape[0])
        context["indices"], context["shape"], context["dtype"] = indices, w.shape, w.dtype
        y: Array = w[indices]
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        indices, shape, dtype = context["indices"], context["shape"], context["dtype"]
        check_cotangent("Embedding", y_bar, (len(indices), shape[1]), dtype)
        # w̄_jl = Σ_k δ_{j, t_k} ȳ_kl: repeated rows add up, so no assignment
        w_bar = np.zeros(shape, dtype)
        np.add.at(w_bar, indices, y_bar)
        return w_bar
