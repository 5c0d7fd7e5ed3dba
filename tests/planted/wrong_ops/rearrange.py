"""The same entries elsewhere, with a mistake in the backward; right for square matrices, or one row, where that hides it."""

import numpy as np

from gradverify.ops import Concatenate, Flatten, Permute, Squeeze, StridedSlice, Transpose, Unsqueeze


class ByColumns(Flatten):
    @staticmethod
    def backward(context, y_bar):
        m, n = context["shape"]
        return y_bar.reshape(n, m).T.copy()


class DerivativeOnly(Permute):
    """The derivative of every entry, and not times the cotangent: right where that is all ones."""

    @staticmethod
    def backward(context, y_bar):
        return np.ones_like(y_bar)


class Twice(Transpose):
    @staticmethod
    def backward(context, y_bar):
        return 2 * y_bar.T


class FromTheTop(StridedSlice):
    """Right where the start is 0."""

    @staticmethod
    def backward(context, y_bar):
        x_bar = np.zeros(context["shape"], context["dtype"])
        x_bar[:: context["step"]][: len(y_bar)] = y_bar
        return x_bar


class Swapped(Concatenate):
    """Wrong wherever the two have different sides; for equal ones the halves are exchanged."""

    @staticmethod
    def backward(context, y_bar):
        first, second = Concatenate.backward(context, y_bar)
        return (second, first) if first.shape == second.shape else (first, second)


class Negated(Squeeze):
    @staticmethod
    def backward(context, y_bar):
        return -Squeeze.backward(context, y_bar)


class Halved(Unsqueeze):
    @staticmethod
    def backward(context, y_bar):
        return Unsqueeze.backward(context, y_bar) / 2


WRONG = [
    ("reshape", "ByColumns", r"reshaped column by column"),
    ("permute", "DerivativeOnly", r"cotangent"),
    ("transpose", "Twice", r"\b2\b"),
    ("strided_slice", "FromTheTop", r"start"),
    ("concatenate", "Swapped", r"entries of the cotangent from the wrong places"),
    ("squeeze", "Negated", r"sign|−1|-1"),
    ("unsqueeze", "Halved", r"1/2"),
]
