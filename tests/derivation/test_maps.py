"""Maps of indices, inverses and products outside the kernel: evaluated, written out, printed, read from parameters."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from gradverify.derivation import (
    Derivation,
    Gradient,
    LogAbsDet,
    Sum,
    algebra,
    array,
    cotangent,
    delta,
    index,
    index_map,
    inverse,
    inverse_matrix,
    product,
    relation,
    size,
)
from gradverify.derivation.explicit import NoSuchMap, WriteOut
from gradverify.derivation.maps import code_of_maps, maps_of
from gradverify.derivation.notation.tex import TexPrinter
from gradverify.derivation.notation.unicode import UnicodePrinter
from gradverify.derivation.numeric import Numeric
from gradverify.errors import DerivationError, Unsupported

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)  # noqa: E741  # the page's names
p = index("p", m * n)

x = array("x", m, n)
t = index_map("t", m, n)
shift = index_map("s", (n, n), n, partial=True, rule=lambda a, b, offset: a + b - offset)
flat = index_map("flat", (m, n), m * n, onto=True, rule=lambda a, b, n: a * n + b)
row, col = inverse(flat, "row col")
below = relation("≤", n, n, rule=lambda a, b: a <= b)

X = np.arange(1.0, 13.0).reshape(3, 4)
T = np.array([2, 0, 3])
SIZES = {"m": 3, "n": 4}
CODE = {
    "t": lambda a: T[a],
    "flat": lambda a, b: 4 * a + b,
    "≤": lambda a, b: a <= b,
    "s": lambda a, b: a + b - 2,
}


def at(expression, *indices):
    return Numeric({"x": X}, SIZES, maps=CODE).at_every_index(expression, indices)


def test_entries_at_a_map_are_gathered():
    assert at(x[i, t(i)], i).value.tolist() == X[np.arange(3), T].tolist()
    assert np.array_equal(at(x[i, j] * delta(j, t(i)), i, j).value != 0, np.eye(4)[T] != 0)
    assert np.array_equal(at(x[k, t(i)], i, k).value, X[:, T].T)


def test_where_a_map_has_no_value_the_entry_is_0():
    found = at(x[i, shift(j, l)], i, j, l).value
    for a, b, c in np.ndindex(3, 4, 4):
        assert found[a, b, c] == (X[a, b + c - 2] if 0 <= b + c - 2 < 4 else 0)


def test_the_parts_of_an_inverse():
    assert at(x[row(p), col(p)], p).value.tolist() == X.reshape(-1).tolist()
    assert np.array_equal(at(Sum(x[i, j] * delta(p, flat(i, j)), i, j), p).value, X.reshape(-1))


def test_a_relation_masks_a_sum():
    assert np.array_equal(at(Sum(below(l, j) * x[i, l], l), i, j).value, np.cumsum(X, axis=1))


def test_a_product_leaves_places_out():
    zero = X.copy()
    zero[0, 1] = zero[1, 0] = zero[1, 2] = 0
    found = Numeric({"x": zero}, SIZES).at_every_index(product(x[i, l], l, without=j), (i, j)).value
    for a, b in np.ndindex(3, 4):
        assert found[a, b] == np.prod(np.delete(zero[a], b))
    assert at(product(x[i, l] + 1, l), i).value.tolist() == (X + 1).prod(axis=1).tolist()


def test_a_map_without_code_is_unsupported():
    with pytest.raises(Unsupported, match="no values for the map t"):
        Numeric({"x": X}, SIZES).at_every_index(x[i, t(i)], (i,))


A = np.random.default_rng(0).normal(size=(4, 4))
a = array("a", n, n)


def test_an_inverse_matrix_and_its_error_bound():
    numeric = Numeric({"a": A}, {"n": 4})
    found = numeric.at_every_index(inverse_matrix(a)[j, l], (j, l))
    assert np.abs(A @ found.value.astype(float) - np.eye(4)).max() < 1e-13
    unit = np.finfo(float).eps / 2
    assert (np.abs(np.linalg.inv(A) - found.value) <= unit * found.error).all()


def test_a_log_determinant_and_its_error_bound():
    found = Numeric({"a": A}, {"n": 4}).at_every_index(LogAbsDet(a), ())
    assert abs(np.linalg.slogdet(A)[1] - found.value) <= np.finfo(float).eps / 2 * found.error


@pytest.mark.parametrize("word", [inverse_matrix, LogAbsDet])
def test_only_a_square_array_has_an_inverse(word):
    with pytest.raises(TypeError, match="no square matrix"):
        word(x)


def test_only_a_one_to_one_map_has_an_inverse():
    with pytest.raises(ValueError, match="t has no inverse: declare it with one_to_one=True"):
        inverse(t, "back")


# --- SymPy's opinion ------------------------------------------------------------------------------------------------


def written(expression, scope, **sizes):
    return WriteOut({}, {m: 2, n: 3, **sizes}).at(expression, scope)


def test_written_out_maps_are_the_same_wherever_they_stand():
    total = written(Sum(x[k, t(k)] * delta(j, t(k)), k), {j: 1})
    assert total == sum(
        sympy.Symbol(f"x_{a}_1", real=True) for a in range(2) if written(delta(j, t(k)), {j: 1, k: a}) == 1
    )
    assert sum(written(delta(p, flat(i, j)), {p: c, i: 1, j: 2}) for c in range(6)) == 1


def test_a_partial_map_reads_0_somewhere():
    assert written(x[i, shift(j, l)], {i: 0, j: 0, l: 0}) == 0
    assert written(x[i, shift(j, l)], {i: 0, j: 0, l: 1}) != 0


def test_a_map_that_cannot_be_is_said():
    small = index_map("small", n, m, one_to_one=True)
    with pytest.raises(NoSuchMap, match="there is no small at these sizes"):
        written(delta(k, small(j)), {k: 0, j: 0})


def test_written_out_products_and_matrices():
    assert written(product(x[i, l], l, without=j), {i: 0, j: 1}) == written(x[i, j], {i: 0, j: 0}) * written(
        x[i, j], {i: 0, j: 2}
    )
    identity = Sum(a[j, q] * inverse_matrix(a)[q, l], q)
    assert sympy.simplify(written(identity, {j: 0, l: 0})) == 1
    assert sympy.simplify(written(identity, {j: 0, l: 1})) == 0


# --- notation -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "text", "tex"),
    [
        (x[k, t(k)], "x_(k,t(k))", "x_{k,t(k)}"),
        (delta(j, t(i)), "δ_(j,t(i))", r"\delta_{j,t(i)}"),
        (below(l, j), "[l ≤ j]", r"[l \le j]"),
        (x[row(p), col(p)], "x_(row(p),col(p))", r"x_{\mathit{row}(p),\mathit{col}(p)}"),
    ],
)
def test_maps_are_printed_as_on_the_page(expression, text, tex):
    assert UnicodePrinter().doprint(expression) == text
    assert TexPrinter().doprint(expression) == tex


# --- from a derivation ----------------------------------------------------------------------------------------------


def derivation(expression, **more):
    y = array("y", m)
    y_bar = cotangent(y)
    claim = Gradient(x[i, j], algebra(y_bar[i] * delta(j, t(i)), "why"))
    return Derivation(name="d", title="", inputs=(x,), forward={y[k]: expression}, gradients=(claim,), **more)


def test_the_maps_of_a_derivation_and_their_code():
    made = derivation(x[k, t(k)], parameters={"places": t})
    assert set(maps_of(made)) == {"t"}
    code = code_of_maps(made, {"places": T}, SIZES)
    assert code["t"](np.array([0, 2])).tolist() == [2, 3]


def test_a_rule_asks_for_sizes_and_parameters_by_name():
    made = derivation(Sum(x[k, shift(q, q)], q))
    assert set(maps_of(made)) == {"s", "t"}
    assert code_of_maps(made, {"offset": 1}, SIZES)["s"](np.array([2]), np.array([1])).tolist() == [2]
    with pytest.raises(DerivationError, match=r"the rule of s asks for offset; it can have m, n"):
        code_of_maps(made, {}, SIZES)
