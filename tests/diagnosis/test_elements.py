"""Elements compared and recognised, equations solved, sizes told, sparse rows."""

from fractions import Fraction
from random import Random

import flint
import numpy as np
import pytest

from gradverify.diagnosis.elements import constant_ratio, differ, quotient, rational, same
from gradverify.diagnosis.linear import solve
from gradverify.numbers.fields import Balls, PrimeField, Rationals
from gradverify.numbers.observe import ForwardFailed, drawn, objects, observe, random_cotangents
from gradverify.numbers.rows import Row
from gradverify.numbers.run import code_of, precision

FIELDS = (PrimeField, Balls)


@pytest.fixture(params=FIELDS)
def field(request):
    made = request.param(Random(1))
    with precision(made):
        yield made


@pytest.mark.parametrize("value", [Fraction(0), Fraction(-1), Fraction(3, 7), Fraction(-40, 9), Fraction(1000)])
def test_small_rationals_are_recognised(value, field):
    assert rational(field.element(value)) == value


def test_other_elements_are_not():
    prime = PrimeField(Random(1))
    assert all(rational(prime.random_element()) is None for _ in range(200))
    balls = Balls(Random(1))
    with precision(balls):
        assert rational(flint.arb(2).sqrt()) is None
        assert rational(flint.arb("0.3333333333333333")) is None
        assert rational(flint.arb(1, 0.001)) is None


def test_the_same_and_not(field):
    third = field.one / field.element(Fraction(3))
    assert same(third + third + third, field.one)
    assert not differ(third + third + third, field.one)
    assert differ(third, field.one)
    assert not same(third, field.one)


def test_wide_balls_are_neither_the_same_nor_different():
    wide = flint.arb(1, 0.001)
    assert not same(wide, flint.arb(1))
    assert not differ(wide, flint.arb(1))
    assert quotient(flint.arb(1), flint.arb(0, 0.1)) is None


def test_a_constant_ratio_skips_zeros_only_where_both_are_0(field):
    one, zero = field.one, field.zero
    assert rational(constant_ratio([one + one, zero], [one, zero])) == 2
    assert constant_ratio([one + one, one], [one, zero]) is None
    assert constant_ratio([zero], [zero]) is None


def test_equations_are_solved_exactly(field):
    def column(*values):
        return [field.element(Fraction(value)) for value in values]

    solved = solve([column(0, 1, 2), column(3, 0, 1)], column(-6, 5, 8))
    assert [rational(value) for value in solved] == [5, -2]
    assert solve([column(1, 2), column(2, 4)], column(1, 1)) is None


def test_rows_add_and_scale():
    row = Row({(0, 0): Fraction(1), (0, 1): Fraction(2)})
    total = 2 * row - row / Fraction(2) + Row({(1, 0): Fraction(5)})
    assert total.slopes == {(0, 0): Fraction(3, 2), (0, 1): Fraction(3), (1, 0): Fraction(5)}
    assert row - row == Row({})
    assert row + Fraction(0) is row


def affine(x, w):
    return (x @ w + w.sum(),), (x, w)


@pytest.mark.parametrize("kind", [PrimeField, Balls, Rationals])
def test_one_run_gives_the_whole_jacobian(kind):
    made = kind(Random(1))
    code = code_of(affine, lambda saved, bars: (bars[0] @ saved[1].T, np.ones(3)), [affine])
    x, w = np.array([[1.0, 2.0], [3.0, -4.0]]), np.array([[0.5], [0.25]])
    seen = observe(code, [drawn(made, x), drawn(made, w)], {}, made, random_cotangents(made, Random(2)))
    with precision(made):
        (bar,) = seen.cotangents
        assert all(map(same, seen.truth(0).flat, (bar.values @ seen.inputs[1].values.T).flat))
        expected = seen.inputs[0].values.T @ bar.values + bar.values.sum()
        assert all(map(same, seen.truth(1).flat, expected.flat))
        assert all(map(same, seen.gradients[0].flat, seen.truth(0).flat))
    assert seen.gradients[1].shape == (3,)
    assert seen.error is None
    assert [sorted(row) for row in seen.jacobian[0]] == [
        [(0, 0), (0, 1), (1, 0), (1, 1)],
        [(0, 2), (0, 3), (1, 0), (1, 1)],
    ]


def test_exceptions_of_the_op_are_told_apart():
    made = PrimeField(Random(1))

    def refuse(x):
        raise ValueError("no")

    def fail(saved, bars):
        raise KeyError("x")

    code = code_of(refuse, fail, [refuse])
    with pytest.raises(ForwardFailed, match="ValueError: no"):
        observe(code, [drawn(made, np.ones(2))], {}, made, random_cotangents(made, Random(2)))
    code = code_of(lambda x: ((x,), None), fail, [fail])
    seen = observe(code, [drawn(made, np.ones(2))], {}, made, random_cotangents(made, Random(2)))
    assert isinstance(seen.error, KeyError)
    assert seen.gradients == ()


def test_equal_floats_are_equal_residues_and_0_is_0():
    made = PrimeField(Random(1))
    values = drawn(made, np.array([2.0, 0.0, 2.0, 3.0])).values
    assert values[0] == values[2] != values[3]
    assert values[1] == made.zero
    assert objects([1, 2], (2, 1)).shape == (2, 1)
