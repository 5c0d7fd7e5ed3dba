from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from gradverify.witnesses._memory import Change, Named, Snapshot, arrays_in, differing, overlap


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
