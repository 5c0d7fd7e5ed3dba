"""How arrays lie in memory: right ops, and backwards that are right for writable C-ordered arrays of native bytes only."""

import numpy as np


class Affine:
    """x² scaled by 1/2."""

    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x * x / 2

    @staticmethod
    def backward(context, go):
        return go * context["x"]


class AffineFromTheBuffer(Affine):
    """Reads the cotangent's memory as it lies, from its first byte on."""

    @staticmethod
    def backward(context, go):
        owner = go
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        flat = owner.ravel("K")[: go.size]
        return np.resize(flat, go.shape) * context["x"] if go.size else go.copy()


class AffineFortran(Affine):
    """Keeps the cotangent's order for the flat copy, not for x."""

    @staticmethod
    def backward(context, go):
        return (go.ravel("A") * context["x"].ravel()).reshape(go.shape)


class AffineInputInMemoryOrder(Affine):
    """The input in its memory order, the cotangent in C order."""

    @staticmethod
    def backward(context, go):
        return (go.ravel() * context["x"].ravel("K")).reshape(go.shape)


class AffineReversed(Affine):
    """Walks along the memory forwards, as if no stride were negative."""

    @staticmethod
    def backward(context, go):
        forwards = go[(..., *(slice(None, None, -1 if stride < 0 else 1) for stride in go.strides))]
        return forwards * context["x"]


class AffineBroadcastIsNothing(Affine):
    """Takes a cotangent with a stride of zero for one that holds nothing."""

    @staticmethod
    def backward(context, go):
        if 0 in go.strides and go.size > 1:
            return np.zeros_like(context["x"])
        return go * context["x"]


class AffineDemandsContiguous(Affine):
    """Demands one segment of memory."""

    @staticmethod
    def backward(context, go):
        if go.size and not go.flags.forc:
            raise ValueError("the cotangent must be contiguous")
        return go * context["x"]


class AffineIntoTheView(Affine):
    """Writes into a flat view, which is a copy where the array is not contiguous."""

    @staticmethod
    def backward(context, go):
        grad = np.empty_like(go)
        grad[...] = 0
        flat = grad.reshape(-1)
        flat[...] = (go * context["x"]).reshape(-1)
        return grad


class AffineReadOnly(Affine):
    """Multiplies a read-only cotangent in place, others in a copy."""

    @staticmethod
    def backward(context, go):
        grad = go if not go.flags.writeable else go.copy()
        grad *= context["x"]
        return grad


class AffineAlreadyContiguous(Affine):
    """ascontiguousarray copies only what is not contiguous: the cotangent itself is overwritten."""

    @staticmethod
    def backward(context, go):
        grad = np.ascontiguousarray(go)
        grad *= context["x"]
        return grad


class AffineSortsTheSaved(Affine):
    """Sorts the saved input, which is the caller's, after use."""

    @staticmethod
    def backward(context, go):
        grad = go * context["x"]
        context["x"].sort(axis=-1)
        return grad


class AffineNativeBytes(Affine):
    """Reads the bytes as those of this machine."""

    @staticmethod
    def backward(context, go):
        return go * context["x"].view(context["x"].dtype.newbyteorder("="))


class AffineAsDouble(Affine):
    """float64 for every cotangent: wider than asked, and right."""

    @staticmethod
    def backward(context, go):
        return go.astype(np.float64) * context["x"]


class AffineAsSingle(Affine):
    @staticmethod
    def backward(context, go):
        return (go * context["x"]).astype(np.float32)


class AffineWhole(Affine):
    """The dtype of an integer array that numbers the rows."""

    @staticmethod
    def backward(context, go):
        grad = np.zeros(go.shape, dtype=np.int64)
        grad[...] = go * context["x"]
        return grad


class Flip:
    """A view in, a view out."""

    @staticmethod
    def forward(context, x):
        return x[::-1]

    @staticmethod
    def backward(context, go):
        return go[::-1]


class FlipNot(Flip):
    """Right for one row."""

    @staticmethod
    def backward(context, go):
        return go


class SwapFirstAxes:
    """A view of three axes."""

    @staticmethod
    def forward(context, x):
        return x.swapaxes(0, 1)

    @staticmethod
    def backward(context, go):
        return go.swapaxes(0, 1)


class Reshaped:
    """Pairs of entries: (m, n, 2) to (m, 2n)."""

    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return x.reshape(x.shape[0], x.shape[1] * x.shape[2])

    @staticmethod
    def backward(context, go):
        return go.reshape(context["shape"])


class ReshapedInColumns(Reshaped):
    @staticmethod
    def backward(context, go):
        return go.reshape(context["shape"], order="F")


class ReshapedAxesExchanged(Reshaped):
    """As if the pairs stood apart, all first ones before all second ones: right for n = 1."""

    @staticmethod
    def backward(context, go):
        m, n, k = context["shape"]
        return go.reshape(m, k, n).swapaxes(1, 2)


class SharedWithTheInput:
    """y = a + b·a for a fixed b: the gradient of a is right, that of b is a itself."""

    @staticmethod
    def forward(context, a, b):
        context["a"], context["b"] = a, b
        return a + b * a

    @staticmethod
    def backward(context, go):
        return go * (1 + context["b"]), go * context["a"]


class SharedWithTheInputWrites(SharedWithTheInput):
    """Computes the second gradient in the memory of the saved input."""

    @staticmethod
    def backward(context, go):
        first = go * (1 + context["b"])
        return first, np.multiply(context["a"], go, out=context["a"])


class SumToTheView:
    """Σ of everything, as a read-only view of one number: right, though nobody can write into it."""

    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return np.asarray(x.sum())

    @staticmethod
    def backward(context, go):
        return np.broadcast_to(go, context["shape"])


class SaveAView:
    """Saves a view of its input: right as long as nobody writes into it."""

    @staticmethod
    def forward(context, x):
        context["view"] = x[:, ::-1]
        return x * x

    @staticmethod
    def backward(context, go):
        return 2 * go * context["view"][:, ::-1]


class SaveAViewOfTheOutput:
    """exp: saves a view of its own output."""

    @staticmethod
    def forward(context, x):
        y = np.exp(x)
        context["y"] = y.T
        return y

    @staticmethod
    def backward(context, go):
        return go * context["y"].T


class SaveAViewOfTheOutputWrites(SaveAViewOfTheOutput):
    @staticmethod
    def backward(context, go):
        grad = context["y"].T
        grad *= go
        return grad
