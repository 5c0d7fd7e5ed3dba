"""Statistics of rows, and the sum of all entries, with mistakes in their backwards."""

import numpy as np

from gradverify.ops import LogSumExp, RowMean, RowVariance, Sum


class ASumForTheMean(RowMean):
    @staticmethod
    def backward(context, y_bar):
        return np.zeros(context["shape"], context["dtype"]) + y_bar


class DividedByTheRows(RowMean):
    @staticmethod
    def backward(context, y_bar):
        return np.zeros(context["shape"], context["dtype"]) + y_bar / context["shape"][0]


class WithoutTheTwo(RowVariance):
    @staticmethod
    def backward(context, y_bar):
        return context["centred"] * y_bar / context["centred"].shape[1]


class TheSampleVariance(RowVariance):
    @staticmethod
    def backward(context, y_bar):
        centred = context["centred"]
        return centred * (2 * y_bar / max(centred.shape[1] - 1, 1))


class CotangentForgotten(LogSumExp):
    @staticmethod
    def backward(context, y_bar):
        return context["p"].copy()


class AMeanForTheSum(Sum):
    @staticmethod
    def backward(context, y_bar):
        x_bar = Sum.backward(context, y_bar)
        return x_bar / max(x_bar.size, 1)


WRONG = [
    ("mean", "ASumForTheMean", r"x\.shape\[1\] times the true one: a factor of x\.shape\[1\]⁻¹ is missing"),
    ("mean", "DividedByTheRows", r"a factor of x\.shape\[0\]·x\.shape\[1\]⁻¹ is missing"),
    ("variance", "WithoutTheTwo", r"has the term 2 ȳ_i0 \(x_ij − μ_i\) / n with the coefficient 1/2"),
    ("variance", "TheSampleVariance", r"a factor of x\.shape\[1\]⁻¹·\(x\.shape\[1\] − 1\) is missing"),
    ("logsumexp", "CotangentForgotten", r"gradient of x ignores the cotangent"),
    ("sum", "AMeanForTheSum", r"a factor of x\.size is missing"),
]
