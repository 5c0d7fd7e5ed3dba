"""Ops that repeat entries along an axis, whose gradients are sums along it, and functions of two broadcast operands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import (
    Context,
    check_cotangent,
    check_dtype_kept,
    check_floats,
    check_rank,
    integer,
    integer_size,
)

Binary = Callable[[Array, Array], Array]


class Broadcast:
    """A vector repeated as equal columns: y_ij = x_i for j < columns.

    Shapes: x (m,), y (m, columns); `columns` may be 0. Dtypes: one floating-point dtype throughout.
    The context holds the output's shape and dtype.
    Errors: ValueError for another rank, for negative `columns` and for a cotangent of another shape; TypeError for
    other dtypes and for `columns` that is not an integer.
    Source: x_i is read once for each column.
    """

    @staticmethod
    def forward(context: Context, x: Array, columns: int = 16) -> Array:
        check_floats("Broadcast", x=x)
        check_rank("Broadcast", 1, x=x)
        columns = integer_size("Broadcast", "columns", columns)
        context["shape"], context["dtype"] = (x.shape[0], columns), x.dtype
        return np.repeat(x[:, np.newaxis], columns, axis=1)

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        check_cotangent("Broadcast", y_bar, context["shape"], context["dtype"])
        # x̄_i = Σ_j ȳ_ij
        x_bar: Array = y_bar.sum(axis=1)
        return x_bar


class Expand:
    """An axis of size 1 repeated: y_{..j..} = x_{..0..} for j < repeats.

    Shapes: x has size 1 at axis `dim`, negative counting from the end; y is a copy with size `repeats` there, which may
    be 0. Dtypes: one floating-point dtype throughout. The context holds the axis and the output's shape and dtype.
    Errors: ValueError if `dim` is out of range or has another size, for negative `repeats` and for a cotangent of
    another shape; TypeError for other dtypes and for `dim` or `repeats` that is not an integer.
    Source: x_{..0..} is read once for each j.
    """

    @staticmethod
    def forward(context: Context, x: Array, *, dim: int, repeats: int) -> Array:
        check_floats("Expand", x=x)
        dim, repeats = integer("Expand", "dim", dim), integer_size("Expand", "repeats", repeats)
        if not -x.ndim <= dim < x.ndim:
            raise ValueError(f"Expand needs an axis of x, got dim={dim} for shape {x.shape}")
        if x.shape[dim] != 1:
            raise ValueError(f"Expand needs an axis of size 1, got size {x.shape[dim]} at dim={dim} of shape {x.shape}")
        y = np.repeat(x, repeats, axis=dim)
        context["dim"], context["shape"], context["dtype"] = dim, y.shape, x.dtype
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        check_cotangent("Expand", y_bar, context["shape"], context["dtype"])
        # x̄_{..0..} = Σ_j ȳ_{..j..}
        x_bar: Array = y_bar.sum(axis=context["dim"], keepdims=True)
        return x_bar


class BroadcastMap:
    """Any differentiable function of two real numbers, broadcast by NumPy's rules: y = g(x1, x2).

    `g` takes both arrays and returns y in their common shape. `g_1` and `g_2` are ∂g/∂x1 and ∂g/∂x2; what they return
    must broadcast to that shape, so `lambda x1, x2: x2` and `lambda x1, x2: 1` are both good. None may write into x1
    or x2. Dtypes: one floating-point dtype throughout. The context holds both inputs by reference.
    Errors: ValueError for shapes that do not fit, TypeError for other dtypes.
    Source: the chain rule; a repeated entry collects the gradients of all its copies (`sum_to_shape`).
    """

    @staticmethod
    def forward(context: Context, x1: Array, x2: Array, *, g: Binary, g_1: Binary, g_2: Binary) -> Array:
        check_floats("BroadcastMap", x1=x1, x2=x2)
        try:
            shape = np.broadcast_shapes(x1.shape, x2.shape)
        except ValueError:
            raise ValueError(f"BroadcastMap needs shapes that broadcast, got x1 {x1.shape} and x2 {x2.shape}") from None
        context.update(x1=x1, x2=x2, g_1=g_1, g_2=g_2, shape=shape)
        # a copy, because g may return an operand, a view of one, or an array of its own
        y = np.array(g(x1, x2), subok=True)
        if y.shape != shape:
            raise ValueError(f"BroadcastMap needs g to return the common shape {shape}, got {y.shape}")
        check_dtype_kept("BroadcastMap", "g", y, x1.dtype)
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        x1, x2 = context["x1"], context["x2"]
        check_cotangent("BroadcastMap", y_bar, context["shape"], x1.dtype)
        gradients = []
        for name, x in (("g_1", x1), ("g_2", x2)):
            slope = context[name](x1, x2)
            if not _broadcasts(np.shape(slope), y_bar.shape):
                raise ValueError(
                    f"BroadcastMap needs {name} to broadcast to {y_bar.shape}, got shape {np.shape(slope)}"
                )
            term = np.asanyarray(y_bar * slope)
            check_dtype_kept("BroadcastMap", name, term, y_bar.dtype)
            # x̄1 = Σ over the copies of each entry of ȳ ∂g/∂x1, x̄2 alike
            gradients.append(sum_to_shape(term, x.shape))
        return gradients[0], gradients[1]


def sum_to_shape(y_bar: Array, shape: tuple[int, ...]) -> Array:
    """Sum `y_bar` over the axes along which an array of `shape` was repeated; returns a new array of `shape`.

    Raises ValueError if `shape` does not broadcast to that of `y_bar`.

    >>> import numpy as np
    >>> sum_to_shape(np.ones((4, 2, 3)), (2, 1))
    array([[12.],
           [12.]])
    """
    if not _broadcasts(shape, y_bar.shape):
        raise ValueError(f"sum_to_shape needs a shape that broadcasts to {y_bar.shape}, got {shape}")
    missing = y_bar.ndim - len(shape)
    # an axis of size 1 on both sides is summed too: the sum of one entry is that entry
    axes = (*range(missing), *(missing + axis for axis, side in enumerate(shape) if side == 1))
    x_bar: Array = np.asanyarray(y_bar.sum(axis=axes, keepdims=True)).reshape(shape)
    return x_bar


def _broadcasts(shape: tuple[int, ...], full: tuple[int, ...]) -> bool:
    missing = len(full) - len(shape)
    return missing >= 0 and all(side in (1, other) for side, other in zip(shape, full[missing:], strict=True))
