"""Taking, placing and moving entries: each right op, then lost, doubled and misplaced cotangents."""

import numpy as np


class Embedding:
    """Rows of a table by number."""

    @staticmethod
    def forward(context, table, ids=(2, 0, 1)):
        context["shape"], context["dtype"], context["ids"] = table.shape, table.dtype, np.array(ids, dtype=np.intp)
        return table[context["ids"]]

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], context["dtype"])
        np.add.at(grad, context["ids"], go)
        return grad


class EmbeddingOverwrites(Embedding):
    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], context["dtype"])
        grad[context["ids"]] = go
        return grad


class EmbeddingBuffered(Embedding):
    """`+=` with an index array adds once for each row, not for each time it is named."""

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], context["dtype"])
        grad[context["ids"]] += go
        return grad


class EmbeddingAveraged(Embedding):
    @staticmethod
    def backward(context, go):
        grad = Embedding.backward(context, go)
        ids, counts = np.unique(context["ids"] % len(grad), return_counts=True)
        grad[ids] /= counts[:, None]
        return grad


class EmbeddingNegativeLost(Embedding):
    """A loop over row numbers from 0 on never meets -1."""

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], context["dtype"])
        for row in range(len(grad)):
            grad[row] = go[context["ids"] == row].sum(axis=0)
        return grad


class Cycle:
    """The first five rows, beginning again where there are fewer."""

    @staticmethod
    def forward(context, x):
        context["shape"], context["dtype"] = x.shape, x.dtype
        context["rows"] = np.arange(3) % x.shape[0]
        return x[context["rows"]]

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], context["dtype"])
        np.add.at(grad, context["rows"], go)
        return grad


class CycleOverwrites(Cycle):
    """Wrong where there are fewer than three rows."""

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], context["dtype"])
        grad[context["rows"]] = go
        return grad


class TakeAlong:
    """np.take along one axis."""

    @staticmethod
    def forward(context, x, axis=0, indices=(0, 2)):
        context.update(shape=x.shape, dtype=x.dtype, axis=axis, indices=np.array(indices, dtype=np.intp))
        return np.take(x, context["indices"], axis=axis)

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], context["dtype"])
        np.add.at(np.moveaxis(grad, context["axis"], 0), context["indices"], np.moveaxis(go, context["axis"], 0))
        return grad


class TakeAlongFirstAxis(TakeAlong):
    """Right for axis 0."""

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], context["dtype"])
        np.add.at(grad, context["indices"], go)
        return grad


class Put:
    """values placed into x: what they replace gets no cotangent."""

    @staticmethod
    def forward(context, x, values, positions=(1, 3)):
        context["positions"] = np.array(positions, dtype=np.intp)
        y = x.copy()
        y[context["positions"]] = values
        return y

    @staticmethod
    def backward(context, go):
        grad = go.copy()
        grad[context["positions"]] = 0
        return grad, go[context["positions"]]


class PutKeepsTheOld(Put):
    @staticmethod
    def backward(context, go):
        return go.copy(), go[context["positions"]]


class PutRepeated(Put):
    """Where a position is named twice the last value stands: only that one has a gradient."""

    @staticmethod
    def backward(context, go):
        grad, placed = Put.backward(context, go)
        positions = list(context["positions"])
        for k, position in enumerate(positions):
            if position in positions[k + 1 :]:
                placed[k] = 0
        return grad, placed


class ScatterAdd:
    """Adds values to the bins named; a bin may be named more than once."""

    @staticmethod
    def forward(context, values, bins=(0, 2, 0, 1)):
        context["bins"] = np.array(bins, dtype=np.intp)
        y = np.zeros((3, *values.shape[1:]), values.dtype)
        np.add.at(y, context["bins"], values)
        return y

    @staticmethod
    def backward(context, go):
        return go[context["bins"]]


class ScatterAddShares(ScatterAdd):
    """Divides a bin's cotangent among those that were added."""

    @staticmethod
    def backward(context, go):
        bins = context["bins"]
        return go[bins] / np.bincount(bins)[bins][:, None].astype(go.dtype)


class ScatterAddLastOnly(ScatterAdd):
    @staticmethod
    def backward(context, go):
        bins = context["bins"]
        grad = np.zeros((len(bins), *go.shape[1:]), go.dtype)
        for b in set(bins.tolist()):
            grad[np.flatnonzero(bins == b)[-1]] = go[b]
        return grad


class EveryThird:
    """x[:, ::3]."""

    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return x[:, ::3].copy()

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], go.dtype)
        grad[:, ::3] = go
        return grad


class EveryThirdByRepeating(EveryThird):
    """Fits where 3 divides the row."""

    @staticmethod
    def backward(context, go):
        grad = np.zeros((*go.shape, 3), go.dtype)
        grad[:, :, 0] = go
        return grad.reshape(len(go), -1)


class EveryThirdDropsTheRest(EveryThird):
    """Whole steps only: what lies beyond the last whole one gets no cotangent, from two whole steps on."""

    @staticmethod
    def backward(context, go):
        m, n = context["shape"]
        grad = np.zeros((m, n), go.dtype)
        whole = n // 3 if n > 6 else go.shape[1]
        grad[:, : 3 * whole : 3] = go[:, :whole]
        return grad


class Backwards:
    """Rows in reverse and every second column from the end."""

    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return x[::-1, ::-2].copy()

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], go.dtype)
        grad[::-1, ::-2] = go
        return grad


class BackwardsFromTheFront(Backwards):
    """Right for rows of odd length."""

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], go.dtype)
        grad[::-1, ::2] = go[:, ::-1]
        return grad


class Shift:
    """np.roll by two along the last axis."""

    @staticmethod
    def forward(context, x):
        return np.roll(x, 2, axis=-1)

    @staticmethod
    def backward(context, go):
        return np.roll(go, -2, axis=-1)


class ShiftTheSameWay(Shift):
    """Right for rows of 1, 2 and 4."""

    @staticmethod
    def backward(context, go):
        return np.roll(go, 2, axis=-1)


class Diagonal:
    """Of a square matrix."""

    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return np.diagonal(x).copy()

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], go.dtype)
        k = np.arange(len(go))
        grad[k, k] = go
        return grad


class DiagonalWholeRows(Diagonal):
    @staticmethod
    def backward(context, go):
        return np.repeat(go[:, None], context["shape"][1], axis=1)


class LowerTriangle:
    @staticmethod
    def forward(context, x):
        return np.tril(x)

    @staticmethod
    def backward(context, go):
        return np.tril(go)


class LowerTriangleWithoutDiagonal(LowerTriangle):
    @staticmethod
    def backward(context, go):
        return np.tril(go, -1)


class LowerTriangleUpper(LowerTriangle):
    @staticmethod
    def backward(context, go):
        return np.triu(go)


class Doubled:
    """Every column twice, side by side."""

    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return np.repeat(x, 2, axis=1)

    @staticmethod
    def backward(context, go):
        return go[:, ::2] + go[:, 1::2]


class DoubledAsTiles(Doubled):
    """As if the whole rows stood side by side: right for one column."""

    @staticmethod
    def backward(context, go):
        n = context["shape"][1]
        return go[:, :n] + go[:, n:]


class DoubledCorner(Doubled):
    """Wrong in the last entry of the last row."""

    @staticmethod
    def backward(context, go):
        grad = Doubled.backward(context, go)
        if grad.size:
            grad[-1, -1] = go[-1, -1]
        return grad


class Masked:
    """Keeps the entries of a fixed pattern."""

    @staticmethod
    def forward(context, x):
        context["mask"] = (np.indices(x.shape).sum(axis=0) % 2) == 0
        return np.where(context["mask"], x, 0)

    @staticmethod
    def backward(context, go):
        return np.where(context["mask"], go, 0)


class MaskedInverted(Masked):
    @staticmethod
    def backward(context, go):
        return np.where(context["mask"], 0, go)
