"""Prints every measured figure beside the wanted one; nothing fails here, a slow machine is no mistake."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Record = Callable[[str, str, str], None]

_FIGURES: list[tuple[str, str, str]] = []


@pytest.fixture
def figure() -> Record:
    def record(what: str, measured: str, wanted: str) -> None:
        _FIGURES.append((what, measured, wanted))

    return record


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _FIGURES:
        return
    terminalreporter.section("figures")
    rows = [("figure", "measured", "wanted"), *_FIGURES]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        terminalreporter.write_line(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
