"""Ops with kinks: each right op with its choice at the kink, then NaN, doubled, lost and misplaced cotangents there."""

import numpy as np


class Abs:
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return np.abs(x)

    @staticmethod
    def backward(context, go):
        return go * np.sign(context["x"])


class AbsByQuotient(Abs):
    """NaN at 0."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return go * x / np.abs(x)


class AbsTwiceAtZero(Abs):
    """(x >= 0) + (x <= 0) is 2 at 0."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return go * np.where(x == 0, 2, np.sign(x))


class ReLULeft:
    """relu'(0) = 1: a valid choice."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return np.maximum(x, 0)

    @staticmethod
    def backward(context, go):
        return go * (context["x"] >= 0)


class ReLUByQuotient(ReLULeft):
    """y / x: NaN at 0."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return go * (np.maximum(x, 0) / x)


class ReLUMinusOneAtZero(ReLULeft):
    """The sign, clipped on the wrong side: -1 at 0."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return go * np.where(x > 0, 1, np.where(x < 0, 0, -1))


class ReLU6:
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return np.minimum(np.maximum(x, 0), 6)

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return go * ((x > 0) & (x < 6))


class ReLU6Unbounded(ReLU6):
    """Wrong only above 6."""

    @staticmethod
    def backward(context, go):
        return go * (context["x"] > 0)


class Maximum:
    """A tie is shared in halves."""

    @staticmethod
    def forward(context, a, b):
        context["a"], context["b"] = a, b
        return np.maximum(a, b)

    @staticmethod
    def backward(context, go):
        a, b = context["a"], context["b"]
        to_a = np.where(a == b, go / 2, np.where(a > b, go, 0))
        return to_a, go - to_a


class MaximumToTheFirst(Maximum):
    """A tie goes to a: as valid."""

    @staticmethod
    def backward(context, go):
        to_a = np.where(context["a"] >= context["b"], go, 0)
        return to_a, go - to_a


class MaximumTieDoubled(Maximum):
    @staticmethod
    def backward(context, go):
        a, b = context["a"], context["b"]
        return go * (a >= b), go * (b >= a)


class MaximumTieLost(Maximum):
    @staticmethod
    def backward(context, go):
        a, b = context["a"], context["b"]
        return go * (a > b), go * (b > a)


class RowMax:
    """A tie goes to the first."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x.max(axis=1)

    @staticmethod
    def backward(context, go):
        x = context["x"]
        grad = np.zeros_like(x)
        grad[np.arange(len(x)), x.argmax(axis=1)] = go
        return grad


class RowMaxShared(RowMax):
    """A tie is shared evenly."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        mask = (x == x.max(axis=1, keepdims=True)).astype(x.dtype)
        return go[:, None] * mask / mask.sum(axis=1, keepdims=True)


class RowMaxTieDoubled(RowMax):
    @staticmethod
    def backward(context, go):
        x = context["x"]
        return go[:, None] * (x == x.max(axis=1, keepdims=True))


class RowMaxTieLost(RowMax):
    @staticmethod
    def backward(context, go):
        x = context["x"]
        mask = x == x.max(axis=1, keepdims=True)
        return go[:, None] * (mask & (mask.sum(axis=1, keepdims=True) == 1))


class RowMaxBetweenTies(RowMax):
    """From the first to the last of the largest, with what lies between."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        n = x.shape[1]
        first = x.argmax(axis=1)[:, None]
        last = n - 1 - x[:, ::-1].argmax(axis=1)[:, None]
        inside = (np.arange(n) >= first) & (np.arange(n) <= last)
        return go[:, None] * inside / inside.sum(axis=1, keepdims=True).astype(x.dtype)


class RowMaxOfMagnitude(RowMax):
    """Finds the largest |x|: wrong where that is negative."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        grad = np.zeros_like(x)
        grad[np.arange(len(x)), np.abs(x).argmax(axis=1)] = go
        return grad


class RowMaxByValue(RowMax):
    """A dictionary from values to columns, filled over all rows: a value in two rows is found in the last one."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        grad = np.zeros_like(x)
        column = {value: k for row in x.tolist() for k, value in enumerate(row)}
        for i, largest in enumerate(x.max(axis=1).tolist()):
            grad[i, column[largest]] = go[i]
        return grad


class RowMinimum:
    """By the last of the smallest."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x.min(axis=1, keepdims=True)

    @staticmethod
    def backward(context, go):
        x = context["x"]
        grad = np.zeros_like(x)
        grad[np.arange(len(x)), x.shape[1] - 1 - x[:, ::-1].argmin(axis=1)] = go[:, 0]
        return grad


class RowMinimumTieDoubled(RowMinimum):
    @staticmethod
    def backward(context, go):
        x = context["x"]
        return np.where(x == x.min(axis=1, keepdims=True), go, 0)


class Clip:
    """To [-1, 1]; at a bound the cotangent passes."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return np.clip(x, -1, 1)

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return go * ((x >= -1) & (x <= 1))


class ClipStrict(Clip):
    """At a bound nothing passes: as valid."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return go * ((x > -1) & (x < 1))


class ClipDoubledAtTheBound(Clip):
    """(x >= -1) + (x <= 1) - 1, and once more at the upper bound."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return go * ((x >= -1).astype(go.dtype) + (x < 1) + 2 * (x == 1) - 1)


class ClipNaNAtTheBound(Clip):
    @staticmethod
    def backward(context, go):
        x = context["x"]
        return go * ((x + 1) / np.abs(x + 1) + (1 - x) / np.abs(1 - x)) / 2


class ClipOneSided(Clip):
    """Forgets the lower bound."""

    @staticmethod
    def backward(context, go):
        return go * (context["x"] <= 1)


class SortRows:
    @staticmethod
    def forward(context, x):
        context["order"] = np.argsort(x, axis=1, kind="stable")
        return np.sort(x, axis=1)

    @staticmethod
    def backward(context, go):
        grad = np.empty_like(go, order="C")
        np.put_along_axis(grad, context["order"], go, axis=1)
        return grad


class SortRowsByRank(SortRows):
    """Looks every entry up in the sorted row: equal ones find the same place."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return np.sort(x, axis=1)

    @staticmethod
    def backward(context, go):
        x = context["x"]
        grad = np.empty_like(go, order="C")
        for i, row in enumerate(x):
            grad[i] = go[i][np.searchsorted(np.sort(row), row)]
        return grad


class SortRowsInverse(SortRows):
    """Gathers where it should scatter: right for permutations that are their own inverse."""

    @staticmethod
    def backward(context, go):
        return np.take_along_axis(go, context["order"], axis=1)


class Huber:
    """|x| beyond 1, a parabola within."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return np.where(np.abs(x) <= 1, x * x / 2, np.abs(x) - 0.5)

    @staticmethod
    def backward(context, go):
        return go * np.clip(context["x"], -1, 1)


class HuberParabolaOnly(Huber):
    """Right within [-1, 1]."""

    @staticmethod
    def backward(context, go):
        return go * context["x"]


class HuberPositiveTail(Huber):
    """+1 beyond -1: wrong for x < -1."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return go * np.where(np.abs(x) <= 1, x, 1)


class Cube:
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x * x * x

    @staticmethod
    def backward(context, go):
        return 3 * go * context["x"] ** 2


class CubeByQuotient(Cube):
    """3y / x: NaN at 0."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return 3 * go * (x * x * x) / x


class CubeByLogarithm(Cube):
    """exp(2 log x): NaN for x < 0."""

    @staticmethod
    def backward(context, go):
        return 3 * go * np.exp(2 * np.log(context["x"]))


class SoftSign:
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x / (1 + np.abs(x))

    @staticmethod
    def backward(context, go):
        return go / (1 + np.abs(context["x"])) ** 2


class SoftSignWithoutMagnitude(SoftSign):
    """Wrong for x < 0."""

    @staticmethod
    def backward(context, go):
        return go / (1 + context["x"]) ** 2


class ELU:
    @staticmethod
    def forward(context, x, alpha=1.0):
        context["x"], context["alpha"] = x, alpha
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return np.where(x > 0, go, go * context["alpha"] * np.exp(np.minimum(x, 0)))


class ELUByOutput(ELU):
    """y + 1 for y + alpha: right for alpha = 1."""

    @staticmethod
    def forward(context, x, alpha=1.0):
        context["y"] = y = ELU.forward({}, x, alpha)
        return y.copy()

    @staticmethod
    def backward(context, go):
        y = context["y"]
        return np.where(y > 0, go, go * (y + 1))


class MaxPool:
    """Pairs of columns, an odd one left over; a tie goes to the left."""

    @staticmethod
    def forward(context, x):
        k = x.shape[1] // 2
        context["shape"] = x.shape
        left, right = x[:, : 2 * k : 2], x[:, 1 : 2 * k : 2]
        context["left"] = left >= right
        return np.maximum(left, right)

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], go.dtype)
        k = go.shape[1]
        grad[:, : 2 * k : 2] = np.where(context["left"], go, 0)
        grad[:, 1 : 2 * k : 2] = np.where(context["left"], 0, go)
        return grad


class MaxPoolTieDoubled(MaxPool):
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return MaxPool.forward(context, x)

    @staticmethod
    def backward(context, go):
        y = np.repeat(MaxPool.forward({}, context["x"]), 2, axis=1)
        grad = np.zeros(context["shape"], go.dtype)
        k = y.shape[1]
        grad[:, :k] = np.repeat(go, 2, axis=1) * (context["x"][:, :k] == y)
        return grad


class MaxPoolEvenOnly(MaxPool):
    """The gradient ends with the last whole pair: fits rows of even length."""

    @staticmethod
    def backward(context, go):
        return np.stack([np.where(context["left"], go, 0), np.where(context["left"], 0, go)], axis=2).reshape(
            go.shape[0], 2 * go.shape[1]
        )
