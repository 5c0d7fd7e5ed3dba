"""Generic entries: of moderate size, exact to step from, inside the domain."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gradverify.cases.choices import Reader
from gradverify.cases.shapes import shape_of
from gradverify.cases.values import (
    FEW,
    FLIPS,
    SIMPLEST,
    Style,
    attempt,
    generic,
    generic_inputs,
    inside,
    quarters,
    read_style,
)
from gradverify.model import InputSpec, Sign, Space


@pytest.mark.parametrize("sign", list(Sign))
def test_generic_entries_are_of_moderate_size_and_of_their_sign(sign):
    values = generic((40, 50), sign, (3, 0, 0))

    assert np.abs(values).min() >= 0.1
    assert np.abs(values).max() <= 4.001
    assert (values < 0).any() == (sign is not Sign.POSITIVE)
    assert len(np.unique(values)) > 1990


def test_generic_entries_leave_room_for_exact_steps():
    values = generic((1000,), Sign.REAL, (1, 0, 0))

    for step in (2.0**-5, 2.0**-11, 0.75 * 2.0**-11, 2.0**-19):
        assert ((values + step) - values == step).all()


def test_the_same_key_gives_the_same_entries():
    assert np.array_equal(generic((5,), Sign.REAL, (1, 2, 3)), generic((5,), Sign.REAL, (1, 2, 3)))
    assert not np.array_equal(generic((5,), Sign.REAL, (1, 2, 3)), generic((5,), Sign.REAL, (1, 2, 4)))


@pytest.mark.parametrize("sign", list(Sign))
def test_quarters_are_short_and_never_0(sign):
    for seed in range(50):
        values = quarters((3, 4), sign, (seed, 0, 0))
        assert (values * 4 == np.round(values * 4)).all()
        assert np.abs(values).min() >= 0.25
        assert (values > 0).all() or sign is not Sign.POSITIVE


def test_the_simplest_entries_differ():
    assert quarters((1, 2), Sign.REAL, (0, 0, 0)).tolist() == [[2.0, -1.0]]
    assert len(set(SIMPLEST)) == FEW == len(SIMPLEST)


def read(space, sides, seed=5, short=True, zero=False, dtype=float):
    shapes = [shape_of(spec.shape, sides) for spec in space.inputs]
    return generic_inputs(space, shapes, seed, Style(short, zero), dtype)


def test_half_of_the_cases_are_short_and_one_in_eight_has_a_zero():
    styles = [read_style(Reader(flips)) for flips in itertools.product([False, True], repeat=FLIPS)]

    assert styles[0] == Style()
    assert sum(style.short for style in styles) == len(styles) / 2
    assert sum(style.with_a_zero for style in styles) == len(styles) / 8


def test_an_attempt_is_made_inside_the_domain_or_not():
    space = Space((InputSpec("x", ("n",)),), accepts=lambda arrays: False)

    assert attempt(space, [(3,)], 0, Style(), np.float32)[0].tolist() == [2.0, -1.0, 3.0]


def test_inputs_have_the_shapes_and_the_dtype_asked_for():
    space = Space((InputSpec("a", ("m", "k")), InputSpec("b", ("k",))))
    a, b = read(space, {"m": 30, "k": 2}, dtype=np.float32)

    assert (a.shape, b.shape) == ((30, 2), (2,))
    assert a.dtype == b.dtype == np.float32


def test_a_zero_is_planted_only_where_it_may_be():
    space = Space((InputSpec("a", ("n",)), InputSpec("b", ("n",), Sign.NONZERO)))
    a, b = read(space, {"n": 20}, zero=True)

    assert (a == 0).sum() == 1
    assert (b != 0).all()


@pytest.mark.parametrize("sides", [{"m": 3, "n": 4}, {"m": 17, "n": 40}])
def test_a_domain_that_mixed_signs_rarely_meet_is_met(sides):
    def far_from_0(arrays):
        return bool((np.abs(arrays["x"].sum(axis=1)) >= 1).all())

    space = Space((InputSpec("x", ("m", "n")),), accepts=far_from_0)
    found = [read(space, sides, seed=seed, short=False) for seed in range(20)]

    assert all(arrays is not None and inside(space, arrays) for arrays in found)


def test_nothing_is_invented_for_an_impossible_domain():
    assert read(Space((InputSpec("x", ("n",)),), accepts=lambda arrays: False), {"n": 3}) is None


def test_the_domain_may_raise_floating_point_flags():
    space = Space((InputSpec("x", ("n",)),), accepts=lambda arrays: bool((1 / (0 * arrays["x"]) != 7).all()))

    assert inside(space, (np.ones(2),))
