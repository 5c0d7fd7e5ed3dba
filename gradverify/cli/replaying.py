"""`gradverify replay`: runs the checks of a JSON report again and says whether they tried the very same cases."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gradverify.cli.checking import Asked, check_one, deliver, derivations_in
from gradverify.cli.formats import Outputs, add_formats, outputs
from gradverify.cli.output import add_color, console
from gradverify.errors import UsageError

if TYPE_CHECKING:
    from gradverify.model import Report
    from gradverify.report.recorded import Recorded

__all__ = ["add", "run"]

_DESCRIPTION = """\
Run the checks of a report again, as recorded by `gradverify check --json`:
the same ops, shapes, parameters and seed. Says for every witness whether it
tried the very same cases, and the verdict then and now. Run it in the folder
where the report was made: paths in it are relative to that.
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("replay", help="the checks of a JSON report, again", description=_DESCRIPTION)
    parser.add_argument("report", metavar="REPORT.json", help="the report, or - for stdin")
    add_color(parser)
    add_formats(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check again all that the report holds; the exit code is that of the new checks."""
    wanted = outputs(arguments)
    recorded = _read(arguments.report)
    asked = [_asked(each, arguments.report) for each in recorded]
    return deliver(_again(asked, recorded, wanted, arguments), wanted, arguments)


def _read(path: str) -> Sequence[Recorded]:
    from gradverify.report.recorded import read_reports

    try:
        if path == "-":
            text = sys.stdin.read()
        else:
            with open(path, encoding="utf-8") as file:
                text = file.read()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: it is not JSON: its bytes are not UTF-8") from None
    try:
        return read_reports(text)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _asked(recorded: Recorded, path: str) -> Asked:
    """What is to be checked again; raises `UsageError` where it is not to be found any more."""
    from gradverify.adapters import adapt, parse_parameter, parse_shape
    from gradverify.derivation.library import find

    request = recorded.request
    derivations = derivations_in(request.target)
    if derivations:
        for derivation in derivations:
            if derivation.name == recorded.name:
                return Asked(derivation, request.target)
        raise UsageError(f"{path}: {request.target} has no derivation called {recorded.name!r} any more")
    try:
        for shape in request.shapes:
            parse_shape(shape)
        parameters = dict(map(parse_parameter, request.parameters))
        if ":" in request.target or "/" in request.target or request.target.endswith(".py"):
            adapt(request.target, parameters=parameters, input_count=len(request.shapes) or None)
        else:
            find(request.target)
    except UsageError as error:
        raise UsageError(f"{path}: {recorded.name!r} cannot be checked again: {error}") from None
    return Asked(request.target, request.target)


def _again(
    asked: Sequence[Asked], recorded: Sequence[Recorded], wanted: Outputs, arguments: argparse.Namespace
) -> Iterator[tuple[Asked, Report]]:
    """Each new report; what comes of the comparison is printed once the report itself is."""
    from gradverify.report.console import Page, console_for
    from gradverify.report.replayed import in_one_line, show_replay

    target = console_for(sys.stderr) if wanted.take_stdout else console(arguments)
    for place, (each, record) in enumerate(zip(asked, recorded, strict=True), 1):
        request = record.request
        counted = f" ({place} of {len(asked)})" if len(asked) > 1 else ""
        report = check_one(
            each,
            counted,
            shapes=list(request.shapes),
            parameters=list(request.parameters),
            seed=request.seed,
            strict=request.strict,
        )
        yield each, report
        if arguments.quiet:
            Page(target).line(f"  replayed: {in_one_line(record, report)}")
        else:
            show_replay(record, report, Page(target))
