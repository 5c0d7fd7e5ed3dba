"""Reading SymPy: scopes, definitions whose names clash, sizes that do not fit, and everything it must refuse."""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

import pytest
import sympy
from kernel_words import EQUAL, NO_RULE, decide
from sympy import MatrixSymbol, Rational, Symbol, exp, log, sqrt, tanh

from gradverify.calculus.from_sympy import Reader
from gradverify.calculus.terms import NoRule, SortError
from gradverify.derivation import D, Iverson, Sum, array, delta, function, index, partial, prime, scalar, size

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)
x, X, w = array("x", n), array("x", m, n), array("w", n, 1)
f = function("f")


def equal(left, right, definitions=None):
    reader = Reader(definitions)
    return decide(reader.read(left), reader.read(right)) == EQUAL


# Scopes


def test_an_index_bound_twice_is_the_inner_one():
    assert equal(Sum(Sum(x[l], l), l), n * Sum(x[q], q))
    assert equal(Sum(x[l], l, l), n * Sum(x[q], q))
    assert not equal(Sum(Sum(x[l], l), l), Sum(x[q], q))
    assert equal(Sum(x[l] * Sum(x[l], l), l), Sum(x[q], q) ** 2)


def test_a_free_index_of_the_same_name_is_not_caught():
    assert equal(x[l] * Sum(x[l], l), x[l] * Sum(x[q], q))
    assert equal(D(Sum(x[l] ** 2, l), x[l]), 2 * x[l])
    assert equal(Sum(D(Sum(x[l] ** 2, l), x[l]), l), 2 * Sum(x[q], q))
    assert not equal(x[l] * Sum(x[l], l), n * x[l] ** 2)


def test_what_sympy_captured_is_read_as_it_stands():
    # SymPy turns the sum of row l into the trace; what is left to read is the trace, and no row.
    A = array("A", n, n)
    captured = Sum(A[l, q], q).subs(l, q)
    assert equal(captured, Sum(A[j, j], j))
    assert not equal(captured, Sum(A[l, j], j))


def test_the_sum_of_a_matrix_product_has_an_index_of_its_own():
    A = MatrixSymbol("A", m, n)
    assert equal((A * A.T)[i, k], Sum(A[i, q] * A[k, q], q))
    assert not equal((A * A.T)[i, k], Sum(A[i, q] * A[i, q], q))


# Definitions


def test_a_definition_is_unfolded_at_its_indices():
    s = array("s", m)
    definitions = {"s": (s[k], Sum(X[k, q], q))}
    assert equal(s[i], Sum(X[i, l], l), definitions)
    assert equal(Sum(s[k], k), Sum(X[i, q], i, q), definitions)
    assert equal(D(s[k], X[i, j]), delta(i, k), definitions)


def test_the_bound_index_of_a_definition_does_not_catch_an_index_of_the_line():
    s = array("s", m)
    definitions = {"s": (s[k], Sum(X[k, q], q))}
    # q is bound in the definition, and stands free, or bound otherwise, in the line
    assert equal(x[q] * s[i], x[q] * Sum(X[i, l], l), definitions)
    assert equal(Sum(x[q] * s[i], q), Sum(x[j], j) * Sum(X[i, l], l), definitions)
    assert not equal(Sum(x[q] * s[i], q), Sum(x[q] * X[i, q], q), definitions)
    assert equal(D(s[k], X[k, q]), sympy.Integer(1) + 0 * x[q], definitions)


def test_the_index_of_a_definitions_left_side_is_its_own():
    s = array("s", m)
    definitions = {"s": (s[k], Sum(X[k, q], q))}
    # k bound in the line, another index handed to s
    assert equal(Sum(s[i] * X[k, j], k), Sum(X[i, q], q) * Sum(X[k, j], k), definitions)
    assert not equal(Sum(s[i] * X[k, j], k), Sum(s[k] * X[k, j], k), definitions)


def test_definitions_swapped_into_each_other():
    t, s = array("t", n, m), array("s", m, n)
    definitions = {"t": (t[l, k], s[k, l]), "s": (s[i, j], X[i, j] ** 2)}
    assert equal(t[j, i], X[i, j] ** 2, definitions)
    assert equal(D(t[l, k], X[i, j]), 2 * X[i, j] * delta(i, k) * delta(j, l), definitions)


def test_a_square_definition_keeps_its_axes_apart():
    a, b = index("a b", n)
    A, T = array("A", n, n), array("T", n, n)
    definitions = {"T": (T[a, b], A[b, a])}
    assert equal(T[a, b], A[b, a], definitions)
    assert equal(T[b, a], A[a, b], definitions)
    assert equal(T[j, j], A[j, j], definitions)
    assert not equal(T[a, b], A[a, b], definitions)


def test_a_definition_that_uses_itself_is_refused():
    s = array("s", m)
    with pytest.raises(NoRule, match="uses itself"):
        Reader({"s": (s[k], s[k] + 1)}).read(s[i])


def test_a_derivative_by_what_is_defined_is_refused():
    s = array("s", m)
    with pytest.raises(NoRule, match="which the derivation defines"):
        Reader({"s": (s[k], Sum(X[k, q], q))}).read(D(s[i], s[k]))


# Sizes


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (X[j, i], "j runs over n, but axis 0 of x has size m"),
        (delta(i, j), "i runs over m, but j beside it in δ has size n"),
        (Sum(x[i], i), "i runs over m, but axis 0 of x has size n"),
        (Sum(x[q], (q, 0, m - 1)), "q runs over m, but axis 0 of x has size n"),
        (Sum(x[q], (q, 0, 2)), "q runs over 3, but axis 0 of x has size n"),
        (w[j, l], "l runs over n, but axis 1 of w has size 1"),
        (MatrixSymbol("A", m, n)[j, i], "j runs over n, but axis 0 of A has size m"),
    ],
)
def test_an_index_of_another_size_is_an_error(expression, message):
    with pytest.raises(SortError, match=message):
        Reader().read(expression)


def test_a_size_1_axis_has_the_index_0():
    u = Symbol("u")
    assert equal(Sum(w[j, u], (u, 0, 0)), w[j, 0])
    assert equal(D(w[l, 0], w[j, 0]), delta(j, l))


def test_sums_over_fixed_sizes():
    u = Symbol("u")
    assert equal(Sum(x[j], (u, 0, 2)), 3 * x[j])
    assert equal(Sum(x[j], (u, 0, -1)), 0 * x[j])


# What it must refuse: nothing here may ever be proved, because nothing here is understood

plain_j, plain_k = Symbol("j"), Symbol("k")
whole_j = Symbol("j", integer=True, positive=True)
A = MatrixSymbol("A", n, n)

REFUSED = {
    "a negative index": x[-1],
    "a shifted index": x[j + 1],
    "a number as index": x[0],
    "an undeclared index": array("x", n)[plain_j],
    "a function as index": x[sympy.Function("t")(j)],
    "δ with a number": delta(j, 0),
    "δ with a shifted index": delta(j, l + 1),
    "a sum from 1": Sum(x[q], (q, 1, n - 1)),
    "a sum up to n": Sum(1, (plain_k, 0, n)),
    "a sum up to 2n": Sum(1, (plain_k, 0, 2 * n - 1)),
    "a sum of negative length": Sum(x[j], (plain_k, 0, -3)),
    "a triangular sum": Sum(Sum(1, (plain_k, 0, plain_j - 1)), (plain_j, 0, n - 1)),
    "a triangular sum with a whole j": Sum(Sum(1, (plain_k, 0, whole_j - 1)), (whole_j, 0, n - 1)),
    "a bound index as a number": Sum(plain_j * x[plain_j], (plain_j, 0, n - 1)),
    "an index as a number": j * x[j],
    "a product over an index": sympy.Product(x[l], l),
    "SymPy's derivative": sympy.Derivative(x[j], x[l]),
    "an absolute value": sympy.Abs(x[j]),
    "a minimum": sympy.Min(x[j], x[l]),
    "a maximum of three": sympy.Max(x[j], x[l], 0),
    "a piecewise expression": sympy.Piecewise((1, x[j] > 0), (0, True)),
    "a relation": x[j] > 0,
    "a variable exponent": x[j] ** x[l],
    "a size as exponent": x[j] ** n,
    "an exponential of another base": 2 ** x[j],
    "a large exponent": x[j] ** 10**9,
    "a size called 2": Sum(1, (plain_k, 0, Symbol("2", integer=True, positive=True) - 1)),
    "an index with the mark of bound ones": Sum(x[q] * x[index("q#0", n)], q),
    "i": sympy.I * x[j],
    "infinity": sympy.oo,
    "nan": sympy.nan,
    "Catalan's number": sympy.Catalan * x[j],
    "an array without a shape": sympy.IndexedBase("z")[j],
    "a whole matrix": A.T,
    "an entry of the inverse of a product": (A * A).I[j, l],
    "a trace": sympy.Trace(A),
    "a determinant": sympy.Determinant(A),
    "the error function": sympy.erf(x[j]),
    "a function of SymPy's": sympy.Function("h")(x[j]),
    "a function called exp": function("exp")(x[j]),
    "the derivative of a function called log": prime(function("log"))(x[j]),
    "a function called tanh of two arguments": partial(function("tanh", 2), 1)(x[j], x[l]),
    "a function called iverson": function("iverson")(x[j]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_calculus_does_not_know_is_refused(name):
    with pytest.raises(NoRule):
        Reader().read(REFUSED[name])


def test_an_expression_nested_too_deeply_is_refused():
    deep = x[j]
    for _ in range(400):
        deep = f(deep)
    reader = Reader()
    try:
        term = reader.read(deep)
    except NoRule:
        return
    assert decide(term, term) in (EQUAL, NO_RULE)


# What SymPy writes in its own way


def test_constants_are_what_they_are():
    assert equal(sympy.E * exp(x[j]), exp(x[j] + 1))
    assert equal(sympy.sqrt(2) * sqrt(8), sympy.Integer(4))
    assert equal(sympy.Float("0.5") * x[j], Rational(1, 2) * x[j])
    assert not equal(sympy.Float(1) / 3, Rational(1, 3))
    assert not equal(sympy.pi, Rational(355, 113))


def test_functions_of_sympy_and_ours():
    assert equal(sympy.Max(0, x[j]), x[j] * Iverson(x[j]))
    assert equal(sympy.Max(x[j], w[j, 0]), x[j] + (w[j, 0] - x[j]) * Iverson(w[j, 0] - x[j]))
    assert equal(D(f(x[l]), x[j]), prime(f)(x[j]) * delta(j, l))
    assert equal(D(tanh(x[l]), x[j]), delta(j, l) * (1 - tanh(x[j]) ** 2))
    assert equal(1 / (1 + exp(-x[j])), exp(x[j]) / (1 + exp(x[j])))
    assert equal(log(1 + exp(x[j])), x[j] + log(1 + exp(-x[j])))
    assert not equal(sqrt(x[j] ** 2), x[j])


def test_declared_signs_are_used():
    p, a = array("p", n, positive=True), scalar("a", positive=True)
    assert equal(sqrt(p[j] ** 2 * a**4), p[j] * a**2)
    assert equal(Sum(n * x[l], l) / n, Sum(x[l], l))
    assert equal(sqrt(n) ** 2 * x[j], n * x[j])
