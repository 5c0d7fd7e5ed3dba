"""GELU with a mistake in its backward."""

import math

import numpy as np

from gradverify.ops import GELU

C, D = math.sqrt(2 / math.pi), 0.044715


def tanh_of(x):
    return np.tanh(C * x * (1 + D * x * x))


class TheStepAlone(GELU):
    """The product rule without its second half."""

    @staticmethod
    def backward(context, y_bar):
        return y_bar * (1 + tanh_of(context["x"])) / 2


WRONG = [("gelu", "TheStepAlone", r"gradient of x is ȳ·y/x")]
