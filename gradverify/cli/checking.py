"""`gradverify check`: checks ops and prints a report on each, once every request is known to make sense."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gradverify.cli.output import add_color, console, progress
from gradverify.errors import UsageError

if TYPE_CHECKING:
    from gradverify.derivation.records import Derivation
    from gradverify.model import Report

__all__ = ["add", "run"]

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
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="the reports as one JSON document")
    form.add_argument("--quiet", action="store_true", help="only the verdicts, one line each")
    add_color(parser)
    parser.set_defaults(run=run)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 on, got {text!r}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Check everything that was asked for and return the worst exit code: 1, then 3, then 0."""
    targets = _requested(arguments)
    reports = _reports(targets, arguments)
    if arguments.json:
        return _print_json(list(reports))
    return _worst(_print_text(reports, arguments))


def _worst(codes: Sequence[int]) -> int:
    return 1 if 1 in codes else max(codes)


def _requested(arguments: argparse.Namespace) -> Sequence[str | Derivation]:
    """The targets, a derivation file as its derivations; raises `UsageError` for whatever is wrong with any of them."""
    from gradverify.adapters import adapt, parse_parameter, parse_shape
    from gradverify.derivation.library import find, library

    targets: list[str | Derivation] = [*dict.fromkeys(arguments.targets)]
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
    found: list[str | Derivation] = []
    for target in targets:
        assert isinstance(target, str)
        derivations = _derivations(target)
        if not derivations and _is_path(target):
            adapt(target, parameters=parameters, input_count=len(arguments.shape) or None)
        elif not derivations:
            find(target)
        found += derivations or [target]
    return found


def _derivations(target: str) -> list[Derivation]:
    """The derivations in a file that is named without a class; none in a file of ops."""
    from gradverify.derivation.library import read

    return list(read(target)) if target.endswith(".py") and ":" not in target and os.path.isfile(target) else []


def _is_path(target: str) -> bool:
    return ":" in target or target.endswith(".py") or "/" in target


def _reports(targets: Sequence[str | Derivation], arguments: argparse.Namespace) -> Iterator[Report]:
    from gradverify.checker import check

    for place, target in enumerate(targets, 1):
        counted = f" ({place} of {len(targets)})" if len(targets) > 1 else ""
        name = target if isinstance(target, str) else target.name
        with progress(f"checking {name}{counted}"):
            report = check(
                target, shapes=arguments.shape, parameters=arguments.param, seed=arguments.seed, strict=arguments.strict
            )
        yield report


def _print_json(reports: list[Report]) -> int:
    from gradverify.report.to_json import SCHEMA, as_dict

    code = _worst([report.verdict.exit_code for report in reports])
    document = {"schema": SCHEMA, "exit_code": code, "reports": [as_dict(report) for report in reports]}
    print(json.dumps(document, indent=2, allow_nan=False))
    return code


def _print_text(reports: Iterator[Report], arguments: argparse.Namespace) -> list[int]:
    from gradverify.report.terminal import show, show_verdict

    target = console(arguments)
    codes: list[int] = []
    for report in reports:
        if arguments.quiet:
            show_verdict(report, target)
        else:
            if codes:
                target.print()
            show(report, target)
        codes.append(report.verdict.exit_code)
        sys.stdout.flush()
    return codes
