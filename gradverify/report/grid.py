"""Which entries of a gradient are wrong, as a grid of characters with rulers, cut to what a terminal can show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gradverify.model import Entries

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "Window", "as_grid", "notes", "window_of"]

MOST_ROWS, MOST_COLUMNS = 16, 32
RIGHT, WRONG = ".", "#"


@dataclass(frozen=True)
class Window:
    """The part of the entries that is shown: one plane of the last two axes, cut to a rectangle of it."""

    leading: tuple[int, ...]
    """The indices of the axes before the last two."""
    rows: range
    columns: range
    height: int
    width: int
    wrong_elsewhere: int
    """Wrong entries that lie outside of what is shown."""
    offset: int
    """Where the plane starts among the entries in C order."""
    vector: bool
    """Whether the array has one axis: its entries are the columns of one row."""

    def place(self, row: int, column: int) -> int:
        """Where this entry stands among all in C order."""
        return self.offset + row * self.width + column

    def index(self, row: int, column: int) -> str:
        """The entry as NumPy indexes it: `[1, 0, 2]`."""
        own = (column,) if self.vector else (row, column)
        return f"[{', '.join(map(str, (*self.leading, *own)))}]"


def window_of(entries: Entries, most_rows: int = MOST_ROWS, most_columns: int = MOST_COLUMNS) -> Window | None:
    """The part to show: the first plane that has a wrong entry, and in it a part that has one.

    None for a single entry, an empty array, and entries that do not fit their own shape.
    """
    shape = entries.shape
    size = math.prod(shape)
    if size < 2 or {size} != {len(entries.got), len(entries.expected), len(entries.wrong)}:
        return None
    height, width = (1, shape[0]) if len(shape) == 1 else shape[-2:]
    first = entries.wrong.index(True) if True in entries.wrong else 0
    plane = first // (height * width)
    offset = plane * height * width
    wrong = entries.wrong[offset : offset + height * width]
    rows, columns = _rectangle(wrong, height, width, most_rows, most_columns)
    inside = sum(wrong[row * width + column] for row in rows for column in columns)
    return Window(
        _unravelled(plane, shape[:-2]),
        rows,
        columns,
        height,
        width,
        sum(entries.wrong) - inside,
        offset,
        len(shape) == 1,
    )


def _rectangle(
    wrong: Sequence[bool], height: int, width: int, most_rows: int, most_columns: int
) -> tuple[range, range]:
    """The corner at the origin if it has a wrong entry, else a part that starts at the first wrong one."""
    rows, columns = range(min(height, most_rows)), range(min(width, most_columns))
    if any(wrong[row * width + column] for row in rows for column in columns) or True not in wrong:
        return rows, columns
    row, column = divmod(wrong.index(True), width)
    return _shifted(rows, row, height), _shifted(columns, column, width)


def _shifted(part: range, wanted: int, side: int) -> range:
    """The range moved, if it must be, so that it has the wanted index and stays within the side."""
    start = 0 if wanted in part else min(wanted, side - len(part))
    return range(start, start + len(part))


def _unravelled(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    indices: list[int] = []
    for side in reversed(shape):
        place, index = divmod(place, side)
        indices.insert(0, index)
    return tuple(indices)


def as_grid(entries: Entries, width: int = 80) -> list[str]:
    """The grid as lines of ASCII, with notes below it on what is not shown; nothing where there is nothing to see.

    The grid takes at most this many columns of text, the notes may take more.
    """
    labels = max(map(len, map(str, entries.shape)), default=0) + 2
    window = window_of(entries, most_columns=max(1, min(MOST_COLUMNS, (width - labels) // 2)))
    if window is None:
        return []
    margin = 0 if window.vector else len(str(window.rows[-1])) + 2
    lines = [" " * margin + ruler for ruler in _rulers(window.columns)]
    for row in window.rows:
        label = "" if window.vector else f"{row:>{margin - 2}}  "
        signs = (WRONG if entries.wrong[window.place(row, column)] else RIGHT for column in window.columns)
        lines.append(label + " ".join(signs))
    return [*lines, *notes(entries, window)]


def _rulers(columns: range) -> Iterator[str]:
    """The last digit of every column, and above it the whole number of every tenth and of a first that is not 0."""
    tens = ""
    for offset, column in enumerate(columns):
        labelled = column and (column % 10 == 0 or not offset)
        if labelled and (not tens or len(tens) < 2 * offset):
            tens = f"{tens:<{2 * offset}}{column}"
    if tens:
        yield tens
    yield " ".join(str(column % 10) for column in columns)


def notes(entries: Entries, window: Window) -> Iterator[str]:
    """What the reader does not see: other planes, rows, columns and wrong entries."""
    if window.leading:
        plane = ", ".join([*map(str, window.leading), ":", ":"])
        yield f"this is [{plane}] of shape {entries.shape}"
    cut = []
    if len(window.rows) < window.height:
        cut.append(f"rows {window.rows[0]} to {window.rows[-1]} of {window.height}")
    if len(window.columns) < window.width:
        kind = "entries" if window.vector else "columns"
        cut.append(f"{kind} {window.columns[0]} to {window.columns[-1]} of {window.width}")
    if cut:
        yield f"shown: {', '.join(cut)}"
    if window.wrong_elsewhere:
        are = "entry is" if window.wrong_elsewhere == 1 else "entries are"
        yield f"{window.wrong_elsewhere} more {are} wrong, not shown here"
