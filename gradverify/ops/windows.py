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
        # y_ofkl = Σ_ctz W_fctz window_ockltz
        y: Array = (_filters(W) @ _columns(windows)).reshape(context["shape"])
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> tuple[Array, Array]:
        padded, W, stride, padding = context["padded"], context["W"], context["stride"], context["padding"]
        check_cotangent("Conv2d", y_bar, context["shape"], padded.dtype)
        (b, f, p, q), (_, c, r, s) = y_bar.shape, W.shape
        rows = y_bar.reshape(b, f, p * q)
        # W̄_fctz = Σ_okl ȳ_ofkl window_ockltz
        columns = _columns(_windows("Conv2d", padded, (r, s), stride))
        W_bar = (rows @ columns.transpose(0, 2, 1)).sum(axis=0).reshape(W.shape)
        # Every entry of a window hands Σ_f ȳ_ofkl W_fctz back to where it came from; windows overlap, so these add up.
        shares = (_filters(W).T @ rows).reshape(b, c, r, s, p, q)
        padded_bar = np.zeros_like(padded)
        for t, z in np.ndindex(r, s):
            last_row, last_column = t + (p - 1) * stride, z + (q - 1) * stride
            padded_bar[:, :, t : last_row + 1 : stride, z : last_column + 1 : stride] += shares[:, :, t, z]
        x_bar = padded_bar[:, :, padding : padded.shape[2] - padding, padding : padded.shape[3] - padding]
        return x_bar.copy(), W_bar


class MaxPool:
    """The largest entry of every window, of equal ones the first, row by row: y_ockl = max_tz x_{o, c, k·stride+t−padding, …}.

    Shapes: x b-by-c-by-h-by-w, y b-by-c-by-p-by-q with p = (h + 2 padding − side) // stride + 1, and q likewise. The
    padding never wins, not even against −∞. The context holds where in x each entry of y came from, and the shape and dtype
    of x.
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
        place = windows.reshape(*windows.shape[:4], side * side).argmax(axis=4)
        o, c, down, across = np.indices(place.shape, sparse=True)
        # A window of −∞ alone begins with padding if it reaches beyond the edge; the first of its entries is at the edge.
        row = np.maximum(down * stride + place // side - padding, 0)
        column = np.maximum(across * stride + place % side - padding, 0)
        winners = np.ravel_multi_index((o, c, row, column), x.shape)
        context["winners"], context["overlap"] = winners, stride < side
        context["shape"], context["dtype"] = x.shape, x.dtype
        y: Array = x.reshape(-1)[winners]
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        winners, shape = context["winners"], context["shape"]
        check_cotangent("MaxPool", y_bar, winners.shape, context["dtype"])
        x_bar = np.zeros(math.prod(shape), context["dtype"])
        # ȳ_ockl goes back to the entry that won window k, l; an entry that won several gets the sum
        if context["overlap"]:
            np.add.at(x_bar, winners.reshape(-1), y_bar.reshape(-1))
        else:
            x_bar[winners] = y_bar
        return x_bar.reshape(shape)


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


def _columns(windows: Array) -> Array:
    """Every window as a column, for a product of matrices: b-by-c·r·s-by-p·q."""
    b, c, p, q, r, s = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(b, c * r * s, p * q)


def _filters(W: Array) -> Array:
    """Every filter as a row."""
    return W.reshape(len(W), math.prod(W.shape[1:]))
