"""A course library's ops as students type them, all of them right: the backwards that nobody may refute."""

from abc import ABC, abstractmethod

import numpy as np


class Op(ABC):
    @classmethod
    def do_forward(cls, *values, **options):
        context = {}
        return cls.forward(context, *values, **options), context

    @staticmethod
    @abstractmethod
    def forward(context, *values, **options): ...

    @staticmethod
    @abstractmethod
    def backward(context, *grads): ...


class Normalize(Op):
    """Rows that sum to one."""

    @staticmethod
    def forward(context, x):
        rowsum = x.sum(axis=1, keepdims=True)
        context["x"], context["rowsum"] = x, rowsum
        return x / rowsum

    @staticmethod
    def backward(context, go):
        x, rowsum = context["x"], context["rowsum"]
        return go / rowsum - (go * x / rowsum**2).sum(axis=1, keepdims=True)


class NormalizeByOutput(Op):
    """The same by another formula, for any rank, over the last axis."""

    @staticmethod
    def forward(context, x):
        context["s"] = s = np.sum(x, -1, keepdims=True)
        context["y"] = y = x / s
        return y.copy()

    @staticmethod
    def backward(context, go):
        return ((go - np.sum(go * context["y"], -1, keepdims=True)) / context["s"],)


class Sigmoid(Op):
    @staticmethod
    def forward(context, x):
        sig = 1 / (1 + np.exp(-x))
        context["sig"] = sig
        return sig

    @staticmethod
    def backward(context, go):
        sig = context["sig"]
        return go * sig * (1 - sig)


class ReLU(Op):
    @staticmethod
    def forward(context, x):
        out = np.maximum(0, x)
        context["mask"] = out > 0
        return out

    @staticmethod
    def backward(context, go):
        return go * context["mask"]


class LeakyReLU(Op):
    @staticmethod
    def forward(context, x, slope=0.01):
        context.update(x=x, slope=slope)
        return np.where(x > 0, x, slope * x)

    @staticmethod
    def backward(context, go):
        return np.where(context["x"] > 0, go, context["slope"] * go)


class Tanh(Op):
    @staticmethod
    def forward(context, x):
        context["t"] = np.tanh(x)
        return context["t"]

    @staticmethod
    def backward(context, go):
        return go * (1 - context["t"] ** 2)


class Exp(Op):
    @staticmethod
    def forward(context, x):
        context["y"] = y = np.exp(x)
        return y

    @staticmethod
    def backward(context, go):
        return (go * context["y"],)


class Log(Op):
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return np.log(x)

    @staticmethod
    def backward(context, go):
        return go / context["x"]


class Square(Op):
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x**2

    @staticmethod
    def backward(context, go):
        return [2 * context["x"] * go]


class Double(Op):
    @staticmethod
    def forward(context, x):
        return 2 * x

    @staticmethod
    def backward(context, go):
        return go * 2


class Sqrt(Op):
    @staticmethod
    def forward(context, x):
        context["y"] = y = np.sqrt(x)
        return y

    @staticmethod
    def backward(context, go):
        return 0.5 * go / context["y"]


class Softplus(Op):
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return np.log(1 + np.exp(x))

    @staticmethod
    def backward(context, go):
        return go / (1 + np.exp(-context["x"]))


class Identity(Op):
    @staticmethod
    def forward(context, x):
        return x

    @staticmethod
    def backward(context, go):
        return go


class Add(Op):
    @staticmethod
    def forward(context, a, b):
        assert a.shape == b.shape, f"{a.shape} and {b.shape} differ"
        return a + b

    @staticmethod
    def backward(context, go):
        return go, go.copy()


class Sub(Op):
    @staticmethod
    def forward(context, a, b):
        return a - b

    @staticmethod
    def backward(context, go):
        return go, -go


class Multiply(Op):
    @staticmethod
    def forward(context, a, b):
        context["a"], context["b"] = a, b
        return a * b

    @staticmethod
    def backward(context, go):
        return go * context["b"], go * context["a"]


class Division(Op):
    @staticmethod
    def forward(context, x1, x2):
        context["inputs"] = (x1, x2)
        return x1 / x2

    @staticmethod
    def backward(context, go):
        x1, x2 = context["inputs"]
        return go / x2, -go * x1 / (x2 * x2)


class MatrixMultiply(Op):
    @staticmethod
    def forward(context, a, b):
        context["a"], context["b"] = a, b
        return np.matmul(a, b)

    @staticmethod
    def backward(context, go):
        a, b = context["a"], context["b"]
        return np.matmul(go, b.T), np.matmul(a.T, go)


class Layer(Op):
    """x is a batch of rows, w m-by-f, b one row."""

    @staticmethod
    def forward(context, x, w, b):
        context["x"], context["w"] = x, w
        return x @ w.T + b

    @staticmethod
    def backward(context, go):
        return go @ context["w"], go.T @ context["x"], go.sum(axis=0, keepdims=True)


class Expand(Op):
    @staticmethod
    def forward(context, x, *, dim, repeats):
        assert x.shape[dim] == 1, f"axis {dim} has size {x.shape[dim]}"
        context["dim"] = dim
        return np.repeat(x, repeats, axis=dim)

    @staticmethod
    def backward(context, go):
        return go.sum(axis=context["dim"], keepdims=True)


class Columns(Op):
    """A vector becomes 16 equal columns."""

    @staticmethod
    def forward(context, x):
        return np.tile(x[:, None], (1, 16))

    @staticmethod
    def backward(context, go):
        return go.sum(1)


class ScaleRows(Op):
    """x m-by-n times a column, by broadcasting."""

    @staticmethod
    def forward(context, x, column):
        context["x"], context["column"] = x, column
        return x * column

    @staticmethod
    def backward(context, go):
        return go * context["column"], (go * context["x"]).sum(axis=1, keepdims=True)


class Sum(Op):
    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return np.asarray(x.sum())

    @staticmethod
    def backward(context, go):
        return np.full(context["shape"], fill_value=go)


class RowSum(Op):
    @staticmethod
    def forward(context, x):
        context["n"] = x.shape[1]
        return x.sum(axis=1, keepdims=True)

    @staticmethod
    def backward(context, go):
        return np.repeat(go, context["n"], axis=1)


class RowMean(Op):
    @staticmethod
    def forward(context, x):
        context["n"] = x.shape[1]
        return x.mean(1)

    @staticmethod
    def backward(context, go):
        return np.repeat(go[:, None], context["n"], 1) / context["n"]


class Squeeze(Op):
    @staticmethod
    def forward(context, x, dim):
        context["dim"] = dim
        return np.squeeze(x, dim)

    @staticmethod
    def backward(context, go):
        return np.expand_dims(go, context["dim"])


class Unsqueeze(Op):
    @staticmethod
    def forward(context, x, *, dim=1):
        context["dim"] = dim
        return np.expand_dims(x, axis=dim)

    @staticmethod
    def backward(context, go):
        return np.squeeze(go, axis=context["dim"])


class Transpose(Op):
    @staticmethod
    def forward(context, x):
        return x.T

    @staticmethod
    def backward(context, go):
        return go.T


class Flatten(Op):
    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return x.reshape(-1)

    @staticmethod
    def backward(context, go):
        return go.reshape(context["shape"])


class Select(Op):
    """One entry of every row."""

    @staticmethod
    def forward(context, x, *, indices):
        context["like"], context["indices"] = x, list(indices)
        return x[np.arange(len(x)), context["indices"]]

    @staticmethod
    def backward(context, go):
        grad = np.zeros_like(context["like"])
        grad[np.arange(len(grad)), context["indices"]] = go
        return grad


class Gather(Op):
    """Columns by number, some of them more than once."""

    @staticmethod
    def forward(context, x, columns):
        context["x"], context["columns"] = x, list(columns)
        return x[:, context["columns"]]

    @staticmethod
    def backward(context, go):
        grad = np.zeros_like(context["x"])
        np.add.at(grad, (slice(None), context["columns"]), go)
        return grad


class Join(Op):
    @staticmethod
    def forward(context, a, b):
        context["split"] = a.shape[1]
        return np.concatenate([a, b], axis=1)

    @staticmethod
    def backward(context, go):
        return go[:, : context["split"]], go[:, context["split"] :]


class SumAndDifference(Op):
    """Two outputs."""

    @staticmethod
    def forward(context, a, b):
        return a + b, a - b

    @staticmethod
    def backward(context, go_sum, go_difference):
        return go_sum + go_difference, go_sum - go_difference


class Softmax(Op):
    @staticmethod
    def forward(context, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        context["p"] = p = e / e.sum(axis=1, keepdims=True)
        return p

    @staticmethod
    def backward(context, go):
        p = context["p"]
        return p * (go - (go * p).sum(axis=1, keepdims=True))


class LogSoftmax(Op):
    @staticmethod
    def forward(context, x):
        shifted = x - x.max(axis=1, keepdims=True)
        context["y"] = y = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return y

    @staticmethod
    def backward(context, go):
        return go - np.exp(context["y"]) * go.sum(axis=1, keepdims=True)


class CrossEntropy(Op):
    """The mean loss of a batch of rows of scores; the right class of row i is i modulo the number of classes."""

    @staticmethod
    def forward(context, scores):
        n, classes = scores.shape
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        right = np.arange(n) % classes
        context["p"], context["right"] = p, right
        return np.asarray(-np.log(p[np.arange(n), right]).mean())

    @staticmethod
    def backward(context, go):
        grad = context["p"].copy()
        n = len(grad)
        grad[np.arange(n), context["right"]] -= 1
        return go * grad / n
