"""Arithmetic, statistics, power, GELU and sum with a mistake in their backwards."""

import numpy as np

from gradverify.ops import GELU, Add, Identity, LogSumExp, Multiply, Power, RowMean, RowVariance, Sub, Sum


class SignForgotten(Sub):
    @staticmethod
    def backward(context, y_bar):
        return y_bar.copy(), y_bar.copy()


class FactorsSwapped(Multiply):
    @staticmethod
    def backward(context, y_bar):
        return y_bar * context["x1"], y_bar * context["x2"]


class SecondForgotten(Add):
    @staticmethod
    def backward(context, y_bar):
        return y_bar.copy(), np.zeros_like(y_bar)


class DerivativeOnly(Identity):
    @staticmethod
    def backward(context, y_bar):
        return np.ones_like(y_bar)


class MeanNotDivided(RowMean):
    @staticmethod
    def backward(context, y_bar):
        return np.zeros(context["shape"], context["dtype"]) + y_bar


class VarianceHalved(RowVariance):
    @staticmethod
    def backward(context, y_bar):
        return context["centred"] * (y_bar / context["centred"].shape[1])


class WithoutTheWeights(LogSumExp):
    @staticmethod
    def backward(context, y_bar):
        return y_bar + np.zeros_like(context["p"])


class ExponentNotLowered(Power):
    @staticmethod
    def backward(context, y_bar):
        x, a = context["x"], context["a"]
        return y_bar * a * x**a, y_bar * x**a * np.log(x)


class WithoutTheSlope(GELU):
    @staticmethod
    def backward(context, y_bar):
        x = context["x"]
        return y_bar * (1 + np.tanh(np.sqrt(2 / np.pi) * x * (1 + 0.044715 * x * x))) / 2


class SumNegated(Sum):
    @staticmethod
    def backward(context, y_bar):
        return np.zeros(context["shape"], context["dtype"]) - y_bar


WRONG = [
    ("sub", "SignForgotten", r"ȳ_ij with the wrong sign"),
    ("multiply", "FactorsSwapped", r"the two are swapped"),
    ("add", "SecondForgotten", r"gradient of x2 lacks the term"),
    ("identity", "DerivativeOnly", r"ignores the cotangent"),
    ("mean", "MeanNotDivided", r"a factor of x.shape\[1\]⁻¹ is missing"),
    ("variance", "VarianceHalved", r"with the coefficient 1/2"),
    ("logsumexp", "WithoutTheWeights", r"in place of the term"),
    ("power", "ExponentNotLowered", r"x_ij to the power 0, and must have it to −1"),
    ("gelu", "WithoutTheSlope", r"gradient of x is ȳ·y/x"),
    ("sum", "SumNegated", r"with the wrong sign"),
]
