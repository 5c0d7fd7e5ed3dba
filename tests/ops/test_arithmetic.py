"""Sum, difference, product, power and identity of arrays against explicit Jacobians."""

import numpy as np
import pytest
from op_checks import DTYPES, check_conduct, check_exactly, check_gradient, draw, draw_exact, entrywise

from gradverify.ops import Add, Identity, Multiply, Power, Sub

RATIONAL = [
    (Add, entrywise(lambda a, b: a + b), 2),
    (Sub, entrywise(lambda a, b: a - b), 2),
    (Multiply, entrywise(lambda a, b: a * b), 2),
    (Identity, entrywise(lambda a: a), 1),
]
PAIRS = [Add, Sub, Multiply, Power]
SHAPES = [(0, 3), (), (5,), (1, 1), (3, 2), (2, 1, 3)]
power = entrywise(lambda a, b: a**b)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("op", "formula", "operands"), RATIONAL)
def test_the_gradients(op, formula, operands, shape, dtype):
    check_gradient(op, [draw(3 + number, shape, dtype) for number in range(operands)], formula)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("op", "formula", "operands"), RATIONAL)
def test_values_and_gradients_hold_exactly_on_fractions(op, formula, operands, shape):
    check_exactly(op, [draw_exact(3 + number, shape) for number in range(operands)], formula)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_both_gradients_of_a_power(shape, dtype):
    x, a = draw(3, shape, dtype, positive=True), draw(4, shape, dtype)
    check_gradient(Power, [x, a], power)
    np.testing.assert_allclose(Power.forward({}, x, a), power(x, a).astype(dtype), rtol=4 * np.finfo(dtype).eps)


def test_a_power_by_hand():
    context = {}
    y = Power.forward(context, np.array([2.0, 4.0, 1.0, 3.0]), np.array([3.0, -0.5, 7.0, 0.0]))
    np.testing.assert_allclose(y, [8, 0.5, 1, 1], rtol=1e-15)
    x_bar, a_bar = Power.backward(context, np.array([1.0, 2.0, 1.0, 1.0]))
    np.testing.assert_allclose(x_bar, [12, -0.125, 7, 0], rtol=1e-15)
    np.testing.assert_allclose(a_bar, [8 * np.log(2), np.log(4), 0, np.log(3)], rtol=1e-15)


@pytest.mark.parametrize("wrong", [0.0, -2.0])
def test_a_power_of_a_number_that_is_not_positive_is_refused(wrong):
    with pytest.raises(ValueError, match=rf"Power needs positive x, got x\[1\] = {wrong}: a power with any real"):
        Power.forward({}, np.array([1.0, wrong]), np.ones(2))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("op", [*PAIRS, Identity])
def test_conduct(op, dtype):
    for shape in [(), (0, 3), (2, 3)]:
        check_conduct(
            op, [draw(3 + number, shape, dtype, positive=True) for number in range(1 if op is Identity else 2)]
        )


@pytest.mark.parametrize("op", PAIRS)
def test_the_same_array_twice_gives_two_separate_gradients(op):
    x = draw(3, (2, 3), positive=True)
    check_conduct(op, [x, x])


@pytest.mark.parametrize("op", PAIRS)
def test_what_is_refused_of_two_operands(op):
    first, second = ("x", "a") if op is Power else ("x1", "x2")
    with pytest.raises(ValueError, match=rf"{op.__name__} needs two arrays of one shape, got \(2, 3\) and \(3,\)"):
        op.forward({}, np.ones((2, 3)), np.ones(3))
    with pytest.raises(TypeError, match=f"one dtype, got {first} float64 and {second} float32"):
        op.forward({}, np.ones(2), np.ones(2, np.float32))


@pytest.mark.parametrize("op", [*PAIRS, Identity])
def test_another_dtype_or_cotangent_is_refused(op):
    operands = 1 if op is Identity else 2
    with pytest.raises(TypeError, match=f"{op.__name__} needs floating-point input, got int64"):
        op.forward({}, *[np.ones(2, np.int64)] * operands)
    context = {}
    op.forward(context, *[np.ones((2, 3))] * operands)
    with pytest.raises(
        ValueError, match=rf"{op.__name__} needs a cotangent of the output's shape \(2, 3\), got \(2, 1\)"
    ):
        op.backward(context, np.ones((2, 1)))
    with pytest.raises(TypeError, match=f"{op.__name__} needs a cotangent of the output's dtype float64, got float32"):
        op.backward(context, np.ones((2, 3), np.float32))
