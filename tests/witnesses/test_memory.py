"""Arrays are found wherever a context keeps them, and shared memory is seen."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from gradverify.witnesses._memory import Change, Named, Snapshot, arrays_in, differing, overlap, same


@dataclass
class Saved:
    mask: np.ndarray
    label: str = "a"


def test_arrays_are_found_wherever_a_context_keeps_them():
    a, b, c, d = (np.full(2, k) for k in range(4))
    context = {"a": a, "pair": (b, [c]), "saved": Saved(d), "size": 3, "f": len, "nothing": None}

    found = {named.name: named.array for named in arrays_in(context)}
    assert list(found) == ["context['a']", "context['pair'][0]", "context['saved'].mask", "context['pair'][1][0]"]
    assert found["context['saved'].mask"] is d


class Slotted:
    __slots__ = ("array", "unset")

    def __init__(self, array):
        self.array = array

    def method(self):
        return self.array


@dataclass(frozen=True, slots=True)
class Frozen:
    array: np.ndarray


def closing_over(array):
    later: np.ndarray

    def function():
        return array, later

    if array is None:
        later = array
    return function


ARRAY = np.ones(2)


@pytest.mark.parametrize(
    ("context", "name"),
    [
        ((ARRAY,), "context[0]"),
        (deque([ARRAY]), "context[0]"),
        ({"a": {"b": [ARRAY]}}, "context['a']['b'][0]"),
        (Slotted(ARRAY), "context.array"),
        (Frozen(ARRAY), "context.array"),
        (Slotted(ARRAY).method, "context.__self__.array"),
        (closing_over(ARRAY), "context, closing over array"),
        (partial(max, ARRAY), "context.args[0]"),
        (partial(max, key=ARRAY), "context.keywords['key']"),
    ],
)
def test_an_array_is_found_in_any_container(context, name):
    (found,) = arrays_in(context)

    assert found.name == name
    assert found.array is ARRAY


def test_arrays_are_found_in_arrays_of_objects_and_beside_masks():
    objects = np.empty(2, object)
    objects[1] = ARRAY
    masked = np.ma.array([1.0, 2.0], mask=[True, False])

    assert [named.name for named in arrays_in(objects)] == ["context", "context.flat[1]"]
    assert [named.name for named in arrays_in(masked)] == ["context", "context.mask"]


def test_modules_and_numbers_hold_no_arrays_of_a_context():
    assert arrays_in({"np": np, "scalar": np.float64(1), "class": Slotted, "text": "a"}) == []


def test_a_context_may_be_an_array_or_contain_itself():
    array = np.ones(2)
    loop = SimpleNamespace(array=array)
    loop.itself = loop

    assert [named.name for named in arrays_in(array)] == ["context"]
    assert [named.name for named in arrays_in(loop)] == ["context.array"]


def test_overlap_is_of_elements_not_of_ranges():
    array = np.arange(6.0)

    assert overlap(array, array[2:])
    assert not overlap(array[::2], array[1::2])
    assert not overlap(array, array.copy())


def test_a_snapshot_names_the_first_changed_entry():
    array = np.arange(6.0).reshape(2, 3)
    snapshot = Snapshot([Named("x", array), Named("other", np.ones(1))])
    assert snapshot.changes() == []

    array[1, 0] = -0.0
    assert snapshot.changes() == [Change("x", "entry [1, 0]: 3.0", "entry [1, 0]: -0.0")]


def test_one_memory_under_several_names_is_one_change():
    array = np.ones(2)
    snapshot = Snapshot([Named("output 0", array), Named("context['y']", array), Named("view", array[:1])])
    array[0] = 5

    assert [change.name for change in snapshot.changes()] == [
        "output 0, the same memory as context['y'], the same memory as view"
    ]


def test_a_new_shape_is_a_change():
    array = np.ones(2)
    snapshot = Snapshot([Named("x", array)])
    array.resize((1, 2), refcheck=False)

    assert snapshot.changes() == [Change("x", "float64 (2,)", "float64 (1, 2)")]


@pytest.mark.parametrize(
    ("a", "b", "index"),
    [
        ([1.0, 2.0], [1.0, 2.0], None),
        ([0.0, 2.0], [-0.0, 2.0], (0,)),
        ([np.nan], [np.nan], None),
        ([[1, 2], [3, 4]], [[1, 2], [3, 5]], (1, 1)),
        (3.0, 4.0, ()),
        ([], [], None),
        ([True, False], [True, True], (1,)),
    ],
)
def test_differing_compares_bits(a, b, index):
    assert differing(np.array(a), np.array(b)) == index


@pytest.mark.parametrize(
    ("b", "expected"),
    [
        (np.array([1.0, 2.0]), True),
        (np.array([1.0, 2.5]), False),
        (np.array([[1.0, 2.0]]), False),
        (np.array([1.0, 2.0], dtype=np.float32), False),
    ],
)
def test_same_asks_for_shape_dtype_and_bits(b, expected):
    assert same(np.array([1.0, 2.0]), b) is expected
