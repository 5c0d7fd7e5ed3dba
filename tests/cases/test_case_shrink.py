"""A failing case is made as simple as still fails, choice by choice, with few runs and the same result every time."""

from __future__ import annotations

import pytest

from gradverify.cases import ALL_KINDS, LAYOUTS, Mismatch, cases, mapped, search, shrink
from gradverify.cases.shrink import simplest
from gradverify.model import Case, Choice, Finding, InputSpec, Space

PAIR = Space((InputSpec("x", ("m", "n")), InputSpec("w", ("n",))), {"axis": Choice((0, 1, -1))})


def drawn(number: int = 20, **options: object) -> tuple[Case, ...]:
    return search(cases(PAIR, **options), lambda case: case, examples=number, seed=0).seen


def smallest(case: Case, condition) -> tuple[Case, int]:
    failed, runs = [case], []

    def fails(candidate):
        runs.append(candidate)
        if condition(candidate):
            failed.append(candidate)
            return True
        return False

    simplest(case, fails, 100)
    return failed[-1], len(runs)


def test_what_always_fails_becomes_the_simplest_case_in_one_run():
    for case in drawn(kinds=ALL_KINDS, layouts=LAYOUTS):
        found, runs = smallest(case, lambda _: True)
        assert [x.tolist() for x in found.inputs] == [[[2.0]], [2.0]]
        assert (found.layout, found.seed, found.parameters["axis"]) == ("C", 0, 0)
        assert runs <= 1


@pytest.mark.parametrize(
    ("condition", "shapes"),
    [
        (lambda case: case.inputs[0].shape[1] > 16, [(1, 17), (17,)]),
        (lambda case: case.inputs[0].shape[0] > 2, [(3, 1), (1,)]),
        (lambda case: case.sizes["m"] == case.sizes["n"] > 1, [(2, 2), (2,)]),
        (lambda case: case.inputs[0].size == 0, [(0, 1), (1,)]),
    ],
)
def test_sides_become_as_small_as_still_fails(condition, shapes):
    failing = [case for case in drawn(60) if condition(case)]
    assert failing
    for case in failing:
        found, _ = smallest(case, condition)
        reached = [x.shape for x in found.inputs]
        assert reached == shapes or (condition is not None and reached == [(1, 0), (0,)])


def test_what_the_failure_needs_is_kept():
    needed = [case for case in drawn(60, layouts=LAYOUTS) if case.layout == "Fortran" and case.parameters["axis"] == -1]
    assert needed
    found, _ = smallest(needed[0], lambda case: case.layout == "Fortran" and case.parameters["axis"] == -1)
    assert (found.layout, found.parameters["axis"], found.seed) == ("Fortran", -1, 0)


def test_there_are_no_more_runs_than_allowed():
    runs = []
    for case in drawn():
        runs.clear()
        simplest(case, lambda candidate: runs.append(candidate) or len(runs) % 2 == 0, 5)
        assert len(runs) <= 5


def test_a_changed_case_is_made_simpler_with_the_same_change():
    def double(case):
        return Case(tuple(2 * x for x in case.inputs), case.parameters, case.sizes, case.seed, case.layout, case.kind)

    def check(case):
        raise Mismatch(Finding("always"))

    case = mapped(double, drawn()[0])
    _, found = shrink(Finding("always"), case, check)
    assert [x.tolist() for x in found.inputs] == [[[4.0]], [4.0]]


def test_a_case_that_was_not_drawn_is_left_as_it_is():
    case = Case(drawn()[0].inputs, {}, {}, 0)
    simplest(case, lambda _: pytest.fail("it ran"), 10)
    assert case.drawn is None
