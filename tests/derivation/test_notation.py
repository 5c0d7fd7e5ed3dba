"""Derivations in Unicode and TeX, to the letter."""

from __future__ import annotations

import functools
import re

import numpy as np
import pytest
import sympy
from sympy import HadamardProduct, MatrixSymbol, OneMatrix, Rational, exp, log, sqrt, tanh

from gradverify.derivation import (
    Condition,
    D,
    Derivation,
    Gradient,
    Iverson,
    LogAbsDet,
    Sum,
    array,
    chain_rule,
    collapse_delta,
    cotangent,
    delta,
    entry_rule,
    function,
    index,
    insert_forward,
    inverse_matrix,
    partial,
    prime,
    product,
    scalar,
    size,
)
from gradverify.derivation.notation import (
    derivation_html,
    derivation_latex,
    derivation_markdown,
    derivation_text,
    latex,
    lhs,
    matrix_text,
    numpy_source,
    text,
    text_name,
)
from gradverify.derivation.notation.names import tex_name, tex_words

m, n, f = size("m n f")
i, k = index("i k", m)
j, l, q = index("j l q", n)  # noqa: E741  # as on the page
row, col = index("row", m), index("col", n)

x = array("x", m, n)
x1, x2 = array("x1", m, n), array("x2", m, n)
w = array("w", m)
s = array("s", m)
y_bar = cotangent(array("y", m, n))
eps = scalar("eps")
t = sympy.IndexedBase("t", shape=(m,))
F, G = function("f"), function("g", 2)
row_sum = Sum(x[k, q], q)
A, only = array("A", m, m), array("y")
A_inv, S = inverse_matrix(A), MatrixSymbol("S", m, m)
W, X, K_bar = MatrixSymbol("W", m, f), MatrixSymbol("X", f, n), MatrixSymbol("K_bar", m, n)

GOLDEN = [
    # the normalize derivation, line by line
    (
        Sum(y_bar[k, l] * D(array("y", m, n)[k, l], x[i, j]), k, l),
        "Σ_kl ȳ_kl ∂y_kl/∂x_ij",
        r"\sum_{k,l} \bar{y}_{kl} \frac{\partial y_{kl}}{\partial x_{ij}}",
    ),
    (
        Sum(y_bar[k, l] * D(x[k, l] / row_sum, x[i, j]), k, l),
        "Σ_kl ȳ_kl ∂(x_kl / Σ_q x_kq)/∂x_ij",
        r"\sum_{k,l} \bar{y}_{kl} \frac{\partial}{\partial x_{ij}} \left(\frac{x_{kl}}{\sum_{q} x_{kq}}\right)",
    ),
    (
        Sum(y_bar[k, l] * (D(x[k, l], x[i, j]) * row_sum - x[k, l] * D(row_sum, x[i, j])) / row_sum**2, k, l),
        "Σ_kl ȳ_kl (∂x_kl/∂x_ij · Σ_q x_kq − x_kl ∂(Σ_q x_kq)/∂x_ij) / (Σ_q x_kq)²",
        r"\sum_{k,l} \frac{\bar{y}_{kl} \left(\frac{\partial x_{kl}}{\partial x_{ij}} \sum_{q} x_{kq} - x_{kl} "
        r"\frac{\partial}{\partial x_{ij}} \left(\sum_{q} x_{kq}\right)\right)}{\left(\sum_{q} x_{kq}\right)^{2}}",
    ),
    (
        Sum(delta(k, i) * delta(l, j) * row_sum - x[k, l] * Sum(delta(k, i) * delta(q, j), q), k, l),
        "Σ_kl (δ_ki δ_lj Σ_q x_kq − x_kl Σ_q δ_ki δ_qj)",
        r"\sum_{k,l} \left(\delta_{ki} \delta_{lj} \sum_{q} x_{kq} - x_{kl} \sum_{q} \delta_{ki} \delta_{qj}\right)",
    ),
    (
        y_bar[i, j] / Sum(x[i, q], q) - Sum(y_bar[i, l] * x[i, l], l) / Sum(x[i, q], q) ** 2,
        "ȳ_ij / Σ_q x_iq − (Σ_l ȳ_il x_il) / (Σ_q x_iq)²",
        r"\frac{\bar{y}_{ij}}{\sum_{q} x_{iq}} - \frac{\sum_{l} \bar{y}_{il} x_{il}}{\left(\sum_{q} x_{iq}\right)^{2}}",
    ),
    # names and indices
    (cotangent(x1)[i, j], "x̄1_ij", r"{\bar{x}_{1}}_{ij}"),
    (x[row, col], "x_row,col", r"x_{\mathit{row},\mathit{col}}"),
    (
        Sum(x[row, col] * w[row], row, col),
        "Σ_row,col w_row x_row,col",
        r"\sum_{\mathit{row},\mathit{col}} w_{\mathit{row}} x_{\mathit{row},\mathit{col}}",
    ),
    (x[i, 0], "x_i0", "x_{i0}"),
    (x[i, 10], "x_i,10", "x_{i,10}"),
    (x[i, j + 1], "x_(i,j+1)", "x_{i,j + 1}"),
    (x[i, t[i]], "x_(i,t_i)", "x_{i,t_{i}}"),
    # δ: the index summed over first, else the alphabet; a number last
    (delta(j, i), "δ_ij", r"\delta_{ij}"),
    (delta(0, j), "δ_j0", r"\delta_{j0}"),
    (delta(j, t[i]), "δ_(j,t_i)", r"\delta_{j,t_{i}}"),
    (Sum(delta(i, k) * Sum(delta(k, q), q), k), "Σ_k δ_ki Σ_q δ_qk", r"\sum_{k} \delta_{ki} \sum_{q} \delta_{qk}"),
    # Π: last in its product, as Σ is
    (product(x[i, l], l), "Π_l x_il", r"\prod_{l} x_{il}"),
    (w[i] * product(x[i, l], l, without=j), "w_i Π_(l≠j) x_il", r"w_{i} \prod_{l \ne j} x_{il}"),
    (product(x[i, l], l, without=(j, q)), "Π_(l≠j,q) x_il", r"\prod_{l \ne j,q} x_{il}"),
    (product(1 + x[i, l], l) ** 2, "(Π_l (1 + x_il))²", r"\left(\prod_{l} \left(1 + x_{il}\right)\right)^{2}"),
    (
        Sum(delta(q, j) * product(x[i, l], l, without=q), q) / product(x[i, l], l),
        "(Σ_q δ_qj Π_(l≠q) x_il) / (Π_l x_il)",
        r"\frac{\sum_{q} \delta_{qj} \prod_{l \ne q} x_{il}}{\prod_{l} x_{il}}",
    ),
    # functions
    (F(x[i, j]), "f(x_ij)", "f(x_{ij})"),
    (prime(F)(x[i, j]), "f′(x_ij)", "f'(x_{ij})"),
    (prime(prime(F))(x[i, j] + 1), "f′′(1 + x_ij)", r"f''\left(1 + x_{ij}\right)"),
    (G(x[i, j], w[i]), "g(x_ij, w_i)", "g(x_{ij}, w_{i})"),
    (partial(G, 2)(x[i, j], w[i]), "∂₂g(x_ij, w_i)", r"\partial_{2} g(x_{ij}, w_{i})"),
    (
        partial(partial(G, 1), 2)(x[i, j], w[i]) ** 2,
        "(∂₁∂₂g(x_ij, w_i))²",
        r"\left(\partial_{1} \partial_{2} g(x_{ij}, w_{i})\right)^{2}",
    ),
    (x[i, j] * Iverson(x[i, j]), "x_ij [x_ij > 0]", "x_{ij} [x_{ij} > 0]"),
    (Iverson(x[i, j] - w[i]) ** 2, "[x_ij − w_i > 0]²", "[x_{ij} - w_{i} > 0]^{2}"),
    (1 / (1 + exp(-x[i, j])), "1 / (1 + exp(−x_ij))", r"\frac{1}{1 + e^{-x_{ij}}}"),
    (log(1 + exp(x[i, j])), "log(1 + exp(x_ij))", r"\log\left(1 + e^{x_{ij}}\right)"),
    (1 - tanh(x[i, j]) ** 2, "1 − tanh(x_ij)²", r"1 - \tanh(x_{ij})^{2}"),
    (sympy.sign(x[i, j]), "sign(x_ij)", r"\operatorname{sign}(x_{ij})"),
    (sympy.Max(x[i, j], 0), "max(x_ij, 0)", r"\max\left(x_{ij}, 0\right)"),
    (sympy.Abs(x[i, j]), "|x_ij|", r"\left|x_{ij}\right|"),
    # powers, fractions, numbers
    (s[i] ** 2, "s_i²", "s_{i}^{2}"),
    (s[i] ** 12, "s_i¹²", "s_{i}^{12}"),
    (x1[i, j] ** 2, "x1_ij²", "{x_{1}}_{ij}^{2}"),
    (s[i] ** Rational(3, 2), "s_i^(3/2)", "s_{i}^{3/2}"),
    (x[i, j] ** (eps - 1), "x_ij^(ε − 1)", r"x_{ij}^{\varepsilon - 1}"),
    (1 / sqrt(s[i]), "1 / √s_i", r"\frac{1}{\sqrt{s_{i}}}"),
    (y_bar[i, j] / (2 * sqrt(x[i, j])), "ȳ_ij / (2 √x_ij)", r"\frac{\bar{y}_{ij}}{2 \sqrt{x_{ij}}}"),
    (
        sqrt(Sum(x[i, q] ** 2, q) / n + eps),
        "√((Σ_q x_iq²) / n + ε)",
        r"\sqrt{\frac{\sum_{q} x_{iq}^{2}}{n} + \varepsilon}",
    ),
    (
        -y_bar[i, j] * x1[i, j] / x2[i, j] ** 2,
        "−ȳ_ij x1_ij / x2_ij²",
        r"-\frac{\bar{y}_{ij} {x_{1}}_{ij}}{{x_{2}}_{ij}^{2}}",
    ),
    (x[i, j] / 2, "x_ij / 2", r"\frac{x_{ij}}{2}"),
    (Rational(-3, 2), "−3/2", r"- \frac{3}{2}"),
    (sympy.Integer(0), "0", "0"),
    (sympy.pi * x[i, j], "π x_ij", r"\pi x_{ij}"),
    # sums and products
    (Sum(-y_bar[k, l] * x[k, l], k, l), "Σ_kl (−ȳ_kl x_kl)", r"\sum_{k,l} \left(-\bar{y}_{kl} x_{kl}\right)"),
    (
        Sum(x[i, q], q) * Sum(x[q, j], q),
        "(Σ_q x_iq) Σ_q x_qj",
        r"\left(\sum_{q} x_{iq}\right) \sum_{q} x_{qj}",
    ),
    (Sum(x[i, q], (q, 0, 3)), "Σ_(q=0…3) x_iq", r"\sum_{q=0}^{3} x_{iq}"),
    (
        y_bar[i, j] - x[i, j] * Sum(y_bar[i, l] * x[i, l], l) / n,
        "ȳ_ij − x_ij (Σ_l ȳ_il x_il) / n",
        r"\bar{y}_{ij} - \frac{x_{ij} \sum_{l} \bar{y}_{il} x_{il}}{n}",
    ),
    (n - 1, "n − 1", "n - 1"),
    (x[i, j] + eps, "x_ij + ε", r"x_{ij} + \varepsilon"),
    (w[i] - x[i, j] - 2, "w_i − x_ij − 2", "w_{i} - x_{ij} - 2"),
    (-x[i, j] - w[i], "−w_i − x_ij", "-w_{i} - x_{ij}"),
    (
        D(x[i, j] * w[i], x[k, l]) * Sum(x[k, q], q),
        "∂(w_i x_ij)/∂x_kl · Σ_q x_kq",
        r"\frac{\partial}{\partial x_{kl}} \left(w_{i} x_{ij}\right) \cdot \sum_{q} x_{kq}",
    ),
    # relations
    (sympy.Ne(row_sum, 0), "Σ_q x_kq ≠ 0", r"\sum_{q} x_{kq} \neq 0"),
    (x[i, j] >= 0, "x_ij ≥ 0", r"x_{ij} \geq 0"),
    # matrices
    (K_bar * X.T, "K̄ Xᵀ", r"\bar{K} X^{\top}"),
    (-W.T * K_bar, "−Wᵀ K̄", r"-W^{\top} \bar{K}"),
    (K_bar * OneMatrix(n, 1), "K̄ 1_n", r"\bar{K} \mathbf{1}_{n}"),
    (OneMatrix(1, m) * K_bar, "1_mᵀ K̄", r"\mathbf{1}_{m}^{\top} \bar{K}"),
    (K_bar + 2 * W * X, "2 W X + K̄", r"2 W X + \bar{K}"),
    (HadamardProduct(K_bar, W * X), "K̄ ⊙ (W X)", r"\bar{K} \odot \left(W X\right)"),
    (
        W.T * (K_bar + W * X),
        "Wᵀ (W X + K̄)",
        r"W^{\top} \left(W X + \bar{K}\right)",
    ),
    (X.applyfunc(tanh), "tanh(X)", r"\tanh(X)"),
    # inverses and log-determinants
    (A_inv[i, k], "A⁻¹_ik", "(A^{-1})_{ik}"),
    (A_inv[i, 0] ** 2, "A⁻¹_i0²", "(A^{-1})_{i0}^{2}"),
    (inverse_matrix(array("A1", m, m))[k, i], "A1⁻¹_ki", "(A_{1}^{-1})_{ki}"),
    (
        -Sum(A_inv[i, k] * A[k, i] / A_inv[k, k], k),
        "−Σ_k A_ki A⁻¹_ik / A⁻¹_kk",
        r"-\sum_{k} \frac{A_{ki} (A^{-1})_{ik}}{(A^{-1})_{kk}}",
    ),
    (D(A_inv[i, k], A[i, i]), "∂A⁻¹_ik/∂A_ii", r"\frac{\partial}{\partial A_{ii}} \left((A^{-1})_{ik}\right)"),
    (LogAbsDet(A), "log |det A|", r"\log\left|\det A\right|"),
    (w[i] * LogAbsDet(A) / 2, "w_i log |det A| / 2", r"\frac{w_{i} \log\left|\det A\right|}{2}"),
    (LogAbsDet(A) ** 2, "(log |det A|)²", r"\left(\log\left|\det A\right|\right)^{2}"),
    (sqrt(LogAbsDet(A)), "√(log |det A|)", r"\sqrt{\log\left|\det A\right|}"),
    (
        D(LogAbsDet(A), A[i, k]),
        "∂(log |det A|)/∂A_ik",
        r"\frac{\partial}{\partial A_{ik}} \left(\log\left|\det A\right|\right)",
    ),
    (S.I * S.I.T, "S⁻¹ S⁻ᵀ", r"S^{-1} S^{-\top}"),
    (-S.T.I * W, "−S⁻ᵀ W", r"-S^{-\top} W"),
    ((S + S.T).I, "(S + Sᵀ)⁻¹", r"\left(S + S^{\top}\right)^{-1}"),
    # an array without axes
    (only[()], "y", "y"),
    (cotangent(only)[()] * A_inv[k, i], "ȳ A⁻¹_ki", r"\bar{y} (A^{-1})_{ki}"),
    (D(only[()] ** 2, A[i, k]), "∂(y²)/∂A_ik", r"\frac{\partial}{\partial A_{ik}} \left(y^{2}\right)"),
]


@pytest.mark.parametrize(("expression", "line", "tex"), GOLDEN, ids=[line for _, line, _ in GOLDEN])
def test_the_printed_forms_are_exactly_these(expression, line, tex):
    assert text(expression) == line
    assert latex(expression) == tex


def balanced(tex: str) -> bool:
    depth = 0
    for sign in re.sub(r"\\[{}]", "", tex):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0 and tex.count(r"\left") == tex.count(r"\right")


@pytest.mark.parametrize("expression", [expression for expression, _, _ in GOLDEN])
def test_tex_is_balanced_and_ascii_and_free_of_ranges(expression):
    written = latex(expression)
    assert balanced(written)
    assert written.isascii()
    assert "mathrel" not in written
    assert "operatorname{D}" not in written


def test_printing_does_not_depend_on_the_order_in_which_it_was_written():
    one = Sum(y_bar[k, l] * delta(k, i) * x[k, l], k, l) + eps - w[i]
    other = -w[i] + (eps + Sum(x[k, l] * y_bar[k, l] * delta(i, k), k, l))
    assert text(one) == text(other)


def test_a_sum_times_a_sum_inside_of_a_fraction_is_unambiguous():
    assert text(Sum(x[i, l] / n, l)) == "Σ_l x_il / n"
    assert text(Sum(x[i, l], l) / n) == "(Σ_l x_il) / n"
    assert text(x[i, j] / (n * s[i])) == "x_ij / (n s_i)"
    assert text(1 / D(x[k, l], x[i, j])) == "1 / (∂x_kl/∂x_ij)"


@pytest.mark.parametrize(
    ("name", "unicode", "tex"),
    [
        ("y_bar", "\u0233", r"\bar{y}"),
        ("x_bar", "x\u0304", r"\bar{x}"),
        ("W_bar", "W\u0304", r"\bar{W}"),
        ("x1_bar", "x\u03041", r"\bar{x}_{1}"),
        ("x_hat", "x\u0302", r"\hat{x}"),
        ("eps", "ε", r"\varepsilon"),
        ("gamma_bar", "γ\u0304", r"\bar{\gamma}"),
        ("lambda", "λ", r"\lambda"),
        ("Beta", "Beta", r"\mathit{Beta}"),
        ("row_sum", "row_sum", r"\mathit{row\_sum}"),
    ],
)
def test_names(name, unicode, tex):
    assert text_name(name) == unicode
    assert tex_name(name) == tex


@pytest.mark.parametrize(
    ("words", "tex"),
    [
        ("chain rule", r"\text{chain rule}"),
        ("collapse δ", r"\text{collapse}\ \delta"),
        ("∂x_kl/∂x_ij = δδ", r"\partial x_{kl}/\partial x_{ij}\ =\ \delta \delta"),
        ("x̄_i ≠ 0", r"\bar{x}_{i}\ \neq\ \text{0}"),
        ("100% & f(x_k)", r"\text{100\% \&}\ f(x_{k})"),
    ],
)
def test_words_become_text_and_notation_becomes_mathematics(words, tex):
    assert tex_words(words) == tex


def scaled_bar(y_bar, c):
    return c * y_bar


c = scalar("c")
v, y = array("v", m), array("y", m)
v_bar_definition = Sum(cotangent(y)[k] * D(y[k], v[i]), k)
scale = Derivation(
    name="scale",
    title="multiply every entry by c",
    about="A * and a $ are characters like others.",
    inputs=(v,),
    forward={y[k]: c * v[k]},
    domain=(Condition(sympy.Ne(c, 0), "c is not 0"),),
    gradients=(
        Gradient(
            v[i],
            chain_rule(v_bar_definition, "v_i may change every entry."),
            insert_forward(Sum(cotangent(y)[k] * D(c * v[k], v[i]), k), "y_k is c v_k."),
            entry_rule(Sum(c * cotangent(y)[k] * delta(k, i), k), "v_k is v_i only for k = i."),
            collapse_delta(c * cotangent(y)[i], "Only k = i is left."),
            numpy=scaled_bar,
            matrix=c * MatrixSymbol("y_bar", m, 1),
        ),
    ),
)

SCALE_TEXT = """\
scale: multiply every entry by c

A * and a $ are characters like others.

forward  y_k = c v_k
domain   c is not 0: c ≠ 0

v̄_i = Σ_k ȳ_k ∂y_k/∂v_i
      (1) chain rule. v_i may change every entry.
    = Σ_k ȳ_k ∂(c v_k)/∂v_i
      (2) substitute the forward. y_k is c v_k.
    = Σ_k c ȳ_k δ_ki
      (3) ∂x_kl/∂x_ij = δδ. v_k is v_i only for k = i.
    = c ȳ_i
      (4) collapse δ. Only k = i is left.
      in matrix notation: v̄ = c ȳ
      in NumPy:
          def scaled_bar(y_bar, c):
              return c * y_bar
"""

SCALE_LATEX = r"""\begin{align*}
y_{k} &= c v_{k} && \text{forward} \\
c &\neq 0 && \text{domain: c is not 0} \\[1.5ex]
\bar{v}_{i} &= \sum_{k} \bar{y}_{k} \frac{\partial y_{k}}{\partial v_{i}} && \text{(1) chain rule} \\
&= \sum_{k} \bar{y}_{k} \frac{\partial}{\partial v_{i}} \left(c v_{k}\right) && \text{(2) substitute the forward} \\
&= \sum_{k} c \bar{y}_{k} \delta_{ki} && \text{(3)}\ \partial x_{kl}/\partial x_{ij}\ =\ \delta \delta \\
&= c \bar{y}_{i} && \text{(4) collapse}\ \delta \\
\bar{v} &= c \bar{y} && \text{in matrix notation}
\end{align*}
"""

SCALE_MARKDOWN = r"""## `scale`: multiply every entry by c

A \* and a \$ are characters like others.

**Forward.** $y_{k} = c v_{k}$

**Domain.** c is not 0: $c \neq 0$

### The gradient $\bar{v}_{i}$

1. $\displaystyle \bar{v}_{i} = \sum_{k} \bar{y}_{k} \frac{\partial y_{k}}{\partial v_{i}}$

   *chain rule*. v_i may change every entry.

2. $\displaystyle \phantom{\bar{v}_{i}} = \sum_{k} \bar{y}_{k} \frac{\partial}{\partial v_{i}} \left(c v_{k}\right)$

   *substitute the forward*. y_k is c v_k.

3. $\displaystyle \phantom{\bar{v}_{i}} = \sum_{k} c \bar{y}_{k} \delta_{ki}$

   *∂x_kl/∂x_ij = δδ*. v_k is v_i only for k = i.

4. $\displaystyle \phantom{\bar{v}_{i}} = c \bar{y}_{i}$

   *collapse δ*. Only k = i is left.

In matrix notation: $\bar{v} = c \bar{y}$

In NumPy:

```python
def scaled_bar(y_bar, c):
    return c * y_bar
```
"""


def test_a_derivation_as_text():
    assert derivation_text(scale) == SCALE_TEXT


def test_a_derivation_as_latex():
    assert derivation_latex(scale) == SCALE_LATEX
    assert balanced(SCALE_LATEX)
    # In align*, every line has the same columns: left, right, nothing, comment.
    lines = SCALE_LATEX.splitlines()[1:-1]
    assert all(line.count("&") - line.count(r"\&") == 3 for line in lines)


def test_a_derivation_as_markdown():
    assert derivation_markdown(scale) == SCALE_MARKDOWN


def test_a_derivation_shows_itself_in_jupyter():
    assert scale._repr_latex_() == SCALE_LATEX
    assert scale._repr_html_() == derivation_html(scale)
    assert "<b>scale</b>: multiply every entry by c" in derivation_html(scale)
    assert "y_{k} &amp;= c v_{k}" in derivation_html(scale)


def test_a_positive_input_and_a_named_quantity_are_told():
    p = array("p", m, positive=True)
    z = array("z", m)
    root = Derivation(
        name="root",
        title="square roots",
        inputs=(p,),
        forward={y[k]: z[k]},
        where={z[k]: sqrt(p[k])},
        gradients=(),
    )
    assert derivation_text(root) == (
        "root: square roots\n\nforward  y_k = z_k\nwhere    z_k = √p_k\ndomain   every entry of p is positive\n"
    )
    assert r"& && \text{domain: every entry of p is positive}" in derivation_latex(root)
    assert balanced(derivation_latex(root))


def test_the_left_side_and_the_matrix_form():
    (gradient,) = scale.gradients
    assert lhs(gradient) == "v̄_i"
    assert lhs(Gradient(x1[i, 0])) == "x̄1_i0"
    assert matrix_text(gradient) == "v̄ = c ȳ"
    assert matrix_text(Gradient(v[i])) == ""


def test_the_numpy_source_or_nothing():
    assert numpy_source(scale.gradients[0]) == "def scaled_bar(y_bar, c):\n    return c * y_bar"
    assert numpy_source(Gradient(v[i])) == ""
    assert numpy_source(Gradient(v[i], numpy=np.negative)) == ""
    assert numpy_source(Gradient(v[i], numpy=functools.partial(scaled_bar, c=2))) == ""
    typed_at_a_prompt: dict[str, object] = {}
    exec("def gone(y_bar):\n    return y_bar\n", typed_at_a_prompt)
    assert numpy_source(Gradient(v[i], numpy=typed_at_a_prompt["gone"])) == ""
