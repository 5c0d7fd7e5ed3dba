"""Rows brought to a common scale: each right op, then missing terms, other axes and a misplaced or forgotten epsilon."""

import numpy as np


class UnitRows:
    """x / √(Σx² + ε)."""

    @staticmethod
    def forward(context, x, eps=1e-5):
        length = np.sqrt((x * x).sum(axis=1, keepdims=True) + eps)
        context["length"], context["y"] = length, x / length
        return context["y"].copy()

    @staticmethod
    def backward(context, go):
        y, length = context["y"], context["length"]
        return (go - y * (go * y).sum(axis=1, keepdims=True)) / length


class UnitRowsForgetsEpsilon(UnitRows):
    """Wrong by the share of ε in the square of the length."""

    @staticmethod
    def forward(context, x, eps=1e-5):
        context["x"] = x
        return UnitRows.forward(context, x, eps)

    @staticmethod
    def backward(context, go):
        x, square = context["x"], (context["x"] ** 2).sum(axis=1, keepdims=True)
        return (go - x * (go * x).sum(axis=1, keepdims=True) / square) / np.sqrt(square)


class UnitRowsWithoutSecondTerm(UnitRows):
    @staticmethod
    def backward(context, go):
        return go / context["length"]


class UnitRowsWithPlus(UnitRows):
    @staticmethod
    def backward(context, go):
        y, length = context["y"], context["length"]
        return (go + y * (go * y).sum(axis=1, keepdims=True)) / length


class RootMeanSquare:
    """x / √(mean x² + ε) times a gain for each column."""

    @staticmethod
    def forward(context, x, gain, eps=1e-5):
        root = np.sqrt((x * x).mean(axis=1, keepdims=True) + eps)
        context.update(gain=gain, root=root, unit=x / root)
        return gain * context["unit"]

    @staticmethod
    def backward(context, go):
        unit, g = context["unit"], go * context["gain"]
        grad = (g - unit * (g * unit).mean(axis=1, keepdims=True)) / context["root"]
        return grad, (go * unit).sum(axis=0)


class RootMeanSquareEpsilonOutside(RootMeanSquare):
    """As if ε were added to the root."""

    @staticmethod
    def forward(context, x, gain, eps=1e-5):
        context["x"] = x
        context["eps"] = eps
        return RootMeanSquare.forward(context, x, gain, eps)

    @staticmethod
    def backward(context, go):
        x, g = context["x"], go * context["gain"]
        root = np.sqrt((x * x).mean(axis=1, keepdims=True)) + context["eps"]
        grad = (g - x * (g * x).mean(axis=1, keepdims=True) / root**2) / root
        return grad, (go * context["unit"]).sum(axis=0)


class RootMeanSquareSumForMean(RootMeanSquare):
    """Right for one column."""

    @staticmethod
    def backward(context, go):
        unit, g = context["unit"], go * context["gain"]
        grad = (g - unit * (g * unit).sum(axis=1, keepdims=True)) / context["root"]
        return grad, (go * unit).sum(axis=0)


class RootMeanSquareForgetsTheGain(RootMeanSquare):
    @staticmethod
    def backward(context, go):
        unit = context["unit"]
        grad = (go - unit * (go * unit).mean(axis=1, keepdims=True)) / context["root"]
        return grad, (go * unit).sum(axis=0)


class LayerNorm:
    """Each row centred and scaled, then a gain and a shift for each column."""

    @staticmethod
    def forward(context, x, gain, shift, eps=1e-5):
        centred = x - x.mean(axis=1, keepdims=True)
        root = np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
        context.update(gain=gain, root=root, unit=centred / root)
        return gain * context["unit"] + shift

    @staticmethod
    def backward(context, go):
        unit, g = context["unit"], go * context["gain"]
        centred = g - g.mean(axis=1, keepdims=True)
        grad = (centred - unit * (g * unit).mean(axis=1, keepdims=True)) / context["root"]
        return grad, (go * unit).sum(axis=0), go.sum(axis=0)


class LayerNormWithoutMeanTerm(LayerNorm):
    @staticmethod
    def backward(context, go):
        unit, g = context["unit"], go * context["gain"]
        grad = (g - unit * (g * unit).mean(axis=1, keepdims=True)) / context["root"]
        return grad, (go * unit).sum(axis=0), go.sum(axis=0)


class LayerNormWithoutVarianceTerm(LayerNorm):
    @staticmethod
    def backward(context, go):
        unit, g = context["unit"], go * context["gain"]
        grad = (g - g.mean(axis=1, keepdims=True)) / context["root"]
        return grad, (go * unit).sum(axis=0), go.sum(axis=0)


class LayerNormGainAndShiftSwapped(LayerNorm):
    @staticmethod
    def backward(context, go):
        grad, gain, shift = LayerNorm.backward(context, go)
        return grad, shift, gain


class LayerNormSumsRows(LayerNorm):
    """Axis 1 for axis 0 in the gradients of gain and shift: fits square matrices alone, so it falls back elsewhere."""

    @staticmethod
    def backward(context, go):
        grad, gain, shift = LayerNorm.backward(context, go)
        if go.shape[0] == go.shape[1]:
            gain, shift = (go * context["unit"]).sum(axis=1), go.sum(axis=1)
        return grad, gain, shift


class LayerNormSingleRow(LayerNorm):
    """A shortcut for one instance that leaves the gain out of its own gradient's sum axis."""

    @staticmethod
    def backward(context, go):
        grad, gain, shift = LayerNorm.backward(context, go)
        return grad, (go * context["gain"]).sum(axis=0) if len(go) == 1 else gain, shift


class BatchNorm:
    """Each column centred and scaled over the batch."""

    @staticmethod
    def forward(context, x, eps=1e-5):
        centred = x - x.mean(axis=0)
        root = np.sqrt((centred**2).mean(axis=0) + eps)
        context["root"], context["unit"] = root, centred / root
        return context["unit"].copy()

    @staticmethod
    def backward(context, go):
        unit = context["unit"]
        return (go - go.mean(axis=0) - unit * (go * unit).mean(axis=0)) / context["root"]


class BatchNormFrozen(BatchNorm):
    """As in evaluation, where mean and variance are constants."""

    @staticmethod
    def backward(context, go):
        return go / context["root"]


class BatchNormUnbiased(BatchNorm):
    """n - 1 in one of the two means."""

    @staticmethod
    def backward(context, go):
        unit, count = context["unit"], max(len(context["unit"]) - 1, 1)
        return (go - go.mean(axis=0) - unit * (go * unit).sum(axis=0) / count) / context["root"]


class BatchNormAlongRows(BatchNorm):
    """The means along axis 1, where the sides allow it."""

    @staticmethod
    def backward(context, go):
        unit = context["unit"]
        if go.shape[0] != go.shape[1]:
            return BatchNorm.backward(context, go)
        return (go - go.mean(axis=1) - unit * (go * unit).mean(axis=1)) / context["root"]


class SoftmaxAlong:
    @staticmethod
    def forward(context, x, axis=-1):
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        context["axis"], context["p"] = axis, e / e.sum(axis=axis, keepdims=True)
        return context["p"].copy()

    @staticmethod
    def backward(context, go):
        p = context["p"]
        return p * (go - (go * p).sum(axis=context["axis"], keepdims=True))


class SoftmaxAlongLast(SoftmaxAlong):
    """Right for the default axis."""

    @staticmethod
    def backward(context, go):
        p = context["p"]
        return p * (go - (go * p).sum(axis=-1, keepdims=True))


class SoftmaxAlongPositive(SoftmaxAlong):
    """Right for axes counted from the front, and for -1."""

    @staticmethod
    def backward(context, go):
        p, axis = context["p"], context["axis"]
        axis = axis if axis >= -1 else p.ndim - 1
        return p * (go - (go * p).sum(axis=axis, keepdims=True))


class SoftmaxTemperature:
    @staticmethod
    def forward(context, x, temperature=1.0):
        z = x / temperature
        e = np.exp(z - z.max(axis=1, keepdims=True))
        context["t"], context["p"] = temperature, e / e.sum(axis=1, keepdims=True)
        return context["p"].copy()

    @staticmethod
    def backward(context, go):
        p = context["p"]
        return p * (go - (go * p).sum(axis=1, keepdims=True)) / context["t"]


class SoftmaxTemperatureForgotten(SoftmaxTemperature):
    """Right for a temperature of 1."""

    @staticmethod
    def backward(context, go):
        p = context["p"]
        return p * (go - (go * p).sum(axis=1, keepdims=True))


class Centre:
    """x minus the mean of its row."""

    @staticmethod
    def forward(context, x):
        return x - x.mean(axis=1, keepdims=True)

    @staticmethod
    def backward(context, go):
        return go - go.mean(axis=1, keepdims=True)


class CentreIsConstant(Centre):
    @staticmethod
    def backward(context, go):
        return go.copy()


class CentreOverall(Centre):
    """Subtracts the mean of everything: right for one row."""

    @staticmethod
    def backward(context, go):
        return go - (go.mean() if go.size else 0)


class SafeDivision:
    """x / (x² + ε)."""

    @staticmethod
    def forward(context, x, eps=1e-3):
        context["x"], context["eps"] = x, eps
        return x / (x * x + eps)

    @staticmethod
    def backward(context, go):
        x, eps = context["x"], context["eps"]
        return go * (eps - x * x) / (x * x + eps) ** 2


class SafeDivisionForgetsEpsilon(SafeDivision):
    @staticmethod
    def backward(context, go):
        x, eps = context["x"], context["eps"]
        return -go * x * x / (x * x + eps) ** 2


class SafeDivisionByEpsilon(SafeDivision):
    """(1 - x²/ε) / (1 + x²/ε)² / ε: NaN for ε = 0."""

    @staticmethod
    def backward(context, go):
        share = context["x"] ** 2 / np.float64(context["eps"]).astype(go.dtype)
        return (go * (1 - share) / (1 + share) ** 2 / np.float64(context["eps"])).astype(go.dtype)
