"""Inverse, solution and log-determinant with a mistake in their backwards: right for symmetric matrices, mostly."""

import numpy as np

from gradverify.ops import Inverse, LogDet, Solve


class NotTransposed(Inverse):
    @staticmethod
    def backward(context, y_bar):
        y = context["y"]
        return -(y @ y_bar @ y)


class WithoutTheMinus(Inverse):
    @staticmethod
    def backward(context, y_bar):
        y = context["y"]
        return y.T @ y_bar @ y.T


class SolvesTheSameEquations(Solve):
    @staticmethod
    def backward(context, y_bar):
        x, y = context["x"], context["y"]
        b_bar = np.linalg.solve(x, y_bar)
        return -(b_bar @ y.T), b_bar


class SignForgotten(Solve):
    @staticmethod
    def backward(context, y_bar):
        x, y = context["x"], context["y"]
        b_bar = np.linalg.solve(x.T, y_bar)
        return b_bar @ y.T, b_bar


class InverseAsItIs(LogDet):
    @staticmethod
    def backward(context, y_bar):
        return y_bar * np.linalg.inv(context["x"])


WRONG = [
    ("inverse", "NotTransposed", r"true one with x transposed"),
    ("inverse", "WithoutTheMinus", r"with the wrong sign"),
    ("solve", "SolvesTheSameEquations", r"gradient of b is the true one with x transposed"),
    ("solve", "SignForgotten", r"with the wrong sign"),
    ("logdet", "InverseAsItIs", r"gradient of x is the true one transposed"),
]
