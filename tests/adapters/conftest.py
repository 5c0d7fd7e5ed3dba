"""User files in the style of a course library, written anew into an empty current folder for every test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

CORE = '''
from abc import ABC, abstractmethod


class Op(ABC):
    """What every operation offers: it runs itself and keeps what it needs for the way back."""

    @classmethod
    def do_forward(cls, *arrays, **options):
        context = {}
        return cls.forward(context, *arrays, **options), context

    @staticmethod
    @abstractmethod
    def forward(context, *arrays, **options):
        ...

    @staticmethod
    @abstractmethod
    def backward(context, *gradients):
        ...
'''

OPS = '''
import numpy as np
from core import Op


class Normalize(Op):
    @staticmethod
    def forward(context, x):
        total = x.sum(axis=1, keepdims=True)
        context["x"], context["total"] = x, total
        return x / total

    @staticmethod
    def backward(context, go):
        x, total = context["x"], context["total"]
        return go / total - (go * x / total**2).sum(axis=1, keepdims=True)


class Sigmoid(Op):
    @staticmethod
    def forward(context, x):
        context["s"] = s = 1 / (1 + np.exp(-x))
        return s

    @staticmethod
    def backward(context, go):
        return go * context["s"] * (1 - context["s"])


class ReLU(Op):
    @staticmethod
    def forward(context, x):
        context["y"] = y = np.maximum(0, x)
        return y

    @staticmethod
    def backward(context, go):
        slope = context["y"]
        slope[slope > 0] = 1
        return go * slope


class Expand(Op):
    @staticmethod
    def forward(context, x, *, dim, repeats):
        assert x.shape[dim] == 1, f"axis {dim} has {x.shape[dim]} entries, not 1"
        context["dim"] = dim
        return np.repeat(x, repeats, axis=dim)

    @staticmethod
    def backward(context, go):
        return go.sum(axis=context["dim"], keepdims=True)


class MatrixMultiply(Op):
    @staticmethod
    def forward(context, a, b):
        context["a"], context["b"] = a, b
        return a @ b

    @staticmethod
    def backward(context, go):
        return go @ context["b"].T, context["a"].T @ go


class Select(Op):
    @staticmethod
    def forward(context, x, *, indices):
        context["shape"], context["indices"] = x.shape, indices
        return x[np.arange(x.shape[0]), list(indices)]

    @staticmethod
    def backward(context, go):
        x_bar = np.zeros(context["shape"])
        x_bar[np.arange(context["shape"][0]), list(context["indices"])] = go
        return x_bar


class Parts(Op):
    """Two outputs, given as a list; the second one is a NumPy number."""

    @staticmethod
    def forward(context, x):
        context["shape"] = x.shape
        return [2 * x, x.sum()]

    @staticmethod
    def backward(context, go_double, go_sum):
        return [2 * go_double + go_sum * np.ones(context["shape"])]


class Join(Op):
    @staticmethod
    def forward(context, axis: int, *xs):
        context["axis"], context["ends"] = axis, np.cumsum([x.shape[axis] for x in xs])[:-1]
        return np.concatenate(xs, axis=axis)

    @staticmethod
    def backward(context, go):
        return None, *np.split(go, context["ends"], axis=context["axis"])


class Family:
    class Square(Op):
        @staticmethod
        def forward(context, x):
            context["x"] = x
            return x * x

        @staticmethod
        def backward(context, go):
            return 2 * context["x"] * go


class OneWay:
    @staticmethod
    def forward(context, x):
        return x


class Layer:
    def forward(self, x):
        return x

    def backward(self, go):
        return go


layer = Layer()


def double(x):
    return 2 * x
'''


Write = Callable[[str, str], Path]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current folder; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        module = sys.modules[name]
        origin = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", [])), "")
        if str(origin).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def write(folder: Path) -> Write:
    """A function that writes a user's file, with all the folders that it needs."""

    def write_file(path: str, text: str) -> Path:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return file

    return write_file


@pytest.fixture
def course(folder: Path, write: Write) -> Path:
    """The current folder with hw/core.py and hw/ops.py in it."""
    write("hw/core.py", CORE)
    write("hw/ops.py", OPS)
    return folder
