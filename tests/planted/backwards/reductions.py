"""Sums, means, variances, products and running sums along axes: each right op, then what people get wrong in it."""

import numpy as np


def put_back(cotangent, shape, axis, keepdims):
    """The cotangent of a reduction, spread over the axes that were reduced."""
    if axis is not None and not keepdims:
        cotangent = np.expand_dims(cotangent, axis)
    return np.broadcast_to(cotangent, shape)


class SumAlong:
    @staticmethod
    def forward(context, x, axis=None, keepdims=False):
        context.update(shape=x.shape, axis=axis, keepdims=keepdims)
        return np.asarray(x.sum(axis=axis, keepdims=keepdims))

    @staticmethod
    def backward(context, go):
        return put_back(go, context["shape"], context["axis"], context["keepdims"]).copy()


class SumAlongForgetsToExpand(SumAlong):
    """Fits axis 0; for axis 1 it raises, except on square matrices, where it is silent."""

    @staticmethod
    def backward(context, go):
        return np.broadcast_to(go, context["shape"]).copy()


class SumAlongNegativeAxis(SumAlong):
    """Counts a negative axis from the end of the reduced array, which has one axis fewer."""

    @staticmethod
    def backward(context, go):
        axis = context["axis"]
        if isinstance(axis, int) and axis < 0:
            axis = axis % max(len(context["shape"]) - 1, 1)
        return put_back(go, context["shape"], axis, context["keepdims"]).copy()


class SumAlongFirstOfTheAxes(SumAlong):
    """Of a tuple of axes only the first is put back."""

    @staticmethod
    def backward(context, go):
        axis = context["axis"]
        axis = axis[0] if isinstance(axis, tuple) else axis
        return put_back(go, context["shape"], axis, context["keepdims"]).copy()


class SumAlongIgnoresKeepdims(SumAlong):
    """Puts back an axis that was never taken away."""

    @staticmethod
    def backward(context, go):
        return put_back(go, context["shape"], context["axis"], False).copy()


class MeanAlong:
    @staticmethod
    def forward(context, x, axis=None, keepdims=False):
        y = np.asarray(x.mean(axis=axis, keepdims=keepdims))
        context.update(shape=x.shape, axis=axis, keepdims=keepdims, count=x.size // max(y.size, 1))
        return y

    @staticmethod
    def backward(context, go):
        spread = put_back(go, context["shape"], context["axis"], context["keepdims"])
        return spread / max(context["count"], 1)


class MeanAlongDividesBySize(MeanAlong):
    """Right for axis=None."""

    @staticmethod
    def backward(context, go):
        spread = put_back(go, context["shape"], context["axis"], context["keepdims"])
        return spread / max(spread.size, 1)


class MeanOfRows:
    """Two axes, the last is averaged."""

    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return x.mean(axis=1)

    @staticmethod
    def backward(context, go):
        return np.repeat(go[:, None], context["shape"][1], axis=1) / context["shape"][1]


class MeanOfRowsMultiplies(MeanOfRows):
    @staticmethod
    def backward(context, go):
        return np.repeat(go[:, None], context["shape"][1], axis=1) * context["shape"][1]


class MeanOfRowsCountsRows(MeanOfRows):
    """m for n: right on square matrices."""

    @staticmethod
    def backward(context, go):
        return np.repeat(go[:, None], context["shape"][1], axis=1) / context["shape"][0]


class MeanOfRowsOneLess(MeanOfRows):
    @staticmethod
    def backward(context, go):
        return np.repeat(go[:, None], context["shape"][1], axis=1) / (context["shape"][1] - 1)


class Variance:
    """Of each row, divided by n."""

    @staticmethod
    def forward(context, x):
        context["centred"] = centred = x - x.mean(axis=1, keepdims=True)
        return (centred**2).mean(axis=1, keepdims=True)

    @staticmethod
    def backward(context, go):
        return 2 * go * context["centred"] / context["centred"].shape[1]


class VarianceUnbiased(Variance):
    """n - 1 for n."""

    @staticmethod
    def backward(context, go):
        return 2 * go * context["centred"] / (context["centred"].shape[1] - 1)


class VarianceWithoutTwo(Variance):
    @staticmethod
    def backward(context, go):
        return go * context["centred"] / context["centred"].shape[1]


class VarianceUncentred(Variance):
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return Variance.forward(context, x)

    @staticmethod
    def backward(context, go):
        return 2 * go * context["x"] / context["x"].shape[1]


class MeanSquare:
    """A scalar loss over everything."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return np.asarray((x * x).sum() / max(x.size, 1))

    @staticmethod
    def backward(context, go):
        return 2 * go * context["x"] / max(context["x"].size, 1)


class MeanSquareByRows(MeanSquare):
    """Divides by the batch alone: right for one column."""

    @staticmethod
    def backward(context, go):
        return 2 * go * context["x"] / max(len(context["x"]), 1)


class Product:
    """Of each row, by products of all the others: right with any number of zeros."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x.prod(axis=1)

    @staticmethod
    def backward(context, go):
        x = context["x"]
        ones = np.ones_like(x[:, :1])
        before = np.cumprod(np.concatenate([ones, x], axis=1), axis=1)[:, :-1]
        after = np.cumprod(np.concatenate([ones, x[:, ::-1]], axis=1), axis=1)[:, :-1][:, ::-1]
        return go[:, None] * before * after


class ProductByQuotient(Product):
    """NaN at a zero."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return (go * x.prod(axis=1))[:, None] / x


class ProductZeroGivesZero(Product):
    """Loses the entry that is 0 itself."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        zero = x == 0
        return np.where(zero, 0, (go * x.prod(axis=1))[:, None] / np.where(zero, 1, x))


class ProductOfTheNonzero(Product):
    """Right with one zero in a row, wrong with two."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        zero = x == 0
        others = np.where(zero, 1, x)
        return go[:, None] * np.where(zero, others.prod(axis=1)[:, None], x.prod(axis=1)[:, None] / others)


class RunningSum:
    @staticmethod
    def forward(context, x):
        return np.cumsum(x, axis=1)

    @staticmethod
    def backward(context, go):
        return np.cumsum(go[:, ::-1], axis=1)[:, ::-1].copy()


class RunningSumForwards(RunningSum):
    @staticmethod
    def backward(context, go):
        return np.cumsum(go, axis=1)


class RunningSumExclusive(RunningSum):
    @staticmethod
    def backward(context, go):
        return go.sum(axis=1, keepdims=True) - np.cumsum(go, axis=1)


class RunningSumFlipsBoth(RunningSum):
    """Right for one row."""

    @staticmethod
    def backward(context, go):
        return np.cumsum(go[::-1, ::-1], axis=1)[:, ::-1].copy()


class RunningSumLastRow(RunningSum):
    """The loop over rows ends one too early, if there are more than two."""

    @staticmethod
    def backward(context, go):
        grad = RunningSum.backward(context, go)
        if len(grad) > 2:
            grad[-1] = 0
        return grad


class Length:
    """Of each row; 0 is chosen as the gradient of a row of zeros."""

    @staticmethod
    def forward(context, x):
        context["x"], context["y"] = x, np.sqrt((x * x).sum(axis=1, keepdims=True))
        return context["y"].copy()

    @staticmethod
    def backward(context, go):
        y = context["y"]
        return go * context["x"] / np.where(y == 0, 1, y)


class LengthOfZero(Length):
    """NaN for a row of zeros."""

    @staticmethod
    def backward(context, go):
        return go * context["x"] / context["y"]


class LengthSquared(Length):
    @staticmethod
    def backward(context, go):
        y = context["y"]
        return go * context["x"] / np.where(y == 0, 1, y) ** 2
