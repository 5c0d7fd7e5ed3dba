"""The console that everything is printed to: how wide it is, whether it has colour, what its encoding can write."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from gradverify.model import Outcome
from gradverify.report.characters import writable
from gradverify.report.escape import printable

__all__ = ["NARROWEST", "STYLES", "Page", "Piece", "console_for", "held", "wrap"]

WIDEST = 100
"""Columns used of a wide terminal: longer lines are hard to read."""

NARROWEST = 16
"""Columns that a wrapped cell gets even where the console is narrower."""

STYLES = {
    Outcome.HOLDS: "green",
    Outcome.REFUTED: "bold red",
    Outcome.UNDECIDED: "yellow",
    Outcome.NOT_APPLICABLE: "dim",
    Outcome.WARNING: "yellow",
}

_HELD = "\N{NO-BREAK SPACE}"

Piece = str | tuple[str, str]
"""Plain text, or text with a style."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the caller: rich would exit with 1, which here means REFUTED."""
        raise BrokenPipeError


def console_for(stream: TextIO, *, color: bool = True) -> Console:
    """A console for this stream. Off a terminal it has no colour and 80 columns, unless COLUMNS says otherwise.

    NO_COLOR, a dumb terminal and `color=False` leave the colour out, too.
    """
    terminal = stream.isatty()
    colorless = not (color and terminal) or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdigit() and int(columns) > 0 else None if terminal else 80
    console = _Console(
        file=stream,
        color_system=None if colorless else "auto",
        force_terminal=terminal,
        force_jupyter=False,
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    if terminal and console.width > WIDEST:
        console.width = WIDEST
    return console


def held(words: str) -> str:
    """The words held together: they stay on one line."""
    return words.replace(" ", _HELD)


class Page:
    """Writes to a console. All text goes through here: none of it fails to be encoded, is markup, or commands the terminal.

    Lines are laid out here and not by rich's tables, which fill every line up with spaces. A no-break space holds a
    line together and is written as a space.
    """

    def __init__(self, console: Console) -> None:
        """Write to this console."""
        self.console = console

    def text(self, *pieces: Piece) -> Text:
        """Pieces put together, in characters that the output can write."""
        made = Text()
        for piece in pieces:
            words, style = (piece, "") if isinstance(piece, str) else piece
            parts = printable(words).replace("\t", "    ").split(_HELD)
            made.append(_HELD.join(writable(part, self.console.encoding) for part in parts), style=style)
        return made

    def line(self, *pieces: Piece) -> None:
        """One line, never wrapped; an empty one without pieces."""
        self.console.print(_spaced(self.text(*pieces)), soft_wrap=True)

    def verbatim(self, lines: str, indent: int = 0) -> None:
        """Lines for copying: never wrapped."""
        for line in lines.rstrip("\n").split("\n"):
            self.line(" " * indent + line if line else "")

    def rows(self, *rows: tuple[Text, ...], indent: int = 0, gap: int = 2, hang: int = 0) -> None:
        """Cells in columns; the last column is wrapped, its further lines `hang` columns to the right."""
        widths = [max(row[column].cell_len for row in rows) for column in range(len(rows[0]) - 1)]
        room = self.console.width - indent - sum(widths) - gap * len(widths)
        for row in rows:
            wrapped = wrap(row[-1], max(room, NARROWEST), hang)
            self.columns(*([cell] for cell in row[:-1]), wrapped, widths=widths, indent=indent, gap=gap)

    def columns(self, *cells: Sequence[Text], widths: Sequence[int], indent: int = 0, gap: int = 2) -> None:
        """Cells of several lines each, side by side: each but the last filled up to its width."""
        for lines in zip_longest(*cells, fillvalue=Text()):
            made = Text(" " * indent)
            for line, width in zip(lines, [*widths, 0], strict=False):
                made.append_text(line)
                made.append(" " * (width - line.cell_len + gap))
            made.rstrip()
            self.console.print(_spaced(made), soft_wrap=True)


def _spaced(line: Text) -> Text:
    line.plain = line.plain.replace(_HELD, " ")
    return line


def wrap(text: Text, width: int, hang: int = 0) -> list[Text]:
    """The text in lines of at most this many columns, broken at spaces; the further lines of a paragraph hang.

    A word wider than that is broken at its no-break spaces if it has any, else it keeps its line to itself.
    """
    paragraphs = text.split("\n", allow_blank=True) or [text]
    return [line for paragraph in paragraphs for line in _wrapped(paragraph, width, hang)]


def _wrapped(paragraph: Text, width: int, hang: int) -> list[Text]:
    if any(cell_len(word) > width - hang for word in paragraph.plain.split(" ")):
        paragraph = _spaced(paragraph)
    lines: list[Text] = []
    start = end = 0
    for word in re.finditer(r"[^ ]+", paragraph.plain):
        margin = hang if lines else 0
        if end > start and margin + paragraph[start : word.end()].cell_len > width:
            lines.append(Text(" " * margin).append_text(paragraph[start:end]))
            start = word.start()
        end = word.end()
    return [*lines, Text(" " * (hang if lines else 0)).append_text(paragraph[start:end])]
