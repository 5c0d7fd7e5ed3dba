"""Runs one function on floats, on balls, on rationals and on residues, and compares what comes out.

A row is a function whose parameters name the inputs below. Its values in balls are compared with NumPy's floats, its
tangents with central differences, its rational values with the residues.
"""

from __future__ import annotations

import inspect
import linecache
from fractions import Fraction
from random import Random

import numpy as np

from gradverify.numbers.array import ExactArray, entries, exact_array
from gradverify.numbers.fields import Balls, PrimeField, Rationals
from gradverify.numbers.number import Number
from gradverify.numbers.run import code_of, precision
from gradverify.numbers.signals import OutsideField

rng = np.random.default_rng(7)
tails = iter(range(11, 99))


def drawn(*shape, low=0.3, high=1.7, signed=False):
    """Floats of four digits, no two alike in all inputs, away from 0 and from whole and half numbers."""
    size = int(np.prod(shape))
    flat = rng.permutation(np.linspace(low, high, size + 2)[1:-1]).round(3) + next(tails) / 1e5
    if signed:
        flat = flat * np.where(np.arange(size) % 3 == 1, -1, 1)
    return flat.reshape(shape)


def positive_definite(n):
    a = drawn(n, n, signed=True)
    return a @ a.T + n * np.eye(n)


INPUTS = {
    "x": drawn(3, 4, signed=True),
    "y": drawn(3, 4, signed=True),
    "p": drawn(3, 4),
    "q": drawn(3, 4, low=0.2, high=0.9),
    "u": drawn(4, signed=True),
    "v": drawn(4, signed=True),
    "w": drawn(3, 1),
    "t": drawn(2, 3, 4, signed=True),
    "A": drawn(3, 3, signed=True) + 2 * np.eye(3),
    "B": drawn(4, 2, signed=True),
    "S": positive_definite(3),
    "T": np.stack([positive_definite(3), positive_definite(3)]),
    "c": np.array(0.71875),
    "e": np.zeros((0, 3)),
}

DIRECTIONS = {name: drawn(*array.shape, signed=True) for name, array in INPUTS.items()}


def label(function):
    """The line of the table that a row stands on."""
    line = linecache.getline(function.__code__.co_filename, function.__code__.co_firstlineno).strip().rstrip(",")
    return line.removeprefix("lambda ") if line.startswith("lambda") else function.__name__


def parameters(function):
    return [name for name in inspect.signature(function).parameters if name in INPUTS]


def on_floats(function, step=0.0):
    """The function's result at the inputs, moved along their directions; every array is a fresh copy."""
    return function(*(INPUTS[name] + step * DIRECTIONS[name] for name in parameters(function)))


def on_numbers(function, field, names=None):
    """The function's result on exact numbers of a field, with the stand-ins in place."""

    def exact(name):
        numbers = [
            field.number(field.element(x), field.element(d), field.near(x))
            for x, d in zip(INPUTS[name].reshape(-1).tolist(), DIRECTIONS[name].reshape(-1).tolist(), strict=True)
        ]
        return exact_array(numbers, INPUTS[name].shape)

    with precision(field):
        arrays = [exact(name) for name in names or parameters(function)]
        with code(function.__module__, function).running(field):
            return function(*arrays)


CODES = {}


def code(module, function):
    """The code behind the rows of one table: they share their module."""
    if module not in CODES:
        CODES[module] = code_of(function, function, [function])
    return CODES[module]


def leaves(result):
    """The arrays and scalars in a result, in order."""
    if isinstance(result, tuple | list):
        return [leaf for each in result for leaf in leaves(each)]
    return [result]


def kind_of(leaf):
    """What a result is to its user."""
    if isinstance(leaf, ExactArray):
        return "float array", leaf.shape
    if isinstance(leaf, np.ndarray):
        kinds = {"b": "bool array", "f": "float array", "O": "array of bare objects"}
        return kinds.get(leaf.dtype.kind, "int array"), leaf.shape
    if isinstance(leaf, bool | np.bool_):
        return "bool", ()
    if isinstance(leaf, Number | float | np.floating):
        return "float", ()
    return type(leaf).__name__.removesuffix("64"), ()


def near(number):
    """A float beside a number, or the plain number itself."""
    if not isinstance(number, Number):
        return float(number)
    return float(number.near) if not hasattr(number.near, "mid") else float(number.near.mid())


def check_in_balls(function):
    """Kinds, values and tangents in balls against NumPy on floats."""
    field = Balls(Random(1))
    step = 1e-5
    with precision(field):
        found = leaves(on_numbers(function, field))
        expected, up, down = (leaves(on_floats(function, s)) for s in (0.0, step, -step))
        assert len(found) == len(expected)
        for got, want, high, low in zip(found, expected, up, down, strict=True):
            if isinstance(want, str | type(None) | np.dtype | type):
                assert got == want
                continue
            check_kind(got, want)
            for g, w, h, lower in zip(*(entries(np.asarray(each)) for each in (got, want, high, low)), strict=True):
                assert abs(near(g) - w) <= 1e-9 * max(1, abs(w)), f"{g} for {w}"
                tangent = float(g.tangent.mid()) if isinstance(g, Number) else 0.0
                slope = (h - lower) / (2 * step) if not isinstance(w, bool) else 0.0
                assert abs(tangent - slope) <= 1e-6 * max(1, abs(slope)), f"the tangent {tangent} for {slope}"


def check_kind(got, want):
    kind, shape = kind_of(got)
    wanted, wanted_shape = kind_of(want)
    # An exact 0 or 1 may be an integer where NumPy has a float.
    assert kind == wanted or (wanted == "float" and kind == "int"), f"{kind} for {wanted}"
    assert shape == wanted_shape


def check_in_residues(function):
    """Residues against rationals, where the values are rational; whether they are."""
    rationals, primes = Rationals(Random(1)), PrimeField(Random(1))
    try:
        exact = leaves(on_numbers(function, rationals))
    except OutsideField:
        return False
    for got, want in zip(leaves(on_numbers(function, primes)), exact, strict=True):
        for g, w in zip(entries(np.asarray(got)), entries(np.asarray(want)), strict=True):
            if not isinstance(w, Number):
                assert g == w
                continue
            assert g.value == primes.element(fraction(w.value))
            assert g.tangent == primes.element(fraction(w.tangent))
    return True


def fraction(value):
    return Fraction(int(value.p), int(value.q))
