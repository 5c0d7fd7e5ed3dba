"""Transposes, products and traces: each right op, then wrong orders, missing terms and axes that fit only squares."""

import numpy as np


class Permute:
    @staticmethod
    def forward(context, x, axes=(1, 0, 2)):
        context["axes"] = axes
        return x.transpose(axes)

    @staticmethod
    def backward(context, go):
        return go.transpose(np.argsort(context["axes"]))


class PermuteAgain(Permute):
    """The same permutation for its inverse: right for swaps, silent on cubes for 3-cycles."""

    @staticmethod
    def backward(context, go):
        return go.transpose(context["axes"])


class RotateAxes:
    """A fixed 3-cycle of the axes."""

    @staticmethod
    def forward(context, x):
        return x.transpose(1, 2, 0)

    @staticmethod
    def backward(context, go):
        return go.transpose(2, 0, 1)


class RotateAxesAgain(RotateAxes):
    """Fits a cube."""

    @staticmethod
    def backward(context, go):
        return go.transpose(1, 2, 0)


class RotateAxesReshapes(RotateAxes):
    """A reshape for a transpose: right where at most one side is not 1."""

    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return x.transpose(1, 2, 0)

    @staticmethod
    def backward(context, go):
        return go.reshape(context["shape"])


class MoveAxis:
    @staticmethod
    def forward(context, x, axis=0):
        context["axis"] = axis
        return np.moveaxis(x, axis, -1)

    @staticmethod
    def backward(context, go):
        return np.moveaxis(go, -1, context["axis"])


class MoveAxisSwaps(MoveAxis):
    """Exchanges the two axes: right for matrices and neighbours."""

    @staticmethod
    def backward(context, go):
        return np.swapaxes(go, -1, context["axis"])


class Gram:
    """x xᵀ."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x @ x.T

    @staticmethod
    def backward(context, go):
        return (go + go.T) @ context["x"]


class GramOneTerm(Gram):
    """Twice the first: right for symmetric cotangents."""

    @staticmethod
    def backward(context, go):
        return 2 * go @ context["x"]


class GramHalf(Gram):
    @staticmethod
    def backward(context, go):
        return go @ context["x"]


class QuadraticForm:
    """xᵀ A x."""

    @staticmethod
    def forward(context, a, x):
        context["a"], context["x"] = a, x
        return np.asarray(x @ a @ x)

    @staticmethod
    def backward(context, go):
        a, x = context["a"], context["x"]
        return go * np.outer(x, x), go * (a + a.T) @ x


class QuadraticFormSymmetric(QuadraticForm):
    """2 A x: right for symmetric matrices."""

    @staticmethod
    def backward(context, go):
        a, x = context["a"], context["x"]
        return go * np.outer(x, x), 2 * go * a @ x


class BatchProduct:
    """A batch of matrices times one matrix."""

    @staticmethod
    def forward(context, x, w):
        context["x"], context["w"] = x, w
        return x @ w

    @staticmethod
    def backward(context, go):
        x, w = context["x"], context["w"]
        return go @ w.T, np.einsum("bij,bik->jk", x, go)


class BatchProductLastOfTheBatch(BatchProduct):
    """Overwrites the weight's gradient slice by slice: right for a batch of one."""

    @staticmethod
    def backward(context, go):
        x, w = context["x"], context["w"]
        grad = np.zeros(w.shape, go.dtype)
        for k in range(len(x)):
            grad = x[k].T @ go[k]
        return go @ w.T, grad


class BatchProductWithoutSum(BatchProduct):
    """One gradient of w for each of the batch."""

    @staticmethod
    def backward(context, go):
        return go @ context["w"].T, context["x"].swapaxes(1, 2) @ go


class BatchProductSquareWeights(BatchProduct):
    """w for wᵀ where that fits."""

    @staticmethod
    def backward(context, go):
        w = context["w"]
        first, second = BatchProduct.backward(context, go)
        return go @ w if w.shape[0] == w.shape[1] else first, second


class TraceOfProduct:
    """Σ_ij A_ij B_ji."""

    @staticmethod
    def forward(context, a, b):
        context["a"], context["b"] = a, b
        return np.asarray((a * b.T).sum())

    @staticmethod
    def backward(context, go):
        return go * context["b"].T, go * context["a"].T


class TraceOfProductUntransposed(TraceOfProduct):
    """Fits square matrices only."""

    @staticmethod
    def backward(context, go):
        return go * context["b"], go * context["a"]


class TraceOfProductOnSquare(TraceOfProduct):
    """Transposes only where it must."""

    @staticmethod
    def backward(context, go):
        a, b = context["a"], context["b"]
        if a.shape == b.shape:
            return go * b, go * a
        return go * b.T, go * a.T


class OuterProduct:
    @staticmethod
    def forward(context, u, v):
        context["u"], context["v"] = u, v
        return np.outer(u, v)

    @staticmethod
    def backward(context, go):
        return go @ context["v"], go.T @ context["u"]


class OuterProductUntransposed(OuterProduct):
    """Right for vectors of different lengths, where the mistake would raise."""

    @staticmethod
    def backward(context, go):
        u, v = context["u"], context["v"]
        return go @ v, (go if len(u) == len(v) else go.T) @ u


class OuterProductSwapped(OuterProduct):
    @staticmethod
    def backward(context, go):
        return go.T @ context["u"], go @ context["v"]


class Distances:
    """|x_i|² - 2 x_i·c_j + |c_j|², for every row of x and every centre."""

    @staticmethod
    def forward(context, x, centres):
        context["x"], context["c"] = x, centres
        return (x * x).sum(axis=1)[:, None] - 2 * x @ centres.T + (centres * centres).sum(axis=1)

    @staticmethod
    def backward(context, go):
        x, c = context["x"], context["c"]
        grad_x = 2 * (go.sum(axis=1)[:, None] * x - go @ c)
        return grad_x, 2 * (go.sum(axis=0)[:, None] * c - go.T @ x)


class DistancesSumsTheOtherAxis(Distances):
    """Axis 0 for axis 1 on as many rows as centres."""

    @staticmethod
    def backward(context, go):
        x, c = context["x"], context["c"]
        first, second = Distances.backward(context, go)
        if len(x) == len(c):
            first = 2 * (go.sum(axis=0)[:, None] * x - go @ c)
        return first, second


class DistancesCrossTermOnce(Distances):
    @staticmethod
    def backward(context, go):
        x, c = context["x"], context["c"]
        return 2 * go.sum(axis=1)[:, None] * x - go @ c, 2 * go.sum(axis=0)[:, None] * c - go.T @ x


class DistancesWithoutCrossTerm(Distances):
    @staticmethod
    def backward(context, go):
        x, c = context["x"], context["c"]
        return 2 * go.sum(axis=1)[:, None] * x, 2 * go.sum(axis=0)[:, None] * c


class Attention:
    """softmax(q kᵀ) v by rows."""

    @staticmethod
    def forward(context, q, k, v):
        scores = q @ k.T
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        context.update(q=q, k=k, v=v, p=e / e.sum(axis=1, keepdims=True))
        return context["p"] @ v

    @staticmethod
    def backward(context, go):
        q, k, v, p = (context[name] for name in "qkvp")
        grad_p = go @ v.T
        grad_s = p * (grad_p - (grad_p * p).sum(axis=1, keepdims=True))
        return grad_s @ k, grad_s.T @ q, p.T @ go


class AttentionKeysUntransposed(Attention):
    """Where queries and keys are equally many, the gradient of k forgets a transpose."""

    @staticmethod
    def backward(context, go):
        q, k = context["q"], context["k"]
        if len(q) != len(k):
            return Attention.backward(context, go)
        v, p = context["v"], context["p"]
        grad_p = go @ v.T
        grad_s = p * (grad_p - (grad_p * p).sum(axis=1, keepdims=True))
        return grad_s @ k, grad_s @ q, p.T @ go


class AttentionWithoutSoftmaxTerm(Attention):
    @staticmethod
    def backward(context, go):
        q, k, v, p = (context[name] for name in "qkvp")
        grad_s = p * (go @ v.T)
        return grad_s @ k, grad_s.T @ q, p.T @ go


class MatrixVector:
    @staticmethod
    def forward(context, x, w):
        context["x"], context["w"] = x, w
        return x @ w

    @staticmethod
    def backward(context, go):
        return np.outer(go, context["w"]), context["x"].T @ go


class MatrixVectorOneColumn(MatrixVector):
    """The weights' gradient is not summed where there is one weight."""

    @staticmethod
    def backward(context, go):
        first, second = MatrixVector.backward(context, go)
        return first, go[:1] * context["x"][:1, 0] if len(second) == 1 else second
