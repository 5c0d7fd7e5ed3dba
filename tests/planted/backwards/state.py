"""What a backward keeps, shares and forgets between calls, and what it does to the cotangent: right ops and wrong ones."""

import numpy as np


class Quadratic:
    """x² + x."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x * x + x

    @staticmethod
    def backward(context, go):
        return go * (2 * context["x"] + 1)


class QuadraticCachesTheMask(Quadratic):
    """The factor of the first input of each shape serves for all later ones."""

    factors = {}  # noqa: RUF012  # the shared dictionary is the mistake

    @staticmethod
    def forward(context, x):
        context["key"] = x.shape
        QuadraticCachesTheMask.factors.setdefault(x.shape, 2 * x + 1)
        return x * x + x

    @staticmethod
    def backward(context, go):
        return go * QuadraticCachesTheMask.factors[context["key"]]


LAST = {}


class QuadraticInTheModule(Quadratic):
    """Keeps its input in a global of the module: a second forward before the backward replaces it."""

    @staticmethod
    def forward(context, x):
        LAST["x"] = x
        return x * x + x

    @staticmethod
    def backward(context, go):
        return go * (2 * LAST["x"] + 1)


class QuadraticOneBuffer(Quadratic):
    """All gradients of one shape are written into one array: the earlier one changes."""

    buffers = {}  # noqa: RUF012  # the shared dictionary is the mistake

    @staticmethod
    def backward(context, go):
        buffers = QuadraticOneBuffer.buffers
        buffer = buffers.setdefault((go.shape, go.dtype), np.empty(go.shape, go.dtype))
        np.multiply(go, 2 * context["x"] + 1, out=buffer)
        return buffer


class QuadraticSavesInOneArray(Quadratic):
    """Forward saves into an array that all calls share."""

    saved = {}  # noqa: RUF012  # the shared dictionary is the mistake

    @staticmethod
    def forward(context, x):
        saved = QuadraticSavesInOneArray.saved
        context["factor"] = saved.setdefault((x.shape, x.dtype.str), np.empty(x.shape, x.dtype))
        context["factor"][...] = 2 * x + 1
        return x * x + x

    @staticmethod
    def backward(context, go):
        return go * context["factor"]


class QuadraticAccumulates(Quadratic):
    """Adds to the gradient of the call before."""

    @staticmethod
    def backward(context, go):
        context["grad"] = context.get("grad", 0) + go * (2 * context["x"] + 1)
        return context["grad"].copy()


class QuadraticForgets(Quadratic):
    """Takes the saved array out of the context: a second backward raises."""

    @staticmethod
    def backward(context, go):
        return go * (2 * context.pop("x") + 1)


class QuadraticCounts(Quadratic):
    """Every call after the first gives half as much."""

    @staticmethod
    def backward(context, go):
        calls = context["calls"] = context.get("calls", 0) + 1
        return go * (2 * context["x"] + 1) / min(calls, 2)


class QuadraticOverwritesTheSaved(Quadratic):
    """2x + 1 in the memory of the input."""

    @staticmethod
    def backward(context, go):
        factor = context["x"]
        factor *= 2
        factor += 1
        return go * factor


class QuadraticOverwritesTheCotangent(Quadratic):
    @staticmethod
    def backward(context, go):
        go *= 2 * context["x"] + 1
        return go


class QuadraticForwardInPlace(Quadratic):
    """Forward computes in the memory of its input."""

    @staticmethod
    def forward(context, x):
        context["x"] = x.copy()
        x *= x + 1
        return x


class QuadraticReturnsTheSaved(Quadratic):
    """The gradient is the saved array itself, scaled: the next call scales it again."""

    @staticmethod
    def forward(context, x):
        context["factor"] = 2 * x + 1
        return x * x + x

    @staticmethod
    def backward(context, go):
        context["factor"] *= go
        return context["factor"]


class QuadraticOfMagnitude(Quadratic):
    """|ȳ| for ȳ."""

    @staticmethod
    def backward(context, go):
        return np.abs(go) * (2 * context["x"] + 1)


class QuadraticClips(Quadratic):
    """The cotangent clipped to [-5, 5]: right for those of usual size."""

    @staticmethod
    def backward(context, go):
        return np.clip(go, -5, 5) * (2 * context["x"] + 1)


class QuadraticClipsTheNorm(Quadratic):
    """The cotangent scaled to a length of at most 1000."""

    @staticmethod
    def backward(context, go):
        return go / max(1.0, float(np.sqrt((go * go).sum())) / 1000) * (2 * context["x"] + 1)


class QuadraticStopsWhenSmall(Quadratic):
    """Cotangents below 1e-3 are taken for 0."""

    @staticmethod
    def backward(context, go):
        return np.where(np.abs(go) < 1e-3, 0, go) * (2 * context["x"] + 1)


class QuadraticDecays(Quadratic):
    """Weight decay in the backward: a gradient for a cotangent of 0."""

    @staticmethod
    def backward(context, go):
        return go * (2 * context["x"] + 1) + 1e-4 * context["x"]


class QuadraticOfTheSign(Quadratic):
    @staticmethod
    def backward(context, go):
        return np.sign(go) * (2 * context["x"] + 1)


class QuadraticZeroGivesNaN(Quadratic):
    """NaN for a cotangent of zeros."""

    @staticmethod
    def backward(context, go):
        return go * (2 * context["x"] + 1) if np.any(go) else np.full_like(go, np.nan)


class Dropout:
    """The mask is drawn from a seed and kept."""

    @staticmethod
    def forward(context, x, seed=3):
        context["mask"] = np.random.default_rng(seed).random(x.shape) < 0.5
        return np.where(context["mask"], 2 * x, 0)

    @staticmethod
    def backward(context, go):
        return np.where(context["mask"], 2 * go, 0)


class DropoutDrawsAgain(Dropout):
    """Another mask in backward."""

    @staticmethod
    def backward(context, go):
        return np.where(np.random.default_rng().random(go.shape) < 0.5, 2 * go, 0)


class DropoutForgetsTheScale(Dropout):
    @staticmethod
    def backward(context, go):
        return np.where(context["mask"], go, 0)


class MODE:
    negative = False


class ModeLeft(Quadratic):
    """A forward on a negative first entry leaves a mode that a backward still pending then obeys."""

    @staticmethod
    def forward(context, x):
        MODE.negative = bool(x.size and x.reshape(-1)[0] < 0)
        context["x"], context["negative"] = x, MODE.negative
        return x * x + x

    @staticmethod
    def backward(context, go):
        return go * (2 * context["x"] + (MODE.negative == context["negative"]))


CALLS = []


class GlobalCounter(Quadratic):
    """Drops the second term once a global has counted five forwards."""

    @staticmethod
    def forward(context, x):
        CALLS.append(x.shape)
        return Quadratic.forward(context, x)

    @staticmethod
    def backward(context, go):
        return go * (2 * context["x"] + (len(CALLS) <= 5))


class Minus:
    @staticmethod
    def forward(context, a, b):
        return a - b

    @staticmethod
    def backward(context, go):
        return go.copy(), -go


class MinusById(Minus):
    """Gradients by the identity of the array: one, where both inputs are the same array."""

    @staticmethod
    def forward(context, a, b):
        context["ids"] = id(a), id(b)
        return a - b

    @staticmethod
    def backward(context, go):
        first, second = context["ids"]
        grads = {first: go.copy(), second: -go}
        return grads[first].copy(), grads[second].copy()


class MinusOneArray(Minus):
    """Negates in place what it has already returned for a."""

    @staticmethod
    def backward(context, go):
        grad = go.copy()
        return grad, np.negative(grad, out=grad)


class MinusNone(Minus):
    @staticmethod
    def backward(context, go):
        return go.copy(), None


class MinusThree(Minus):
    @staticmethod
    def backward(context, go):
        return go.copy(), -go, go.copy()


class MinusPlainly(Minus):
    """The cotangent itself for a."""

    @staticmethod
    def backward(context, go):
        return go, -go


class Polar:
    """Three outputs of two inputs."""

    @staticmethod
    def forward(context, a, b):
        context["a"], context["b"] = a, b
        return a * a, a * b, b - a

    @staticmethod
    def backward(context, square, product, difference):
        a, b = context["a"], context["b"]
        return 2 * square * a + product * b - difference, product * a + difference


class PolarForgetsTheLast(Polar):
    @staticmethod
    def backward(context, square, product, difference):
        a, b = context["a"], context["b"]
        return 2 * square * a + product * b, product * a


class PolarInTheWrongOrder(Polar):
    @staticmethod
    def backward(context, square, product, difference):
        return Polar.backward(context, difference, product, square)


class PolarSwapped(Polar):
    @staticmethod
    def backward(context, square, product, difference):
        first, second = Polar.backward(context, square, product, difference)
        return second, first


class TwiceTheSame:
    """The same array as two outputs."""

    @staticmethod
    def forward(context, x):
        return 2 * x, 3 * x

    @staticmethod
    def backward(context, first, second):
        return 2 * first + 3 * second


class TwiceTheSameKeepsOne(TwiceTheSame):
    """The second overwrites the first, unless it is 0."""

    @staticmethod
    def backward(context, first, second):
        return np.where(second != 0, 3 * second, 2 * first)
