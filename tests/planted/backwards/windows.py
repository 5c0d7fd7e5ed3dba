"""Padding, pooling, overlapping windows and convolution along one axis: right ops and wrong ones."""

import numpy as np


class Pad:
    """Zeros on both sides of every row."""

    @staticmethod
    def forward(context, x, padding=1):
        context["padding"] = padding
        return np.pad(x, ((0, 0), (padding, padding)))

    @staticmethod
    def backward(context, go):
        p = context["padding"]
        return go[:, p : go.shape[1] - p].copy()


class PadFromTheEnd(Pad):
    """[p:-p] is empty for p = 0."""

    @staticmethod
    def backward(context, go):
        p = context["padding"]
        return go[:, p:-p].copy()


class PadToThree:
    """Zeros at the end of every row, up to a multiple of three."""

    @staticmethod
    def forward(context, x):
        context["missing"] = -x.shape[1] % 3
        return np.pad(x, ((0, 0), (0, context["missing"])))

    @staticmethod
    def backward(context, go):
        return go[:, : go.shape[1] - context["missing"]].copy()


class PadToThreeFromTheEnd(PadToThree):
    """[:-0] is empty: wrong where nothing was missing."""

    @staticmethod
    def backward(context, go):
        return go[:, : -context["missing"]].copy()


class PadToThreeFromTheFront(PadToThree):
    @staticmethod
    def backward(context, go):
        return go[:, context["missing"] :].copy()


class Windows:
    """All windows of `size` neighbours at every `step`-th place of a row; what does not fill one is left out."""

    @staticmethod
    def starts(n, size, step):
        return range(0, max(n - size + 1, 0), step)

    @staticmethod
    def forward(context, x, size=2, step=2):
        starts = Windows.starts(x.shape[1], size, step)
        context.update(shape=x.shape, size=size, starts=starts)
        windows = [x[:, s : s + size] for s in starts]
        return np.stack(windows, axis=1) if windows else np.zeros((x.shape[0], 0, size), x.dtype)

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], go.dtype)
        for k, s in enumerate(context["starts"]):
            grad[:, s : s + context["size"]] += go[:, k]
        return grad


class WindowsAssign(Windows):
    """Right without overlap."""

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], go.dtype)
        for k, s in enumerate(context["starts"]):
            grad[:, s : s + context["size"]] = go[:, k]
        return grad


class WindowsReshape(Windows):
    """Right without overlap, and where no column is left over."""

    @staticmethod
    def backward(context, go):
        return go.reshape(go.shape[0], -1).copy()


class WindowsNormalised(Windows):
    """Divides by how often a column was used."""

    @staticmethod
    def backward(context, go):
        grad = Windows.backward(context, go)
        times = Windows.backward(context, np.ones_like(go))
        return grad / np.maximum(times, 1)


class AveragePool:
    """Means of pairs; an odd column is left out."""

    @staticmethod
    def forward(context, x):
        k = x.shape[1] // 2
        context["shape"] = x.shape
        return (x[:, : 2 * k : 2] + x[:, 1 : 2 * k : 2]) / 2

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], go.dtype)
        k = go.shape[1]
        grad[:, : 2 * k] = np.repeat(go / 2, 2, axis=1)
        return grad


class AveragePoolEven(AveragePool):
    """Fits rows of even length."""

    @staticmethod
    def backward(context, go):
        return np.repeat(go / 2, 2, axis=1)


class AveragePoolStretches(AveragePool):
    """The column left out gets its neighbour's cotangent."""

    @staticmethod
    def backward(context, go):
        grad = AveragePool.backward(context, go)
        if grad.shape[1] % 2 and grad.shape[1] > 1:
            grad[:, -1] = go[:, -1] / 2
        return grad


class AveragePoolSums(AveragePool):
    @staticmethod
    def backward(context, go):
        return 2 * AveragePool.backward(context, go)


class Convolution:
    """Each row of x with a kernel w, without padding: y_i = Σ_j x_{i+j} w_j."""

    @staticmethod
    def forward(context, x, w):
        assert x.shape[1] >= len(w) > 0, "the kernel does not fit"
        context["x"], context["w"] = x, w
        n = x.shape[1] - len(w) + 1
        return sum(x[:, j : j + n] * w[j] for j in range(len(w)))

    @staticmethod
    def backward(context, go):
        x, w = context["x"], context["w"]
        n = go.shape[1]
        grad_x, grad_w = np.zeros(x.shape, go.dtype), np.zeros(w.shape, go.dtype)
        for j in range(len(w)):
            grad_x[:, j : j + n] += go * w[j]
            grad_w[j] = (go * x[:, j : j + n]).sum()
        return grad_x, grad_w


class ConvolutionFlipped(Convolution):
    """The kernel the wrong way round: right for kernels of length 1 and symmetric ones."""

    @staticmethod
    def backward(context, go):
        context = {"x": context["x"], "w": context["w"][::-1]}
        return Convolution.backward(context, go)


class ConvolutionOverwrites(Convolution):
    """= for +=: right for kernels of length 1."""

    @staticmethod
    def backward(context, go):
        grad_x, grad_w = Convolution.backward(context, go)
        n = go.shape[1]
        for j, weight in enumerate(context["w"]):
            grad_x[:, j : j + n] = go * weight
        return grad_x, grad_w


class ConvolutionAveragesTheBatch(Convolution):
    """Right for one row."""

    @staticmethod
    def backward(context, go):
        grad_x, grad_w = Convolution.backward(context, go)
        return grad_x, grad_w / max(len(go), 1)


class ConvolutionLastWeight(Convolution):
    """The loop over the kernel ends one too early, from three weights on."""

    @staticmethod
    def backward(context, go):
        grad_x, grad_w = Convolution.backward(context, go)
        if len(grad_w) > 2:
            grad_w[-1] = 0
        return grad_x, grad_w


class Differences:
    """x_{i+1} - x_i along each row."""

    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return x[:, 1:] - x[:, :-1]

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], go.dtype)
        grad[:, 1:] += go
        grad[:, :-1] -= go
        return grad


class DifferencesAssign(Differences):
    """Only the last of the two writes is left."""

    @staticmethod
    def backward(context, go):
        grad = np.zeros(context["shape"], go.dtype)
        grad[:, 1:] = go
        grad[:, :-1] = -go
        return grad


class DifferencesNegated(Differences):
    @staticmethod
    def backward(context, go):
        return -Differences.backward(context, go)
