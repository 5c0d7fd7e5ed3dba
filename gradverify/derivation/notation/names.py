"""Names as they stand on the page: `y_bar` is ȳ, `x1_bar` is x̄1, `x_dot` is ẋ, `eps` is ε; in Unicode and in TeX."""

from __future__ import annotations

import re
import unicodedata

from sympy.printing.pretty.pretty_symbology import greek_unicode

__all__ = ["tex_name", "tex_words", "text_name"]

_ACCENTS = {
    "bar": ("\N{COMBINING MACRON}", r"\bar"),
    "dot": ("\N{COMBINING DOT ABOVE}", r"\dot"),
    "hat": ("\N{COMBINING CIRCUMFLEX ACCENT}", r"\hat"),
}
_LATIN_LOOKING = "οΑΒΕΖΗΙΚΜΝΟΡΤΧ"  # TeX has no commands for these
_GREEK: dict[str, str] = {"eps": "ε", **{n: sign for n, sign in greek_unicode.items() if sign not in _LATIN_LOOKING}}
_TEX_GREEK = {sign: f"\\{name}" for name, sign in _GREEK.items()}
_TEX_GREEK |= {"ε": r"\varepsilon", "λ": r"\lambda", "Λ": r"\Lambda"}
_TEX_SIGNS = {
    "∂": r"\partial ", "Σ": r"\sum ", "Π": r"\prod ", "′": "'", "·": r"\cdot ", "×": r"\times ", "−": "-",
    "≠": r"\neq ", "≤": r"\leq ", "≥": r"\geq ", "≈": r"\approx ", "→": r"\to ", "∞": r"\infty ", "√": r"\surd ",
    "…": r"\ldots ", "²": "^{2}", "³": "^{3}", "ᵀ": r"^{\top}", "⊙": r"\odot ", "⟨": r"\langle ", "⟩": r"\rangle ",
}  # fmt: skip


def _parts(name: str) -> tuple[str, str, str]:
    """The letters (a Greek name as its sign), the digits that follow them, and the accent."""
    stem, _, accent = name.rpartition("_")
    if accent not in _ACCENTS or not stem:
        stem, accent = name, ""
    found = re.fullmatch(r"([^\W\d_]+)_?(\d*)", stem)
    letters, digits = (str(found[1]), str(found[2])) if found else (stem, "")
    return _GREEK.get(letters, letters), digits, accent


def text_name(name: str) -> str:
    """The name in Unicode, composed where Unicode has the composed letter."""
    letters, digits, accent = _parts(name)
    if accent:
        letters = letters[0] + _ACCENTS[accent][0] + letters[1:]
    return unicodedata.normalize("NFC", letters + digits)


def tex_name(name: str) -> str:
    """The name in TeX math."""
    letters, digits, accent = _parts(name)
    if letters in _TEX_GREEK:
        written = _TEX_GREEK[letters]
    else:
        escaped = letters.replace("_", r"\_")
        written = letters if len(letters) == 1 else rf"\mathit{{{escaped}}}"
    if accent:
        written = rf"{_ACCENTS[accent][1]}{{{written}}}"
    return rf"{written}_{{{digits}}}" if digits else written


def tex_words(sentence: str) -> str:
    r"""A short sentence as TeX math: words in `\text{…}`, and what is notation (∂x_kl, δ, x̄_i) as mathematics."""
    pieces: list[str] = []
    words: list[str] = []

    def flush() -> None:
        if words:
            pieces.append(rf"\text{{{_escaped(' '.join(words))}}}")
            words.clear()

    for word in sentence.split():
        if word.isascii() and "_" not in word and word != "=":
            words.append(word)
        else:
            flush()
            pieces.append(_tex_token(word))
    flush()
    return r"\ ".join(pieces)


def _escaped(words: str) -> str:
    words = words.replace("\\", r"\textbackslash ")
    return re.sub(r"[#$%&_{}~^]", lambda sign: rf"\{sign[0]}" if sign[0] not in "~^" else rf"\{sign[0]}{{}}", words)


def _tex_token(token: str) -> str:
    # Only letters are taken apart: ≠ would come apart too.
    written = "".join(unicodedata.normalize("NFD", sign) if sign.isalpha() else sign for sign in token)
    written = re.sub(r"(\w)\N{COMBINING MACRON}", r"\\bar{\1}", written)
    written = re.sub(r"(\w)\N{COMBINING DOT ABOVE}", r"\\dot{\1}", written)
    written = re.sub(r"(\w)\N{COMBINING CIRCUMFLEX ACCENT}", r"\\hat{\1}", written)
    written = re.sub(r"_(?:\(([^)]*)\)|([0-9A-Za-z]+))", lambda found: f"_{{{found[1] or found[2]}}}", written)
    signs = (_TEX_SIGNS.get(sign) or (f"{_TEX_GREEK[sign]} " if sign in _TEX_GREEK else sign) for sign in written)
    return "".join(signs).rstrip()
