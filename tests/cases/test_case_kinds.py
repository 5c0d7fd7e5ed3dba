"""Every special kind occurs, is what it says, and stays inside sign and domain."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import find, settings

from gradverify.cases import ALL_KINDS, EXTREME, KINKY, ORDINARY, cases, inside, search
from gradverify.cases.kinds import BOUNDS, KINDS, MOST_ELEMENTS, REPEATED, numbers_in, possible, special_inputs
from gradverify.model import Choice, InputSpec, Sign, Space

MATRIX = Space((InputSpec("x", ("m", "n")),))


def drawn(space, count=60, seed=0, **options):
    return search(cases(space, **options), lambda case: case, examples=count, seed=seed).seen


def of_kind(kind, shape=(4, 5), sign=Sign.REAL, dtype=np.float64, seed=1, numbers=()):
    space = Space((InputSpec("x", shape, sign),))
    base = np.abs(np.random.default_rng(0).standard_normal(shape) + 3).astype(dtype)
    made = special_inputs(kind, space, (base,), seed, numbers)
    return None if made is None else made[0]


def test_the_groups_are_all_the_kinds_but_the_one_that_goes_with_a_layout():
    assert sorted(ALL_KINDS) == sorted([*ORDINARY, *KINKY, *EXTREME])
    assert {*ALL_KINDS, REPEATED} == {"generic", *KINDS}


@pytest.mark.parametrize("seed", range(5))
def test_sixty_cases_have_every_kind(seed):
    assert {case.kind for case in drawn(MATRIX, 60, seed, kinds=ALL_KINDS)} == set(ALL_KINDS)


def test_by_default_every_case_is_generic():
    assert {case.kind for case in drawn(MATRIX)} == {"generic"}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("sign", list(Sign))
@pytest.mark.parametrize("kind", list(KINDS))
def test_entries_are_finite_and_of_their_sign(kind, sign, dtype):
    for seed in range(20):
        x = of_kind(kind, (4, 5), sign, dtype, seed, numbers=(1.5, -3.0))
        if x is None:
            continue
        assert (x.dtype, x.shape) == (dtype, (4, 5))
        assert np.isfinite(x).all()
        assert (x > 0).all() or sign is not Sign.POSITIVE
        assert (x != 0).all() or sign is Sign.REAL


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_kind_is_possible_where_some_entries_show_it(kind):
    zeros = kind in ("zeros", "one zero", "zeros in a row")

    assert possible(kind, MATRIX)
    assert possible(kind, Space((InputSpec("x", ("n",), Sign.NONZERO),))) == (not zeros)
    positive = Space((InputSpec("x", ("n",), Sign.POSITIVE),))
    assert possible(kind, positive) == (not zeros and kind not in ("negative", "nearly cancelling"))


@pytest.mark.parametrize("seed", range(10))
def test_every_kind_is_what_its_name_says(seed):
    rows = [tuple(row) for row in of_kind("ties", seed=seed)]
    mixed, small = np.abs(of_kind("mixed scales", seed=seed)), np.abs(of_kind("subnormal", seed=seed))

    assert not of_kind("zeros", seed=seed).any()
    assert (of_kind("one zero", seed=seed) == 0).sum() == 1
    assert ((of_kind("zeros in a row", seed=seed) == 0).sum(axis=1) >= 2).any()
    assert all(row.count(max(row)) >= 2 for row in rows)
    assert (of_kind("negative", seed=seed) < 0).all()
    assert 400 <= np.abs(of_kind("large", seed=seed)).min() <= np.abs(of_kind("large", seed=seed)).max() <= 800
    assert np.abs(of_kind("large", dtype=np.float32, seed=seed)).max() <= 80
    assert 1e-7 <= np.abs(of_kind("tiny", seed=seed)).min() <= np.abs(of_kind("tiny", seed=seed)).max() <= 2e-6
    assert 0 < small.max() < np.finfo(float).tiny
    assert mixed.max() / mixed.min() >= 1e15
    assert np.abs(of_kind("nearly cancelling", seed=seed).sum(axis=1)).max() == 2.0**-16
    assert len(np.unique(of_kind(REPEATED, seed=seed), axis=0)) == 1


def test_whole_rows_are_tied_sometimes():
    assert any(len(np.unique(of_kind("ties", seed=seed), axis=0)) == 1 for seed in range(20))


def test_ties_reach_across_inputs():
    space = Space((InputSpec("a", ("m", "n")), InputSpec("b", ("m", "n"))))
    both = [case.inputs for case in drawn(space, 40, kinds=("ties",)) if case.kind == "ties"]

    assert any((a == b).any() and (a != b).any() for a, b in both)


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (6, 4)])
def test_an_ill_conditioned_matrix_is_nearly_of_rank_1(shape):
    for seed in range(10):
        values = np.linalg.svd(of_kind("ill-conditioned", shape, seed=seed), compute_uv=False)
        assert values[1] < 1e-3 * values[0]


def test_both_rows_and_columns_are_nearly_equal_at_times():
    spreads = [
        [np.ptp(of_kind("ill-conditioned", seed=seed), axis=axis).max() for axis in (0, 1)] for seed in range(20)
    ]

    assert {min(range(2), key=lambda axis: spread[axis]) for spread in spreads} == {0, 1}


def test_a_bound_is_a_parameter_or_a_usual_one():
    seen = Counter(of_kind("at a bound", (40, 40), numbers=(7.25, -4.5)).ravel().tolist())

    assert all(seen[number] > 10 for number in (*BOUNDS, 7.25, -4.5))
    assert seen[7.25] > 2 * seen[2.0]


def test_numbers_are_found_among_the_parameters():
    given = {"a": 1, "b": (0.5, -2.0), "c": True, "d": "x", "e": np.float32(3), "f": float("inf"), "g": [None, 1]}

    assert numbers_in(given) == (1.0, 0.5, -2.0, 3.0)


def test_the_drawn_value_of_a_parameter_is_the_bound():
    space = Space((InputSpec("x", ("n",)),), {"limit": Choice((1.25, 9.75))})
    seen = [case for case in drawn(space, 60, kinds=("at a bound",)) if case.inputs[0].size > 3]

    assert any(case.parameters["limit"] in case.inputs[0] for case in seen)
    assert not any({1.25: 9.75, 9.75: 1.25}[case.parameters["limit"]] in case.inputs[0] for case in seen)


def test_one_input_or_all_of_them_are_special():
    space = Space((InputSpec("a", ("n",)), InputSpec("b", ("n",))))
    seen = drawn(space, 60, kinds=("zeros",))

    assert {(bool(case.inputs[0].any()), bool(case.inputs[1].any())) for case in seen} == {
        (False, False),
        (False, True),
        (True, False),
    }


@pytest.mark.parametrize("kind", ["ties", "zeros in a row", "nearly cancelling", "mixed scales"])
def test_what_does_not_fit_a_scalar_becomes_another_kind(kind):
    scalar = Space((InputSpec("x", ()),))

    assert {case.kind for case in drawn(scalar, 20, kinds=(kind,))} == {"generic"}
    assert {case.kind for case in drawn(scalar, 20, kinds=(kind, "large"))} == {"large"}


def test_a_domain_that_excludes_every_kind_leaves_generic_cases():
    space = Space((InputSpec("x", ("n",)),), accepts=lambda arrays: bool((np.abs(arrays["x"] - 1) > 0.01).all()))
    away = Space(space.inputs, accepts=lambda arrays: len(set(arrays["x"].tolist())) == arrays["x"].size)

    assert "at a bound" not in {case.kind for case in drawn(Space(space.inputs, accepts=never_quarters), kinds=KINKY)}
    for each in (space, away):
        seen = drawn(each, kinds=ALL_KINDS)
        assert len(seen) == 60
        assert all(inside(each, case.inputs) for case in seen)
    assert "ties" not in {case.kind for case in drawn(away, kinds=ALL_KINDS)}


def never_quarters(arrays):
    """Excludes whatever short numbers a kind is made of."""
    return not (np.abs(arrays["x"]) * 4 % 1 == 0).any()


def test_special_arrays_are_short_enough_to_be_written_out():
    seen = drawn(MATRIX, 200, kinds=ALL_KINDS)

    assert max(case.inputs[0].size for case in seen if case.kind != "generic") <= MOST_ELEMENTS
    assert all(case.inputs[0].size for case in seen if case.kind != "generic")


def test_a_case_of_a_kind_shrinks_to_its_smallest():
    plain = settings(database=None)
    tied = find(cases(MATRIX, kinds=ALL_KINDS), lambda case: case.kind == "ties", settings=plain)
    anything = find(cases(MATRIX, kinds=ALL_KINDS), lambda case: True, settings=plain)
    large = find(
        cases(MATRIX, kinds=ALL_KINDS), lambda case: np.abs(case.inputs[0]).max(initial=0) > 100, settings=plain
    )

    assert (tied.inputs[0].shape, tied.seed, tied.layout) == ((2, 2), 0, "C")
    assert (anything.kind, anything.inputs[0].tolist()) == ("generic", [[2.0]])
    assert (large.kind, large.inputs[0].shape) == ("large", (1, 1))


def test_the_same_seed_gives_the_same_cases():
    first, second = (drawn(MATRIX, 40, 5, kinds=ALL_KINDS) for _ in range(2))

    assert [(case.kind, case.inputs[0].tobytes()) for case in first] == [
        (case.kind, case.inputs[0].tobytes()) for case in second
    ]


@pytest.mark.parametrize("kinds", [(), ("generic", "odd")])
def test_an_unknown_kind_is_named(kinds):
    with pytest.raises(ValueError, match=r"unknown kinds .*: expected some of generic, zeros"):
        cases(MATRIX, kinds=kinds)
