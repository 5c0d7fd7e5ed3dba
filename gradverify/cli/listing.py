"""`gradverify list`: the derivations there are, with title, family (the file they stand in) and number of steps."""

from __future__ import annotations

import argparse
import json
import os
from typing import TYPE_CHECKING, Any

from gradverify.cli.output import add_color, console

if TYPE_CHECKING:
    from gradverify.derivation.records import Derivation

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("list", help="the ops that have a derivation", description="List the derivations.")
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_color(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the list."""
    from gradverify.derivation.library import library

    derivations = list(library().values())
    if arguments.json:
        print(json.dumps({"schema": 1, "derivations": [_as_dict(derivation) for derivation in derivations]}, indent=2))
        return 0
    _show(derivations, arguments)
    return 0


def _as_dict(derivation: Derivation) -> dict[str, Any]:
    return {
        "name": derivation.name,
        "title": derivation.title,
        "family": family(derivation),
        "inputs": [str(array.label) for array in derivation.inputs],
        "steps": derivation.steps,
    }


def family(derivation: Derivation) -> str:
    """The name of the file that the derivation stands in; empty for one without steps."""
    locations = [step.location for chain in derivation.chains for step in chain.steps]
    return os.path.splitext(os.path.basename(locations[0].rpartition(":")[0]))[0] if locations else ""


def _show(derivations: list[Derivation], arguments: argparse.Namespace) -> None:
    from gradverify.report.console import Page

    page = Page(console(arguments))
    rows = [tuple(page.text((name, "dim")) for name in ("name", "family", "steps", "title"))]
    rows += [
        (
            page.text((derivation.name, "bold")),
            page.text(family(derivation)),
            page.text(f"{derivation.steps:>5}"),
            page.text(derivation.title),
        )
        for derivation in derivations
    ]
    page.rows(*rows, indent=2)
