"""The degrees of a run bound the true degrees of random rational programs, as SymPy computes them."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
import sympy

from gradverify.numbers.array import entries
from gradverify.numbers.fields import DegreeField, PrimeField, failure_bits
from gradverify.numbers.run import code_of, run

NAMES = sympy.symbols("x0:3")


def program(random, depth):
    """A random rational function of three variables, as a function of a list of them."""
    if depth == 0 or random.random() < 0.1:
        k = random.randrange(4)
        return (lambda x: x[k]) if k < 3 else (lambda x: 3)
    left, right = program(random, depth - 1), program(random, depth - 1)
    kind = random.choice("+-*/^~")
    return {
        "+": lambda x: left(x) + right(x),
        "-": lambda x: left(x) - right(x),
        "*": lambda x: left(x) * right(x),
        "/": lambda x: left(x) / (right(x) + 2),
        "^": lambda x: left(x) ** 2,
        "~": lambda x: -left(x),
    }[kind]


def degrees(expression):
    numerator, denominator = sympy.fraction(sympy.together(expression))
    return [sympy.Poly(part, *NAMES).total_degree() if part != 0 else 0 for part in (numerator, denominator)]


@pytest.mark.parametrize("seed", range(40))
def test_degrees_bound_those_of_the_value_and_of_its_derivatives(seed):
    random = Random(seed)
    function = program(random, 4)
    expression = sympy.sympify(function(NAMES))
    field = DegreeField(Random(1))
    x = [field.number(field.random_element(), field.random_element(), field.near(1.5 + k)) for k in range(3)]
    bounded = field.lift(function(x))

    above, below = degrees(expression)
    assert above <= bounded.value.above
    assert below <= bounded.value.below
    if bounded.tangent is not field.zero:
        for name in NAMES:
            above, below = degrees(sympy.diff(expression, name))
            assert above <= bounded.tangent.above
            assert below <= bounded.tangent.below


def degree_trial(forward, backward, x, laws=False):
    field = DegreeField(Random(1), laws)
    trial = run(
        code_of(forward, backward, [forward, backward]),
        [x],
        {},
        field,
        values=lambda k, e, number: field.random_value(),
        tangents=lambda k, e: field.random_element(),
        cotangents=lambda k, shape: [
            field.number(field.random_element(), field.zero, field.near(1.0)) for _ in range(math.prod(shape))
        ],
    )
    tangents = [entry.tangent for y in trial.outputs for entry in entries(y)]
    gradients = [field.lift(entry).value for g in trial.gradients for entry in entries(g)]
    return field, failure_bits(field, tangents, gradients)


X = np.arange(1.0, 7.0).reshape(2, 3)


def normalize(x):
    return (x / x.sum(axis=1, keepdims=True),), x


def normalize_backward(x, g):
    s = x.sum(axis=1, keepdims=True)
    return (g[0] / s - (g[0] * x).sum(axis=1, keepdims=True) / s**2,)


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    y = e / e.sum(axis=1, keepdims=True)
    return (y,), y


def softmax_backward(y, g):
    return (y * (g[0] - (g[0] * y).sum(axis=1, keepdims=True)),)


def unit_rows(x):
    r = np.sqrt((x * x).sum(axis=1, keepdims=True))
    return (x / r,), (x, r)


def unit_rows_backward(saved, g):
    x, r = saved
    return (g[0] / r - x * (g[0] * x).sum(axis=1, keepdims=True) / r**3,)


OPS = {
    "normalize": (normalize, normalize_backward),
    "softmax": (softmax, softmax_backward),
    "unit rows": (unit_rows, unit_rows_backward),
    "square": (lambda x: ((x * x,), x), lambda x, g: (2 * x * g[0],)),
}


@pytest.mark.parametrize("name", OPS)
@pytest.mark.parametrize("laws", [False, True])
def test_the_bound_of_small_ops_is_far_below_chance(name, laws):
    _, bits = degree_trial(*OPS[name], X, laws)
    assert 100 < bits < 124


def test_a_longer_program_has_a_weaker_bound():
    def power(n):
        return (lambda x: ((x**n,), x)), (lambda x, g: (n * x ** (n - 1) * g[0],))

    bits = [degree_trial(*power(n), X)[1] for n in (2, 16, 1024)]
    assert bits[0] > bits[1] > bits[2] > 100


def test_roots_weaken_the_bound_and_functions_that_multiply_exponents_leave_none():
    _, plain = degree_trial(*OPS["square"], X)
    _, rooted = degree_trial(*OPS["unit rows"], X)
    assert rooted < plain
    product = (lambda x: ((np.exp(x * x),), x)), (lambda x, g: (2 * x * np.exp(x * x) * g[0],))
    assert degree_trial(*product, X)[1] > 100
    assert degree_trial(*product, X, laws=True)[1] == 0


def test_a_backward_that_divides_by_its_cotangent_is_bounded_more_carefully():
    field, bits = degree_trial(OPS["square"][0], lambda x, g: (2 * x * g[0] * g[0] / g[0],), X)
    assert not field.linear
    assert 100 < bits < degree_trial(*OPS["square"], X)[1]


def test_wrong_identities_are_accepted_as_rarely_as_the_degree_says():
    # in a small field the chance can be seen: the degree over the number of residues bounds it
    prime, degree, accepted = 10007, 3, 0
    random = Random(1)
    trials = 20000
    for _ in range(trials):
        x, y = random.randrange(prime), random.randrange(prime)
        accepted += (x * x * y - x * x - 2 * y + 5) % prime == 0
    assert accepted / trials <= 3 * degree / prime


def test_the_same_seed_draws_the_same_residues():
    first, second = (PrimeField(Random(5)) for _ in range(2))
    assert [first.random_element() for _ in range(5)] == [second.random_element() for _ in range(5)]
    third = PrimeField(Random(6))
    assert first.random_element() != third.random_element()


def test_a_root_in_every_row_doubles_the_degree_until_no_bound_is_left():
    def sums_backward(saved, g):  # one entry with the roots of all rows in it
        return (unit_rows_backward(saved, g)[0] + g[0].sum() * 0 * saved[1].sum(),)

    few, many = (degree_trial(unit_rows, sums_backward, np.ones((rows, 2)))[1] for rows in (3, 80))
    assert 90 < few < 124
    assert many == 0
