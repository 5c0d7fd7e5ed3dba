"""What was asked for, as text that can be asked again."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gradverify.adapters import parse_parameter
from gradverify.report.request import requested, versions


def of(target="ops.py:Op", parameters=(), shapes=()):
    return requested(target, shapes, parameters, seed=3, strict=True)


def test_text_is_kept_as_typed():
    request = of(parameters=["axis=1", "mode=same"], shapes=["3x4", "mxn"])
    assert request.target == "ops.py:Op"
    assert request.parameters == ("axis=1", "mode=same")
    assert request.shapes == ("3x4", "mxn")
    assert (request.seed, request.strict) == (3, True)


@pytest.mark.parametrize("value", [1, -2.5, True, None, "same", "two words", (0, 2), [1, "a"], {"a": (1,)}])
def test_a_value_that_has_a_text_comes_back_by_it(value):
    request = of(parameters={"k": value})
    assert request.target
    assert parse_parameter(request.parameters[0]) == ("k", value)


@pytest.mark.parametrize("value", [np.arange(3), np.float64(2.0), float("nan"), Fraction(1, 2), np.tanh, object()])
def test_a_value_without_a_text_cannot_be_asked_for_again(value):
    request = of(parameters={"k": value, "axis": 1})
    assert request.target == ""
    assert request.parameters == ("axis=1",)


@pytest.mark.parametrize("target", [object, 3])
def test_an_object_has_no_text(target):
    assert of(target).target == ""


def test_the_versions_are_those_that_run():
    assert versions()["numpy"] == np.__version__
    assert set(versions()) == {"python", "numpy", "hypothesis", "sympy", "python-flint"}
