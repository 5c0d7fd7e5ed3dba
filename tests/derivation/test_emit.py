"""Emitted NumPy code: proved for every shipped derivation, and for every word equal to our own evaluator's value."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
import sympy

from gradverify import DerivationError, Verdict, check
from gradverify.derivation import (
    Derivation,
    Gradient,
    Iverson,
    LogAbsDet,
    Max,
    Sum,
    algebra,
    array,
    cotangent,
    delta,
    exp,
    index,
    index_map,
    inverse,
    inverse_matrix,
    log,
    one_of,
    product,
    relation,
    scalar,
    size,
    sqrt,
    tanh,
)
from gradverify.derivation.emit import asked_sizes, class_name, numpy_module
from gradverify.derivation.library import find, library
from gradverify.derivation.lines import definitions
from gradverify.derivation.maps import code_of_maps
from gradverify.derivation.numeric import Numeric
from gradverify.derivation.proof import Proof
from gradverify.witnesses.proof import prove


def emitted(derivation):
    """The code of a derivation, taken to be proved."""
    return numpy_module([Proof(derivation, (), (), 0.0)])


def run(source):
    namespace = {}
    exec(compile(source, "emitted", "exec"), namespace)
    return namespace


def checked(derivation, folder):
    """What the checker says of the emitted code of a derivation."""
    file = folder / "code.py"
    file.write_text(numpy_module([prove(derivation)]), encoding="utf-8")
    parameters = {**derivation.parameters, **asked_sizes(derivation)}
    # without the NumPy forms beside the claims: those of some ops cannot take the empty arrays that emitted code takes
    gradients = tuple(Gradient(each.entry, *each.steps) for each in derivation.gradients)
    op = f"{file}:{class_name(derivation)}"
    return check(replace(derivation, op=op, parameters=parameters, gradients=gradients))


NOT_EMITTED = {"maxpool": "a rule uses winners, which the emitted module does not have"}
"""Derivations whose maps are ruled by a function that stands elsewhere: the message says so."""


@pytest.mark.parametrize("name", NOT_EMITTED)
def test_what_cannot_be_emitted_is_said(name):
    with pytest.raises(DerivationError, match=NOT_EMITTED[name]):
        numpy_module([prove(find(name))])


@pytest.mark.parametrize("name", [name for name in library() if name not in NOT_EMITTED])
def test_the_code_of_every_derivation_is_proved(name, tmp_path):
    report = checked(find(name), tmp_path)
    assert report.verdict is Verdict.PROVED, report.because


# --- every word -----------------------------------------------------------------------------------------------------

m, n, p = size("m n p")
i, k = index("i k", m)
j, l, q, c = index("j l q c", n)  # noqa: E741  # the page's names
u, v = index("u v", p)
flat_place = index("w", m * n)

x, z, a, b, s = array("x", m, n), array("z", m, n, p), array("a", n, n), array("b", n), array("s", m)
thin = array("thin", m, 1)
eps = scalar("eps", positive=True)
t = index_map("t", m, n, rule=lambda k, n: (2 * k + 1) % n)
turn = index_map("turn", n, n, onto=True, rule=lambda k, n: (k + 1) % n)
back = inverse(turn, "back")
shift = index_map("shift", (n, p), n, partial=True, rule=lambda k, u: 2 * k + u - 2)
early = index_map("early", m, n, one_to_one=True, rule=lambda k: k)
early_back = inverse(early, "early_back")
flat = index_map("flat", (m, n), m * n, onto=True, rule=lambda k, q, n: k * n + q)
row, col = inverse(flat, "row col")
below = relation("≤", n, n, rule=lambda a, b: a <= b)
a_inv = inverse_matrix(a)

SIZES = {"m": 3, "n": 4, "p": 2}
INPUTS = (x, z, a, b, s, thin)

WORDS = {
    "an entry": (x[i, j], (i, j)),
    "transposed": (x[i, j], (j, i)),
    "repeated": (s[i], (i, j)),
    "repeated in front": (b[j], (i, j)),
    "a column": (x[i, j] * thin[i, 0], (i, j)),
    "an axis of size 1": (thin[i, 0], (i, j)),
    "a diagonal": (a[j, j], (i, j)),
    "a constant": (sympy.Integer(3), (i, j)),
    "sizes as numbers": (x[i, j] / n + m, (i, j)),
    "decimals": (sympy.Rational(44715, 1000000) * x[i, j] ** 3 + sympy.Float(0.25), (i, j)),
    "signs": (-x[i, j] - (s[i] - b[j]) / 2, (i, j)),
    "powers": (x[i, j] ** -2 + sqrt(x[i, j]) + 1 / sqrt(x[i, j]) + x[i, j] ** sympy.Rational(1, 3), (i, j)),
    "functions": (exp(-x[i, j]) + log(x[i, j]) + tanh(s[i]) + sympy.Abs(b[j]) + sympy.sin(b[j]), (i, j)),
    "a scalar": (sqrt(x[i, j] + eps) + sqrt(eps), (i, j)),
    "the larger": (Max(x[i, j], s[i], 0), (i, j)),
    "brackets added": (Iverson(x[i, j] - 1) + Iverson(s[i] - 1) - 1, (i, j)),
    "a bracket alone": (-Iverson(x[i, j] - 1), (i, j)),
    "twice a bracket": (2 * Iverson(x[i, j] - 1) * delta(l, j), (i, j, l)),
    "brackets summed": (Sum(Iverson(x[i, l] - 1), l), (i,)),
    "brackets in a product of matrices": (Sum(Iverson(x[i, l] - 1) * below(l, j), l), (i, j)),
    "a delta": (x[i, j] * delta(j, l), (i, j, l)),
    "a delta across": (x[i, j] * delta(l, j), (l, i, j)),
    "a delta of a place": (x[i, j] * delta(j, 1), (i, j)),
    "a sum of all": (Sum(x[k, l], k, l), (0,)),
    "a sum of rows": (Sum(x[i, l], l), (i,)),
    "a sum of columns": (Sum(x[k, j], k), (j,)),
    "a sum kept as a column": (Sum(x[i, l], l), (i, 0)),
    "a sum kept as a row": (Sum(x[k, j], k), (0, j)),
    "a sum repeated": (x[i, j] / Sum(x[i, l], l) + Sum(x[k, j], k), (i, j)),
    "a sum over an absent index": (Sum(x[i, j], l), (i, j)),
    "a sum of products": (Sum(x[i, l] * b[l], l) * x[i, j], (i, j)),
    "the sum of a row of a cube": (Sum(z[i, j, v], v) + Sum(z[i, l, v], l, v), (i, j)),
    "a matrix product": (Sum(x[i, l] * a[l, j], l), (i, j)),
    "a matrix product, transposed": (Sum(a[j, l] * x[i, l], l), (j, i)),
    "a product of three matrices": (Sum(x[i, l] * a[l, q] * a[j, q], l, q), (i, j)),
    "a matrix times a vector": (Sum(x[i, l] * b[l], l), (i,)),
    "a batch of products": (Sum(z[i, l, u] * a[l, j], l), (u, i, j)),
    "a sum of a quotient": (Sum(x[i, l] / b[l] / s[i], l), (i,)),
    "a sum of quotients meeting": (Sum(a[j, l] / x[i, l], l), (i, j)),
    "a sum of terms that meet": (Sum(a[j, l] * x[i, l] + x[i, l] - b[j], l), (i, j)),
    "a sum of a function": (Sum(exp(x[i, l] - b[j]), l), (i, j)),
    "a sum in a sum": (Sum(x[i, l] * Sum(a[l, q], q), l), (i,)),
    "an index bound again": (x[i, j] * Sum(x[i, j], j), (i, j)),
    "an index bound twice inside": (Sum(x[i, l] * Sum(b[l] * a[l, l], l), l), (i,)),
    "the same sum twice": (x[i, j] / Sum(x[i, l], l) - Sum(x[i, q], q) ** 2, (i, j)),
    "a variance": (Sum((x[i, l] - Sum(x[i, q], q) / n) ** 2, l) / n, (i,)),
    "a relation": (Sum(below(l, j) * x[i, l], l), (i, j)),
    "a relation alone": (below(l, j) * b[j], (l, j)),
    "at a map": (x[k, t(k)], (k,)),
    "at a map of another row": (x[i, t(k)], (i, k)),
    "at a map in front": (a[t(k), j], (j, k)),
    "a delta of a map": (x[i, j] * delta(t(i), j), (i, j)),
    "two maps that meet": (s[i] * delta(t(i), turn(j)), (i, j)),
    "a map of a map": (b[turn(t(k))], (k,)),
    "no value": (x[i, shift(j, u)], (i, j, u)),
    "no value, elsewhere": (x[i, shift(j, u)], (u, i, j)),
    "a delta of no value": (delta(shift(j, u), l) * b[j], (j, u, l)),
    "the inverse of a permutation": (x[i, back(j)], (i, j)),
    "the inverse of a map that misses places": (s[early_back(j)], (j,)),
    "two places of one": (x[row(flat_place), col(flat_place)], (flat_place,)),
    "one place of two": (Sum(x[k, l] * delta(flat_place, flat(k, l)), k, l), (flat_place,)),
    "added up at places": (Sum(x[k, l] * delta(t(k), j), k), (j, l)),
    "a map in a sum": (Sum(x[i, shift(l, u)] * a[l, j], l), (i, j, u)),
    "a product over an index": (product(x[i, l] + 1, l), (i,)),
    "a product without a place": (product(x[i, l], l, without=j), (i, j)),
    "a product without two places": (product(x[i, l], l, without=(j, q)), (i, j, q)),
    "a product of what does not change": (product(s[i], l), (i,)),
    "an inverse matrix": (a_inv[j, l] * b[j], (j, l)),
    "an inverse matrix, transposed and multiplied": (Sum(a_inv[q, j] * x[i, q], q), (i, j)),
    "a log-determinant": (LogAbsDet(a) * b[j], (j,)),
}


def of_word(expression, indices, **more):
    """A derivation whose forward is the expression; its gradients are of no concern."""
    sides = [index.upper + 1 if index != 0 else 1 for index in indices]
    entry = array("y", *sides)[indices]
    claims = []
    for each in INPUTS:
        names = [index(f"{each.label}_{at}", side) for at, side in enumerate(each.shape)]
        place = tuple(name if side != 1 else 0 for name, side in zip(names, each.shape, strict=True))
        claims.append(Gradient(each[place], algebra(each[place], "why")))
    return Derivation("word", "a word", INPUTS, {entry: expression}, tuple(claims), parameters={"eps": eps}, **more)


def values(seed, dtype=np.float64):
    random = np.random.default_rng(seed)
    shapes = {str(each.label): [SIZES.get(str(side), 1) for side in each.shape] for each in INPUTS}
    return {name: random.uniform(0.5, 2, shape).astype(dtype) for name, shape in shapes.items()}


def both(expression, indices, arrays):
    """What the emitted forward returns, and our evaluator's value of the expression."""
    derivation = of_word(expression, indices)
    source = emitted(derivation)
    given = {array: values.copy() for array, values in arrays.items()}
    with np.errstate(all="ignore"):
        found = run(source)["Word"].forward({}, **given, eps=0.125)
    maps = code_of_maps(derivation, arrays, SIZES)
    numeric = Numeric(arrays, SIZES, scalars={"eps": 0.125}, definitions=definitions(derivation), maps=maps)
    expected = numeric.at_every_index(sympy.sympify(expression), indices).value
    return source, np.asarray(found), expected


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_what_the_evaluator_says(word):
    expression, indices = WORDS[word]
    source, found, expected = both(expression, indices, values(1))
    assert found.shape == expected.shape, source
    assert np.allclose(found, expected.astype(float), rtol=1e-12, atol=1e-12), source


@pytest.mark.parametrize("word", WORDS)
def test_a_word_keeps_the_dtype(word):
    source, found, _ = both(*WORDS[word], values(1, np.float32))
    assert found.dtype == np.float32, source


@pytest.mark.parametrize("word", ["an entry", "transposed", "a diagonal", "a column", "at a map", "an axis of size 1"])
def test_the_output_is_new_memory(word):
    derivation = of_word(*WORDS[word])
    arrays = values(1)
    found = run(emitted(derivation))["Word"].forward({}, **arrays, eps=0.125)
    assert not any(np.shares_memory(found, each) for each in arrays.values())


class Terms:
    """Random expressions over the arrays above."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.spare = 0

    def index(self, scope, side):
        """An index in scope that runs over this size, or a map of one."""
        plain = [each for each in scope if each.upper + 1 == side]
        if side == n and self.random.random() < 0.15:
            rows = [each for each in scope if each.upper + 1 == m]
            plain += [t(each) for each in rows] + [turn(each) for each in plain]
        return self.random.choice(plain) if plain else None

    def entry(self, scope):
        for each in self.random.sample(INPUTS, len(INPUTS)):
            places = [0 if side == 1 else self.index(scope, side) for side in each.shape]
            if None not in places:
                return each[tuple(places)]
        return sympy.Integer(2)

    def term(self, scope, depth):
        kinds = ["entry", "sum", "add", "mul", "div", "power", "exp", "delta", "bracket"] if depth else ["entry"]
        kind = self.random.choice(kinds)
        match kind:
            case "sum":
                self.spare += 1
                own = index(f"b{self.spare}", self.random.choice((m, n, p)))
                return Sum(self.term((*scope, own), depth - 1), own)
            case "add":
                return self.term(scope, depth - 1) - self.term(scope, depth - 1)
            case "mul":
                return self.term(scope, depth - 1) * self.term(scope, depth - 1)
            case "div":
                return self.term(scope, depth - 1) / (3 + self.entry(scope))
            case "power":
                return self.term(scope, depth - 1) ** 2
            case "exp":
                return exp(-self.entry(scope) * self.entry(scope))
            case "delta":
                pair = [self.index(scope, n), self.index(scope, n)]
                return self.term(scope, depth - 1) * (1 if None in pair else delta(*pair))
            case "bracket":
                return Iverson(self.entry(scope) - 1) * self.term(scope, depth - 1)
        return self.entry(scope)


@pytest.mark.parametrize("seed", range(150))
def test_random_expressions_are_what_the_evaluator_says(seed):
    terms = Terms(seed)
    frame = tuple(terms.random.sample((i, k, j, l, u), terms.random.randint(1, 3)))
    source, found, expected = both(terms.term(frame, 4), frame, values(seed))
    assert found.shape == expected.shape, source
    assert np.allclose(found, expected.astype(float), rtol=1e-9, atol=1e-9), source


# --- whole derivations ----------------------------------------------------------------------------------------------

size_of_output = size("o")
o = index("o", size_of_output)
f = array("f", p)
y = array("y", size_of_output)
y_bar = cotangent(y)
window = index_map(
    "window", (size_of_output, p), n, partial=True, rule=lambda o, u, stride, padding: o * stride + u - padding
)
WINDOWS = Derivation(
    name="windows",
    title="slide a window over a vector",
    inputs=(b, f),
    forward={y[o]: Sum(b[window(o, u)] * f[u], u)},
    gradients=(
        Gradient(b[j], algebra(Sum(y_bar[o] * f[u] * delta(window(o, u), j), o, u), "why")),
        Gradient(f[v], algebra(Sum(y_bar[o] * b[window(o, v)], o), "why")),
    ),
    parameters={"stride": one_of(1, 2), "padding": one_of(0, 1)},
)


def test_a_gradient_that_adds_up_at_places(tmp_path):
    report = checked(WINDOWS, tmp_path)
    assert report.verdict is Verdict.PROVED, report.because
    assert "np.add.at(b_bar, window, " in (tmp_path / "code.py").read_text()


def test_a_size_that_only_the_output_has_is_asked_for():
    assert list(asked_sizes(WINDOWS)) == ["o"]
    assert "def forward(context, b, f, *, stride, padding, o):" in emitted(WINDOWS)


@pytest.mark.parametrize("sides", [(3, 3, 4), (4, 2, 2), (2, 2, 3)])
def test_sizes_of_the_output_at_which_not_every_entry_is_read_once_are_refused(sides):
    op = run(emitted(find("permute_axes")))["PermuteAxes"]
    x = np.arange(24.0).reshape(2, 3, 4)
    asked = dict(zip("pqs", (4, 2, 3), strict=True))
    assert np.array_equal(op.forward({}, x, axes=(2, 0, 1), **asked), x.transpose(2, 0, 1))
    with pytest.raises(ValueError, match="give other sizes"):
        op.forward({}, x, axes=(2, 0, 1), **dict(zip("pqs", sides, strict=True)))


def test_the_names_of_the_page_are_kept():
    source = numpy_module([prove(find("normalize"))])
    assert "        row_sum = x.sum(axis=1)\n" in source
    assert "    def backward(context, y_bar):\n" in source
    assert "        return x_bar\n" in source


def test_a_parameter_that_the_derivation_fixes_is_refused_with_another_value():
    expand = run(emitted(find("expand")))["Expand"]
    with pytest.raises(ValueError, match="this code was derived for dim = 1, got 0"):
        expand.forward({}, np.ones((1, 2)), dim=0, repeats=2)


def test_indices_outside_are_refused():
    select = run(emitted(find("select")))["Select"]
    with pytest.raises(IndexError, match="indices must be from 0 to 2"):
        select.forward({}, np.ones((2, 3)), indices=[0, -1])


def test_a_wrong_derivation_is_not_emitted():
    first = find("normalize")
    (gradient,) = first.gradients
    wrong = Gradient(gradient.entry, *gradient.steps[:-1], algebra(gradient.claim * 2, "why"))
    with pytest.raises(DerivationError, match=r"normalize: no code is emitted, because the derivation is not proved: "):
        numpy_module([prove(replace(first, gradients=(wrong,)))])


def test_a_word_without_a_form_is_named():
    word = of_word(sympy.gamma(x[i, j]), (i, j))
    with pytest.raises(DerivationError, match="word: no code can be emitted: gamma has no form in NumPy"):
        emitted(word)
