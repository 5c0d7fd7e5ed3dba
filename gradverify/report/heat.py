"""A gradient beside the true one as an HTML table whose cells are shaded by how wrong they are; the mark ✗ says it, too."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradverify.model import Entries
from gradverify.report.escape import in_html
from gradverify.report.grid import Window, notes, window_of

__all__ = ["heat_map"]

MOST_NUMBERS = 8
"""Up to this many rows and columns every cell holds its numbers; beyond, only its mark."""


def heat_map(entries: Entries) -> Iterator[str]:
    """The table with a caption; nothing where there is but one entry."""
    window = window_of(entries)
    if window is None:
        return
    numbers = len(window.rows) <= MOST_NUMBERS and len(window.columns) <= MOST_NUMBERS
    said = "✗ is wrong, · is right; the darker, the further off"
    said += "; got above, expected below it" if numbers else ""
    yield f'<p class="soft">The gradient of {in_html(entries.name)}: {said}.</p>'
    yield '<div class="scroll"><table class="heat"><tbody>'
    head = "".join(f'<th scope="col">{column}</th>' for column in window.columns)
    yield f'<tr><td class="corner"></td>{head}</tr>'
    for row in window.rows:
        cells = "".join(_cell(entries, window, row, column, numbers) for column in window.columns)
        yield f'<tr><th scope="row">{"" if window.vector else row}</th>{cells}</tr>'
    yield "</tbody></table></div>"
    for note in notes(entries, window):
        yield f'<p class="soft">{in_html(note)}</p>'


def _cell(entries: Entries, window: Window, row: int, column: int, numbers: bool) -> str:
    place = window.place(row, column)
    got, expected, wrong = entries.got[place], entries.expected[place], entries.wrong[place]
    title = f"{window.index(row, column)}: got {got!r}, expected {expected!r}"
    shade = f' class="w{_shade(got, expected)}"' if wrong else ""
    mark = "✗" if wrong else "·"
    text = f"{mark} {got:.3g}<small>{expected:.3g}</small>" if numbers else mark
    return f'<td{shade} title="{in_html(title)}">{text}</td>'


def _shade(got: float, expected: float) -> int:
    """1 to 4: off by less than a thousandth, less than a tenth, less than the value itself, or more."""
    if not (math.isfinite(got) and math.isfinite(expected)):
        return 4
    share = abs(got - expected) / max(abs(expected), 1e-300)
    return 1 + sum(share >= bound for bound in (1e-3, 0.1, 1.0))
