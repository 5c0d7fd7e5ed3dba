"""Each op's backward at 512×512 beside the fastest plain NumPy formulation of it, in the same run.

The plain one does what the op's mathematics needs and nothing else: no checks, no context, no copies beyond the result.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradverify import ops

WANTED = 1.2
"""How many times the plain formulation an op's backward may take."""

ROUNDS = 41
SIDE = 512

random = np.random.default_rng(0)
x, u, v = (random.uniform(0.5, 2, (SIDE, SIDE)) for _ in range(3))
y_bar = random.standard_normal((SIDE, SIDE))
row, column = random.uniform(0.5, 2, SIDE), random.uniform(0.5, 2, (SIDE, 1))
row_bar, column_bar = random.standard_normal(SIDE), random.standard_normal((SIDE, 1))
places = random.integers(0, SIDE, SIDE)
every = np.arange(SIDE)


def scattered_one():
    x_bar = np.zeros((SIDE, SIDE))
    x_bar[every, places] = row_bar
    return x_bar


def scattered_rows():
    w_bar = np.zeros((SIDE, SIDE))
    np.add.at(w_bar, places, y_bar)
    return w_bar


def largest():
    x_bar = np.zeros((SIDE, SIDE))
    x_bar[every, LARGEST] = column_bar[:, 0]
    return x_bar


LARGEST = x.argmax(axis=1)
ROW_SUM = x.sum(axis=1, keepdims=True)
Y = np.exp(x - x.max(axis=1, keepdims=True))
Y /= Y.sum(axis=1, keepdims=True)
LOG_SUM = np.log(np.exp(x).sum(axis=1, keepdims=True))
COPY = np.zeros((SIDE, SIDE))


def sigmoid_bar():
    y = 1 / (1 + np.exp(-x))
    return y_bar * y * (1 - y)


def softmax_bar():
    x_bar = y_bar - np.einsum("ij,ij->i", y_bar, Y)[:, None]
    x_bar *= Y
    return x_bar


def log_softmax_bar():
    x_bar = np.exp(x - LOG_SUM)
    x_bar *= -y_bar.sum(axis=1, keepdims=True)
    x_bar += y_bar
    return x_bar


def normalize_bar():
    x_bar = y_bar - (np.einsum("ij,ij->i", y_bar, x)[:, None] / ROW_SUM)
    x_bar /= ROW_SUM
    return x_bar


def cross_entropy_bar():
    x_bar = np.exp(x - LOG_SUM)
    x_bar[every, places] -= 1
    x_bar *= row_bar[:, None]
    return x_bar


C, CUBIC = float(np.sqrt(2 / np.pi)), 0.044715


def gelu_bar():
    square = x * x
    t = np.tanh(C * x * (1 + CUBIC * square))
    return y_bar * (1 + t + x * ((1 - t) * (1 + t)) * (C * (1 + 3 * CUBIC * square))) / 2


EPS = 1e-5


def standardised(axis):
    centred = x - x.mean(axis=axis, keepdims=True)
    return centred, np.sqrt((centred * centred).mean(axis=axis, keepdims=True) + EPS)


CENTRED = {axis: standardised(axis) for axis in (0, 1)}


def norm_bar(axis):
    centred, sigma = CENTRED[axis]
    h = centred / sigma
    g = y_bar * row
    sums = "ij,ij->j" if axis == 0 else "ij,ij->i"
    x_bar = h * -np.expand_dims(np.einsum(sums, g, h) / SIDE, axis)
    x_bar += g
    x_bar -= g.mean(axis=axis, keepdims=True)
    x_bar /= sigma
    return x_bar, np.einsum("ij,ij->j", y_bar, h), y_bar.sum(axis=0)


ROOT = np.sqrt((x * x).mean(axis=1, keepdims=True) + EPS)


def rms_bar():
    h = x / ROOT
    g = y_bar * row
    x_bar = h * -(np.einsum("ij,ij->i", g, h) / SIDE)[:, None]
    x_bar += g
    x_bar /= ROOT
    return x_bar, np.einsum("ij,ij->j", y_bar, h)


Plain = Callable[[], Any]

TABLE: dict[str, tuple[tuple[Any, ...], dict[str, Any], Any, Plain]] = {
    "Add": ((x, u), {}, y_bar, lambda: (y_bar.copy(), y_bar.copy())),
    "Affine": ((x, u, row), {}, y_bar, lambda: (y_bar @ u, y_bar.T @ x, y_bar.sum(axis=0))),
    "BatchNorm": ((x, row, row), {"eps": EPS}, y_bar, lambda: norm_bar(0)),
    "Broadcast": ((row,), {"columns": SIDE}, y_bar, lambda: y_bar.sum(axis=1)),
    "BroadcastMap": (
        (x, u),
        {"g": np.multiply, "g_1": lambda x1, x2: x2, "g_2": lambda x1, x2: x1},
        y_bar,
        lambda: (y_bar * u, y_bar * x),
    ),
    "CrossEntropy": ((x,), {"targets": places}, row_bar, cross_entropy_bar),
    "CumSum": ((x,), {}, y_bar, lambda: y_bar[:, ::-1].cumsum(axis=1)[:, ::-1]),
    "Division": ((x, u), {}, y_bar, lambda: (y_bar / u, -y_bar * x / (u * u))),
    "Embedding": ((x,), {"indices": places}, y_bar, scattered_rows),
    "Exp": ((x,), {}, y_bar, lambda: y_bar * np.exp(x)),
    "Expand": (
        (x.reshape(SIDE, 1, SIDE),),
        {"dim": 1, "repeats": 4},
        random.standard_normal((SIDE, 4, SIDE)),
        lambda: WIDE.sum(axis=1, keepdims=True),
    ),
    "GELU": ((x,), {}, y_bar, gelu_bar),
    "Identity": ((x,), {}, y_bar, lambda: y_bar.copy()),
    "LayerNorm": ((x, row, row), {"eps": EPS}, y_bar, lambda: norm_bar(1)),
    "Linear": ((x, u), {}, y_bar, lambda: (y_bar @ u, y_bar.T @ x)),
    "Log": ((x,), {}, y_bar, lambda: y_bar / x),
    "LogSoftmax": ((x,), {}, y_bar, log_softmax_bar),
    "LogSumExp": ((x,), {}, column_bar, lambda: column_bar * Y),
    "Map": ((x,), {"f": np.sin, "f_prime": np.cos}, y_bar, lambda: y_bar * np.cos(x)),
    "MatMul": ((x, u), {}, y_bar, lambda: (y_bar @ u.T, x.T @ y_bar)),
    "Multiply": ((x, u), {}, y_bar, lambda: (y_bar * u, y_bar * x)),
    "Normalize": ((x,), {}, y_bar, normalize_bar),
    "Power": ((x, u), {}, y_bar, lambda: (y_bar * u * x ** (u - 1), y_bar * x**u * np.log(x))),
    "RMSNorm": ((x, row), {"eps": EPS}, y_bar, rms_bar),
    "ReLU": ((x - 1,), {}, y_bar, lambda: y_bar * (x > 1)),
    "RowMax": ((x,), {}, column_bar, largest),
    "RowMean": ((x,), {}, column_bar, lambda: COPY + column_bar / SIDE),
    "RowSum": ((x,), {}, column_bar, lambda: COPY + column_bar),
    "RowVariance": ((x,), {}, column_bar, lambda: CENTRED[1][0] * (column_bar * (2 / SIDE))),
    "Select": ((x,), {"indices": places}, row_bar, scattered_one),
    "Sigmoid": ((x,), {}, y_bar, sigmoid_bar),
    "Softmax": ((x,), {}, y_bar, softmax_bar),
    "Softplus": ((x,), {}, y_bar, lambda: y_bar / (1 + np.exp(-x))),
    "Sqrt": ((x,), {}, y_bar, lambda: y_bar / (2 * np.sqrt(x))),
    "Square": ((x,), {}, y_bar, lambda: 2 * x * y_bar),
    "Sub": ((x, u), {}, y_bar, lambda: (y_bar.copy(), -y_bar)),
    "Sum": ((x,), {}, np.asarray(1.5), lambda: np.full((SIDE, SIDE), 1.5)),
    "Tanh": ((x,), {}, y_bar, lambda: y_bar * (1 - np.tanh(x) ** 2)),
}
"""For each op its inputs, its keywords, a cotangent, and the fastest plain formulation of its gradients."""

WIDE = TABLE["Expand"][2]


def taken(run: Plain) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


@pytest.mark.parametrize("name", TABLE)
def test_backward(name, benchmark, figure):
    inputs, keywords, cotangent, plain = TABLE[name]
    op, context = getattr(ops, name), {}
    op.forward(context, *inputs, **keywords)

    def backward():
        return op.backward(context, cotangent)

    for got, expected in zip(_each(backward()), _each(plain()), strict=True):
        assert np.allclose(got, expected, rtol=1e-9, atol=1e-9)
    # in turns: what else the machine does meanwhile falls on both
    times = [(taken(backward), taken(plain)) for _ in range(ROUNDS)]
    own, fastest = (min(each) for each in zip(*times, strict=True))
    benchmark.pedantic(backward, rounds=3)
    measured = f"{1000 * own:.2f} ms, {own / fastest:.2f} x plain"
    figure(f"backward at {SIDE}x{SIDE}: {name}", measured, f"<= {WANTED} x")


def test_every_op_has_a_row(figure):
    missing = sorted(set(ops.__all__) - set(TABLE) - {"sum_to_shape"})  # that is no op
    figure("ops without a row in bench_ops", ", ".join(missing) or "none", "none")


def _each(gradients: Any) -> tuple[Any, ...]:
    return gradients if isinstance(gradients, tuple) else (gradients,)
