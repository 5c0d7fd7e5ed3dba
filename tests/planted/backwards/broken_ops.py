"""The ops of course_ops.py with the mistakes that people make: every one of them must be refuted.

Each class inherits the right one, so that a test knows what the gradient should have been.
"""

import course_ops as right
import numpy as np

# --- Normalize ------------------------------------------------------------------------------------------------------


class NormalizeWithoutSecondTerm(right.Normalize):
    @staticmethod
    def backward(context, go):
        return go / context["rowsum"]


class NormalizeWithPlus(right.Normalize):
    @staticmethod
    def backward(context, go):
        x, rowsum = context["x"], context["rowsum"]
        return go / rowsum + (go * x / rowsum**2).sum(axis=1, keepdims=True)


class NormalizeForgetsTheSquare(right.Normalize):
    @staticmethod
    def backward(context, go):
        x, rowsum = context["x"], context["rowsum"]
        return go / rowsum - (go * x / rowsum).sum(axis=1, keepdims=True)


class NormalizeSumsColumns(right.Normalize):
    """Runs for every shape."""

    @staticmethod
    def backward(context, go):
        x, rowsum = context["x"], context["rowsum"]
        return go / rowsum - (go * x / rowsum**2).sum(axis=0, keepdims=True)


class NormalizeWithoutKeepdims(right.Normalize):
    """Broadcasts silently on square matrices, and raises on others."""

    @staticmethod
    def backward(context, go):
        x, rowsum = context["x"], context["rowsum"]
        return go / rowsum - (go * x / rowsum**2).sum(axis=1)


class NormalizeWithoutKeepdimsOnSquare(right.Normalize):
    """Right wherever the mistake would raise."""

    @staticmethod
    def backward(context, go):
        x, rowsum = context["x"], context["rowsum"]
        second = (go * x / rowsum**2).sum(axis=1)
        return go / rowsum - (second if x.shape[0] == x.shape[1] else second[:, None])


class NormalizeInPlace(right.Normalize):
    @staticmethod
    def backward(context, go):
        x, rowsum = context["x"], context["rowsum"]
        x /= rowsum
        return (go - (go * x).sum(axis=1, keepdims=True)) / rowsum


class NormalizeIgnoresTheCotangent(right.Normalize):
    @staticmethod
    def backward(context, go):
        x, rowsum = context["x"], context["rowsum"]
        return 1 / rowsum - x.sum(axis=1, keepdims=True) / rowsum**2 + 0 * x


# --- element-wise ---------------------------------------------------------------------------------------------------


class SigmoidOfInput(right.Sigmoid):
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return right.Sigmoid.forward(context, x)

    @staticmethod
    def backward(context, go):
        return go * context["x"] * (1 - context["x"])


class SigmoidHalf(right.Sigmoid):
    @staticmethod
    def backward(context, go):
        return go * context["sig"]


class SigmoidInPlace(right.Sigmoid):
    """Right the first time."""

    @staticmethod
    def backward(context, go):
        sig = context["sig"]
        sig *= 1 - sig
        return go * sig


class SigmoidGlobal:
    """Keeps what belongs in the context where the next call finds it."""

    saved = None

    @staticmethod
    def forward(context, x):
        SigmoidGlobal.saved = 1 / (1 + np.exp(-x))
        return SigmoidGlobal.saved.copy()

    @staticmethod
    def backward(context, go):
        return go * SigmoidGlobal.saved * (1 - SigmoidGlobal.saved)


class ReLUOverwrites(right.ReLU):
    """The seed's: the slope is written into the array that forward returned."""

    @staticmethod
    def forward(context, x):
        context["out"] = out = np.maximum(0, x)
        return out

    @staticmethod
    def backward(context, go):
        slope = context["out"]
        slope[slope > 0] = 1
        return go * slope


class ReLUOfCotangent(right.ReLU):
    @staticmethod
    def backward(context, go):
        return np.maximum(go, 0)


class ReLULeaks(right.ReLU):
    """Wrong only for x < 0."""

    @staticmethod
    def backward(context, go):
        return np.where(context["mask"], go, go / 100)


class TanhWithoutSquare(right.Tanh):
    @staticmethod
    def backward(context, go):
        return go * (1 - context["t"])


class ExpReturnsCotangent(right.Exp):
    @staticmethod
    def backward(context, go):
        return go


class ExpTwice(right.Exp):
    @staticmethod
    def backward(context, go):
        return go * np.exp(context["y"])


class ExpSixteen(right.Exp):
    """An unrolled loop that ends at 16."""

    @staticmethod
    def backward(context, go):
        grad = go * context["y"]
        grad[16:] = go[16:]
        return grad


class ExpNone(right.Exp):
    @staticmethod
    def backward(context, go):
        return None


class ExpMisspelt(right.Exp):
    @staticmethod
    def backward(context, go):
        return go * context["Y"]


class ExpInMemoryOrder(right.Exp):
    """Right for C order alone."""

    @staticmethod
    def backward(context, go):
        return (go.ravel("K") * context["y"].ravel("K")).reshape(go.shape)


class ExpReusesItsBuffer(right.Exp):
    @staticmethod
    def forward(context, x):
        context["buffer"] = np.empty_like(x)
        return right.Exp.forward(context, x)

    @staticmethod
    def backward(context, go):
        return np.multiply(go, context["y"], out=context["buffer"])


class LogTimes(right.Log):
    @staticmethod
    def backward(context, go):
        return go * context["x"]


class LogDowncast(right.Log):
    @staticmethod
    def backward(context, go):
        return (go / context["x"]).astype(np.float32)


class SquareWithoutTwo(right.Square):
    @staticmethod
    def backward(context, go):
        return go * context["x"]


class SquareOfCotangent(right.Square):
    @staticmethod
    def backward(context, go):
        return 2 * context["x"] * go * go


class SquareIgnoresTheCotangent(right.Square):
    @staticmethod
    def backward(context, go):
        return 2 * context["x"]


class SquareNegates(right.Square):
    @staticmethod
    def backward(context, go):
        return -2 * context["x"] * go


class SquarePromotes(right.Square):
    """float64 for float32."""

    @staticmethod
    def backward(context, go):
        return np.array(2.0) * context["x"].astype(np.float64) * go


class SquareOfMagnitude(right.Square):
    """Wrong only for x < 0."""

    @staticmethod
    def backward(context, go):
        return 2 * np.abs(context["x"]) * go


class SqrtUpsideDown(right.Sqrt):
    @staticmethod
    def backward(context, go):
        return 0.5 * go * context["y"]


class SoftplusMirrored(right.Softplus):
    @staticmethod
    def backward(context, go):
        return go / (1 + np.exp(context["x"]))


class DoubleInPlace(right.Double):
    """The cotangent itself, modified."""

    @staticmethod
    def backward(context, go):
        go *= 2
        return go


# --- two operands ---------------------------------------------------------------------------------------------------


class AddTwice(right.Add):
    @staticmethod
    def backward(context, go):
        return 2 * go, 2 * go


class AddOneArrayForBoth(right.Add):
    @staticmethod
    def backward(context, go):
        grad = go * 1.0
        return grad, grad


class SubBothPlus(right.Sub):
    @staticmethod
    def backward(context, go):
        return go, go.copy()


class SubForgetsOne(right.Sub):
    @staticmethod
    def backward(context, go):
        return go


class MultiplySwapped(right.Multiply):
    @staticmethod
    def backward(context, go):
        return go * context["a"], go * context["b"]


class MultiplyNone(right.Multiply):
    @staticmethod
    def backward(context, go):
        return go * context["b"], None


class MultiplyMutatesCotangent(right.Multiply):
    @staticmethod
    def backward(context, go):
        grad_b = go * context["a"]
        go *= context["b"]
        return go, grad_b


class MultiplyByQuotient(right.Multiply):
    """y / a for b: wrong only where a is 0, and there it is NaN."""

    @staticmethod
    def forward(context, a, b):
        context["y"] = a * b
        return right.Multiply.forward(context, a, b)

    @staticmethod
    def backward(context, go):
        return go * context["y"] / context["a"], go * context["a"]


class DivisionWithoutMinus(right.Division):
    @staticmethod
    def backward(context, go):
        x1, x2 = context["inputs"]
        return go / x2, go * x1 / (x2 * x2)


class DivisionWithoutSquare(right.Division):
    @staticmethod
    def backward(context, go):
        x1, x2 = context["inputs"]
        return go / x2, -go * x1 / x2


class DivisionSwapped(right.Division):
    @staticmethod
    def backward(context, go):
        first, second = right.Division.backward(context, go)
        return second, first


# --- matrices -------------------------------------------------------------------------------------------------------


class MatrixMultiplyUntransposed(right.MatrixMultiply):
    """Fits square matrices only."""

    @staticmethod
    def backward(context, go):
        return go @ context["b"], context["a"] @ go


class MatrixMultiplyTransposedOnSquare(right.MatrixMultiply):
    """Wrong for square matrices, right for all others."""

    @staticmethod
    def backward(context, go):
        grad_a, grad_b = right.MatrixMultiply.backward(context, go)
        return (grad_a.T.copy() if grad_a.shape[0] == grad_a.shape[1] else grad_a), grad_b


class MatrixMultiplySwapped(right.MatrixMultiply):
    @staticmethod
    def backward(context, go):
        grad_a, grad_b = right.MatrixMultiply.backward(context, go)
        return grad_b, grad_a


class LayerForgetsTheBatch(right.Layer):
    """The bias gets the first instance's gradient."""

    @staticmethod
    def backward(context, go):
        return go @ context["w"], go.T @ context["x"], go[:1].copy()


class LayerAveragesTheBatch(right.Layer):
    @staticmethod
    def backward(context, go):
        return go @ context["w"], go.T @ context["x"], go.mean(axis=0, keepdims=True)


class LayerBiasWithoutKeepdims(right.Layer):
    """(m,) for (1, m): it would broadcast."""

    @staticmethod
    def backward(context, go):
        return go @ context["w"], go.T @ context["x"], go.sum(axis=0)


class LayerWeightsTransposed(right.Layer):
    @staticmethod
    def backward(context, go):
        return go @ context["w"], context["x"].T @ go, go.sum(axis=0, keepdims=True)


class TransposeReturnsCotangent(right.Transpose):
    """Fits square matrices only."""

    @staticmethod
    def backward(context, go):
        return go


class FlattenInColumns(right.Flatten):
    @staticmethod
    def backward(context, go):
        return go.reshape(context["shape"], order="F")


# --- broadcasting and sums ------------------------------------------------------------------------------------------


class ExpandWithoutSum(right.Expand):
    @staticmethod
    def backward(context, go):
        return go


class ExpandTakesTheFirst(right.Expand):
    @staticmethod
    def backward(context, go):
        return np.take(go, [0], axis=context["dim"])


class ExpandAverages(right.Expand):
    @staticmethod
    def backward(context, go):
        return go.mean(axis=context["dim"], keepdims=True)


class ExpandWithoutKeepdims(right.Expand):
    @staticmethod
    def backward(context, go):
        return go.sum(axis=context["dim"])


class ColumnsFifteen(right.Columns):
    @staticmethod
    def backward(context, go):
        return go[:, :15].sum(1)


class ScaleRowsWithoutSum(right.ScaleRows):
    @staticmethod
    def backward(context, go):
        return go * context["column"], go * context["x"]


class ScaleRowsSumsColumns(right.ScaleRows):
    """(1, n) for (m, 1): fits where both are 1, broadcasts elsewhere."""

    @staticmethod
    def backward(context, go):
        return go * context["column"], (go * context["x"]).sum(axis=0, keepdims=True)


class ScaleRowsForgetsX(right.ScaleRows):
    @staticmethod
    def backward(context, go):
        return go * context["column"], go.sum(axis=1, keepdims=True)


class SumOfOnes(right.Sum):
    @staticmethod
    def forward(context, x):
        context["like"] = x
        return np.asarray(x.sum())

    @staticmethod
    def backward(context, go):
        return np.ones_like(context["like"])


class SumAverages(right.Sum):
    @staticmethod
    def backward(context, go):
        grad = np.full(context["shape"], fill_value=go)
        return grad / max(grad.size, 1)


class RowSumBroadcastable(right.RowSum):
    """(m, 1) for (m, n)."""

    @staticmethod
    def backward(context, go):
        return go


class RowMeanForgetsN(right.RowMean):
    @staticmethod
    def backward(context, go):
        return np.repeat(go[:, None], context["n"], 1)


class SqueezeReturnsCotangent(right.Squeeze):
    @staticmethod
    def backward(context, go):
        return go


class UnsqueezeSqueezesAll(right.Unsqueeze):
    """Wrong only where another side is 1 too."""

    @staticmethod
    def backward(context, go):
        return np.squeeze(go)


# --- selection, joining, composites ---------------------------------------------------------------------------------


class SelectOnOnes(right.Select):
    @staticmethod
    def backward(context, go):
        grad = np.ones_like(context["like"])
        grad[np.arange(len(grad)), context["indices"]] = go
        return grad


class SelectWholeColumns(right.Select):
    @staticmethod
    def backward(context, go):
        grad = np.zeros_like(context["like"])
        grad[:, context["indices"]] = go[:, None]
        return grad


class GatherAssigns(right.Gather):
    """Of a column taken twice only one cotangent arrives."""

    @staticmethod
    def backward(context, go):
        grad = np.zeros_like(context["x"])
        grad[:, context["columns"]] += go
        return grad


class JoinSwapped(right.Join):
    @staticmethod
    def backward(context, go):
        split = go.shape[1] - context["split"]
        return go[:, split:], go[:, :split]


class SumAndDifferenceForgetsTheSecond(right.SumAndDifference):
    @staticmethod
    def backward(context, go_sum, go_difference):
        return go_sum, go_sum.copy()


class SoftmaxDiagonal(right.Softmax):
    @staticmethod
    def backward(context, go):
        return go * context["p"] * (1 - context["p"])


class SoftmaxSumsEverything(right.Softmax):
    @staticmethod
    def backward(context, go):
        p = context["p"]
        return p * (go - (go * p).sum())


class LogSoftmaxForgetsTheCotangent(right.LogSoftmax):
    """Right where the cotangents of a row sum to 1."""

    @staticmethod
    def backward(context, go):
        return go - np.exp(context["y"])


class CrossEntropyForgetsTheMean(right.CrossEntropy):
    @staticmethod
    def backward(context, go):
        return right.CrossEntropy.backward(context, go) * len(context["p"])


class CrossEntropyIgnoresTheCotangent(right.CrossEntropy):
    @staticmethod
    def backward(context, go):
        return right.CrossEntropy.backward(context, 1)
