"""Arithmetic entry by entry, with mistakes in the backwards."""

import numpy as np

from gradverify.ops import Add, Identity, Multiply, Power, Sub


class TheSecondForgotten(Add):
    @staticmethod
    def backward(context, y_bar):
        return y_bar.copy(), np.zeros_like(y_bar)


class BothPositive(Sub):
    @staticmethod
    def backward(context, y_bar):
        return y_bar.copy(), y_bar.copy()


class FactorsExchanged(Multiply):
    @staticmethod
    def backward(context, y_bar):
        return y_bar * context["x1"], y_bar * context["x2"]


class ExponentNotLowered(Power):
    @staticmethod
    def backward(context, y_bar):
        x, a = context["x"], context["a"]
        _, a_bar = Power.backward(context, y_bar)
        return y_bar * a * x**a, a_bar


class WithoutTheLogarithm(Power):
    @staticmethod
    def backward(context, y_bar):
        x, a = context["x"], context["a"]
        x_bar, _ = Power.backward(context, y_bar)
        return x_bar, y_bar * x**a


class AlwaysOne(Identity):
    @staticmethod
    def backward(context, y_bar):
        return np.ones_like(y_bar)


WRONG = [
    ("add", "TheSecondForgotten", r"gradient of x2 lacks the term ȳ_ij: its coefficient is 0"),
    ("sub", "BothPositive", r"gradient of x2 has the term −ȳ_ij with the wrong sign"),
    ("multiply", "FactorsExchanged", r"gradient of x1 is the true one of x2: the two are swapped"),
    ("power", "ExponentNotLowered", r"gradient of x .*: that term has x_ij to the power 0, and must have it to −1"),
    (
        "power",
        "WithoutTheLogarithm",
        r"gradient of a .*: that term has log\(x_ij\) to the power 0, and must have it to 1",
    ),
    ("identity", "AlwaysOne", r"gradient of x ignores the cotangent"),
]
