"""Makes text from outside harmless in HTML, XML and Markdown: no name, message or value may become markup."""

from __future__ import annotations

import re
from html import escape

__all__ = ["as_code_block", "in_html", "in_markdown", "in_xml", "in_xml_attribute", "printable"]

# What XML 1.0 cannot hold at all, not even escaped; a terminal's control sequences are among it.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text with a replacement for every control character but tab and line end."""
    return _NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def in_html(text: str) -> str:
    """Text for an element or a quoted attribute."""
    return escape(printable(text), quote=True)


def in_xml(text: str) -> str:
    """Text for an element."""
    return escape(printable(text), quote=False)


def in_xml_attribute(text: str) -> str:
    """Text for an attribute in double quotes; line ends and tabs stay what they are."""
    return in_xml(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def in_markdown(text: str) -> str:
    """Text for one line or one cell of a table in GitHub's Markdown."""
    line = " ".join(printable(text).split())
    line = re.sub(r"([\\`*_\[\]~$#!])", r"\\\1", line)
    return escape(line, quote=False).replace("|", "&#124;").replace("@", "&#64;")


def as_code_block(text: str, language: str = "") -> str:
    """A fenced block whose fence is longer than any in the text."""
    clean = printable(text).rstrip("\n")
    longest = max((len(run) for run in re.findall("`+", clean)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{clean}\n{fence}"
