"""Index forms evaluated on arrays, against plain loops, with bounds that hold."""

import math
from fractions import Fraction
from itertools import product
from types import MappingProxyType

import mpmath
import numpy as np
import pytest
import sympy
from plain_loops import EXACT, FLOATS, Loops
from sympy import E, Max, Rational, cos, exp, log, pi, sin, sqrt, tanh

from gradverify.derivation import (
    D,
    Iverson,
    Sum,
    array,
    cotangent,
    delta,
    function,
    index,
    partial,
    prime,
    scalar,
    size,
)
from gradverify.derivation.numeric import Numeric
from gradverify.errors import Unsupported

EPSILON = np.finfo(np.float64).eps

m, n, p = size("m n p")
i, k = index("i k", m)
j, l, q = index("j l q", n)  # noqa: E741 - as on the page
r = index("r", p)
t = index("t", 3)
eps = scalar("eps", positive=True)

x = array("x", m, n)
w = array("w", n, m)
square = array("square", m, m)
deep = array("deep", m, n, p)
vector = array("vector", n)
column = array("column", m, 1)
triple = array("triple", 3)
positive = array("positive", m, n, positive=True)
y_bar = cotangent(array("y", m, n))
row_sum = array("row_sum", m)
ratio = array("ratio", m, n)

f, g = function("f"), function("g", arguments=2)

FUNCTIONS = {
    f: {"numpy": np.sin, "exact": mpmath.sin, "float": math.sin},
    prime(f): {"numpy": lambda u: 3 * u * u - 2, "exact": lambda u: 3 * u * u - 2, "float": lambda u: 3 * u * u - 2},
    g: {name: lambda u, v: u * v * v - v for name in ("numpy", "exact", "float")},
    partial(g, 1): {name: lambda u, v: v * v for name in ("numpy", "exact", "float")},
    partial(g, 2): {"numpy": lambda u, v: 1.0, "exact": lambda u, v: mpmath.mpf(1), "float": lambda u, v: 1.0},
}
SCALARS = MappingProxyType({"eps": 0.001})
DEFINITIONS = {
    "row_sum": (row_sum[k], Sum(x[k, l], l)),
    "ratio": (ratio[k, l], x[k, l] / (1 + row_sum[k] ** 2)),
}

CASES = {
    "an entry": (x[i, j], (i, j)),
    "an entry of the transpose": (x[i, j], (j, i)),
    "an entry that lacks an axis": (vector[j], (i, j)),
    "two arrays with their axes crossed": (x[i, j] * w[j, i], (i, j)),
    "three axes in another order": (deep[i, j, r] * x[i, j], (r, i, j)),
    "a diagonal": (square[i, i], (i,)),
    "a diagonal beside a free axis": (square[i, i] * x[i, j], (i, j)),
    "a trace": (Sum(square[k, k], k), ()),
    "a sum of terms": (x[i, j] + 2 * y_bar[i, j] - vector[j], (i, j)),
    "a product": (-3 * x[i, j] * y_bar[i, j] * vector[j], (i, j)),
    "a sum over one index": (Sum(x[i, l], l), (i,)),
    "a sum over all indices": (Sum(x[k, l] * y_bar[k, l], k, l), ()),
    "a matrix product": (Sum(x[i, l] * w[l, k], l), (i, k)),
    "a sum in a sum": (Sum(Sum(x[k, l] * w[l, i], l) * square[i, k], k), (i,)),
    "a sum beside its own index": (x[i, j] - Sum(x[i, j] * y_bar[i, j], j), (i, j)),
    "a sum whose index stands outside it too": (Sum(vector[j] * Sum(x[i, j], j), j), (i,)),
    "one index bound twice in one sum": (sympy.Sum(vector[j], (j, 0, n - 1), (j, 0, n - 1)), ()),
    "a sum that does not depend on its index": (Sum(vector[j], l), (j,)),
    "a sum with a plain symbol": (sympy.Sum(triple[t], (t, 0, 2)) + t * 0, ()),
    "a sum of fixed extent": (Sum(triple[t] ** 2, t) * vector[j], (j,)),
    "a literal 0": (column[i, 0] * x[i, j], (i, j)),
    "a literal 0 among the free indices": (Sum(x[i, l], l) * column[i, 0], (i, 0)),
    "a size as a factor": (n * x[i, j] / m, (i, j)),
    "a size alone": (n + 0 * m, ()),
    "a scalar": (x[i, j] / (Sum(x[i, l] ** 2, l) + eps), (i, j)),
    "a delta": (Sum(x[k, j] * delta(k, i), k), (i, j)),
    "a delta with a literal": (x[i, j] * delta(i, 0), (i, j)),
    "a square": (x[i, j] ** 2, (i, j)),
    "a negative power": (y_bar[i, j] * x[i, j] / positive[i, j] ** 3, (i, j)),
    "a root": (sqrt(positive[i, j]) + positive[i, j] ** Rational(-1, 3), (i, j)),
    "the exponential": (exp(-x[i, j]), (i, j)),
    "the logarithm": (log(positive[i, j]), (i, j)),
    "tanh": (tanh(x[i, j]), (i, j)),
    "sine and cosine": (sin(x[i, j]) * cos(x[i, j]), (i, j)),
    "the sigmoid's slope": (y_bar[i, j] / (1 + exp(-x[i, j])) * (1 - 1 / (1 + exp(-x[i, j]))), (i, j)),
    "a function of a sum": (exp(Sum(x[i, l], l) / 8) * tanh(Sum(x[i, l] * y_bar[i, l], l)), (i,)),
    "softmax": (exp(x[i, j]) / Sum(exp(x[i, l]), l), (i, j)),
    "a bracket": (y_bar[i, j] * Iverson(x[i, j]), (i, j)),
    "a bracket of a difference": (Iverson(x[i, j] - vector[j]) * x[i, j], (i, j)),
    "a maximum": (Max(x[i, j], vector[j]) * y_bar[i, j], (i, j)),
    "an undetermined function": (y_bar[i, j] * f(x[i, j]), (i, j)),
    "its derivative": (y_bar[i, j] * prime(f)(x[i, j]), (i, j)),
    "a function of a computed argument": (f(x[i, j] * vector[j] + 1), (i, j)),
    "a function of two arguments": (Sum(y_bar[i, l] * g(column[i, 0], vector[l]), l), (i,)),
    "a partial derivative": (Sum(y_bar[i, l] * partial(g, 1)(column[i, 0], vector[l]), l), (i,)),
    "a constant derivative": (Sum(y_bar[i, l] * partial(g, 2)(column[i, 0], vector[l]), l), (i,)),
    "whole numbers and fractions": (Rational(2, 3) * x[i, j] - 5, (i, j)),
    "pi and e": (pi * x[i, j] + E, (i, j)),
    "a decimal": (sympy.Float("0.1", 20) * x[i, j], (i, j)),
    "a number alone": (sympy.Integer(7), (i, j)),
    "a defined quantity": (y_bar[i, j] / (3 + row_sum[i] ** 2), (i, j)),
    "a quantity defined by another, at other indices": (Sum(ratio[i, j] * w[j, k], j), (i, k)),
    "normalize": (
        y_bar[i, j] / Sum(positive[i, q], q) - Sum(y_bar[i, l] * positive[i, l], l) / Sum(positive[i, q], q) ** 2,
        (i, j),
    ),
}

SIZES = (
    {"m": 3, "n": 4, "p": 2},
    {"m": 2, "n": 2, "p": 2},
    {"m": 1, "n": 5, "p": 1},
    {"m": 4, "n": 1, "p": 3},
    {"m": 0, "n": 3, "p": 2},
    {"m": 3, "n": 0, "p": 2},
)


def extent(side, sizes):
    """A side, a symbol or a whole number, in numbers."""
    return int(sympy.sympify(side).subs({m: sizes["m"], n: sizes["n"], p: sizes["p"]}))


def drawn(sizes, seed, draw):
    rng = np.random.default_rng((seed, *sizes.values()))
    arrays = {}
    for each in (x, w, square, deep, vector, column, triple, positive, y_bar):
        sides = tuple(extent(side, sizes) for side in each.shape)
        arrays[str(each.label)] = draw(rng, sides)
    arrays["positive"] = np.abs(arrays["positive"]) + 0.125
    return arrays


def generic(rng, sides):
    return rng.uniform(0.3, 2, sides) * rng.choice([-1, 1], sides)


def cancelling(rng, sides):
    """Rows whose entries nearly cancel, of sizes that differ by a factor of up to a million."""
    values = rng.standard_normal(sides) * 10.0 ** rng.integers(-3, 3, sides)
    if sides and sides[-1] > 1:
        half = sides[-1] // 2
        values[..., :half] = -values[..., half : 2 * half] * (1 + 2.0 ** -rng.integers(20, 50))
    return np.clip(values, -600, 600)


def numeric(arrays, sizes):
    functions = {kind: forms["numpy"] for kind, forms in FUNCTIONS.items()}
    return Numeric(arrays, sizes, functions, SCALARS, DEFINITIONS)


def entries(case, arrays, sizes, numbers):
    """The case by plain loops, entry by entry, in the order of the array's flat iterator."""
    expression, indices = case
    loops = Loops(numbers, arrays, sizes, FUNCTIONS, SCALARS, DEFINITIONS)
    extents = [1 if each == 0 else extent(each.upper + 1, sizes) for each in indices]
    for places in product(*map(range, extents)):
        yield loops.at(sympy.sympify(expression), {e: at for e, at in zip(indices, places, strict=True) if e != 0})


def approximated(case, arrays, sizes):
    found = numeric(arrays, sizes).at_every_index(*case)
    extents = tuple(1 if each == 0 else extent(each.upper + 1, sizes) for each in case[1])
    assert found.value.shape == found.error.shape == extents
    return found


def exactly(number):
    """A NumPy number, of extended precision, as mpmath's."""
    high = float(number)
    return mpmath.mpf(high) + mpmath.mpf(float(number - np.longdouble(high)))


@pytest.mark.parametrize("name", CASES)
def test_values_are_those_of_plain_loops(name):
    unit = float(np.finfo(np.longdouble).eps)
    for sizes in SIZES:
        arrays = drawn(sizes, 1, generic)
        found = approximated(CASES[name], arrays, sizes)
        with mpmath.workdps(80):
            truth = list(entries(CASES[name], arrays, sizes, EXACT))
            for value, error, exact in zip(found.value.flat, found.error.flat, truth, strict=True):
                assert abs(exactly(value) - exact) <= 4 * unit * float(error) + 1e-300, (name, sizes)


def shares(name, sizes, seed, draw):
    """For every entry with a bound, how much of it straightforward float64 code uses; without one it must be exact."""
    arrays = drawn(sizes, seed, draw)
    found = approximated(CASES[name], arrays, sizes)
    with mpmath.workdps(80):
        truth = list(entries(CASES[name], arrays, sizes, EXACT))
    for error, exact, code in zip(found.error.flat, truth, entries(CASES[name], arrays, sizes, FLOATS), strict=True):
        off = float(abs(mpmath.mpf(code) - exact))
        if error == 0:
            assert off == 0, (name, sizes, seed)
        else:
            yield off / (EPSILON * float(error))


# Sums of zeros, and of many copies of few numbers: code rounds far less than a bound that knows only their number.
HARDLY_ROUNDED = ("a delta", "one index bound twice in one sum")


@pytest.mark.parametrize("name", CASES)
def test_the_bound_holds_for_straightforward_code_and_is_not_absurd(name):
    sizes = {"m": 3, "n": 5, "p": 2}
    used = [share for seed in range(8) for share in shares(name, sizes, seed, generic)]
    assert all(share <= 1 for share in used)
    assert not used or name in HARDLY_ROUNDED or max(used) >= 0.01


@pytest.mark.parametrize("name", CASES)
def test_the_bound_holds_where_sums_cancel(name):
    for seed in range(3):
        assert all(share <= 1 for share in shares(name, {"m": 2, "n": 6, "p": 2}, seed, cancelling))


def test_the_bound_holds_for_a_sum_that_loses_every_digit():
    # 1e16 + 1 − 1e16: float64 gives 0 or 2, never 1
    row = np.array([[1e16, 1.0, -1e16]])
    found = Numeric({"x": row}, {"m": 1, "n": 3}).at_every_index(Sum(x[i, l], l), (i,))
    exact = sum(map(Fraction, row[0].tolist()))
    assert exact == 1
    assert abs(sum(row[0].tolist()) - 1) <= EPSILON * found.error[0]
    assert found.error[0] < 1e18


def test_what_is_only_read_has_no_error():
    sizes = {"m": 2, "n": 3}
    arrays = {"x": np.array([[0.1, 0.2, 0.3], [1, 2, 3]])}
    found = Numeric(arrays, sizes).at_every_index(Sum(x[k, j] * delta(k, i), k) * 0 + x[i, j], (i, j))
    assert not found.error.any()
    assert (found.value == arrays["x"]).all()


def test_an_infinite_slope_spoils_nothing_where_no_error_comes_in():
    found = Numeric({"x": np.array([[0.0, 4.0]])}, {"m": 1, "n": 2}).at_every_index(sqrt(x[i, j]), (i, j))
    assert found.value.tolist() == [[0, 2]]
    assert np.isfinite(found.error).all()


@pytest.mark.parametrize(
    ("expression", "indices", "message"),
    [
        (D(x[i, j], x[i, j]), (i, j), "there are no numbers for D: "),
        (sympy.Heaviside(x[i, j]), (i, j), "there are no numbers for Heaviside: Heaviside(x[i, j])"),
        (array("z", m)[i], (i,), "z is no input, no cotangent and nothing that the derivation defines"),
        (x[i, j], (i,), "j is no index of the expression and is bound by no sum"),
        (delta(i, j), (i,), "j is no index of the expression and is bound by no sum"),
        (x[i, 0], (i,), "0 in x[i, 0] has 1 values, the axis 3"),
        (column[i, 1], (i,), "1 in column[i, 1] has 1 values, the axis 1"),
        (x[j, i], (i, j), "j in x[j, i] has 3 values, the axis 2"),
        (sympy.IndexedBase("x")[i], (i,), "x[i] has 1 indices, the array 2 axes"),
        (x[i, j] ** n, (i, j), "the exponent n is not a rational number"),
        (scalar("a") * x[i, j], (i, j), "a has no value: it is no side of an input and no parameter"),
        (Sum(vector[0] * 0 + r, r), (), "p has no value: it is no side of an input and no parameter"),
        (sympy.Sum(x[i, j], (j, 1, n - 1)), (i,), "an index starts at 1, not at 0"),
        (function("h")(x[i, j]), (i, j), "no code stands for h: no parameter is this function"),
    ],
)
def test_what_has_no_numbers_is_refused(expression, indices, message):
    arrays = {"x": np.ones((2, 3)), "column": np.ones((2, 1)), "vector": np.ones(3)}
    with pytest.raises(Unsupported) as caught:
        Numeric(arrays, {"m": 2, "n": 3}).at_every_index(expression, indices)
    assert str(caught.value).startswith(message)


def test_a_shape_in_numbers():
    assert Numeric({}, {"m": 2, "n": 3}).shape((m, 1, n, 4)) == (2, 1, 3, 4)
