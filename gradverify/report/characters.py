"""What to write where the output's encoding lacks a character: `ȳ_ij` becomes `y_bar_ij`, `✓` becomes `+`."""

from __future__ import annotations

import codecs
import unicodedata
from typing import TextIO

__all__ = ["never_fail", "writable"]

_ASCII = {
    "✓": "+", "✗": "x", "\N{COMBINING MACRON}": "_bar", "\N{COMBINING CIRCUMFLEX ACCENT}": "_hat",
    "Σ": "Sum", "∂": "d", "′": "'", "√": "sqrt ", "−": "-", "×": "x", "·": "*", "⊙": ".*", "ᵀ": "^T", "°": "deg",
    "≠": "!=", "≤": "<=", "≥": ">=", "≈": "~", "∞": "inf", "→": "->", "…": "...", "–": "-", "—": "-",
    "⟨": "<", "⟩": ">", "‘": "'", "’": "'", "“": '"', "”": '"', "±": "+/-", "∇": "grad",
    "⁻": "^-", "\N{NO-BREAK SPACE}": " ",
}  # fmt: skip


def _encodable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def writable(text: str, encoding: str) -> str:
    """The text with every character that `encoding` lacks written in others; unchanged where it lacks none."""
    if _encodable(text, encoding):
        return text
    return "".join(sign if _encodable(sign, encoding) else _replacement(sign) for sign in text)


def _replacement(sign: str) -> str:
    if sign in _ASCII:
        return _ASCII[sign]
    taken_apart = unicodedata.normalize("NFD", sign)
    if len(taken_apart) > 1:  # ȳ is y and a macron
        return "".join(part if part.isascii() else _replacement(part) for part in taken_apart)
    kind, *codes = unicodedata.decomposition(sign).split() or [""]
    if kind in ("<super>", "<sub>"):
        return ("^" if kind == "<super>" else "_") + "".join(chr(int(code, 16)) for code in codes)
    name = unicodedata.name(sign, "")
    if name.startswith("GREEK"):
        letter = name.split()[-1]
        return letter.capitalize() if "CAPITAL" in name else letter.lower()
    return "?"


def _handler(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_replacement(sign) for sign in error.object[error.start : error.end]), error.end


def never_fail(stream: TextIO) -> None:
    """Make a stream whose encoding is not Unicode write replacements instead of raising `UnicodeEncodeError`."""
    encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
    if not encoding.startswith("utf") and hasattr(stream, "reconfigure"):
        codecs.register_error("gradverify", _handler)
        stream.reconfigure(errors="gradverify")
