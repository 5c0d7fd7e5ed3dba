"""Every function of NumPy, on one array, two, an array and a number, or a list: right, or refused, but never silently wrong."""

from __future__ import annotations

import math
import warnings
from random import Random

import numpy as np
import pytest
from exact_rows import INPUTS, check_kind, entries, leaves, near, on_numbers, parameters

from gradverify.numbers.fields import Balls
from gradverify.numbers.run import precision

TO_FILES_AND_SCREEN = {
    "fromfile",
    "genfromtxt",
    "get_include",
    "info",
    "load",
    "loadtxt",
    "save",
    "savetxt",
    "savez",
    "savez_compressed",
    "set_printoptions",
    "setbufsize",
    "seterr",
    "seterrcall",
    "show_config",
    "show_runtime",
    "test",
}

OF_CHANCE = {"empty", "empty_like", "searchsorted"}  # the last in an array that is not sorted

ARGUMENTS = {
    "x": lambda f, x: f(x),
    "x, y": lambda f, x, y: f(x, y),
    "v": lambda f, v: f(v),
    "u, v": lambda f, u, v: f(u, v),
    "A": lambda f, A: f(A),
    "A, S": lambda f, A, S: f(A, S),
    "p": lambda f, p: f(p),
    "p, q": lambda f, p, q: f(p, q),
    "x, 1": lambda f, x: f(x, 1),
    "v, 0.5": lambda f, v: f(v, 0.5),
    "[x, y]": lambda f, x, y: f([x, y]),
}


def functions():
    for module, prefix in (
        (np, ""),
        (np.linalg, "linalg."),
        (np.fft, "fft."),
        (np.lib.stride_tricks, "lib.stride_tricks."),
    ):
        for name in dir(module):
            function = getattr(module, name)
            plain = callable(function) and not isinstance(function, type) and not name.startswith("_")
            if plain and name not in TO_FILES_AND_SCREEN | OF_CHANCE:
                yield prefix + name


def found(name):
    function = np
    for part in name.split("."):
        function = getattr(function, part)
    return function


@pytest.mark.parametrize("name", list(functions()))
def test_a_function_is_right_or_refused(name):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for written, call in ARGUMENTS.items():
            names = parameters(call)
            try:
                expected = call(found(name), *(INPUTS[each].copy() for each in names))
            except Exception:  # noqa: BLE001  # no such call
                continue
            compare(name, written, call, expected)


def compare(name, written, call, expected):
    field = Balls(Random(1))

    def function(*arrays):
        return call(found(name), *arrays)

    with precision(field):
        try:
            made = on_numbers(function, field, parameters(call))
        except Exception:  # noqa: BLE001  # refused, in whatever words
            return
        for got, want in zip(leaves(made), leaves(expected), strict=True):
            if isinstance(want, np.ndarray | np.generic | float | int):
                if not written.startswith("["):
                    check_kind(got, want)
                for g, w in zip(entries(np.asarray(got)), entries(np.asarray(want)), strict=True):
                    assert same(near(g), w), f"np.{name}({written}) gives {g} for {w}"


def same(g, w):
    if isinstance(w, complex):
        return False
    return (math.isnan(g) and math.isnan(w)) or g == w or abs(g - w) <= 1e-9 * max(1, abs(w))
