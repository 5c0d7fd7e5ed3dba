"""Writes a whole derivation down: as plain text, as an `align*` environment, as Markdown for GitHub, as HTML.

Every page has the same order: the forward, what holds where, then each gradient line by line with its rule.
"""

from __future__ import annotations

import html
import inspect
import re
import textwrap
import unicodedata
from collections.abc import Iterator
from typing import Any

import sympy

from gradverify.derivation.notation.names import tex_name, tex_words, text_name
from gradverify.derivation.notation.tex import TexPrinter
from gradverify.derivation.notation.unicode import UnicodePrinter
from gradverify.derivation.records import Chain, Derivation

__all__ = [
    "derivation_html",
    "derivation_latex",
    "derivation_markdown",
    "derivation_text",
    "domain",
    "domain_text",
    "equations",
    "latex",
    "lhs",
    "margin",
    "matrix_text",
    "numpy_source",
    "text",
]


def text(expression: Any) -> str:
    """The expression as one Unicode line: `Σ_kl ȳ_kl ∂y_kl/∂x_ij`."""
    return str(UnicodePrinter().doprint(expression))


def latex(expression: Any) -> str:
    r"""The expression as TeX math, without delimiters: `\\sum_{k,l} \\bar{y}_{kl} …`."""
    return str(TexPrinter().doprint(expression))


def lhs(chain: Chain) -> str:
    """What the chain derives: `x̄_ij`."""
    return text(chain.left)


def margin(chain: Chain) -> int:
    """The columns that the left side takes."""
    return sum(not unicodedata.combining(sign) for sign in lhs(chain))


def matrix_text(gradient: Chain) -> str:
    """The claim in matrix notation, `W̄ = K̄ Xᵀ`; empty where there is none."""
    return "" if gradient.matrix is None else f"{text_name(gradient.symbol)} = {text(gradient.matrix)}"


def _matrix_latex(gradient: Chain) -> str:
    return f"{tex_name(gradient.symbol)} = {latex(gradient.matrix)}"


def numpy_source(gradient: Chain) -> str:
    """The source of the claim's NumPy function; empty where there is none, or its source cannot be had."""
    if gradient.numpy is None:
        return ""
    try:
        return textwrap.dedent(inspect.getsource(gradient.numpy)).rstrip()
    except (OSError, TypeError):  # typed at a prompt, or not a Python function
        return ""


def equations(derivation: Derivation) -> Iterator[tuple[str, Any, Any]]:
    """What a derivation starts from, in the order of the page: a heading, a left and a right side."""
    for left, right in derivation.forward.items():
        yield "forward", left, right
    for left, right in derivation.where.items():
        yield "where", left, right
    for part in derivation.parts:
        # As a product the name would stand beside its arguments; a function has them in brackets.
        yield "parts", sympy.Symbol(str(part.output.label)), sympy.Function(part.name)(*map(_named, part.inputs))


def _named(array: Any) -> Any:
    return sympy.Symbol(str(array.label))


def domain(derivation: Derivation) -> Iterator[tuple[str, Any]]:
    """The conditions under which a derivation holds: in words, and as a relation where one says more."""
    for condition in derivation.domain:
        yield condition.words, condition.relation
    for array in derivation.inputs:
        if array.is_positive:
            yield f"every entry of {text_name(str(array.label))} is positive", None


# Plain text


def derivation_text(derivation: Derivation) -> str:
    """The derivation as plain text; its lines are not wrapped."""
    lines = [f"{derivation.name}: {derivation.title}", ""]
    if derivation.about:
        lines += [derivation.about, ""]
    lines += [f"{heading:<8} {text(left)} = {text(right)}" for heading, left, right in equations(derivation)]
    lines += [f"{'domain':<8} {domain_text(*condition)}" for condition in domain(derivation)]
    for chain in derivation.chains:
        lines += ["", *_gradient_text(chain)]
    return "\n".join(lines) + "\n"


def domain_text(words: str, relation: Any) -> str:
    """One condition: `no row sums to 0: Σ_q x_kq ≠ 0`."""
    return words if relation is None else f"{words}: {text(relation)}"


def _gradient_text(gradient: Chain) -> Iterator[str]:
    left, blank = lhs(gradient), " " * margin(gradient)
    for number, step in enumerate(gradient.steps, 1):
        yield f"{left if number == 1 else blank} = {text(step.expression)}"
        yield f"{blank}   ({number}) {step.rule.name}. {step.why}"
    if gradient.matrix is not None:
        yield f"{blank}   in matrix notation: {matrix_text(gradient)}"
    source = numpy_source(gradient)
    if source:
        yield f"{blank}   in NumPy:"
        yield textwrap.indent(source, f"{blank}       ")


# TeX


def derivation_latex(derivation: Derivation) -> str:
    r"""The derivation as one `align*` environment of amsmath, every line with the number and name of its rule."""
    blocks = [[*_given_latex(derivation)]]
    blocks += [[*_gradient_latex(gradient)] for gradient in derivation.chains]
    body = " \\\\[1.5ex]\n".join(" \\\\\n".join(block) for block in blocks)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}\n"


def _given_latex(derivation: Derivation) -> Iterator[str]:
    for heading, left, right in equations(derivation):
        yield rf"{latex(left)} &= {latex(right)} && \text{{{heading}}}"
    for words, relation in domain(derivation):
        sides = rf"{latex(relation.lhs)} &{_sign(relation)} {latex(relation.rhs)}" if _is_relation(relation) else "&"
        yield rf"{sides} && {tex_words(f'domain: {words}')}"


def _is_relation(relation: Any) -> bool:
    return isinstance(relation, sympy.core.relational.Relational)


def _sign(relation: Any) -> str:
    return {"!=": r"\neq", ">=": r"\geq", "<=": r"\leq", "==": "="}.get(relation.rel_op, str(relation.rel_op))


def _gradient_latex(gradient: Chain) -> Iterator[str]:
    for number, step in enumerate(gradient.steps, 1):
        left = f"{latex(gradient.left)} " if number == 1 else ""
        yield f"{left}&= {latex(step.expression)} && {tex_words(f'({number}) {step.rule.name}')}"
    if gradient.matrix is not None:
        yield rf"{_matrix_latex(gradient).replace(' = ', ' &= ', 1)} && \text{{in matrix notation}}"


# Markdown and HTML


def derivation_markdown(derivation: Derivation) -> str:
    """The derivation in GitHub's Markdown, mathematics between dollar signs."""
    parts = [f"## `{derivation.name}`: {_escaped(derivation.title)}"]
    parts += [_escaped(derivation.about)] if derivation.about else []
    parts += [
        f"**{heading.capitalize()}.** ${latex(left)} = {latex(right)}$"
        for heading, left, right in equations(derivation)
    ]
    parts += [
        f"**Domain.** {_escaped(words)}" + (f": ${latex(relation)}$" if relation is not None else "")
        for words, relation in domain(derivation)
    ]
    for chain in derivation.chains:
        parts += _gradient_markdown(chain)
    return "\n\n".join(parts) + "\n"


def _gradient_markdown(gradient: Chain) -> Iterator[str]:
    left = latex(gradient.left)
    yield f"### The {gradient.subject.partition(' ')[0]} ${left}$"
    for number, step in enumerate(gradient.steps, 1):
        shown = left if number == 1 else rf"\phantom{{{left}}}"
        yield rf"{number}. $\displaystyle {shown} = {latex(step.expression)}$"
        yield f"   *{_escaped(step.rule.name)}*. {_escaped(step.why)}"
    if gradient.matrix is not None:
        yield f"In matrix notation: ${_matrix_latex(gradient)}$"
    source = numpy_source(gradient)
    if source:
        yield f"In NumPy:\n\n```python\n{source}\n```"


def _escaped(words: str) -> str:
    """Prose in Markdown. An underscore inside a word (x_ij) is an underscore there, and needs nothing."""
    return re.sub(r"[\\*`$<]", lambda sign: "\\" + sign[0], words)


def derivation_html(derivation: Derivation) -> str:
    """The derivation for a notebook: a heading, and the mathematics for MathJax."""
    heading = f"<b>{html.escape(derivation.name)}</b>: {html.escape(derivation.title)}"
    return f"<p>{heading}</p>\n<div>{html.escape(derivation_latex(derivation), quote=False)}</div>\n"
