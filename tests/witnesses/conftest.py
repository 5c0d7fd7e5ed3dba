"""Small ops for the tests of witnesses: right ones, wrong ones and rude ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from gradverify.model import InputSpec, Op, Sign, Space

Toy = tuple[Op, Space]


def space(*shape: str | int, sign: Sign = Sign.REAL, **options: Any) -> Space:
    return Space((InputSpec("x", shape, sign),), **options)


def op(name: str, forward: Callable[..., Any], backward: Callable[..., Any], inputs: tuple[str, ...] = ("x",)) -> Op:
    return Op(name=name, forward=forward, backward=backward, inputs=inputs)


def elementwise(f: Callable[..., Any], derivative: Callable[..., Any], sign: Sign = Sign.REAL) -> Toy:
    made = op("elementwise", lambda x: ((f(x),), x), lambda x, g: (g[0] * derivative(x),))
    return made, space("m", "n", sign=sign)


def normalize(backward: Callable[..., Any]) -> Toy:
    def forward(x: Any) -> Any:
        row_sum = x.sum(axis=1, keepdims=True)
        return (x / row_sum,), (x, row_sum)

    def far_from_0(arrays: Mapping[str, Any]) -> bool:
        x = arrays["x"]
        return x.shape[1] > 0 and bool((np.abs(x.sum(axis=1)) >= 0.3).all())

    return op("normalize", forward, backward), space("m", "n", accepts=far_from_0)


def normalize_backward(saved: Any, g: Any) -> Any:
    x, row_sum = saved
    return (g[0] / row_sum - (g[0] * x).sum(axis=1, keepdims=True) / row_sum**2,)


def logsumexp() -> Toy:
    def forward(x: Any) -> Any:
        largest = x.max(axis=1, keepdims=True)
        y = largest + np.log(np.exp(x - largest).sum(axis=1, keepdims=True))
        return (y,), (x, y)

    return op("logsumexp", forward, lambda saved, g: (g[0] * np.exp(saved[0] - saved[1]),)), space("m", "n")


def matmul(backward: Callable[..., Any]) -> Toy:
    made = op("matmul", lambda a, b: ((a @ b,), (a, b)), backward, ("a", "b"))
    return made, Space((InputSpec("a", ("m", "k")), InputSpec("b", ("k", "n"))))


def matmul_backward(saved: Any, g: Any) -> Any:
    a, b = saved
    return g[0] @ b.T, a.T @ g[0]


def sin(backward: Callable[..., Any]) -> Toy:
    return op("sin", lambda x: ((np.sin(x),), {"x": x}), backward), space("m", "n")


def seed_relu_forward(x: Any) -> Any:
    y = np.maximum(x, 0)
    return (y,), {"y": y}


def seed_relu_backward(context: Any, g: Any) -> Any:
    y = context["y"]
    y[y > 0] = 1
    return (y * g[0],)


RIGHT: dict[str, Toy] = {
    "sin": elementwise(np.sin, np.cos),
    "exp": elementwise(np.exp, np.exp),
    "exp of 5x": elementwise(lambda x: np.exp(5 * x), lambda x: 5 * np.exp(5 * x)),
    "sqrt": elementwise(np.sqrt, lambda x: 0.5 / np.sqrt(x), Sign.POSITIVE),
    "log": elementwise(np.log, lambda x: 1 / x, Sign.POSITIVE),
    "1/x": elementwise(lambda x: 1 / x, lambda x: -1 / x**2, Sign.NONZERO),
    "relu": elementwise(lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(x.dtype)),
    "x + 1e6": elementwise(lambda x: x + 1e6, np.ones_like),
    "1e-9 x": elementwise(lambda x: 1e-9 * x, lambda x: np.full_like(x, 1e-9)),
    "constant": elementwise(lambda x: np.full_like(x, 3.7), np.zeros_like),
    "normalize": normalize(normalize_backward),
    "logsumexp": logsumexp(),
    "matmul": matmul(matmul_backward),
    "sum": (
        op("sum", lambda x: ((x.sum(),), x.shape), lambda shape, g: (np.full(shape, g[0]),)),
        space("m", "n"),
    ),
    "cancelling": elementwise(lambda x: np.sqrt(1e8 + x) - 1e4, lambda x: 0.5 / np.sqrt(1e8 + x)),
}


def at_side_1(x: Any, g: Any) -> Any:
    return g[0] * np.cos(x) * (2 if 1 in x.shape else 1)


def above_16(x: Any, g: Any) -> Any:
    x_bar = g[0] * np.cos(x)
    x_bar[:, 16:] = 0  # the rest of a loop over blocks of 16 was forgotten
    return x_bar


def one_entry_zeroed(x: Any, g: Any) -> Any:
    x_bar = g[0] * np.cos(x)
    if x_bar.size:
        x_bar.flat[x_bar.size // 2] = 0
    return x_bar


def transposed_if_square(x: Any, g: Any) -> Any:
    x_bar = g[0] * np.cos(x)
    return np.ascontiguousarray(x_bar.T) if x.shape[0] == x.shape[1] else x_bar


def raises(x: Any, g: Any) -> Any:
    raise KeyError("missing")


WRONG_SIN: dict[str, Callable[[Any, Any], Any]] = {
    "wrong sign": lambda x, g: -g[0] * np.cos(x),
    "factor 2": lambda x, g: 2 * g[0] * np.cos(x),
    "relative 1e-4": lambda x, g: (1 + 1e-4) * g[0] * np.cos(x),
    "one entry zeroed": one_entry_zeroed,
    "transposed if square": transposed_if_square,
    "side of 1": at_side_1,
    "above 16": above_16,
    "negative x": lambda x, g: g[0] * np.cos(x) * np.where(x < 0, 1.5, 1),
    "g*g": lambda x, g: g[0] * g[0] * np.cos(x),
    "float32": lambda x, g: (g[0] * np.cos(x)).astype(np.float32),
    "None": lambda x, g: None,
    "exception": raises,
    "not a number": lambda x, g: np.where(x > 1, np.nan, g[0] * np.cos(x)),
}

WRONG: dict[str, Toy] = {
    name: sin(lambda context, g, x_bar=x_bar: (x_bar(context["x"], g),)) for name, x_bar in WRONG_SIN.items()
} | {
    "quotient term missing": normalize(lambda saved, g: (g[0] / saved[1],)),
    "second gradient 0": matmul(lambda saved, g: (g[0] @ saved[1].T, np.zeros_like(saved[1]))),
    "gradients swapped": matmul(lambda saved, g: matmul_backward(saved, g)[::-1]),
    "one gradient too few": matmul(lambda saved, g: matmul_backward(saved, g)[:1]),
    "broadcast shape": (
        op("sin", lambda x: ((np.sin(x),), x), lambda x, g: ((g[0] * np.cos(x))[np.newaxis],)),
        space("n"),
    ),
    "sum over the broadcast axis missing": (
        op(
            "add", lambda x, b: ((x + b,), x.shape), lambda shape, g: (g[0].copy(), g[0][:1].copy().ravel()), ("x", "b")
        ),
        Space((InputSpec("x", ("m", "n")), InputSpec("b", ("n",)))),
    ),
    "y / x for a product": (
        op("prod", lambda x: ((x.prod(),), (x, x.prod())), lambda saved, g: (g[0] * saved[1] / saved[0],)),
        space("n"),
    ),
}


def count_calls() -> Callable[..., Any]:
    calls = [0]

    def backward(context: Any, g: Any) -> Any:
        calls[0] += 1
        return (g[0] * np.cos(context["x"]) * calls[0],)

    return backward


LATEST: dict[str, Any] = {}


def forward_into_a_global(x: Any) -> Any:
    LATEST["x"] = x
    return (np.sin(x),), None


def writes_cotangent(context: Any, g: Any) -> Any:
    g[0][...] *= np.cos(context["x"])
    return (g[0].copy(),)


def writes_input(context: Any, g: Any) -> Any:
    x = context["x"]
    np.cos(x, out=x)
    return (g[0] * x,)


def in_memory_order(context: Any, g: Any) -> Any:
    flat = g[0].ravel(order="K") * np.cos(context["x"]).ravel()
    return (flat.reshape(g[0].shape),)


def not_on_empties(context: Any, g: Any) -> Any:
    return (g[0] * np.cos(context["x"]) + 0 * g[0].max(),)


def contiguous_only(context: Any, g: Any) -> Any:
    if not g[0].flags.c_contiguous:
        raise ValueError("not contiguous")
    return (g[0] * np.cos(context["x"]),)


def forward_writing_input(x: Any) -> Any:
    np.sin(x, out=x)
    return (x.copy(),), {"x": x}


RUDE: dict[str, tuple[Toy, str, str]] = {
    "seed's relu": (
        (op("relu", seed_relu_forward, seed_relu_backward), space("m", "n")),
        "backward changes an array that is not its own",
        "output 0, the same memory as context['y']",
    ),
    "cotangent mutated": (sin(writes_cotangent), "backward changes an array that is not its own", "cotangent 0"),
    "input mutated": (
        sin(writes_input),
        "backward changes an array that is not its own",
        "input x, the same memory as context['x']",
    ),
    "input mutated by forward": (
        (op("sin", forward_writing_input, lambda context, g: (g[0],)), space("m", "n")),
        "forward changes an array that it was given",
        "input x",
    ),
    "gradients aliased": (
        (
            op("add", lambda a, b: ((a + b,), None), lambda _, g: (g[0], g[0]), ("a", "b")),
            Space((InputSpec("a", ("n",)), InputSpec("b", ("n",)))),
        ),
        "two gradients share memory",
        "gradient of b and gradient of a",
    ),
    "saved array returned": (
        (
            op("sin", lambda x: ((np.sin(x),), [np.cos(x)]), lambda saved, g: (saved[0],)),
            space("n"),
        ),
        "a gradient shares memory with an array that is not its own",
        "gradient of x and context[0]",
    ),
    "cotangent ignored": (
        sin(lambda context, g: (np.cos(context["x"]),)),
        "backward is not linear in the cotangent: zeros",
        "gradient of x",
    ),
    "saved buffer returned": (
        (
            op(
                "sin",
                lambda x: ((np.sin(x),), (x, np.empty_like(x))),
                lambda saved, g: (np.multiply(g[0], np.cos(saved[0]), out=saved[1]),),
            ),
            space("n"),
        ),
        "backward changes an array that is not its own",
        "context[1]",
    ),
    "input returned": (
        (op("square", lambda x: ((x * x / 2,), x), lambda x, g: (x,)), space("n")),
        "a gradient shares memory with an array that is not its own",
        "gradient of x and input x, the same memory as context",
    ),
    "float32 for float64": (
        sin(lambda context, g: ((g[0] * np.cos(context["x"])).astype(np.float32),)),
        "a gradient has another dtype than its input",
        "gradient of x",
    ),
    "float64 for float32": (
        sin(lambda context, g: ((g[0] * np.cos(context["x"])).astype(np.float64),)),
        "a gradient has another dtype than its input",
        "gradient of x",
    ),
    "broadcast shape": (WRONG["broadcast shape"], "a gradient has the wrong shape", "gradient of x"),
    "one gradient too few": (
        WRONG["one gradient too few"],
        "backward returns the wrong number of gradients",
        "matmul",
    ),
    "another second call": (
        sin(count_calls()),
        "a second call of backward gives another gradient",
        "gradient of x",
    ),
    "g*g": (WRONG["g*g"], "backward is not linear in the cotangent: doubled", "gradient of x"),
    "|g|": (
        sin(lambda context, g: (np.abs(g[0]) * np.cos(context["x"]),)),
        "backward is not linear in the cotangent: negated",
        "gradient of x",
    ),
    "largest g only": (
        sin(lambda context, g: (np.where(np.abs(g[0]) >= np.abs(g[0]).max(initial=0), g[0], 0),)),
        "backward is not linear in the cotangent: a sum",
        "gradient of x",
    ),
    "a constant added": (
        sin(lambda context, g: (g[0] * np.cos(context["x"]) + np.float32(0.125),)),
        "backward is not linear in the cotangent: zeros",
        "gradient of x",
    ),
    "memory order": (
        sin(in_memory_order),
        "backward is wrong for cotangents in Fortran order",
        "gradient of x",
    ),
    "contiguous only": (
        sin(contiguous_only),
        "backward fails on a memory layout",
        "cotangents of every second element of a buffer",
    ),
    "fails on empty arrays": (sin(not_on_empties), "backward raises ValueError", "backward"),
    "shared state": (
        (op("sin", forward_into_a_global, lambda _, g: (g[0] * np.cos(LATEST["x"]),)), space("m", "n")),
        "another forward call in between changes the gradient",
        "gradient of x",
    ),
}


@pytest.fixture(params=RIGHT)
def right(request: pytest.FixtureRequest) -> Toy:
    return RIGHT[request.param]


@pytest.fixture(params=WRONG)
def wrong(request: pytest.FixtureRequest) -> Toy:
    return WRONG[request.param]


@pytest.fixture(params=RUDE)
def rude(request: pytest.FixtureRequest) -> tuple[Toy, str, str]:
    return RUDE[request.param]


@pytest.fixture
def toys() -> dict[str, Toy]:
    return {**RIGHT, **WRONG}


@pytest.fixture
def rudeness() -> dict[str, tuple[Toy, str, str]]:
    return RUDE
