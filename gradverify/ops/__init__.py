"""The ops that ship with gradverify, in plain NumPy: one class each, with static `forward` and `backward`.

They take float arrays of one dtype and return that dtype; object arrays of exact numbers run through the same lines.
Inputs are saved by reference, so writing into one between `forward` and `backward` changes the gradient.
"""

from gradverify.ops.activations import GELU, ReLU, Sigmoid, Softplus, Tanh
from gradverify.ops.affine import Affine
from gradverify.ops.arithmetic import Add, Identity, Multiply, Power, Sub
from gradverify.ops.attention import Attention, CausalAttention
from gradverify.ops.broadcast import Broadcast, BroadcastMap, Expand, sum_to_shape
from gradverify.ops.division import Division
from gradverify.ops.elementwise import Exp, Log, Map, Sqrt, Square
from gradverify.ops.indexing import Embedding, Select
from gradverify.ops.linear_algebra import Inverse, LogDet, Solve
from gradverify.ops.matmul import Linear, MatMul
from gradverify.ops.normalize import Normalize
from gradverify.ops.norms import BatchNorm, LayerNorm, RMSNorm
from gradverify.ops.rearrange import (
    Concatenate,
    Flatten,
    Permute,
    PermuteAxes,
    Squeeze,
    StridedSlice,
    Transpose,
    Unsqueeze,
)
from gradverify.ops.reductions import RowMax, RowSum, Sum
from gradverify.ops.scans import CumSum, Prod
from gradverify.ops.softmax import CrossEntropy, LogSoftmax, Softmax
from gradverify.ops.statistics import LogSumExp, RowMean, RowVariance
from gradverify.ops.stretched import AddRow, Negate, SubColumn
from gradverify.ops.windows import Conv2d, MaxPool

__all__ = [
    "GELU",
    "Add",
    "AddRow",
    "Affine",
    "Attention",
    "BatchNorm",
    "Broadcast",
    "BroadcastMap",
    "CausalAttention",
    "Concatenate",
    "Conv2d",
    "CrossEntropy",
    "CumSum",
    "Division",
    "Embedding",
    "Exp",
    "Expand",
    "Flatten",
    "Identity",
    "Inverse",
    "LayerNorm",
    "Linear",
    "Log",
    "LogDet",
    "LogSoftmax",
    "LogSumExp",
    "Map",
    "MatMul",
    "MaxPool",
    "Multiply",
    "Negate",
    "Normalize",
    "Permute",
    "PermuteAxes",
    "Power",
    "Prod",
    "RMSNorm",
    "ReLU",
    "RowMax",
    "RowMean",
    "RowSum",
    "RowVariance",
    "Select",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Solve",
    "Sqrt",
    "Square",
    "Squeeze",
    "StridedSlice",
    "Sub",
    "SubColumn",
    "Sum",
    "Tanh",
    "Transpose",
    "Unsqueeze",
    "sum_to_shape",
]
