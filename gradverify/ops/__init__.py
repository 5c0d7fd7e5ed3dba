"""The ops that ship with gradverify, in plain NumPy: one class each, with static `forward` and `backward`.

They take float arrays of one dtype and return that dtype; object arrays of exact numbers run through the same lines.
Inputs are saved by reference, so writing into one between `forward` and `backward` changes the gradient.
"""

from gradverify.ops.activations import GELU, ReLU, Sigmoid, Softplus, Tanh
from gradverify.ops.affine import Affine
from gradverify.ops.arithmetic import Add, Identity, Multiply, Power, Sub
from gradverify.ops.broadcast import Broadcast, BroadcastMap, Expand, sum_to_shape
from gradverify.ops.division import Division
from gradverify.ops.elementwise import Exp, Log, Map, Sqrt, Square
from gradverify.ops.indexing import Embedding, Select
from gradverify.ops.matmul import Linear, MatMul
from gradverify.ops.normalize import Normalize
from gradverify.ops.reductions import RowMax, RowSum, Sum
from gradverify.ops.softmax import CrossEntropy, LogSoftmax, Softmax
from gradverify.ops.statistics import LogSumExp, RowMean, RowVariance

__all__ = [
    "GELU",
    "Add",
    "Affine",
    "Broadcast",
    "BroadcastMap",
    "CrossEntropy",
    "Division",
    "Embedding",
    "Exp",
    "Expand",
    "Identity",
    "Linear",
    "Log",
    "LogSoftmax",
    "LogSumExp",
    "Map",
    "MatMul",
    "Multiply",
    "Normalize",
    "Power",
    "ReLU",
    "RowMax",
    "RowMean",
    "RowSum",
    "RowVariance",
    "Select",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Sqrt",
    "Square",
    "Sub",
    "Sum",
    "Tanh",
    "sum_to_shape",
]
