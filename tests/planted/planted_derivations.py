"""Wrong derivations: a shipped one with lines replaced, and which lines must be flagged for it.

The symbols are those of the files in `derivations/`; SymPy takes arrays and indices of one name and shape for the same.
Those of later families stand in `wrong_steps/`, a file a family with its own `PLANTED`; `EVERY` has them all.
"""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sympy import MatrixSymbol, OneMatrix, exp, log, sqrt, tanh

from gradverify.derivation import (
    D,
    Derivation,
    Gradient,
    Iverson,
    Sum,
    array,
    cotangent,
    delta,
    function,
    index,
    index_map,
    partial,
    prime,
    size,
)
from gradverify.derivation.library import find

FAMILIES = Path(__file__).parent / "wrong_steps"


@dataclass(frozen=True)
class Planted:
    """One wrong derivation: `flagged` are the lines (from 1) of gradient `gradient` that must be called wrong."""

    what: str
    name: str
    flagged: tuple[int, ...]
    lines: dict[int, Any]
    """The lines that are replaced."""
    rest: Callable[[Any], Any] | None = None
    """Carries the mistake on through the lines after the last replaced one, so that none of them puts it right."""
    gradient: int = 0
    matrix: Any = None

    @property
    def claim_is_wrong(self) -> bool:
        """Whether the last line is changed, so that a matrix form which was not changed with it differs from it."""
        return len(find(self.name).gradients[self.gradient].steps) in self.lines or self.rest is not None

    @property
    def derivation(self) -> Derivation:
        """The shipped derivation with the mistake in it."""
        right = find(self.name)
        old = right.gradients[self.gradient]
        last = max(self.lines, default=len(old.steps))
        steps = []
        for number, step in enumerate(old.steps, 1):
            expression = self.lines.get(number, step.expression)
            if self.rest is not None and number > last:
                expression = self.rest(expression)
            steps.append(replace(step, expression=expression))
        matrix = old.matrix if self.matrix is None else self.matrix
        new = Gradient(old.entry, *steps, numpy=old.numpy, matrix=matrix)
        gradients = [new if place == self.gradient else each for place, each in enumerate(right.gradients)]
        return replace(right, gradients=tuple(gradients))


m, n, p, a_, b_, f_ = size("m n p a b f")
i, k = index("i k", m)
j, l, q = index("j l q", n)
x, y = array("x", m, n), array("y", m, n)
y_bar = cotangent(y)
row, row_i = Sum(x[k, q], q), Sum(x[i, q], q)
dot_i = Sum(y_bar[i, l] * x[i, l], l)


def twice(line):
    return 2 * line


def negative(line):
    return -line


def normalize_rest(sign=-1, factor=1):
    """Lines 3 to 8 of normalize with another sign, or a factor, at the second term of the quotient rule."""
    c = sign * factor
    return {
        3: Sum(y_bar[k, l] * (D(x[k, l], x[i, j]) * row + c * x[k, l] * D(row, x[i, j])) / row**2, k, l),
        4: Sum(y_bar[k, l] * (D(x[k, l], x[i, j]) * row + c * x[k, l] * Sum(D(x[k, q], x[i, j]), q)) / row**2, k, l),
        5: Sum(
            y_bar[k, l] * (delta(k, i) * delta(l, j) * row + c * x[k, l] * Sum(delta(k, i) * delta(q, j), q)) / row**2,
            k,
            l,
        ),
        6: Sum(y_bar[k, l] * (delta(k, i) * delta(l, j) * row + c * x[k, l] * delta(k, i)) / row**2, k, l),
        7: (y_bar[i, j] * row_i + c * dot_i) / row_i**2,
        8: y_bar[i, j] / row_i + c * dot_i / row_i**2,
    }


NORMALIZE = [
    Planted("wrong sign in the quotient rule, carried on", "normalize", (3,), normalize_rest(sign=1)),
    Planted("factor n in the quotient rule, carried on", "normalize", (3,), normalize_rest(factor=n)),
    Planted(
        "the quotient rule of u·v",
        "normalize",
        (3, 4),
        {
            3: Sum(y_bar[k, l] * (D(x[k, l], x[i, j]) * row + x[k, l] * D(row, x[i, j])), k, l),
        },
    ),
    Planted(
        "the quotient rule as u′/v′",
        "normalize",
        (3, 4),
        {
            3: Sum(y_bar[k, l] * D(x[k, l], x[i, j]) / D(row, x[k, j]), k, l),
        },
    ),
    Planted("dropped term", "normalize", (7,), {7: y_bar[i, j] * row_i / row_i**2, 8: y_bar[i, j] / row_i}),
    Planted("wrong exponent in the last line", "normalize", (8,), {8: y_bar[i, j] / row_i - dot_i / row_i}),
    Planted(
        "swapped index in the last line",
        "normalize",
        (8,),
        {
            8: y_bar[i, j] / row_i - Sum(y_bar[i, l] * x[i, j], l) / row_i**2,
        },
    ),
    Planted(
        "a sum over the wrong index",
        "normalize",
        (8,),
        {
            8: y_bar[i, j] / row_i - Sum(y_bar[k, j] * x[k, j], k) / row_i**2,
        },
    ),
    Planted(
        "row sums taken for column sums",
        "normalize",
        (8,),
        {
            8: y_bar[i, j] / Sum(x[k, j], k) - dot_i / Sum(x[k, j], k) ** 2,
        },
    ),
    Planted("factor n in the last line", "normalize", (8,), {8: y_bar[i, j] / row_i - dot_i / (n * row_i**2)}),
    Planted(
        "δ collapsed on the wrong index",
        "normalize",
        (6, 7),
        {
            6: Sum(
                y_bar[k, l] * (delta(k, i) * delta(l, j) * row - x[k, l] * delta(k, i) * delta(l, j)) / row**2, k, l
            ),
        },
    ),
    Planted(
        "δ collapsed on the wrong index, carried on",
        "normalize",
        (6,),
        {
            6: Sum(
                y_bar[k, l] * (delta(k, i) * delta(l, j) * row - x[k, l] * delta(k, i) * delta(l, j)) / row**2, k, l
            ),
            7: (y_bar[i, j] * row_i - y_bar[i, j] * x[i, j]) / row_i**2,
            8: y_bar[i, j] / row_i - y_bar[i, j] * x[i, j] / row_i**2,
        },
    ),
    Planted(
        "missing index sum in the chain rule",
        "normalize",
        (1, 2),
        {
            1: Sum(y_bar[k, j] * D(y[k, j], x[i, j]), k),
        },
    ),
    Planted(
        "missing index sum, carried on",
        "normalize",
        (1,),
        dict.fromkeys(range(1, 9), y_bar[i, j] / row_i - y_bar[i, j] * x[i, j] / row_i**2),
    ),
    Planted(
        "another forward than the op's",
        "normalize",
        (2, 3),
        {
            2: Sum(y_bar[k, l] * D(x[k, l] / Sum(x[i, q], q), x[i, j]), k, l),
        },
    ),
    Planted(
        "two errors that cancel",
        "normalize",
        (4, 6),
        {
            4: Sum(
                y_bar[k, l] * (D(x[k, l], x[i, j]) * row - 2 * x[k, l] * Sum(D(x[k, q], x[i, j]), q)) / row**2, k, l
            ),
            5: normalize_rest(factor=2)[5],
        },
    ),
    Planted(
        "a wrong line with a right last line",
        "normalize",
        (7, 8),
        {
            7: (y_bar[i, j] * row_i - dot_i) / row_i,
        },
    ),
    Planted(
        "two unrelated errors",
        "normalize",
        (3, 7),
        {
            3: normalize_rest(sign=1)[3],
            4: normalize_rest(sign=1)[4],
            5: normalize_rest(sign=1)[5],
            6: normalize_rest(sign=1)[6],
            7: (y_bar[i, j] + dot_i) / row_i**2,
            8: y_bar[i, j] / row_i**2 + dot_i / row_i**2,
        },
    ),
    Planted("the axes of x exchanged", "normalize", (8,), {8: y_bar[i, j] / Sum(x[l, i], l) - dot_i / row_i**2}),
]

# K = W X

i_m, a = index("i a", m)
i_f, j_f, b, c = index("i j b c", f_)
i_n, j_n, d = index("i j d", n)
W, X, K = array("W", m, f_), array("X", f_, n), array("K", m, n)
K_bar = cotangent(K)
X_rows, K_rows_bar = array("X", n, f_), cotangent(array("K", n, m))

MATMUL = [
    Planted("the wrong operand's index", "matmul", (7,), {7: Sum(K_bar[i_m, d] * X[b, d], b, d)}),
    Planted("factor n", "matmul", (7,), {7: n * Sum(K_bar[i_m, d] * X[j_f, d], d)}),
    Planted("mean over the instances", "matmul", (7,), {7: Sum(K_bar[i_m, d] * X[j_f, d], d) / n}),
    Planted(
        "a sum over the wrong index", "matmul", (7,), {7: Sum(K_bar[a, j_n] * W[a, i_f], a) * X[i_f, j_n]}, gradient=1
    ),
    Planted("missing index sum", "matmul", (5, 6), {5: Sum(K_bar[a, d] * delta(a, i_m) * X[j_f, d], a, d) / X[j_f, d]}),
    Planted(
        "δ collapsed on the wrong index", "matmul", (6, 7), {6: Sum(K_bar[a, d] * delta(a, i_m) * X[b, d], a, b, d)}
    ),
    Planted("the axes of X exchanged", "matmul", (7,), {7: Sum(K_bar[i_m, d] * X[d, j_f], d)}),
    Planted(
        "wrong sign, carried on",
        "matmul",
        (3,),
        {3: -Sum(K_bar[a, d] * Sum(D(W[a, b] * X[b, d], X[i_f, j_n]), b), a, d)},
        rest=negative,
        gradient=1,
    ),
    Planted(
        "another matrix form", "matmul", (), {}, matrix=2 * MatrixSymbol("K_bar", m, n) * MatrixSymbol("X", f_, n).T
    ),
    Planted(
        "another matrix form",
        "matmul",
        (),
        {},
        gradient=1,
        matrix=MatrixSymbol("W", m, f_).T * OneMatrix(m, m) * MatrixSymbol("K_bar", m, n),
    ),
    Planted("factor f", "linear", (7,), {7: f_ * Sum(K_rows_bar[i_n, a] * W[a, j_f], a)}),
    Planted("mean over the batch", "linear", (7,), {7: Sum(K_rows_bar[d, i_m] * X_rows[d, j_f], d) / n}, gradient=1),
]

# Copies

v, v_bar = array("x", m), y_bar
r, t = index("r p", a_)
s, u = index("s q", b_)
wide_bar = cotangent(array("y", a_, n, b_))
x1, x2, z_bar = array("x1", a_, m, 1), array("x2", a_, 1, n), cotangent(array("y", a_, m, n))
g = function("g", arguments=2)

BROADCAST = [
    Planted("mean of the copies", "broadcast", (4,), {4: Sum(y_bar[i, l], l) / n}),
    Planted("n times one copy", "broadcast", (4,), {4: Sum(y_bar[i, l], l) * n}),
    Planted("a sum over both axes", "broadcast", (4,), {4: Sum(y_bar[k, l], k, l)}),
    Planted("missing index sum in the chain rule", "broadcast", (1, 2), {1: Sum(y_bar[k, l] * D(y[k, l], v[i]), k)}),
    Planted(
        "another matrix form",
        "broadcast",
        (),
        {},
        matrix=OneMatrix(m, m) * MatrixSymbol("y_bar", m, n) * OneMatrix(n, 1),
    ),
    Planted("δ collapsed on nothing", "expand", (4,), {4: Sum(wide_bar[t, l, s], t, l)}),
    Planted(
        "another slope",
        "broadcasting",
        (3, 4),
        {
            3: Sum(z_bar[t, k, l] * partial(g, 2)(x1[t, k, 0], x2[t, 0, l]) * D(x1[t, k, 0], x1[r, i, 0]), t, k, l),
        },
    ),
    Planted(
        "swapped operands",
        "broadcasting",
        (5,),
        {
            5: Sum(z_bar[r, k, j] * partial(g, 2)(x2[r, 0, j], x1[r, k, 0]), k),
        },
        gradient=1,
    ),
]

# Element by element

x1_, x2_ = array("x1", m, n), array("x2", m, n)
positive_x = array("x", m, n, positive=True)
x3, y3_bar = array("x", m, n, p), cotangent(array("y", m, n, p))
r_, s_ = index("r s", p)
f = function("f")
logistic = 1 / (1 + exp(-x[i, j]))


def slope_line(slope):
    """Line 5 of an element-wise derivation."""
    return y_bar[i, j] * slope


ELEMENTWISE = [
    Planted("wrong sign", "division", (6,), {6: y_bar[i, j] * x1_[i, j] / x2_[i, j] ** 2}, gradient=1),
    Planted("wrong exponent", "division", (6,), {6: -y_bar[i, j] * x1_[i, j] / x2_[i, j]}, gradient=1),
    Planted("dropped factor", "division", (6,), {6: -y_bar[i, j] / x2_[i, j] ** 2}, gradient=1),
    Planted(
        "wrong exponent in the power rule, carried on",
        "division",
        (4,),
        {
            4: Sum(y_bar[k, l] * x1_[k, l] * (-1 / x2_[k, l]) * D(x2_[k, l], x2_[i, j]), k, l),
            5: Sum(-y_bar[k, l] * x1_[k, l] / x2_[k, l] * delta(k, i) * delta(l, j), k, l),
            6: -y_bar[i, j] * x1_[i, j] / x2_[i, j],
        },
        gradient=1,
    ),
    Planted("the operands exchanged", "division", (5,), {5: y_bar[i, j] / x1_[i, j]}),
    Planted(
        "the factor 1/x2 lost for one line", "division", (4, 5), {4: Sum(y_bar[k, l] * delta(k, i) * delta(l, j), k, l)}
    ),
    Planted("f for f′", "elementwise", (3, 4), {3: Sum(y_bar[k, l] * f(x[k, l]) * D(x[k, l], x[i, j]), k, l)}),
    Planted("f″ for f′", "elementwise", (5,), {5: slope_line(prime(prime(f))(x[i, j]))}),
    Planted("one δ lost", "elementwise", (4, 5), {4: Sum(y_bar[k, l] * prime(f)(x[k, l]) * delta(k, i), k, l)}),
    Planted("swapped index", "elementwise_rank3", (5,), {5: Sum(y3_bar[i, j, s_] * prime(f)(x3[i, j, r_]), s_)}),
    Planted(
        "factor p",
        "elementwise_rank3",
        (4, 5),
        {
            4: Sum(p * y3_bar[k, l, s_] * prime(f)(x3[k, l, s_]) * delta(k, i) * delta(l, j) * delta(s_, r_), k, l, s_),
        },
    ),
    Planted("1 + y for 1 − y", "sigmoid", (6,), {6: slope_line(logistic * (1 + logistic))}),
    Planted("wrong exponent", "sigmoid", (5, 6), {5: slope_line(exp(-x[i, j]) / (1 + exp(-x[i, j])))}),
    Planted(
        "wrong sign of the exponent, carried on",
        "sigmoid",
        (3,),
        {
            3: Sum(y_bar[k, l] * exp(x[k, l]) / (1 + exp(-x[k, l])) ** 2 * D(x[k, l], x[i, j]), k, l),
            4: Sum(y_bar[k, l] * exp(x[k, l]) / (1 + exp(-x[k, l])) ** 2 * delta(k, i) * delta(l, j), k, l),
            5: slope_line(exp(x[i, j]) / (1 + exp(-x[i, j])) ** 2),
            6: slope_line(exp(2 * x[i, j]) * logistic * (1 - logistic)),
        },
    ),
    Planted(
        "two errors that cancel",
        "sigmoid",
        (3, 5),
        {
            3: -Sum(y_bar[k, l] * exp(-x[k, l]) / (1 + exp(-x[k, l])) ** 2 * D(x[k, l], x[i, j]), k, l),
            4: -Sum(y_bar[k, l] * exp(-x[k, l]) / (1 + exp(-x[k, l])) ** 2 * delta(k, i) * delta(l, j), k, l),
        },
    ),
    Planted("the bracket of −x", "relu", (5,), {5: slope_line(Iverson(-x[i, j]))}),
    Planted("the gradient of the output's value", "relu", (5,), {5: slope_line(x[i, j] * Iverson(x[i, j]))}),
    Planted("1 + tanh² for 1 − tanh²", "tanh", (5,), {5: slope_line(1 + tanh(x[i, j]) ** 2)}),
    Planted("wrong exponent", "tanh", (5,), {5: slope_line(1 - tanh(x[i, j]))}),
    Planted("exp(−x)", "exp", (5,), {5: slope_line(exp(-x[i, j]))}),
    Planted(
        "a wrong line with a right last line",
        "exp",
        (4, 5),
        {
            4: Sum(y_bar[k, l] * (1 + exp(x[k, l])) * delta(k, i) * delta(l, j), k, l),
        },
    ),
    Planted("log for 1/x", "log", (5,), {5: slope_line(log(positive_x[i, j]))}),
    Planted(
        "factor 2 lost",
        "square",
        (3,),
        {3: Sum(y_bar[k, l] * x[k, l] * D(x[k, l], x[i, j]), k, l)},
        rest=lambda e: e / 2,
    ),
    Planted("twice as much", "square", (5,), {5: 4 * y_bar[i, j] * x[i, j]}),
    Planted("√x for 1/√x", "sqrt", (5,), {5: y_bar[i, j] * sqrt(positive_x[i, j]) / 2}),
    Planted("½ lost", "sqrt", (5,), {5: y_bar[i, j] / sqrt(positive_x[i, j])}),
    Planted("the sigmoid of −x", "softplus", (6,), {6: y_bar[i, j] / (1 + exp(x[i, j]))}),
    Planted(
        "the numerator lost, carried on",
        "softplus",
        (5,),
        {
            5: y_bar[i, j] / (1 + exp(x[i, j])),
            6: y_bar[i, j] / (1 + exp(x[i, j])),
        },
    ),
]

t = index_map("t", m, n)
column_bar = cotangent(array("y", m, 1))
vector_bar = cotangent(array("y", m))
width = size("p")
looked_up_bar = cotangent(array("y", m, width))
l_p, q_p = index("l q", width)

AT_PLACES = [
    Planted("the cotangent goes to every place of the row", "select", (4,), {4: vector_bar[i]}),
    Planted("the place of another row", "select", (3, 4), {3: Sum(vector_bar[k] * delta(t(i), j), k)}),
    Planted(
        "every row counted twice",
        "embedding",
        (4,),
        {4: 2 * Sum(looked_up_bar[k, l_p] * delta(t(k), j), k)},
    ),
    Planted(
        "all columns of the row",
        "embedding",
        (3, 4),
        {3: Sum(looked_up_bar[k, q_p] * delta(t(k), j), k, q_p)},
    ),
    Planted("n for 1", "row_sum", (5, 6), {5: n * Sum(column_bar[k, 0] * delta(k, i), k)}),
    Planted("the sum of all cotangents", "row_sum", (6,), {6: Sum(column_bar[k, 0], k)}),
    Planted("shared among all entries of the row", "row_max", (4,), {4: column_bar[i, 0] / n}),
    Planted("twice as much", "row_max", (4,), {4: 2 * column_bar[i, 0] * delta(t(i), j)}),
]

PLANTED = [*NORMALIZE, *MATMUL, *BROADCAST, *ELEMENTWISE, *AT_PLACES]


def _family(file: Path) -> list[Planted]:
    """The table `PLANTED` of one file of `wrong_steps/`."""
    spec = importlib.util.spec_from_file_location(f"wrong_steps_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.PLANTED)


EVERY = [*PLANTED, *(each for file in sorted(FAMILIES.glob("*.py")) for each in _family(file))]
