"""`gradverify check`: checks ops and reports on each, once every request and every file is known to make sense."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gradverify.cli.formats import Outputs, add_formats, outputs
from gradverify.cli.output import add_color, console, progress
from gradverify.cli.picturing import picture
from gradverify.errors import UsageError

if TYPE_CHECKING:
    from gradverify.derivation.records import Derivation
    from gradverify.model import Report

__all__ = ["Asked", "add", "check_one", "deliver", "derivations_in", "run"]

_DESCRIPTION = """\
Check ops. NAME is an op of `gradverify list`. TARGET is your own class with
static forward(context, ...) and backward(context, ...), given as
path/to/file.py:CLASS or package.module:CLASS; or a file of derivations, with
the ops that they name.
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("check", help="check ops: yours or those of the list", description=_DESCRIPTION)
    parser.add_argument("targets", nargs="*", metavar="NAME|TARGET", help="what to check")
    parser.add_argument("--all", action="store_true", help="check every op of the list")
    parser.add_argument(
        "--shape", action="append", default=[], metavar="3x4", help="an input's shape; once for each input, in order"
    )
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a keyword of the op, such as axis=1"
    )
    parser.add_argument("--strict", action="store_true", help="a warning about accuracy or conduct is an error")
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="where random cases start; default: 0")
    add_color(parser)
    add_formats(parser)
    parser.set_defaults(run=run)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 on, got {text!r}")
    return int(text)


class Asked(NamedTuple):
    """One op to check: what it is, and the text that asks for it."""

    target: str | Derivation
    text: str


def run(arguments: argparse.Namespace) -> int:
    """Check everything that was asked for and return the worst exit code: 1, then 3, then 0."""
    wanted = outputs(arguments)
    asked = _requested(arguments)
    reports = _reports(asked, arguments)
    return deliver(zip(asked, reports, strict=True), wanted, arguments)


def deliver(found: Iterable[tuple[Asked, Report]], wanted: Outputs, arguments: argparse.Namespace) -> int:
    """Print each report as it comes, unless stdout is taken, and write the files; gives the exit code."""
    from gradverify.report.page import Pictured
    from gradverify.report.terminal import show, show_verdict
    from gradverify.report.to_json import worst_exit_code

    screen = None if wanted.take_stdout else console(arguments)
    done: list[Pictured] = []
    for asked, report in found:
        if screen is not None and arguments.quiet:
            show_verdict(report, screen)
        elif screen is not None:
            if done:
                screen.print()
            show(report, screen)
        sys.stdout.flush()
        done.append(picture(report, asked.target) if wanted.pictured else Pictured(report))
    wanted.write(done)
    return worst_exit_code([each.report for each in done])


def _requested(arguments: argparse.Namespace) -> Sequence[Asked]:
    """The targets, a derivation file as its derivations; raises `UsageError` for whatever is wrong with any of them."""
    from gradverify.adapters import adapt, parse_parameter, parse_shape
    from gradverify.derivation.library import find, library

    targets: list[str] = [*dict.fromkeys(arguments.targets)]
    if arguments.all:
        if targets:
            raise UsageError(f"--all checks every op of the list: leave out {' '.join(arguments.targets)}")
        targets = list(library())
    if not targets:
        raise UsageError("nothing to check: name an op, FILE.py:CLASS, or --all; `gradverify list` shows the ops")
    if len(targets) > 1 and (arguments.shape or arguments.param):
        raise UsageError("--shape and --param belong to one op: check one at a time with them")
    for shape in arguments.shape:
        parse_shape(shape)
    parameters = dict(parse_parameter(parameter) for parameter in arguments.param)
    found: list[Asked] = []
    for target in targets:
        derivations = derivations_in(target)
        if not derivations and _is_path(target):
            adapt(target, parameters=parameters, input_count=len(arguments.shape) or None)
        elif not derivations:
            find(target)
        found += [Asked(each, target) for each in derivations] or [Asked(target, target)]
    return found


def derivations_in(target: str) -> list[Derivation]:
    """The derivations in a file that is named without a class; none in a file of ops."""
    from gradverify.derivation.library import read

    return list(read(target)) if target.endswith(".py") and ":" not in target and os.path.isfile(target) else []


def _is_path(target: str) -> bool:
    return ":" in target or target.endswith(".py") or "/" in target


def _reports(asked: Sequence[Asked], arguments: argparse.Namespace) -> Iterator[Report]:
    for place, each in enumerate(asked, 1):
        counted = f" ({place} of {len(asked)})" if len(asked) > 1 else ""
        yield check_one(
            each,
            counted,
            shapes=arguments.shape,
            parameters=arguments.param,
            seed=arguments.seed,
            strict=arguments.strict,
        )


def check_one(asked: Asked, counted: str = "", **options: Any) -> Report:
    """One check, with its progress shown; the report's request is the text that was typed."""
    from dataclasses import replace

    from gradverify.checker import check

    name = asked.target if isinstance(asked.target, str) else asked.target.name
    with progress(f"checking {name}{counted}"):
        report = check(asked.target, **options)
    if report.request is None or report.request.target:
        return report
    return replace(report, request=replace(report.request, target=asked.text))
