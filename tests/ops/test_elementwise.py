"""Element-wise ops against explicit Jacobians."""

import cmath

import numpy as np
import pytest
from flint import arb
from op_checks import DTYPES, check_conduct, check_exactly, check_gradient, draw, draw_exact, entrywise

from gradverify.ops import Exp, Log, Map, Sqrt, Square

CUBE = {"f": lambda x: x**3 - 2 * x, "f_prime": lambda x: 3 * x**2 - 2}
SINE = {"f": np.sin, "f_prime": np.cos}
OPS = [
    (Map, CUBE, lambda z: z * z * z - 2 * z, False),
    (Map, SINE, cmath.sin, False),
    (Map, {"f": lambda x: -3 * x, "f_prime": lambda x: -3}, lambda z: -3 * z, False),
    (Exp, {}, cmath.exp, False),
    (Log, {}, cmath.log, True),
    (Square, {}, lambda z: z * z, False),
    (Sqrt, {}, cmath.sqrt, True),
]
SHAPES = [(), (0,), (5,), (0, 3), (2, 0), (1, 1), (3, 2), (2, 3, 5)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("op", "parameters", "scalar", "positive"), OPS)
def test_the_gradient_is_the_slope_at_each_entry(op, parameters, scalar, positive, shape, dtype):
    # a sum of two terms in f′ may cancel: 3x² and 2 are at most 12
    cancels = (lambda y_bar: 14 * np.abs(y_bar)) if parameters is CUBE else (lambda y_bar: 0)
    check_gradient(op, [draw(3, shape, dtype, positive)], entrywise(scalar), parameters, cancels=cancels)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 2)])
@pytest.mark.parametrize(("op", "parameters", "scalar", "positive"), OPS)
def test_conduct(op, parameters, scalar, positive, shape, dtype):
    check_conduct(op, [draw(3, shape, dtype, positive)], parameters)


@pytest.mark.parametrize("shape", SHAPES)
def test_rational_functions_hold_exactly_on_fractions(shape):
    check_exactly(Square, [draw_exact(3, shape)], entrywise(lambda z: z * z))
    inverse = {"f": lambda x: 1 / x, "f_prime": lambda x: -1 / (x * x)}
    check_exactly(Map, [draw_exact(3, shape)], entrywise(lambda z: z / (z * z)), inverse)


@pytest.mark.parametrize(
    ("op", "slope"), [(Exp, np.exp), (Log, lambda x: 1 / x), (Sqrt, lambda x: 1 / (2 * np.sqrt(x)))]
)
def test_object_arrays_of_balls_run_through_the_same_lines(op, slope):
    x, y_bar = (np.array([[arb(a), arb(b)]], object) for a, b in [("0.3", "2.5"), ("-1.7", "0.9")])
    context = {}
    y = op.forward(context, x)
    x_bar = op.backward(context, y_bar)
    expected = y_bar.astype(float) * slope(x.astype(float))
    assert {type(entry) for entry in [*y.flat, *x_bar.flat]} == {arb}
    np.testing.assert_allclose(x_bar.astype(float), expected, rtol=1e-14)


@pytest.mark.parametrize("f", [lambda x: x, lambda x: x[::-1], lambda x: x.T])
def test_map_copies_what_f_returns(f):
    x = draw(3, (3, 3))
    context = {}
    y = Map.forward(context, x, f=f, f_prime=np.ones_like)
    assert np.array_equal(y, f(x))
    assert not np.shares_memory(x, y)
    check_conduct(Map, [x], {"f": f, "f_prime": lambda x: x})


def test_nan_passes_the_domain_checks_and_stays():
    for op in (Log, Sqrt):
        context = {}
        assert np.isnan(op.forward(context, np.array([np.nan, 1.0]))[0])
        assert np.array_equal(np.isnan(op.backward(context, np.ones(2))), [True, False])


def test_sqrt_of_zero_has_a_value_and_no_gradient():
    context = {}
    assert np.array_equal(Sqrt.forward(context, np.array([4.0, 0.0])), [2, 0])
    with pytest.raises(ValueError, match="slope") as caught:
        Sqrt.backward(context, np.ones(2))
    expected = "Sqrt.backward needs positive entries, got x[1] = 0.0: the slope of √x is infinite at 0"
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("op", "x", "parameters", "error", "message"),
    [
        (
            Log,
            np.array([[1.0, 2.0, 3.0], [4.0, 0.0, -3.0]]),
            {},
            ValueError,
            "Log needs positive entries, got x[1, 1] = 0.0: mask or shift such entries",
        ),
        (
            Log,
            np.array(-2.0, np.float32),
            {},
            ValueError,
            "Log needs positive entries, got x = -2.0: mask or shift such entries",
        ),
        (
            Sqrt,
            np.array([0.0, -0.5, -1.0]),
            {},
            ValueError,
            "Sqrt needs entries that are not negative, got x[1] = -0.5: mask or shift such entries",
        ),
        (Exp, np.ones(2, int), {}, TypeError, "Exp needs floating-point input, got int64: pass x.astype(float)"),
        (
            Map,
            np.ones((2, 3)),
            {"f": np.sum, "f_prime": np.ones_like},
            ValueError,
            "Map needs f to keep the shape (2, 3), got (): f must act on every entry alone",
        ),
        (
            Map,
            np.ones(2, np.float32),
            {"f": lambda x: x * np.float64(2), "f_prime": np.ones_like},
            TypeError,
            "Map needs f to keep the dtype float32, got float64: "
            "use Python numbers as constants, they take the array's dtype",
        ),
    ],
)
def test_what_forward_refuses(op, x, parameters, error, message):
    with pytest.raises(error) as caught:
        op.forward({}, x, **parameters)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("f_prime", "error", "message"),
    [
        (lambda x: x[0], ValueError, "Map needs f_prime(x) of shape (2, 3) or one number, got shape (3,)"),
        (
            lambda x: np.float64(2),
            TypeError,
            "Map needs f_prime to keep the dtype float32, got float64: "
            "use Python numbers as constants, they take the array's dtype",
        ),
    ],
)
def test_what_backward_refuses_of_f_prime(f_prime, error, message):
    context = {}
    x = np.ones((2, 3), np.float32)
    Map.forward(context, x, f=lambda x: 2 * x, f_prime=f_prime)
    with pytest.raises(error) as caught:
        Map.backward(context, x)
    assert str(caught.value) == message


@pytest.mark.parametrize(("op", "parameters"), [(Map, SINE), (Exp, {}), (Log, {}), (Square, {}), (Sqrt, {})])
def test_backward_refuses_another_shape(op, parameters):
    context = {}
    op.forward(context, np.ones((2, 3)), **parameters)
    with pytest.raises(ValueError, match="cotangent") as caught:
        op.backward(context, np.ones(3))
    assert str(caught.value) == f"{op.__name__} needs a cotangent of the output's shape (2, 3), got (3,)"
