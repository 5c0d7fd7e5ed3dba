"""Ops that repeat entries, against explicit Jacobians."""

import cmath
import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from op_checks import DTYPES, SIDES, check_conduct, check_exactly, check_gradient, draw, draw_exact

from gradverify.ops import Broadcast, BroadcastMap, Expand, broadcast, sum_to_shape

PRODUCT = {"g": lambda x1, x2: x1 * x2, "g_1": lambda x1, x2: x2, "g_2": lambda x1, x2: x1}
PAIRS = [
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((2, 1), (1, 3)),
    ((1, 1), (1, 1)),
    ((1,), (1, 1)),
    ((), (2,)),
    ((), ()),
    ((5, 1, 2), (3, 1)),
    ((0, 3), (1, 3)),
    ((1, 3), (0, 1)),
    ((0,), (1,)),
]


def columns_by_loops(columns):
    def formula(x):
        y = np.empty((len(x), columns), object)
        for i, j in np.ndindex(y.shape):
            y[i, j] = x[i]
        return y

    return formula


def expand_by_loops(dim, repeats):
    def formula(x):
        shape = list(x.shape)
        shape[dim] = repeats
        y = np.empty(shape, object)
        for index in np.ndindex(y.shape):
            source = list(index)
            source[dim] = 0
            y[index] = x[tuple(source)]
        return y

    return formula


def pairs_by_loops(scalar):
    def formula(x1, x2):
        rank = max(x1.ndim, x2.ndim)
        a, b = (x.reshape((1,) * (rank - x.ndim) + x.shape) for x in (x1, x2))
        y = np.empty(tuple(q if p == 1 else p for p, q in zip(a.shape, b.shape, strict=True)), object)
        for index in np.ndindex(y.shape):
            at_a, at_b = (tuple(0 if side == 1 else i for i, side in zip(index, x.shape, strict=True)) for x in (a, b))
            y[index] = scalar(a[at_a], b[at_b])
        return y

    return formula


@pytest.mark.parametrize("columns", SIDES)
@pytest.mark.parametrize("m", SIDES)
def test_broadcast(m, columns):
    formula, parameters = columns_by_loops(columns), {"columns": columns}
    for dtype in DTYPES:
        check_gradient(Broadcast, [draw(3, (m,), dtype)], formula, parameters)
        check_conduct(Broadcast, [draw(3, (m,), dtype)], parameters)
    check_exactly(Broadcast, [draw_exact(3, (m,))], formula, parameters)


def test_broadcast_makes_sixteen_columns_unless_told():
    assert Broadcast.forward({}, np.ones(3)).shape == (3, 16)


@pytest.mark.parametrize("repeats", SIDES)
@pytest.mark.parametrize(
    ("shape", "dim"), [((1,), 0), ((2, 1), 1), ((2, 1), -1), ((1, 3), -2), ((2, 1, 3), 1), ((1, 0), 0)]
)
def test_expand(shape, dim, repeats):
    formula, parameters = expand_by_loops(dim, repeats), {"dim": dim, "repeats": repeats}
    for dtype in DTYPES:
        check_gradient(Expand, [draw(3, shape, dtype)], formula, parameters)
        check_conduct(Expand, [draw(3, shape, dtype)], parameters)
    check_exactly(Expand, [draw_exact(3, shape)], formula, parameters)


@pytest.mark.parametrize(("shape_1", "shape_2"), PAIRS)
def test_broadcast_map_of_rational_functions(shape_1, shape_2):
    quotient = {
        "g": lambda x1, x2: x1 / x2,
        "g_1": lambda x1, x2: 1 / x2,
        "g_2": lambda x1, x2: -x1 / (x2 * x2),
    }
    difference = {"g": lambda x1, x2: x1 - x2, "g_1": lambda x1, x2: 1, "g_2": lambda x1, x2: -1}
    rules = [
        (PRODUCT, lambda a, b: a * b),
        (quotient, lambda a, b: a / b),
        (difference, lambda a, b: a - b),
    ]
    for parameters, scalar in rules:
        for dtype in DTYPES:
            inputs = [draw(3, shape_1, dtype), draw(4, shape_2, dtype, positive=True)]
            check_gradient(BroadcastMap, inputs, pairs_by_loops(scalar), parameters)
            check_conduct(BroadcastMap, inputs, parameters)
        check_exactly(
            BroadcastMap, [draw_exact(3, shape_1), draw_exact(4, shape_2)], pairs_by_loops(scalar), parameters
        )


def test_broadcast_map_of_a_power():
    parameters = {
        "g": lambda x1, x2: x1**x2,
        "g_1": lambda x1, x2: x2 * x1 ** (x2 - 1),
        "g_2": lambda x1, x2: x1**x2 * np.log(x1),
    }
    formula = pairs_by_loops(lambda a, b: cmath.exp(b * cmath.log(a)))
    for dtype in DTYPES:
        check_gradient(BroadcastMap, [draw(3, (3, 1), dtype, positive=True), draw(4, (2,), dtype)], formula, parameters)


def test_broadcast_map_copies_what_g_returns():
    first = {"g": lambda x1, x2: x1, "g_1": lambda x1, x2: 1, "g_2": lambda x1, x2: 0}
    check_conduct(BroadcastMap, [draw(3, (2, 3)), draw(4, (3,))], first)


sides = st.integers(0, 3)


@given(st.lists(st.tuples(sides, st.booleans()), max_size=4), st.integers(0, 4))
@settings(deadline=None, max_examples=150)
def test_sum_to_shape_is_the_adjoint_of_broadcast_to(axes, missing):
    # ⟨ȳ, broadcast(x)⟩ = ⟨sum(ȳ), x⟩ on integers, exactly
    full = tuple(side for side, _ in axes)
    shape = tuple(1 if repeated else side for side, repeated in axes)[min(missing, len(axes)) :]
    y_bar = np.arange(1.0, 1 + np.prod(full, dtype=int)).reshape(full)
    x = np.arange(2.0, 2 + np.prod(shape, dtype=int)).reshape(shape)
    x_bar = sum_to_shape(y_bar, shape)
    assert (x_bar * x).sum() == (y_bar * np.broadcast_to(x, full)).sum()
    assert (type(x_bar), x_bar.shape) == (np.ndarray, shape)
    assert not np.shares_memory(x_bar, y_bar)


@pytest.mark.parametrize("shape", [(4,), (2, 2, 3), (1, 2, 3), (0, 3)])
def test_sum_to_shape_refuses_what_does_not_broadcast(shape):
    with pytest.raises(ValueError, match="sum_to_shape") as caught:
        sum_to_shape(np.ones((2, 3)), shape)
    assert str(caught.value) == f"sum_to_shape needs a shape that broadcasts to (2, 3), got {shape}"


def test_the_docstring_examples_run():
    results = doctest.testmod(broadcast)
    assert results.attempted > 0
    assert results.failed == 0


def ones(x1, x2):
    return np.ones((2, 3))


@pytest.mark.parametrize(
    ("op", "inputs", "parameters", "error", "message"),
    [
        (Broadcast, [np.ones((2, 3))], {}, ValueError, "Broadcast needs a vector (rank 1), got x of shape (2, 3)"),
        (Broadcast, [np.ones(2)], {"columns": -1}, ValueError, "Broadcast needs columns >= 0, got -1"),
        (Broadcast, [np.ones(2)], {"columns": 2.5}, TypeError, "Broadcast needs an integer columns, got 2.5"),
        (
            Broadcast,
            [np.ones(2, bool)],
            {},
            TypeError,
            "Broadcast needs floating-point input, got bool: pass x.astype(float)",
        ),
        (
            Expand,
            [np.ones((2, 3))],
            {"dim": -1, "repeats": 4},
            ValueError,
            "Expand needs an axis of size 1, got size 3 at dim=-1 of shape (2, 3)",
        ),
        (
            Expand,
            [np.ones((2, 1))],
            {"dim": 2, "repeats": 4},
            ValueError,
            "Expand needs an axis of x, got dim=2 for shape (2, 1)",
        ),
        (
            Expand,
            [np.ones((2, 1))],
            {"dim": -3, "repeats": 4},
            ValueError,
            "Expand needs an axis of x, got dim=-3 for shape (2, 1)",
        ),
        (Expand, [np.ones(1)], {"dim": 0, "repeats": -2}, ValueError, "Expand needs repeats >= 0, got -2"),
        (Expand, [np.ones(1)], {"dim": None, "repeats": 2}, TypeError, "Expand needs an integer dim, got None"),
        (
            BroadcastMap,
            [np.ones((2, 3)), np.ones(4)],
            PRODUCT,
            ValueError,
            "BroadcastMap needs shapes that broadcast, got x1 (2, 3) and x2 (4,)",
        ),
        (
            BroadcastMap,
            [np.ones((2, 1)), np.ones(3)],
            PRODUCT | {"g": lambda x1, x2: x2},
            ValueError,
            "BroadcastMap needs g to return the common shape (2, 3), got (3,)",
        ),
        (
            BroadcastMap,
            [np.ones((2, 1), np.float32), np.ones(3, np.float32)],
            PRODUCT | {"g": ones},
            TypeError,
            "BroadcastMap needs g to keep the dtype float32, got float64: "
            "use Python numbers as constants, they take the array's dtype",
        ),
    ],
)
def test_what_forward_refuses(op, inputs, parameters, error, message):
    with pytest.raises(error) as caught:
        op.forward({}, *inputs, **parameters)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("op", "inputs", "parameters", "shape"),
    [
        (Broadcast, [np.ones(2)], {"columns": 3}, (2, 1)),
        (Expand, [np.ones((2, 1))], {"dim": 1, "repeats": 3}, (2, 1)),
        (BroadcastMap, [np.ones((2, 1)), np.ones(3)], PRODUCT, (3,)),
    ],
)
def test_backward_refuses_another_shape(op, inputs, parameters, shape):
    context = {}
    op.forward(context, *inputs, **parameters)
    with pytest.raises(ValueError, match="cotangent") as caught:
        op.backward(context, np.ones(shape))
    assert str(caught.value) == f"{op.__name__} needs a cotangent of the output's shape (2, 3), got {shape}"


def test_backward_refuses_partial_derivatives_of_another_shape_or_dtype():
    context = {}
    x1, x2, y_bar = np.ones((2, 1), np.float32), np.ones(3, np.float32), np.ones((2, 3), np.float32)
    BroadcastMap.forward(context, x1, x2, **PRODUCT | {"g_2": lambda x1, x2: np.ones((4, 2, 3), np.float32)})
    with pytest.raises(ValueError, match="g_2") as caught:
        BroadcastMap.backward(context, y_bar)
    assert str(caught.value) == "BroadcastMap needs g_2 to broadcast to (2, 3), got shape (4, 2, 3)"
    BroadcastMap.forward(context, x1, x2, **PRODUCT | {"g_1": ones})
    with pytest.raises(TypeError, match="BroadcastMap needs g_1 to keep the dtype float32, got float64"):
        BroadcastMap.backward(context, y_bar)
