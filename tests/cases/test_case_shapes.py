from __future__ import annotations

import random

import pytest

from gradverify.cases.choices import Reader
from gradverify.cases.shapes import MAX_ELEMENTS, SIDES, flips_for, read_sizes, shape_of, size_names, summarize
from gradverify.model import Choice, InputSpec, Space

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
    assert sum(case["m"] != case["n"] for case in sizes) > 150


def test_the_number_of_elements_is_bounded():
    cube = Space((InputSpec("x", ("a", "b", "c")),))
    totals = [case["a"] * case["b"] * case["c"] for case in drawn(cube, 300)]

    assert max(totals) <= MAX_ELEMENTS
    assert max(case["a"] * case["b"] * case["c"] for case in drawn(cube, 300, max_elements=10)) <= 10


def test_fixed_sides_beyond_the_bound_are_kept():
    fixed = Space((InputSpec("x", (100, 100, "n")),))

    assert {case["n"] for case in drawn(fixed, 50)} <= {0, 1}


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
