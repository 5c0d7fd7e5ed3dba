"""What floats cannot do, and constants that are nearly right: each right op, then backwards that lose it."""

import numpy as np


class StableSigmoid:
    @staticmethod
    def forward(context, x):
        e = np.exp(-np.abs(x))
        context["x"], context["y"] = x, np.where(x >= 0, 1, e) / (1 + e)
        return context["y"].copy()

    @staticmethod
    def backward(context, go):
        e = np.exp(-np.abs(context["x"]))
        return go * e / (1 + e) ** 2


class StableSigmoidOverflows(StableSigmoid):
    """NaN from x = 710 on, in float32 from 89 on."""

    @staticmethod
    def backward(context, go):
        e = np.exp(context["x"])
        return go * e / (1 + e) ** 2


class StableSoftplus:
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    @staticmethod
    def backward(context, go):
        x = context["x"]
        e = np.exp(-np.abs(x))
        return go * np.where(x >= 0, 1, e) / (1 + e)


class StableSoftplusOverflows(StableSoftplus):
    """exp(800) / (1 + exp(800)) is NaN."""

    @staticmethod
    def backward(context, go):
        e = np.exp(context["x"])
        return go * e / (1 + e)


class StableSoftplusCutOff(StableSoftplus):
    """A threshold, below which the slope is taken for 0: too high."""

    @staticmethod
    def backward(context, go):
        return np.where(context["x"] < -5, 0, StableSoftplus.backward(context, go))


class LogSumExp:
    @staticmethod
    def forward(context, x):
        top = x.max(axis=1, keepdims=True)
        context["x"] = x
        return np.log(np.exp(x - top).sum(axis=1)) + top[:, 0]

    @staticmethod
    def backward(context, go):
        x = context["x"]
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return go[:, None] * e / e.sum(axis=1, keepdims=True)


class LogSumExpUnshifted(LogSumExp):
    """Right until exp overflows."""

    @staticmethod
    def backward(context, go):
        e = np.exp(context["x"])
        return go[:, None] * e / e.sum(axis=1, keepdims=True)


class LogSumExpDiagonal(LogSumExp):
    """Without the denominator."""

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return go[:, None] * np.exp(x - x.max(axis=1, keepdims=True))


class Bump:
    """1 / (1 + x²)."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return 1 / (1 + x * x)

    @staticmethod
    def backward(context, go):
        x = context["x"]
        return -2 * go * x / (1 + x * x) ** 2


class BumpFlushesSmall(Bump):
    """Slopes below 1e-6 are taken for 0."""

    @staticmethod
    def backward(context, go):
        return np.where(np.abs(context["x"]) < 1e-6, 0, Bump.backward(context, go))


class BumpFlushesLarge(Bump):
    """Beyond 30 the slope is taken for 0."""

    @staticmethod
    def backward(context, go):
        return np.where(np.abs(context["x"]) > 30, 0, Bump.backward(context, go))


class BumpBeyondAHundred(Bump):
    """Cubes overflow nowhere, but the sign is lost beyond 100."""

    @staticmethod
    def backward(context, go):
        grad = Bump.backward(context, go)
        return np.where(np.abs(context["x"]) > 100, -grad, grad)


class BumpNearly(Bump):
    """Wrong by a share of 1e-9."""

    @staticmethod
    def backward(context, go):
        return Bump.backward(context, go) * (1 + 1e-9)


class BumpNoisy(Bump):
    """Another gradient at every call, nearly right."""

    @staticmethod
    def backward(context, go):
        grad = Bump.backward(context, go)
        return grad * (1 + 1e-6 * np.random.default_rng().standard_normal(grad.shape).astype(grad.dtype))


class BumpInSingle(Bump):
    """float32 inside, float64 outside."""

    @staticmethod
    def backward(context, go):
        x, g = context["x"].astype(np.float32), go.astype(np.float32)
        return (-2 * g * x / (1 + x * x) ** 2).astype(context["x"].dtype)


class BumpInHalf(Bump):
    @staticmethod
    def backward(context, go):
        return Bump.backward(context, go).astype(np.float16)


class BumpByDifference(Bump):
    """A one-sided difference for the slope."""

    @staticmethod
    def backward(context, go):
        x, h = context["x"], 1e-6
        return go * (1 / (1 + (x + h) ** 2) - 1 / (1 + x * x)) / h


class Log2:
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return np.log2(x)

    @staticmethod
    def backward(context, go):
        return go / (context["x"] * float(np.log(2)))


class Log2Rounded(Log2):
    """ln 2 to seven digits."""

    @staticmethod
    def backward(context, go):
        return go / (context["x"] * 0.6931472)


class Degrees:
    """sin of an angle in degrees."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return np.sin(x * (np.pi / 180))

    @staticmethod
    def backward(context, go):
        return go * np.cos(context["x"] * (np.pi / 180)) * (np.pi / 180)


class DegreesPi(Degrees):
    """π for 3.14159."""

    @staticmethod
    def backward(context, go):
        return go * np.cos(context["x"] * (np.pi / 180)) * (3.14159 / 180)


class DegreesInRadians(Degrees):
    """cos of the number of degrees."""

    @staticmethod
    def backward(context, go):
        return go * np.cos(context["x"]) * (np.pi / 180)


class TanhGELU:
    """x/2 · (1 + tanh(√(2/π)(x + 0.044715x³)))."""

    @staticmethod
    def forward(context, x):
        c = float(np.sqrt(2 / np.pi))
        context["x"], context["t"] = x, np.tanh(c * (x + 0.044715 * x**3))
        return 0.5 * x * (1 + context["t"])

    @staticmethod
    def backward(context, go):
        x, t, c = context["x"], context["t"], float(np.sqrt(2 / np.pi))
        return go * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x**2))


class TanhGELUForgetsThree(TanhGELU):
    @staticmethod
    def backward(context, go):
        x, t, c = context["x"], context["t"], float(np.sqrt(2 / np.pi))
        return go * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 0.044715 * x**2))


class TanhGELURounded(TanhGELU):
    """0.0447 for 0.044715."""

    @staticmethod
    def backward(context, go):
        x, t, c = context["x"], context["t"], float(np.sqrt(2 / np.pi))
        return go * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.0447 * x**2))


class SiLU:
    @staticmethod
    def forward(context, x):
        context["x"], context["s"] = x, StableSigmoid.forward({}, x)
        return x * context["s"]

    @staticmethod
    def backward(context, go):
        x, s = context["x"], context["s"]
        return go * (s + x * s * (1 - s))


class SiLUWithoutProductRule(SiLU):
    @staticmethod
    def backward(context, go):
        return go * context["s"]


class Blocks:
    """x³ - x, worked off in blocks."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x**3 - x

    @staticmethod
    def backward(context, go):
        return go * (3 * context["x"] ** 2 - 1)


class BlocksOf128(Blocks):
    """The remainder after whole blocks of 128 is not added."""

    @staticmethod
    def backward(context, go):
        grad = Blocks.backward(context, go)
        if len(grad) > 128:
            grad[len(grad) // 128 * 128 :] = 0
        return grad


class BlocksOf16(Blocks):
    """From the seventeenth column on, every column gets that of the block before."""

    @staticmethod
    def backward(context, go):
        grad = Blocks.backward(context, go)
        grad[:, 16:] = grad[:, : max(grad.shape[1] - 16, 0)].copy()
        return grad


class BlocksOneRow(Blocks):
    """A shortcut for a single row forgets the square."""

    @staticmethod
    def backward(context, go):
        return go * (3 * context["x"] - 1) if len(go) == 1 else Blocks.backward(context, go)


class BlocksOfNothing(Blocks):
    """Raises for an empty array."""

    @staticmethod
    def backward(context, go):
        scale = np.abs(go).max()
        return (go / scale) * (3 * context["x"] ** 2 - 1) * scale if scale else np.zeros_like(go)


class BlocksOnSquare(Blocks):
    """Wrong on square matrices alone."""

    @staticmethod
    def backward(context, go):
        grad = Blocks.backward(context, go)
        return grad.T.copy() if grad.shape[0] == grad.shape[1] else grad


class BlocksWithoutX(Blocks):
    """A missing term."""

    @staticmethod
    def backward(context, go):
        return 3 * go * context["x"] ** 2


class BlocksFirstPower(Blocks):
    @staticmethod
    def backward(context, go):
        return go * (3 * context["x"] - 1)
