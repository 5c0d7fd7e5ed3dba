"""The forms that reports are written in, besides the terminal's: their options, and what is written where."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gradverify.cli.files import STDOUT, check_writable, write
from gradverify.errors import UsageError

if TYPE_CHECKING:
    from gradverify.model import Report
    from gradverify.report.page import Pictured

__all__ = ["Outputs", "add_formats", "outputs"]

_HELP = {
    "junit": "JUnit XML, for CI",
    "markdown": "Markdown, for the summary of a CI run",
    "sarif": "SARIF 2.1.0, for code scanning",
    "html": "one self-contained page, with pictures",
}


def add_formats(parser: argparse.ArgumentParser) -> None:
    """Give a command the options for every form; `-` as a file is stdout."""
    group = parser.add_argument_group("reports", "several at once are fine; FILE may be - for stdout")
    form = group.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="JSON on stdout, instead of text")
    form.add_argument("--quiet", action="store_true", help="only the verdicts, one line each")
    group.add_argument("--json-file", metavar="FILE", help="JSON, which `gradverify replay` reads")
    for name, text in _HELP.items():
        group.add_argument(f"--{name}", metavar="FILE", help=text)


class Outputs(NamedTuple):
    """What is to be written: pairs of a form and a path."""

    wanted: tuple[tuple[str, str], ...]

    @property
    def take_stdout(self) -> bool:
        """Whether one of them is written to stdout, so that no text may be."""
        return any(path == STDOUT for _, path in self.wanted)

    @property
    def pictured(self) -> bool:
        """Whether pictures and derivations are wanted beside the reports."""
        return any(form == "html" for form, _ in self.wanted)

    def write(self, reports: Sequence[Pictured]) -> None:
        """Write all of them."""
        for form, path in self.wanted:
            write(path, _text(form, reports))


def outputs(arguments: argparse.Namespace) -> Outputs:
    """What the arguments ask for; raises `UsageError` where it cannot be written."""
    given = [("json", STDOUT)] if arguments.json else []
    options = [("json", "--json-file", arguments.json_file)]
    options += [(name, f"--{name}", getattr(arguments, name)) for name in _HELP]
    named: dict[str, str] = {STDOUT: "--json"} if arguments.json else {}
    for form, option, path in options:
        if path is None:
            continue
        check_writable(path, option)
        place = path if path == STDOUT else os.path.realpath(path)
        if place in named:
            both = "stdout" if path == STDOUT else path
            raise UsageError(f"{named[place]} and {option} both write to {both}: give each a file of its own")
        named[place] = option
        given.append((form, path))
    found = Outputs(tuple(given))
    if arguments.quiet and found.take_stdout:
        raise UsageError("--quiet prints to stdout, where a report is to be written: leave it out")
    return found


def _text(form: str, pictured: Sequence[Pictured]) -> str:
    reports = [each.report for each in pictured]
    if form == "html":
        from gradverify.report.page import as_page

        return as_page(pictured)
    return _plain(form)(reports)


def _plain(form: str) -> Callable[[Sequence[Report]], str]:
    """The function that writes a form which needs nothing but the reports."""
    if form == "json":
        from gradverify.report.to_json import as_json

        return as_json
    if form == "junit":
        from gradverify.report.junit import as_junit

        return as_junit
    if form == "markdown":
        from gradverify.report.markdown import as_markdown

        return as_markdown
    from gradverify.report.sarif import as_sarif

    return as_sarif
