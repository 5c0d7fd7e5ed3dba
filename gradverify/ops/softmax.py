"""Ops on rows of logits: their probabilities, the logarithms of these, and the loss of the right class."""

from __future__ import annotations

import numpy as np

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank, indices_below


class Softmax:
    """The probabilities of every row of logits: y_ij = exp x_ij / Σ_q exp x_iq.

    Shapes: x (m, n) with n > 0, y (m, n). Dtypes: one floating-point dtype throughout. The context holds x by reference.
    Errors: ValueError for another rank, for rows without entries and for a cotangent of another shape; TypeError for
    other dtypes.
    Source: the largest entry of the row is taken off first, which changes nothing but keeps exp from overflowing.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        _check_logits("Softmax", x)
        context["x"] = x
        return _probabilities(x)

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("Softmax", y_bar, x.shape, x.dtype)
        # x̄_ij = y_ij (ȳ_ij − Σ_l ȳ_il y_il)
        y = _probabilities(x)
        x_bar: Array = y_bar - (y_bar * y).sum(axis=1, keepdims=True)
        x_bar *= y
        return x_bar


class LogSoftmax:
    """The logarithms of the probabilities of every row of logits: y_ij = x_ij − log Σ_q exp x_iq.

    Shapes: x (m, n) with n > 0, y (m, n). Dtypes: one floating-point dtype throughout. The context holds x by reference.
    Errors: ValueError for another rank, for rows without entries and for a cotangent of another shape; TypeError for
    other dtypes.
    Source: log of `Softmax`, without a logarithm of what has underflowed to 0.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        _check_logits("LogSoftmax", x)
        context["x"] = x
        y = _shifted(x)
        y -= np.log(np.exp(y).sum(axis=1, keepdims=True))
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x = context["x"]
        check_cotangent("LogSoftmax", y_bar, x.shape, x.dtype)
        # x̄_ij = ȳ_ij − p_ij Σ_l ȳ_il
        p = _probabilities(x)
        p *= y_bar.sum(axis=1, keepdims=True)
        x_bar: Array = y_bar - p
        return x_bar


class CrossEntropy:
    """The loss of every row of logits whose right class is t_i: y_i = log Σ_q exp x_iq − x_{i, t_i}, with t = `targets`.

    Shapes: x (m, n) with n > 0, targets (m,), y (m,). Dtypes: one floating-point dtype throughout; integers for the
    targets, from 0 to n − 1. The context holds x by reference and a copy of the targets. The usual mean over the rows
    is the cotangent 1/m.
    Errors: ValueError for another rank, for rows without entries, for targets of another shape, and for a cotangent of
    another shape; IndexError for a target out of range; TypeError for other dtypes.
    Source: −log of the probability that `Softmax` gives to the right class.
    """

    @staticmethod
    def forward(context: Context, x: Array, *, targets: Array) -> Array:
        _check_logits("CrossEntropy", x)
        targets = indices_below("CrossEntropy", targets, (x.shape[0],), x.shape[1])
        context["x"], context["targets"] = x, targets
        z = _shifted(x)
        of_targets = z[np.arange(x.shape[0]), targets]
        y: Array = np.log(np.exp(z).sum(axis=1)) - of_targets
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x, targets = context["x"], context["targets"]
        check_cotangent("CrossEntropy", y_bar, x.shape[:1], x.dtype)
        # x̄_ij = ȳ_i (p_ij − δ_{j, t_i})
        x_bar = _probabilities(x)
        x_bar[np.arange(x.shape[0]), targets] -= 1
        x_bar *= y_bar[:, np.newaxis]
        return x_bar


def _check_logits(op: str, x: Array) -> None:
    check_floats(op, x=x)
    check_rank(op, 2, x=x)
    if x.shape[1] == 0:
        raise ValueError(f"{op} needs rows with entries, got shape {x.shape}")


def _shifted(x: Array) -> Array:
    """A new array: every row of x less its largest entry, so that exp of it is at most 1, and 1 somewhere."""
    shifted: Array = x - x.max(axis=1, keepdims=True)
    return shifted


def _probabilities(x: Array) -> Array:
    p: Array = np.exp(_shifted(x))
    p /= p.sum(axis=1, keepdims=True)
    return p
