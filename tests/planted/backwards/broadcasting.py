"""Operands of different shapes: each right op, then the sums over broadcast axes that people forget or misplace."""

import numpy as np


def unbroadcast(grad, shape):
    """Sum over the axes along which an operand of this shape was repeated."""
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))
    repeated = tuple(k for k, side in enumerate(shape) if side == 1)
    return grad.sum(axis=repeated, keepdims=True) if repeated else grad


class Scale:
    """a · b for any two shapes that fit."""

    @staticmethod
    def forward(context, a, b):
        context["a"], context["b"] = a, b
        return np.asarray(a * b)

    @staticmethod
    def backward(context, go):
        a, b = context["a"], context["b"]
        return unbroadcast(go * b, a.shape), unbroadcast(go * a, b.shape)


class ScaleForgetsEverySum(Scale):
    """Right for equal shapes."""

    @staticmethod
    def backward(context, go):
        return go * context["b"], go * context["a"]


class ScaleLeadingAxesOnly(Scale):
    """Right for equal shapes and for (n,)."""

    @staticmethod
    def backward(context, go):
        a, b = context["a"], context["b"]
        return tuple(
            grad.sum(axis=tuple(range(grad.ndim - operand.ndim))) for grad, operand in ((go * b, a), (go * a, b))
        )


class ScaleFirstAxisOnly(Scale):
    """Right for (1, n), not for (m, 1)."""

    @staticmethod
    def backward(context, go):
        a, b = context["a"], context["b"]
        return tuple(
            grad.sum(axis=0, keepdims=True) if operand.shape[0] == 1 else grad
            for grad, operand in ((go * b, a), (go * a, b))
        )


class ScaleOneSumIsEnough(Scale):
    """Of (1, 1) only one axis is summed."""

    @staticmethod
    def backward(context, go):
        def reduced(grad, shape):
            for axis, side in enumerate(shape):
                if side == 1:
                    return grad.sum(axis=axis, keepdims=True)
            return grad

        a, b = context["a"], context["b"]
        return reduced(go * b, a.shape), reduced(go * a, b.shape)


class ScaleAverages(Scale):
    """The mean over a broadcast axis for the sum."""

    @staticmethod
    def backward(context, go):
        def reduced(grad, shape):
            repeated = tuple(k for k, side in enumerate(shape) if side == 1)
            return grad.mean(axis=repeated, keepdims=True) if repeated else grad

        a, b = context["a"], context["b"]
        return reduced(go * b, a.shape), reduced(go * a, b.shape)


class ScaleSecondOnly(Scale):
    """Believes that only b is ever broadcast."""

    @staticmethod
    def backward(context, go):
        a, b = context["a"], context["b"]
        return go * b, unbroadcast(go * a, b.shape)


class ScaleTakesTheFirst(Scale):
    @staticmethod
    def backward(context, go):
        def reduced(grad, shape):
            return grad[tuple(slice(0, side) for side in shape)].copy()

        a, b = context["a"], context["b"]
        return reduced(go * b, a.shape), reduced(go * a, b.shape)


class Ratio:
    """a / b for any two shapes that fit."""

    @staticmethod
    def forward(context, a, b):
        context["a"], context["b"] = a, b
        return np.asarray(a / b)

    @staticmethod
    def backward(context, go):
        a, b = context["a"], context["b"]
        return unbroadcast(go / b, a.shape), unbroadcast(-go * a / b**2, b.shape)


class RatioSumsTooEarly(Ratio):
    """Sums the cotangent alone: right where nothing is broadcast."""

    @staticmethod
    def backward(context, go):
        a, b = context["a"], context["b"]
        late = -a / b**2
        return unbroadcast(go / b, a.shape), unbroadcast(go, b.shape) * unbroadcast(late, b.shape)


class AddBias:
    """x m-by-n plus a vector."""

    @staticmethod
    def forward(context, x, bias):
        context["shape"] = bias.shape
        return x + bias

    @staticmethod
    def backward(context, go):
        return go.copy(), unbroadcast(go, context["shape"]).copy()


class AddBiasForgetsTheSum(AddBias):
    @staticmethod
    def backward(context, go):
        return go.copy(), go.copy()


class AddBiasSearchesTheAxis(AddBias):
    """Finds the vector's axis by its length: wrong on square matrices."""

    @staticmethod
    def backward(context, go):
        axis = go.shape.index(context["shape"][0])
        return go.copy(), go.sum(axis=1 - axis)


class AddBiasKeepsTheAxis(AddBias):
    """(1, n) for (n,)."""

    @staticmethod
    def backward(context, go):
        return go.copy(), go.sum(axis=0, keepdims=True)


class AddBiasSingleRow(AddBias):
    """A shortcut for one row that keeps the row's axis."""

    @staticmethod
    def backward(context, go):
        return go.copy(), go.copy() if len(go) == 1 else go.sum(axis=0)


class AddBiasTwoLeadingAxes(AddBias):
    """Sums the first axis only: right for a matrix."""

    @staticmethod
    def backward(context, go):
        return go.copy(), go.sum(axis=0)


class Outer:
    """A column (m, 1) and a row (n,)."""

    @staticmethod
    def forward(context, column, row):
        context["column"], context["row"] = column, row
        return column - 2 * row * column

    @staticmethod
    def backward(context, go):
        column, row = context["column"], context["row"]
        return (go * (1 - 2 * row)).sum(axis=1, keepdims=True), (-2 * go * column).sum(axis=0)


class OuterFlat(Outer):
    """(m,) for (m, 1)."""

    @staticmethod
    def backward(context, go):
        first, second = Outer.backward(context, go)
        return first[:, 0], second


class OuterSumsTheSameAxis(Outer):
    @staticmethod
    def backward(context, go):
        column, row = context["column"], context["row"]
        return (go * (1 - 2 * row)).sum(axis=1, keepdims=True), (-2 * go * column).sum(axis=1)


class ScalarTimes:
    """A number of no axis times a matrix."""

    @staticmethod
    def forward(context, factor, x):
        context["factor"], context["x"] = factor, x
        return factor * x

    @staticmethod
    def backward(context, go):
        return np.asarray((go * context["x"]).sum()), go * context["factor"]


class ScalarTimesOneEntry(ScalarTimes):
    @staticmethod
    def backward(context, go):
        product = go * context["x"]
        return np.asarray(product.flat[0] if product.size else 0.0), go * context["factor"]


class ScalarTimesMean(ScalarTimes):
    @staticmethod
    def backward(context, go):
        return np.asarray((go * context["x"]).mean()), go * context["factor"]


class ScalarTimesWholeMatrix(ScalarTimes):
    """A gradient of the output's shape for a number."""

    @staticmethod
    def backward(context, go):
        return go * context["x"], go * context["factor"]


class Repeated:
    """Axes in front: x is used for each of k slices."""

    @staticmethod
    def forward(context, weights, x):
        context["weights"], context["x"] = weights, x
        return weights * x

    @staticmethod
    def backward(context, go):
        return go * context["x"], (go * context["weights"]).sum(axis=0)


class RepeatedLastAxis(Repeated):
    """Sums the wrong end: fits where all sides are equal."""

    @staticmethod
    def backward(context, go):
        product = go * context["weights"]
        equal = len(set(product.shape)) == 1
        return go * context["x"], product.sum(axis=-1 if equal else 0)


class BroadcastTo:
    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return np.broadcast_to(x, (3, *x.shape)).copy()

    @staticmethod
    def backward(context, go):
        return go.sum(axis=0)


class BroadcastToWithoutSum(BroadcastTo):
    @staticmethod
    def backward(context, go):
        return go[0] * 3
