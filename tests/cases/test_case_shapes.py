"""Sides small, large, equal and not, within the bound on elements."""

from __future__ import annotations

import random

import numpy as np
import pytest

from gradverify.cases.choices import Reader
from gradverify.cases.shapes import (
    BESIDE_LARGE,
    LARGE,
    MAX_ELEMENTS,
    SIDES,
    able_to_be_wide,
    flips_for,
    read_shapes,
    read_sizes,
    shape_flips_for,
    shape_of,
    size_names,
    summarize,
)
from gradverify.model import Choice, InputSpec, Leading, Space

MATRICES = Space((InputSpec("a", ("m", "k")), InputSpec("b", ("k", "n"))), {"columns": "r", "mode": Choice(("x",))})


def drawn(space, count, **options):
    rng = random.Random(0)
    return [
        read_sizes(space, Reader([rng.random() < 0.5 for _ in range(flips_for(space))]), **options)
        for _ in range(count)
    ]


def test_size_names_come_from_shapes_and_from_parameters():
    assert size_names(MATRICES) == ("m", "k", "n", "r")


def test_shape_of_replaces_names_and_keeps_numbers():
    assert shape_of(("m", 3, "k"), {"m": 2, "k": 5}) == (2, 3, 5)


def test_the_table_is_one_five_flips_choose_from():
    assert len(SIDES) == 32
    assert SIDES[0] == 1


def test_small_large_empty_and_square_sizes_all_occur():
    sizes = drawn(Space((InputSpec("x", ("m", "n")),)), 300)
    sides = [side for case in sizes for side in case.values()]

    assert sides.count(1) > 80
    assert sides.count(0) > 20
    assert sum(side > 16 for side in sides) > 80
    assert sum(case["m"] == case["n"] for case in sizes) > 60
    assert sum(case["m"] != case["n"] for case in sizes) > 80


def test_the_number_of_elements_is_bounded():
    cube = Space((InputSpec("x", ("a", "b", "c")),))
    totals = [case["a"] * case["b"] * case["c"] for case in drawn(cube, 300)]

    assert max(totals) <= MAX_ELEMENTS
    assert max(case["a"] * case["b"] * case["c"] for case in drawn(cube, 300, max_elements=10)) <= 10


@pytest.mark.parametrize("shape", [("m", "n"), ("m", "n", "k")])
def test_sides_above_16_stay_where_few_elements_are_allowed(shape):
    sizes = drawn(Space((InputSpec("x", shape),)), 300, max_elements=100)

    assert sum(max(case.values()) > 16 and min(case.values()) > 1 for case in sizes) > 8
    assert sum(max(case.values()) == min(case.values()) > 1 for case in sizes) > 60


def test_a_wide_size_is_the_largest_and_no_other_is_0():
    for name in able_to_be_wide(MATRICES):
        sizes = drawn(MATRICES, 50, wide=name)

        assert {case[name] for case in sizes} == {max(SIDES)}
        assert {side for case in sizes for other, side in case.items() if other != name} <= set(
            range(1, BESIDE_LARGE + 1)
        )


def test_own_sizes_can_be_wide_and_else_a_further_axis():
    assert able_to_be_wide(MATRICES) == ("m", "k", "n", "r")
    further = Space((InputSpec("x", (), leading=Leading.ALL),))
    (name,) = able_to_be_wide(further)

    assert {case[name] for case in drawn(further, 50, wide=name)} == {max(SIDES)}


def test_fixed_sides_beyond_the_bound_are_kept():
    fixed = Space((InputSpec("x", (100, 100, "n")),))

    assert {case["n"] for case in drawn(fixed, 50)} <= {0, 1}


def shapes_drawn(*specs, count=400):
    space = Space(specs)
    rng = random.Random(1)
    number = flips_for(space) + shape_flips_for(space)
    seen = []
    for _ in range(count):
        reader = Reader([rng.random() < 0.5 for _ in range(number)])
        seen.append(read_shapes(space, read_sizes(space, reader), reader))
        with pytest.raises(StopIteration):
            reader.number(1)
    return seen


def test_at_most_one_side_is_large_and_the_others_are_small_then():
    sizes = drawn(MATRICES, 600)
    with_a_large_one = [case for case in sizes if max(case["m"], case["k"], case["n"]) > LARGE]

    assert len(with_a_large_one) > 20
    for case in with_a_large_one:
        assert sorted(case.values())[-2] <= BESIDE_LARGE
    assert max(case["r"] for case in sizes) <= LARGE  # the elements of the inputs do not bound what r makes of them


def test_sides_are_no_smaller_than_asked_for():
    assert min(min(case.values()) for case in drawn(MATRICES, 200, least=2, max_elements=600)) == 2


def test_a_side_may_be_1_in_each_input_by_itself():
    seen = shapes_drawn(InputSpec("x", ("m", 5), may_be_one=(0, 1)), InputSpec("y", ("m", 5), may_be_one=(1,)))

    assert {x[1] for x, _ in seen} == {y[1] for _, y in seen} == {1, 5}
    assert any(x[0] == 1 and y[0] > 1 for x, y in seen)
    assert any(x[1] == 1 and y[1] == 5 for x, y in seen)
    assert any(x[1] == 5 and y[1] == 1 for x, y in seen)
    assert all(x[0] in (1, y[0]) for x, y in seen)


def test_further_axes_are_the_same_in_every_input():
    seen = shapes_drawn(InputSpec("x", ("n",), leading=Leading.ALL), InputSpec("y", (), leading=Leading.ALL))

    assert {len(x) for x, _ in seen} == {1, 2, 3}
    assert all(x[:-1] == y for x, y in seen)
    assert all(np.prod(x) + np.prod(y) <= MAX_ELEMENTS for x, y in seen)


def test_rank_4_is_reached():
    assert {len(x) for (x,) in shapes_drawn(InputSpec("x", ("m", "n"), leading=Leading.ALL))} == {2, 3, 4}


def test_leading_axes_may_be_missing_or_1():
    some = InputSpec("y", ("m", 5), may_be_one=(0,), leading=Leading.SOME)
    seen = shapes_drawn(InputSpec("x", ("m", 5), leading=Leading.ALL), some)

    assert {(len(x), len(y)) for x, y in seen} == {(a, b) for a in (2, 3, 4) for b in range(1, a + 1)}
    assert all(np.broadcast_shapes(x, y) == x for x, y in seen)
    assert any(len(y) == 4 and y[0] == 1 < x[0] for x, y in seen)


def test_without_further_axes_in_any_input_only_own_sides_are_missing():
    some = InputSpec("y", ("m", "n"), may_be_one=(0, 1), leading=Leading.SOME)

    assert {len(y) for (y,) in shapes_drawn(some)} == {0, 1, 2}
    assert {len(y) for (y,) in shapes_drawn(InputSpec("y", ("m", "n"), leading=Leading.SOME))} == {2}


def test_with_no_flip_set_nothing_is_left_out():
    space = Space((InputSpec("y", ("m", 4), may_be_one=(0, 1), leading=Leading.SOME),))

    assert read_shapes(space, {"m": 3}, Reader([False] * shape_flips_for(space))) == ((3, 4),)


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ([], "no shapes"),
        ([()], "scalars"),
        ([(3,)], "side 3"),
        ([(0,), (17,)], "sides 0–17"),
        ([(2, 2), (2, 5)], "sides 2–5, square and not"),
        ([(2, 2)], "side 2, square only"),
        ([(1, 2), (7, 3)], "sides 1–7, none square"),
    ],
)
def test_summary(shapes, words):
    assert summarize(shapes) == words
