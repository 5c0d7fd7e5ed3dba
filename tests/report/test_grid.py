"""The map of wrong entries."""

from __future__ import annotations

import math

import pytest

from gradverify.model import Entries
from gradverify.report.grid import as_grid, window_of


def entries(shape: tuple[int, ...], *wrong: int) -> Entries:
    size = math.prod(shape)
    return Entries("x", shape, (0.0,) * size, (1.0,) * size, tuple(place in wrong for place in range(size)))


def test_a_matrix():
    assert as_grid(entries((2, 3), 1, 5)) == [
        "   0 1 2",
        "0  . # .",
        "1  . . #",
    ]


def test_a_vector_is_one_row_without_a_label():
    assert as_grid(entries((12,), 0, 11)) == [
        "                    10",
        "0 1 2 3 4 5 6 7 8 9 0 1",
        "# . . . . . . . . . . #",
    ]


def test_more_axes_show_the_first_plane_that_is_wrong():
    assert as_grid(entries((2, 2, 1, 3), 7, 11)) == [
        "   0 1 2",
        "0  . # .",
        "this is [1, 0, :, :] of shape (2, 2, 1, 3)",
        "1 more entry is wrong, not shown here",
    ]


def test_a_large_one_is_cut_with_a_note():
    lines = as_grid(entries((20, 40), 0, 39, 799))
    assert len(lines) == 2 + 16 + 2
    assert lines[0] == "                        10                  20                  30"
    assert max(map(len, lines)) <= 80 - 6
    assert lines[-2:] == [
        "shown: rows 0 to 15 of 20, columns 0 to 31 of 40",
        "2 more entries are wrong, not shown here",
    ]


def test_the_cut_moves_to_where_the_wrong_entries_are():
    lines = as_grid(entries((100, 300), 50 * 300 + 128))
    window = window_of(entries((100, 300), 50 * 300 + 128))
    assert window is not None
    assert (window.rows, window.columns) == (range(50, 66), range(128, 160))
    assert window.index(50, 128) == "[50, 128]"
    assert lines[0].split() == ["128", "130", "140", "150"]
    assert lines[2].split()[:2] == ["50", "#"]
    assert "not shown here" not in lines[-1]


def test_the_cut_stays_inside():
    window = window_of(entries((17, 33), 17 * 33 - 1))
    assert window is not None
    assert (window.rows, window.columns) == (range(1, 17), range(1, 33))
    assert window.wrong_elsewhere == 0


def test_labels_never_run_into_each_other():
    top = as_grid(entries((200,), 99))[0]
    assert top.split() == ["99", "110", "120", "130"]


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (0,), (3, 0)])
def test_one_entry_or_none_is_no_picture(shape):
    assert as_grid(entries(shape, 0)) == []


def test_entries_that_do_not_fit_their_shape_are_no_picture():
    assert as_grid(Entries("x", (2, 2), (1.0,), (1.0,), (True,))) == []


def test_all_right():
    assert as_grid(entries((2, 2))) == ["   0 1", "0  . .", "1  . ."]


@pytest.mark.parametrize("width", [20, 40, 74])
def test_it_keeps_to_the_width(width):
    lines = as_grid(entries((3, 50), 0), width)
    assert lines[-1].startswith("shown: columns 0 to ")
    assert max(map(len, lines[:-1])) <= width
