"""Runs at and beside a kink: what the tape notes, and what a run that is given one does."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from gradverify.numbers.run import precision
from gradverify.numbers.sided import SIDED, SidedBalls, SidedRationals, power_of_two
from gradverify.numbers.signals import OutsideField, Tie, TooClose


@pytest.fixture(params=SIDED)
def field(request):
    made = request.param(Random(1))
    with precision(made):
        yield made


def number(field, value, tangent=0):
    element = field.lift(value).value
    return field.number(element, field.element(Fraction(tangent)) if tangent else field.zero, element)


def test_the_tape_notes_every_comparison_and_ties_are_counted(field):
    field.begin()
    assert number(field, 1.0) > number(field, 0.5)
    assert number(field, 0.37) == 0.37
    assert not number(field, -2.0) > 0
    assert field.tape == [1, 0, -1]
    assert field.ties == 1


def test_a_tape_decides_where_values_are_equal(field):
    for order in (-1, 0, 1):
        field.begin([order])
        assert number(field, 0.5, tangent=1).against(number(field, 0.5)) == order
        field.finish()


def test_a_tape_may_not_contradict_the_values(field):
    field.begin([1])
    with pytest.raises(Tie):
        number(field, 1.0).against(number(field, 2.0))


def test_a_tape_must_fit_the_run(field):
    field.begin([1, 1])
    assert number(field, 2.0) > 1
    with pytest.raises(Tie):
        field.finish()
    field.begin([])
    with pytest.raises(Tie):
        number(field, 2.0).sign()


def test_a_choice_decides_at_equality_only_and_knows_the_line(field):
    lines = []

    def choose(line):
        lines.append(line)
        return 1

    field.begin(choose=choose)
    assert number(field, 0.5) > 0.5
    assert not number(field, 0.25) > 0.5
    ((file, _),) = lines
    assert file == __file__


@pytest.mark.parametrize(
    ("how", "value", "whole", "special"),
    [
        ("floor", 2.0, 2, True),
        ("floor", 2.25, 2, False),
        ("floor", -0.25, -1, False),
        ("ceil", 2.25, 3, False),
        ("trunc", -1.75, -1, False),
        ("trunc", 0.0, 0, False),
        ("rint", 1.75, 2, False),
        ("rint", 1.5, 2, True),
        ("rint", 2.0, 2, False),
    ],
)
def test_roundings_are_noted_and_jumps_are_special(field, how, value, whole, special):
    field.begin()
    assert getattr(number(field, value), how)() == whole
    assert field.tape[0] == whole
    assert field.special is special


def test_a_rounding_beside_a_jump_is_kept_at_the_jump(field):
    field.begin()
    two = field.lift(2.0).value
    below = field.number(two - field.one * power_of_two(-300), field.zero, two - field.one * power_of_two(-300))
    below.floor()
    tape = list(field.tape)
    assert tape == [1]
    field.begin(tape)
    assert number(field, 2.0, tangent=1).floor() is field.lift(1)
    field.finish()


def test_the_root_of_0_is_0_and_has_no_slope(field):
    field.begin()
    assert number(field, 0.0).sqrt().value == field.zero
    assert field.special
    with pytest.raises(Tie):
        number(field, 0.0, tangent=1).sqrt()


def test_a_division_by_0_is_special_and_as_in_floats(field):
    field.begin()
    quotient = number(field, 1.0) / number(field, 0.0)
    assert quotient.near == float("inf")
    assert field.special


def test_constants_that_the_code_compares_with_are_known_and_inputs_are_not(field):
    x = number(field, 1.5)
    field.own.add(id(x.value))
    field.begin()
    assert x > 0.37
    assert list(field.compared) == [Fraction(37, 100)]


def test_rationals_know_functions_at_0_and_nowhere_else():
    field = SidedRationals(Random(1))
    x = number(field, 0.0, tangent=3)
    assert (x.exp().value, x.exp().tangent) == (1, 3)
    assert (x.tanh().value, x.tanh().tangent) == (0, 3)
    assert (x.cos().value, x.cos().tangent) == (1, 0)
    with pytest.raises(OutsideField):
        number(field, 1.0).exp()


def test_balls_see_that_a_function_of_equal_values_is_equal():
    field = SidedBalls(Random(1))
    with precision(field):
        field.begin()
        assert number(field, 0.3).tanh() == number(field, 0.3).tanh()
        assert field.ties == 1
        with pytest.raises(TooClose):
            number(field, 0.3).tanh().against(number(field, 0.3).tanh() * 3 / 3)


def test_balls_can_tell_a_point_from_one_beside_it():
    field = SidedBalls(Random(1))
    with precision(field):
        third = field.lift(1).value / 3
        moved = third + field.one * power_of_two(-300)
        assert field.number(third, field.zero, third) < field.number(moved, field.zero, moved)
