"""How expressions and whole derivations are written down: one Unicode line, TeX, Markdown; nothing is computed here."""

from gradverify.derivation.notation.names import text_name
from gradverify.derivation.notation.page import (
    derivation_html,
    derivation_latex,
    derivation_markdown,
    derivation_text,
    domain,
    domain_text,
    equations,
    latex,
    lhs,
    margin,
    matrix_text,
    numpy_source,
    text,
)

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
    "text_name",
]
