"""Convolution and pooling with a mistake in their backwards."""

import numpy as np

from gradverify.ops import Conv2d, MaxPool


class OverlapsOverwrite(MaxPool):
    """Right as long as no entry wins two windows."""

    @staticmethod
    def backward(context, y_bar):
        x_bar = np.zeros(context["shape"], context["dtype"])
        x_bar.reshape(-1)[context["winners"]] = y_bar
        return x_bar


class FilterDividedByTheBatch(Conv2d):
    """Right for a batch of one image."""

    @staticmethod
    def backward(context, y_bar):
        x_bar, W_bar = Conv2d.backward(context, y_bar)
        return x_bar, W_bar / len(y_bar)


WRONG = [
    ("maxpool", "OverlapsOverwrite", r"keeps only the last of several contributions"),
    ("conv2d", "FilterDividedByTheBatch", r"x.shape\[0\]⁻¹ times the true one"),
]
