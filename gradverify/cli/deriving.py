"""`gradverify derive`: shows a derivation line by line; with `--steps` proves every line, with `--emit` writes its code."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from gradverify.cli.output import add_color, console, progress
from gradverify.errors import UsageError

if TYPE_CHECKING:
    from gradverify.derivation.records import Derivation

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "derive",
        help="a derivation, line by line",
        description="Show a derivation line by line, with the rule and the reason for each line.",
    )
    parser.add_argument("name", metavar="NAME|FILE.py", help="an op of `gradverify list`, or your own derivation file")
    parser.add_argument("--format", choices=("text", "latex", "markdown"), default="text", help="default: text")
    parser.add_argument("--emit", choices=("numpy",), help="print code instead, once every line is proved")
    parser.add_argument("--steps", action="store_true", help="prove every line: kernel, cutoff sizes, SymPy")
    add_color(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the derivation or its code, or all that stand in a file; the exit code is the proof's with `--steps`, else 0."""
    if arguments.steps and arguments.format != "text":
        raise UsageError(f"--steps goes with --format text, not with {arguments.format}")
    if arguments.emit and (arguments.steps or arguments.format != "text"):
        raise UsageError("--emit prints code: give it without --steps and --format")
    derivations = _derivations(arguments.name)
    if arguments.emit:
        return _emit(derivations)
    if arguments.format == "text":
        return _show(derivations, arguments)
    from gradverify.derivation import notation

    write = {"latex": notation.derivation_latex, "markdown": notation.derivation_markdown}[arguments.format]
    print("\n".join(write(derivation) for derivation in derivations), end="")
    return 0


def _derivations(name: str) -> list[Derivation]:
    from gradverify.derivation.library import find, read

    if not (name.endswith(".py") or "/" in name or "\\" in name):
        return [find(name)]
    from gradverify.adapters.target import existing_file

    found = list(read(existing_file(name)))
    if not found:
        raise UsageError(f"{name}: no derivation stands in this file; bind a `Derivation` to a name at its top level")
    return found


def _emit(derivations: list[Derivation]) -> int:
    from gradverify.derivation.emit import numpy_module
    from gradverify.witnesses.proof import prove

    proofs = []
    for derivation in derivations:
        with progress(f"proving {derivation.name}"):
            proofs.append(prove(derivation))
    print(numpy_module(proofs), end="")
    return 0


def _show(derivations: list[Derivation], arguments: argparse.Namespace) -> int:
    from gradverify.model import Outcome
    from gradverify.report.steps import show_derivation

    target = console(arguments)
    outcomes = set()
    for place, derivation in enumerate(derivations):
        if place:
            target.print()
        if not arguments.steps:
            show_derivation(derivation, target)
            continue
        from gradverify.witnesses.proof import prove

        with progress(f"proving {derivation.name}"):
            proof = prove(derivation)
        show_derivation(proof, target, steps=True)
        outcomes.add(proof.outcome)
    return 1 if Outcome.REFUTED in outcomes else 3 if Outcome.UNDECIDED in outcomes else 0
