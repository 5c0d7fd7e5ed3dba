"""Expressions written out at fixed sizes, and SymPy's opinion on them."""

import pytest
import sympy
from sympy import Rational, Symbol, cos, exp, log, sin, sqrt, tanh

from gradverify.derivation import D, Iverson, Sum, array, delta, function, index, partial, prime, size
from gradverify.derivation.explicit import WriteOut, sympy_equal
from gradverify.model import Outcome

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)  # noqa: E741 - as on the page
x, w, v = array("x", m, n), array("w", m, n, positive=True), array("v", n)
column, square = array("column", m, 1), array("square", m, m)
y, total = array("y", m, n), array("total", m)
f, g = function("f"), function("g", arguments=2)

DEFINITIONS = {total[k]: Sum(x[k, q], q), y[k, l]: x[k, l] / total[k]}
WRITER = WriteOut(DEFINITIONS, {m: 2, n: 3})


def entry(name, *places):
    return Symbol("_".join([name, *map(str, places)]), real=True)


x00, x01, x02, x10, x11, x12 = (entry("x", a, b) for a in range(2) for b in range(3))


@pytest.mark.parametrize(
    ("expression", "scope", "expected"),
    [
        (x[i, j], {i: 1, j: 2}, x12),
        (v[j] * x[i, j], {i: 0, j: 1}, entry("v", 1) * x01),
        (column[i, 0], {i: 1}, entry("column", 1, 0)),
        (square[i, i], {i: 1}, entry("square", 1, 1)),
        (Sum(x[i, l], l), {i: 1}, x10 + x11 + x12),
        (Sum(x[k, l], k, l), {}, x00 + x01 + x02 + x10 + x11 + x12),
        (Sum(v[j] * Sum(x[i, j], j), j), {i: 0}, (x00 + x01 + x02) * sum(entry("v", p) for p in range(3))),
        (Sum(1, l), {}, 3),
        (m * n + 1, {}, 7),
        (delta(i, k), {i: 1, k: 1}, 1),
        (delta(i, k), {i: 1, k: 0}, 0),
        (Sum(x[k, j] * delta(k, i), k), {i: 1, j: 0}, x10),
        (D(x[k, l] ** 2, x[i, j]), {k: 1, l: 0, i: 1, j: 0}, 2 * x10),
        (D(x[k, l] ** 2, x[i, j]), {k: 1, l: 0, i: 0, j: 0}, 0),
        (D(Sum(x[i, l] ** 3, l), x[i, j]), {i: 0, j: 2}, 3 * x02**2),
        (D(f(x[k, l]), x[i, j]), {k: 0, l: 0, i: 0, j: 0}, prime(f)(x00)),
        (D(g(x[k, l], v[l]), x[i, j]), {k: 0, l: 0, i: 0, j: 0}, partial(g, 1)(x00, entry("v", 0))),
        (D(x[k, l] * Iverson(x[k, l]), x[i, j]), {k: 0, l: 0, i: 0, j: 0}, Iverson(x00)),
        (total[i], {i: 1}, x10 + x11 + x12),
        (y[i, j], {i: 0, j: 1}, x01 / (x00 + x01 + x02)),
        (y[i, j] * total[i], {i: 0, j: 1}, x01),
        (
            D(y[k, l], x[i, j]),
            {k: 0, l: 1, i: 0, j: 0},
            -x01 / (x00 + x01 + x02) ** 2,
        ),
        (D(y[k, l], x[i, j]), {k: 0, l: 1, i: 1, j: 1}, 0),
        (exp(x[i, j]) + sympy.pi, {i: 0, j: 0}, exp(x00) + sympy.pi),
        (Rational(1, 3), {}, Rational(1, 3)),
    ],
)
def test_an_expression_written_out(expression, scope, expected):
    assert sympy.simplify(WRITER.at(sympy.sympify(expression), scope) - expected) == 0


def test_entries_keep_what_is_known_of_their_sign():
    assert WRITER.at(w[i, j], {i: 0, j: 0}).is_positive
    assert WRITER.at(x[i, j], {i: 0, j: 0}).is_real
    assert WRITER.at(x[i, j], {i: 0, j: 0}).is_positive is None


def test_a_definition_is_read_with_its_own_indices_only():
    # total is defined in k over q; here it stands at l's place inside a sum over q and k
    inner = WriteOut({total[k]: Sum(square[k, i], i)}, {m: 2})
    found = inner.at(Sum(total[i] * square[i, k], i), {k: 0})
    expected = sum(sum(entry("square", p, r) for r in range(2)) * entry("square", p, 0) for p in range(2))
    assert sympy.expand(found - expected) == 0


def test_a_size_of_one_and_of_nothing():
    assert WriteOut({}, {m: 1, n: 1}).at(Sum(x[i, l], l), {i: 0}) == x00
    assert WriteOut({}, {m: 1, n: 0}).at(Sum(x[i, l], l), {i: 0}) == 0


@pytest.mark.parametrize("expression", [x[i, j], Sum(x[k, j], k), delta(i, k)])
def test_an_index_that_nothing_binds_is_an_error(expression):
    with pytest.raises((KeyError, TypeError)):
        WRITER.at(expression, {k: 0})


a, b = Symbol("a", real=True), Symbol("b", real=True)
c = Symbol("c", positive=True)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (a * (a + b), a**2 + a * b),
        (a / (a + b) + b / (a + b), sympy.Integer(1)),
        ((a**2 - b**2) / (a - b), a + b),
        (1 / (1 + exp(-a)) * (1 - 1 / (1 + exp(-a))), exp(-a) / (1 + exp(-a)) ** 2),
        (exp(a) / (1 + exp(a)), 1 / (1 + exp(-a))),
        (sqrt(c) * sqrt(c), c),
        (Iverson(a) ** 2, Iverson(a)),
        (b * Iverson(a) * Iverson(a), b * Iverson(a)),
        (f(a) * (b + 1), f(a) * b + f(a)),
        (prime(f)(a) / c, c * prime(f)(a) / c**2),
        (sympy.Integer(0), sympy.Integer(0)),
    ],
)
def test_what_is_equal(left, right):
    assert sympy_equal(left, right) is Outcome.HOLDS


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (a + b, a - b),
        (a, 2 * a),
        (a / b, b / a),
        (exp(a), exp(-a)),
        (tanh(a), a),
        (log(c), c),
        (sqrt(c), c),
        (a, a + Rational(1, 10**6)),
        (sympy.Integer(1), sympy.Integer(0)),
    ],
)
def test_what_is_different(left, right):
    assert sympy_equal(left, right) is Outcome.REFUTED


@pytest.mark.parametrize(
    ("left", "right"),
    [
        # different, but no number shows it: what f is nobody knows
        (f(a), f(b)),
        (f(a), prime(f)(a)),
        # equal by a law that expanding does not know
        (sin(a) ** 2 + cos(a) ** 2, sympy.Integer(1)),
        (log(exp(c) * 2) * 1, log(2) + c + 0 * a + sympy.Float("1e-30")),
    ],
)
def test_what_it_cannot_decide_it_leaves(left, right):
    assert sympy_equal(left, right) is Outcome.UNDECIDED


def test_it_takes_part_in_no_wrong_answer_at_symmetric_values():
    # values are different for every symbol, so that a·b² = b·a² is not taken for true
    assert sympy_equal(a * b**2, b * a**2) is Outcome.REFUTED
    assert sympy_equal(a * b + c, b * c + a) is Outcome.REFUTED
