"""The same entries elsewhere: transposed, permuted, in one row, sliced, joined, with an axis of size 1 more or less.

Outputs and gradients have memory of their own, so that writing into one harms no other. Dtypes: one floating-point dtype
throughout. All raise TypeError for other dtypes, and ValueError for another rank and for a cotangent of another shape.
"""

from __future__ import annotations

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import (
    Context,
    check_cotangent,
    check_floats,
    check_rank,
    indices_below,
    integer,
    integer_size,
)


class Transpose:
    """Rows become columns: y_ji = x_ij. Shapes: x m-by-n, y n-by-m. The context holds the shape and dtype of x."""

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Transpose", x=x)
        check_rank("Transpose", 2, x=x)
        context["shape"], context["dtype"] = x.shape, x.dtype
        return x.T.copy()

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        check_cotangent("Transpose", y_bar, context["shape"][::-1], context["dtype"])
        # x̄_ij = ȳ_ji
        return y_bar.T.copy()


class Permute:
    """The entries of a vector in another order: y_h = x_{p_h} with p = `places`, a permutation.

    Shapes: x, places and y (n,).
    The context holds a copy of the places and the dtype of x.
    Errors: as above, IndexError for a place out of range, ValueError for one that is named twice.
    """

    @staticmethod
    def forward(context: Context, x: Array, *, places: Array) -> Array:
        check_floats("Permute", x=x)
        check_rank("Permute", 1, x=x)
        places = indices_below("Permute", places, x.shape, len(x))
        if len(np.unique(places)) < len(places):
            raise ValueError("Permute needs every place once: places is no permutation")
        context["places"], context["dtype"] = places, x.dtype
        y: Array = x[places]
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        places = context["places"]
        check_cotangent("Permute", y_bar, places.shape, context["dtype"])
        # x̄_{p_h} = ȳ_h: every place is written once
        x_bar = np.empty(places.shape, context["dtype"])
        x_bar[places] = y_bar
        return x_bar


class PermuteAxes:
    """The axes of an array in another order: axis e of y is axis `axes[e]` of x, as in `numpy.transpose`.

    Shapes: x any, y the sides of x in the order of `axes`, a permutation of 0 … x.ndim − 1. The context holds the inverse
    permutation and the shape and dtype of y.
    Errors: as above for the cotangent, ValueError where axes is no permutation of the axes of x.
    Source: every entry of x is one entry of y; the cotangent goes back by the inverse, which for a cycle of three axes
    is another order than `axes`.
    """

    @staticmethod
    def forward(context: Context, x: Array, *, axes: tuple[int, ...]) -> Array:
        check_floats("PermuteAxes", x=x)
        order = tuple(integer("PermuteAxes", "axis", axis) for axis in axes)
        if sorted(order) != list(range(x.ndim)):
            raise ValueError(f"PermuteAxes needs each of the {x.ndim} axes of x once, got axes {order}")
        y = x.transpose(order).copy()
        context["back"] = tuple(order.index(axis) for axis in range(x.ndim))
        context["shape"], context["dtype"] = y.shape, x.dtype
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        check_cotangent("PermuteAxes", y_bar, context["shape"], context["dtype"])
        # x̄ at x's coordinates is ȳ at the same ones, in y's order
        return y_bar.transpose(context["back"]).copy()


class Flatten:
    """A matrix as one row, row after row: y_{i·n+j} = x_ij. Shapes: x m-by-n, y (m·n,). The context holds x's shape."""

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Flatten", x=x)
        check_rank("Flatten", 2, x=x)
        context["shape"], context["dtype"] = x.shape, x.dtype
        return x.reshape(-1).copy()

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        m, n = context["shape"]
        check_cotangent("Flatten", y_bar, (m * n,), context["dtype"])
        # x̄_ij = ȳ_{i·n+j}
        return y_bar.reshape(m, n).copy()


class StridedSlice:
    """Every step-th row of a matrix, from the start on: y_kj = x_{start+k·step, j}.

    Shapes: x m-by-n, y p-by-n with p as many rows as there are. The context holds start, step and the shape of x.
    Errors: as above, ValueError for a negative start and for a step below 1.
    """

    @staticmethod
    def forward(context: Context, x: Array, *, start: int = 0, step: int = 1) -> Array:
        check_floats("StridedSlice", x=x)
        check_rank("StridedSlice", 2, x=x)
        start, step = integer_size("StridedSlice", "start", start), integer("StridedSlice", "step", step)
        if step < 1:
            raise ValueError(f"StridedSlice needs step >= 1, got {step}")
        context["start"], context["step"], context["shape"], context["dtype"] = start, step, x.shape, x.dtype
        y: Array = x[start::step].copy()
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        start, step, shape = context["start"], context["step"], context["shape"]
        rows = len(range(start, shape[0], step))
        check_cotangent("StridedSlice", y_bar, (rows, shape[1]), context["dtype"])
        # x̄_ij = Σ_k ȳ_kj δ_{start+k·step, i}: no row is taken twice
        x_bar = np.zeros(shape, context["dtype"])
        x_bar[start::step] = y_bar
        return x_bar


class Unsqueeze:
    """An axis of size 1 between rows and columns: y_i0j = x_ij. Shapes: x m-by-n, y m-by-1-by-n."""

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Unsqueeze", x=x)
        check_rank("Unsqueeze", 2, x=x)
        context["shape"], context["dtype"] = x.shape, x.dtype
        return x[:, np.newaxis, :].copy()

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        m, n = context["shape"]
        check_cotangent("Unsqueeze", y_bar, (m, 1, n), context["dtype"])
        # x̄_ij = ȳ_i0j
        x_bar: Array = y_bar[:, 0, :].copy()
        return x_bar


class Squeeze:
    """An axis of size 1 is dropped: y_ij = x_i0j. Shapes: x m-by-1-by-n, y m-by-n.

    Errors: as above, ValueError for a middle axis of another size.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Squeeze", x=x)
        if x.ndim != 3 or x.shape[1] != 1:
            raise ValueError(f"Squeeze needs x m-by-1-by-n, got shape {x.shape}")
        context["shape"], context["dtype"] = x.shape, x.dtype
        y: Array = x[:, 0, :].copy()
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        m, _, n = context["shape"]
        check_cotangent("Squeeze", y_bar, (m, n), context["dtype"])
        # x̄_i0j = ȳ_ij
        return y_bar[:, np.newaxis, :].copy()


class Concatenate:
    """Two matrices, one below the other. Shapes: x1 m-by-n, x2 r-by-n, y (m+r)-by-n. The context holds m and r.

    Errors: as above, ValueError for different numbers of columns.
    """

    @staticmethod
    def forward(context: Context, x1: Array, x2: Array) -> Array:
        check_floats("Concatenate", x1=x1, x2=x2)
        check_rank("Concatenate", 2, x1=x1, x2=x2)
        if x1.shape[1] != x2.shape[1]:
            raise ValueError(f"Concatenate needs matrices with one number of columns, got {x1.shape} and {x2.shape}")
        context["m"], context["shape"] = len(x1), (len(x1) + len(x2), x1.shape[1])
        context["dtype"] = x1.dtype
        y: Array = np.concatenate((x1, x2))
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        m = context["m"]
        check_cotangent("Concatenate", y_bar, context["shape"], context["dtype"])
        # x̄1 is the first m rows of ȳ, x̄2 the others
        return y_bar[:m].copy(), y_bar[m:].copy()
