"""What the commands share: the console for stdout, and the progress line on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

__all__ = ["add_color", "console", "progress"]


def add_color(parser: argparse.ArgumentParser) -> None:
    """Give a command the option `--no-color`."""
    parser.add_argument(
        "--no-color", action="store_true", help="no colours (also with NO_COLOR set, or off a terminal)"
    )


def console(arguments: argparse.Namespace) -> Console:
    """The console for stdout."""
    from gradverify.report.console import console_for

    return console_for(sys.stdout, color=not arguments.no_color)


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show what is being done while it is being done, if stderr is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from gradverify.report.console import console_for

    with console_for(sys.stderr).status(what):
        yield
