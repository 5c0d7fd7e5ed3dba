"""Softmax, its logarithm and the loss, with mistakes in their backwards."""

import numpy as np

from gradverify.ops import CrossEntropy, LogSoftmax, Softmax


def probabilities(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class TheDiagonalOfTheJacobian(Softmax):
    @staticmethod
    def backward(context, y_bar):
        y = probabilities(context["x"])
        return y_bar * y * (1 - y)


class WithoutTheSumOfTheCotangents(LogSoftmax):
    @staticmethod
    def backward(context, y_bar):
        return y_bar - probabilities(context["x"])


class WithoutTheCotangent(CrossEntropy):
    @staticmethod
    def backward(context, y_bar):
        return CrossEntropy.backward(context, np.ones_like(y_bar))


WRONG = [
    (
        "softmax",
        "TheDiagonalOfTheJacobian",
        r"in place of the term y_ij \(ȳ_ij − Σ_l ȳ_il y_il\): that term is not summed",
    ),
    ("log_softmax", "WithoutTheSumOfTheCotangents", r"a term without the cotangent ȳ"),
    ("cross_entropy", "WithoutTheCotangent", r"is not linear in the cotangent|cotangent does not enter"),
]
