"""Whole cases: varied, inside the space, and readable when shrunk."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import find, settings

from gradverify.cases import CONDUCT_LAYOUTS, LAYOUTS, cases, search
from gradverify.model import Choice, InputSpec, Sign, Space

MATRIX = Space((InputSpec("x", ("m", "n")),))


def drawn(space, count=60, seed=0, **options):
    return search(cases(space, **options), lambda case: case, examples=count, seed=seed).seen


def test_cases_are_varied():
    seen = drawn(MATRIX)

    assert {case.layout for case in seen} == {"C", "Fortran", "strided", "reversed", "read-only"}
    assert {case.inputs[0].dtype for case in seen} == {np.dtype(float)}
    assert all(case.inputs[0].shape == (case.sizes["m"], case.sizes["n"]) for case in seen)
    assert len({(case.inputs[0].shape, case.inputs[0].tobytes()) for case in seen}) > 0.85 * len(seen)


def test_thirty_cases_reach_a_side_of_1_a_side_above_16_a_square_and_not():
    for seed in range(10):
        shapes = [case.inputs[0].shape for case in drawn(MATRIX, 30, seed)]
        assert any(1 in shape for shape in shapes)
        assert any(max(shape) > 16 and min(shape) > 0 for shape in shapes)
        assert any(m == n for m, n in shapes)
        assert any(m != n for m, n in shapes)


def test_parameters_are_sizes_choices_or_constants():
    space = Space((InputSpec("x", ("m",)),), {"count": "m", "copies": "r", "axis": Choice((0, -1)), "eps": 1e-5})
    seen = drawn(space)

    assert all(case.parameters["count"] == case.sizes["m"] == case.inputs[0].size for case in seen)
    assert all(case.parameters["copies"] == case.sizes["r"] for case in seen)
    assert {case.parameters["axis"] for case in seen} == {0, -1}
    assert {case.parameters["eps"] for case in seen} == {1e-5}


def test_dtypes_can_be_mixed():
    seen = drawn(MATRIX, dtype=(np.float64, np.float32))

    assert {case.inputs[0].dtype.name for case in seen} == {"float64", "float32"}


def test_a_dtype_that_is_not_floating_is_refused():
    with pytest.raises(ValueError, match="not int64"):
        cases(MATRIX, dtype=np.int64)


def test_only_accepted_inputs_are_drawn():
    space = Space((InputSpec("x", ("n",), Sign.POSITIVE),), accepts=lambda arrays: arrays["x"].size > 3)

    assert min(case.inputs[0].size for case in drawn(space)) > 3


def test_a_scalar_input_needs_no_sizes():
    assert {case.inputs[0].shape for case in drawn(Space((InputSpec("x", ()),)), 10)} == {()}


def test_a_case_shrinks_to_something_to_read():
    smallest = find(cases(MATRIX), lambda case: case.inputs[0].size >= 2, settings=settings(database=None))

    assert smallest.inputs[0].tolist() in ([[2.0, -1.0]], [[2.0], [-1.0]])
    assert (smallest.layout, smallest.seed) == ("C", 0)


def test_thirty_cases_reach_the_sides_at_which_mistakes_show():
    reached = Counter()
    for seed in range(20):
        sides = {side for case in drawn(MATRIX, 30, seed) for side in case.inputs[0].shape}
        reached.update({side for side in sides if side <= 3})
        reached["odd"] += any(side % 2 and side > 3 for side in sides)
        reached["> 16"] += any(side > 16 for side in sides)
        reached["> 128"] += any(side > 128 for side in sides)

    assert all(reached[side] >= 19 for side in (0, 1, 2, 3, "odd", "> 16"))
    assert reached["> 128"] >= 10


def test_asking_for_generic_entries_is_asking_for_nothing():
    plain = drawn(MATRIX, 30, 3)
    with_kinds = drawn(MATRIX, 30, 3, kinds=("generic",), layouts=LAYOUTS)

    assert [case.inputs[0].tobytes() for case in plain] == [case.inputs[0].tobytes() for case in with_kinds]


def test_the_layouts_asked_for_are_drawn():
    seen = drawn(MATRIX, 100, layouts=LAYOUTS + CONDUCT_LAYOUTS)

    assert {case.layout for case in seen} == {*LAYOUTS, *CONDUCT_LAYOUTS}
    assert {case.inputs[0].dtype.str for case in seen if case.layout == "big-endian"} == {">f8"}
    repeated = [case for case in seen if case.layout == "zero-stride"]
    assert {case.kind for case in repeated} == {"one row repeated"}
    assert all(case.inputs[0].strides[0] == 0 for case in repeated)
    assert {case.kind for case in seen if case.layout != "zero-stride"} == {"generic"}
    assert {case.layout for case in drawn(MATRIX, 20, layouts=("C",))} == {"C"}


def test_where_no_row_can_be_repeated_the_layout_is_another():
    seen = drawn(Space((InputSpec("x", ()),)), 40, layouts=("C", "zero-stride"))

    assert {(case.layout, case.kind) for case in seen} == {("C", "generic")}
