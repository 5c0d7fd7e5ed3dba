"""Ops on the windows of images: convolution and the largest entry of every window.

Windows begin every `stride` rows and columns of an image that is padded by `padding` on all four sides; what the stride
does not reach is left out. Dtypes: one floating-point dtype throughout.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, integer, integer_size


class Conv2d:
    """Convolution as in neural networks, filters not turned: y_ofkl = Σ_ctz x_{o, c, k·stride+t−padding, …} W_fctz.

    Shapes: x b-by-c-by-h-by-w, W f-by-c-by-r-by-s, y b-by-f-by-p-by-q with p = (h + 2 padding − r) // stride + 1, and q
    likewise. Outside of the image x counts as 0. The context holds the padded x and W by reference.
    Errors: ValueError for another rank, for different numbers of channels, a window larger than the padded image or
    without entries, a stride below 1, a negative padding, and a cotangent of another shape; TypeError for other dtypes.
    Source: every entry of a window is one product; windows overlap, so an entry of x collects from all that cover it.
    """

    @staticmethod
    def forward(context: Context, x: Array, W: Array, *, stride: int = 1, padding: int = 0) -> Array:
        check_floats("Conv2d", x=x, W=W)
        if x.ndim != 4 or W.ndim != 4 or x.shape[1] != W.shape[1]:
            raise ValueError(f"Conv2d needs x b-by-c-by-h-by-w and W f-by-c-by-r-by-s, got x {x.shape} and W {W.shape}")
        stride, padding = _steps("Conv2d", stride, padding)
        padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
        windows = _windows("Conv2d", padded, W.shape[2:], stride)
        context["padded"], context["W"], context["stride"], context["padding"] = padded, W, stride, padding
        context["shape"] = (x.shape[0], W.shape[0], *windows.shape[2:4])
        # y_ofkl = Σ_ctz window_ockltz W_fctz
        y: Array = np.ascontiguousarray(np.tensordot(windows, W, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2))
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        padded, W, stride, padding = context["padded"], context["W"], context["stride"], context["padding"]
        check_cotangent("Conv2d", y_bar, context["shape"], padded.dtype)
        windows = _windows("Conv2d", padded, W.shape[2:], stride)
        # W̄_fctz = Σ_okl ȳ_ofkl window_ockltz
        W_bar = np.tensordot(y_bar, windows, axes=([0, 2, 3], [0, 2, 3]))
        # Every entry of a window hands Σ_f ȳ_ofkl W_fctz back to where it came from; windows overlap, so these add up.
        shares = np.tensordot(y_bar, W, axes=([1], [0]))
        padded_bar = np.zeros_like(padded)
        rows, columns = y_bar.shape[2] * stride, y_bar.shape[3] * stride
        for t in range(W.shape[2]):
            for z in range(W.shape[3]):
                places = padded_bar[:, :, t : t + rows : stride, z : z + columns : stride]
                places += shares[..., t, z].transpose(0, 3, 1, 2)[:, :, : places.shape[2], : places.shape[3]]
        x_bar = padded_bar[:, :, padding : padded.shape[2] - padding, padding : padded.shape[3] - padding]
        return x_bar.copy(), W_bar


class MaxPool:
    """The largest entry of every window, of equal ones the first, row by row: y_ockl = max_tz x_{o, c, k·stride+t−padding, …}.

    Shapes: x b-by-c-by-h-by-w, y b-by-c-by-p-by-q with p = (h + 2 padding − side) // stride + 1, and q likewise. The
    padding never wins. The context holds where in its window each entry of y came from, and the shape and dtype of x.
    Errors: ValueError for another rank, images without entries, a window larger than the padded image or without
    entries, a stride below 1, a padding that is negative or as large as the window, so that a window could lie in it, and
    a cotangent of another shape; TypeError for other dtypes.
    Source: an entry of y is one entry of x, and no other; windows overlap, so one entry of x may have won several.
    """

    @staticmethod
    def forward(context: Context, x: Array, *, side: int = 2, stride: int = 2, padding: int = 0) -> Array:
        check_floats("MaxPool", x=x)
        if x.ndim != 4 or 0 in x.shape[2:]:
            raise ValueError(f"MaxPool needs x b-by-c-by-h-by-w of images with entries, got x {x.shape}")
        stride, padding = _steps("MaxPool", stride, padding)
        side = integer_size("MaxPool", "side", side)
        if padding >= max(side, 1):
            raise ValueError(f"MaxPool needs a padding below the side of a window, {side}, got {padding}")
        around = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
        windows = _windows("MaxPool", np.pad(x, around, constant_values=-math.inf), (side, side), stride)
        flat = windows.reshape(*windows.shape[:4], side * side)
        largest = flat.argmax(axis=4)
        context["largest"], context["side"], context["stride"], context["padding"] = largest, side, stride, padding
        context["shape"], context["dtype"] = x.shape, x.dtype
        y: Array = np.take_along_axis(flat, largest[..., np.newaxis], axis=4)[..., 0]
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        largest, side, stride, padding = context["largest"], context["side"], context["stride"], context["padding"]
        check_cotangent("MaxPool", y_bar, largest.shape, context["dtype"])
        x_bar = np.zeros(context["shape"], context["dtype"])
        o, c, down, across = np.indices(largest.shape, sparse=True)
        rows = down * stride + largest // side - padding
        columns = across * stride + largest % side - padding
        # ȳ_ockl goes back to the entry that won window k, l; an entry that won several gets the sum
        np.add.at(x_bar, (o, c, rows, columns), y_bar)
        return x_bar


def _steps(op: str, stride: int, padding: int) -> tuple[int, int]:
    stride = integer(op, "stride", stride)
    if stride < 1:
        raise ValueError(f"{op} needs stride >= 1, got {stride}")
    return stride, integer_size(op, "padding", padding)


def _windows(op: str, padded: Array, sides: tuple[int, ...], stride: int) -> Array:
    """All windows of the images: b-by-c-by-p-by-q-by-r-by-s, a view."""
    if min(sides) < 1 or sides[0] > padded.shape[2] or sides[1] > padded.shape[3]:
        raise ValueError(
            f"{op} needs a window with entries that fits the padded image, got {sides} in {padded.shape[2:]}"
        )
    view: Array = sliding_window_view(padded, sides, axis=(2, 3))[:, :, ::stride, ::stride]
    return view
