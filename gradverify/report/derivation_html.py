"""A derivation as HTML in plain Unicode mathematics: where it starts, then every line with its rule and its reason."""

from __future__ import annotations

from collections.abc import Iterator

from gradverify.derivation.notation import domain, domain_text, equations, lhs, margin, matrix_text, numpy_source, text
from gradverify.derivation.records import Chain, Derivation
from gradverify.report.escape import in_html

__all__ = ["derivation_section"]


def derivation_section(derivation: Derivation) -> Iterator[str]:
    """The derivation with its heading."""
    yield "<h3>Derivation</h3>"
    if derivation.about:
        yield f"<p>{in_html(derivation.about)}</p>"
    rows = [(heading, f"{text(left)} = {text(right)}") for heading, left, right in equations(derivation)]
    rows += [("domain", domain_text(*condition)) for condition in domain(derivation)]
    given = "".join(f'<dt>{heading}</dt><dd class="math">{in_html(value)}</dd>' for heading, value in rows)
    yield f"<dl>{given}</dl>"
    for chain in derivation.chains:
        yield from _gradient(chain)


def _gradient(gradient: Chain) -> Iterator[str]:
    left = lhs(gradient)
    yield '<ol class="steps">'
    for number, step in enumerate(gradient.steps, 1):
        shown = left if number == 1 else "\N{NO-BREAK SPACE}" * margin(gradient)
        line = f"{shown} = {text(step.expression)}"
        rule = f"<b>{in_html(step.rule.name)}</b>. {in_html(step.why)}"
        yield f'<li><span class="math">{in_html(line)}</span>{rule}</li>'
    yield "</ol>"
    if gradient.matrix is not None:
        yield f'<p>In matrix notation: <span class="math">{in_html(matrix_text(gradient))}</span></p>'
    source = numpy_source(gradient)
    if source:
        yield f"<p>In NumPy:</p><pre><code>{in_html(source)}</code></pre>"
