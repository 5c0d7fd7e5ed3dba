"""Ops to be diagnosed, made from two functions or from a planted class."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from gradverify.adapters import adapt, parse_parameter, parse_shape, space_for
from gradverify.model import InputSpec, Op, Sign, Space

PLANTED = Path(__file__).parent.parent / "planted" / "backwards"


@pytest.fixture(scope="session")
def planted():
    """Op and space of a planted class, by name, shapes and parameters."""
    path = sys.path[:]
    sys.path.insert(0, str(PLANTED))
    try:
        files = [importlib.import_module(name) for name in ("course_ops", "broken_ops")]
    finally:
        sys.path[:] = path

    def made(name, shapes="mxn", parameters=()):
        cls = next(getattr(file, name) for file in reversed(files) if hasattr(file, name))
        sides = [parse_shape(shape) for shape in shapes.split()]
        given = dict(map(parse_parameter, parameters))
        op = adapt(cls, parameters=given, input_count=len(sides))
        return op, space_for(op, shapes=sides, parameters=given).space

    yield made
    for name in ("course_ops", "broken_ops"):
        sys.modules.pop(name, None)


@pytest.fixture
def op():
    """An op of a forward and a backward, whose context is its inputs and keywords."""

    def made(forward, backward, inputs=("x",), parameters=()):
        def run(*arrays, **keywords):
            y = forward(*arrays, **keywords)
            return (y if isinstance(y, tuple) else (y,)), (arrays, keywords)

        def back(saved, cotangents):
            arrays, keywords = saved
            returned = backward(*cotangents, *arrays, **keywords)
            return returned if isinstance(returned, tuple) else (returned,)

        return Op("made", run, back, inputs, parameters)

    return made


@pytest.fixture
def space():
    """A space of the given shapes, all entries nonzero unless said otherwise."""

    def made(*shapes, names=("x", "w", "b"), sign=Sign.REAL, **parameters):
        return Space(
            tuple(InputSpec(name, shape, sign) for name, shape in zip(names, shapes, strict=False)), parameters
        )

    return made
