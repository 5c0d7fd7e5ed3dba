"""Coin flips as numbers and choices: fair, and smallest first."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given, settings

from gradverify.cases.choices import Reader, coin_flips, width


def test_width_is_exact_for_powers_of_two_and_generous_otherwise():
    assert [width(range(n)) for n in (1, 2, 4, 32)] == [0, 1, 2, 5]
    assert width(range(3)) == 6


def test_choosing_from_nothing_is_an_error():
    with pytest.raises(ValueError, match="at least one option"):
        width(())


def test_reader_takes_the_most_significant_flip_first():
    reader = Reader([True, False, True, True])

    assert reader.number(3) == 5
    assert reader.number(1) == 1


def test_no_flips_set_choose_the_first_option():
    assert Reader([False] * 6).choose("abc") == "a"


def test_every_option_is_about_equally_likely():
    seen = Counter(Reader(flips).choose("abc") for flips in itertools.product([False, True], repeat=width("abc")))

    assert max(seen.values()) <= 1.1 * min(seen.values())


def test_generated_flips_are_independent_of_each_other():
    drawn = []

    @settings(max_examples=60, database=None)
    @given(coin_flips(20))
    def collect(flips):
        drawn.append(tuple(flips))

    collect()
    assert {len(flips) for flips in drawn} == {20}
    assert len(set(drawn)) > 55
    assert 0.4 < sum(map(sum, drawn)) / (20 * len(drawn)) < 0.6
