"""The arguments of the command line, with errors in gradverify's own style; imports nothing but argparse."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from typing import Any, NoReturn

from gradverify._version import __version__
from gradverify.cli import checking, deriving, listing, replaying
from gradverify.errors import UsageError

__all__ = ["parse"]

_DESCRIPTION = """\
Checks backward passes: the derivation on paper, for all array sizes, and the
NumPy code that implements it.
"""

_EPILOG = """\
examples:
  gradverify check normalize                 an op that ships with gradverify
  gradverify check mypkg/ops.py:Normalize    your own op, unchanged
  gradverify derive normalize --steps        the derivation, every line proved
  gradverify replay report.json              a JSON report's checks, again

exit codes:
  0 right, as strongly as the verdict says
  1 REFUTED   2 usage or load error   3 UNDECIDED
"""


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; `{self.prog} --help` shows what there is")


def parse(argv: Sequence[str]) -> argparse.Namespace | None:
    """Read the arguments; `run` of the result is the command. `None` once the help or the version is printed.

    Raises `UsageError` for everything that argparse refuses.
    """
    parser = _Parser(prog="gradverify", description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"gradverify {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in (checking, deriving, listing, replaying):
        module.add(commands)
    known = list(commands.choices)
    _know_command(argv, known)
    try:
        arguments = parser.parse_args(argv)
    except SystemExit:  # argparse's way to end after --help and --version
        return None
    if not hasattr(arguments, "run"):
        raise UsageError(
            f"no command given: the commands are {', '.join(known)}; `gradverify --help` says what they do"
        )
    return arguments


def _know_command(argv: Sequence[str], known: Sequence[str]) -> None:
    """Raise `UsageError` with the nearest command if the first word is none: argparse would only list them."""
    given = next((argument for argument in argv if not argument.startswith("-")), None)
    if given is None or given in known:
        return
    near = difflib.get_close_matches(given, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"the commands are {', '.join(known)}"
    if ":" in given:
        hint = f"did you mean `gradverify check {given}`?"
    raise UsageError(f"no command is called {given!r}: {hint}")
