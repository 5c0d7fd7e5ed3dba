"""The command line: reads the arguments, runs one command, and turns every ending into one of the exit codes.

0 green, 1 REFUTED, 2 usage or load error (one message on stderr), 3 UNDECIDED; 130 after Ctrl-C, 141 when the reader of
the output went away. Nothing heavy is imported before a command runs, so `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from gradverify.cli.parser import parse
from gradverify.errors import GradverifyError

__all__ = ["main"]

USAGE_ERROR, INTERRUPTED, BROKEN_PIPE = 2, 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run `gradverify` with these arguments (by default the process's) and return its exit code."""
    _write_anything()
    try:
        code = _run(sys.argv[1:] if argv is None else list(argv))
        sys.stdout.flush()  # a reader that went away is noticed here, not at exit
    except BrokenPipeError:
        _discard_output()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _run(argv: list[str]) -> int:
    try:
        arguments = parse(argv)
        return 0 if arguments is None else int(arguments.run(arguments))
    except GradverifyError as error:
        sys.stdout.flush()  # what was found before stands above the message
        print(f"gradverify: {error}", file=sys.stderr)
        return USAGE_ERROR


def _write_anything() -> None:
    # The characters are only looked up where the output is not Unicode: `--help` must stay light.
    for stream in (sys.stdout, sys.stderr):
        if not (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf"):
            from gradverify.report.characters import never_fail

            never_fail(stream)


def _discard_output() -> None:
    # Python flushes stdout once more at exit and would complain there.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
