"""Finds derivations: in every folder that the entry-point group `gradverify.derivations` names, or in a given file.

A file is a derivation file if it is Python and its name does not start with an underscore; every `Derivation` bound at
its top level is known by its own name.
"""

from __future__ import annotations

import difflib
import importlib.util
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from gradverify.derivation.records import Derivation
from gradverify.errors import DerivationError, UsageError

__all__ = ["find", "library", "read"]

GROUP = "gradverify.derivations"


def folders() -> tuple[Path, ...]:
    """The folders of all installed derivation libraries, gradverify's own first.

    Raises `DerivationError` for a library that cannot be loaded or has no folder.
    """
    points = sorted(entry_points(group=GROUP), key=lambda point: (point.name != "gradverify", point.name))
    return tuple(dict.fromkeys(map(_folder, points)))


def _folder(point: EntryPoint) -> Path:
    try:
        target = point.load()
        path = Path(next(iter(target.__path__))) if isinstance(target, ModuleType) else Path(target())
    except Exception as error:  # whatever another package raises is told as its mistake
        raise DerivationError(f"{_library(point)} cannot be loaded: {type(error).__name__}: {error}") from error
    if not path.is_dir():
        raise DerivationError(f"{_library(point)} cannot be loaded: there is no folder {path}")
    return path


def _library(point: EntryPoint) -> str:
    return f"the derivation library {point.name} ({point.value})"


def read(file: Path | str) -> Iterator[Derivation]:
    """The derivations that stand at the top level of this file, in their order there.

    Raises `DerivationError`, with the file and line, where the file cannot be run.
    """
    file = Path(file)
    if not file.is_file():
        raise UsageError(f"no derivation file at {file}")
    name = f"gradverify_derivation_{file.stem}_{abs(hash(str(file.resolve()))):x}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise UsageError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever a derivation file raises is told as its author's mistake
        del sys.modules[name]
        raise DerivationError(f"{_where(error, file)}: {type(error).__name__}: {error}") from error
    found = {id(value): value for value in vars(module).values() if isinstance(value, Derivation)}
    yield from found.values()  # one with two names in the file is one


def _where(error: BaseException, file: Path) -> str:
    """FILE:LINE of the deepest line in this file that the error passed through."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"{error.filename}:{error.lineno}"
    line: int | None = None
    trace = error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).resolve() == file.resolve():
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{file}:{line}" if line is not None else str(file)


@cache
def _of_library(file: Path) -> tuple[Derivation, ...]:
    """The derivations of a library's file, read once."""
    return tuple(read(file))


@cache
def library() -> dict[str, Derivation]:
    """Every installed derivation by its name, in the order of the files. A name given twice is a `DerivationError`."""
    known: dict[str, Derivation] = {}
    origin: dict[str, Path] = {}
    for folder in folders():
        for file in sorted(folder.glob("[!_]*.py")):
            for derivation in _of_library(file):
                if derivation.name in known:
                    raise DerivationError(
                        f"{file}: the name {derivation.name!r} is taken by {origin[derivation.name]}: choose another"
                    )
                known[derivation.name] = derivation
                origin[derivation.name] = file
    return known


def find(name: str) -> Derivation:
    """The derivation of this name. Raises `UsageError` with the nearest names where there is none."""
    for folder in folders() if name.isidentifier() else ():
        # Most derivations stand in a file of their own name: then the others need not be read.
        if (folder / f"{name}.py").is_file():
            for derivation in _of_library(folder / f"{name}.py"):
                if derivation.name == name:
                    return derivation
    known = library()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "`gradverify list` shows the names there are."
    raise UsageError(f"no op is called {name!r}: {hint}")
