"""How plain numbers in the op's code are read, and that they mix with exact ones."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from gradverify.numbers.array import ExactArray, exact_array
from gradverify.numbers.constants import as_written
from gradverify.numbers.context import running
from gradverify.numbers.fields import Balls, ExponentField, PrimeField, QuadraticField, Rationals
from gradverify.numbers.run import precision
from gradverify.numbers.signals import NotExact

FIELDS = [PrimeField, QuadraticField, ExponentField, Rationals, Balls]

WRITTEN = {
    0: Fraction(0),
    True: Fraction(1),
    np.int64(-3): Fraction(-3),
    np.uint8(200): Fraction(200),
    np.True_: Fraction(1),
    Fraction(2, 7): Fraction(2, 7),
    0.1: Fraction(1, 10),
    1e-5: Fraction(1, 10**5),
    1e-12: Fraction(1, 10**12),
    2.5e300: Fraction(25 * 10**299),
    0.044715: Fraction(44715, 10**6),
    np.float64(0.1): Fraction(1, 10),
    np.float32(0.1): Fraction(1, 10),
    np.float16(0.1): Fraction(1, 10),
    np.pi: Fraction("3.141592653589793"),
    1 / 3: Fraction(1, 3),
    -2 / 7: Fraction(-2, 7),
    1.0 / 640: Fraction(1, 640),
    2.0**-30: Fraction(1, 2**30),
    3 * 2.0**-40: Fraction(3, 2**40),
    0.1 + 0.2: Fraction("0.30000000000000004"),
    123456.789012345: Fraction("123456.789012345"),
}


@pytest.mark.parametrize(("constant", "value"), WRITTEN.items(), ids=map(repr, WRITTEN))
def test_a_constant_is_the_rational_that_was_written(constant, value):
    assert as_written(constant).value == value


@pytest.mark.parametrize("constant", [np.pi, np.sqrt(2), np.e, 0.1 + 0.2, 1 - 0.9, 0.7 * 0.1])
def test_a_constant_that_stands_for_another_number_is_marked(constant):
    assert as_written(constant).rounded
    field = PrimeField(Random(1))
    field.lift(0.1)
    assert not field.rounded_constants
    field.lift(constant)
    assert field.rounded_constants


@pytest.mark.parametrize("constant", ["1", None, 1j, [1], object(), np.ones(2)])
def test_anything_else_is_no_constant(constant):
    assert as_written(constant) is None
    assert PrimeField(Random(1)).lift(constant) is NotImplemented


def test_the_decimals_of_gelu_are_what_their_author_meant():
    assert as_written(0.134145).value == 3 * as_written(0.044715).value


@pytest.mark.parametrize("kind", FIELDS)
def test_constants_of_every_type_mix_with_exact_numbers(kind):
    field = kind(Random(1))
    with precision(field):
        x = field.number(field.element(0.75), field.one, field.near(0.75))
        array = exact_array([x, x], (2,))
        constants = [
            3,
            True,
            0.25,
            np.float64(0.25),
            np.float32(0.25),
            np.int32(3),
            np.True_,
            Fraction(1, 4),
            np.array(0.25),
        ]
        for constant in constants:
            c = Fraction(float(constant))
            for made, expected in (
                (x + constant, Fraction(3, 4) + c),
                (constant + x, Fraction(3, 4) + c),
                (x - constant, Fraction(3, 4) - c),
                (constant - x, c - Fraction(3, 4)),
                (x * constant, Fraction(3, 4) * c),
                (constant * x, Fraction(3, 4) * c),
                (x / constant, Fraction(3, 4) / c),
                (constant / x, c / Fraction(3, 4)),
                ((array * constant)[1], Fraction(3, 4) * c),
                ((constant * array)[0], Fraction(3, 4) * c),
                ((array + np.full(2, constant))[0], Fraction(3, 4) + c),
                ((np.full(2, constant) - array)[0], c - Fraction(3, 4)),
            ):
                assert same(field, made, expected), (constant, made, expected)


def same(field, made, expected):
    value = getattr(made, "value", None)
    if value is None:
        value = made[()].value
    return value == field.element(expected) or (kind_is_balls(field) and value.overlaps(field.element(expected)))


def kind_is_balls(field):
    return isinstance(field, Balls)


@pytest.mark.parametrize("kind", FIELDS)
def test_narrow_floats_in_arrays_are_read_by_their_own_decimals(kind):
    field = kind(Random(1))
    token = running.set(field)
    try:
        with precision(field):
            x = exact_array([field.constant(Fraction(1))], (1,))
            made = (x * np.array([0.1], dtype=np.float32))[0]
            assert same(field, made, Fraction(1, 10))
            assert same(field, (x + np.float16(0.1))[0], Fraction(11, 10))
    finally:
        running.reset(token)


@pytest.mark.parametrize("kind", FIELDS)
def test_nan_is_refused_and_infinity_is_not(kind):
    field = kind(Random(1))
    for nan in (np.nan, float("nan"), np.float32("nan")):
        with pytest.raises(NotExact, match="a NaN constant"):
            field.lift(nan)
    assert field.lift(np.inf).near == np.inf
    assert field.lift(-np.inf).exp() == 0


@pytest.mark.parametrize("kind", FIELDS)
def test_a_mean_written_with_one_over_n_is_the_mean(kind):
    field = kind(Random(1))
    with precision(field):
        x = [field.number(field.element(k / 8), field.zero, field.near(k / 8)) for k in (3, 5, 11)]
        array = exact_array(x, (3,))
        made, mean = (1.0 / 3) * array.sum(), array.mean()
        assert made.value.overlaps(mean.value) if kind is Balls else made.value == mean.value


def test_an_array_of_constants_stays_exact():
    field = PrimeField(Random(1))
    token = running.set(field)
    try:
        ones = np.ones(3).astype(object).view(ExactArray)
        third = (ones / 3)[0]
        assert field.lift(third).value == field.element(Fraction(1, 3))
        assert field.lift((ones * 0.1 * 3)[0]).value == field.element(Fraction(3, 10))
    finally:
        running.reset(token)


def test_powers_of_constants():
    field = PrimeField(Random(1))
    x = field.number(field.random_element(), field.one, field.near(1.5))
    assert (x**2).value == (x * x).value
    assert (x ** np.float64(3.0)).value == (x * x * x).value
    assert (x**-2).value == (1 / (x * x)).value
    assert (x ** field.constant(Fraction(2))).value == (x * x).value
    assert (x**0).value == field.one
    assert (x**0.3).value == (x ** np.float32(0.3)).value
    assert (x**0.3).value != (x**0.4).value
