"""Reads the text of a target, `FILE.py:CLASS` or `MODULE:CLASS`, and says how Python itself would import it.

It looks at the file system for names and `__init__.py` files and imports nothing; every mistake is a `UsageError`.
"""

from __future__ import annotations

import difflib
import keyword
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gradverify.errors import UsageError

_EXPECTED = "expected FILE.py:CLASS or MODULE:CLASS"


@dataclass(frozen=True)
class Target:
    """A target as the user typed it, taken apart: `where` is a file or a module, `names` leads to the class in it."""

    text: str
    where: str
    names: tuple[str, ...]

    @property
    def is_file(self) -> bool:
        """Whether `where` means a file: it ends in .py, has a folder separator, or is a file such as notes.txt."""
        if self.where.endswith(".py") or "/" in self.where or os.sep in self.where:
            return True
        return "." in self.where and Path(self.where).is_file()


@dataclass(frozen=True)
class ImportName:
    """How Python imports a file: with `folder` on sys.path, under the dotted name `module`."""

    folder: Path
    module: str
    in_package: bool


def parse_target(text: str) -> Target:
    """Take `FILE.py:CLASS`, `MODULE:CLASS` or `…:OUTER.INNER` apart; `UsageError` if it is neither."""
    where, colon, name = text.rpartition(":")
    if not colon or not where.strip() or not name.strip():
        example = where.strip() or (name.strip() if not colon else "") or "ops.py"
        raise UsageError(f"{text or repr(text)}: {_EXPECTED}, such as {example}:Normalize")
    names = tuple(name.strip().split("."))
    if not all(part.isidentifier() for part in names):
        raise UsageError(f"{text}: {name.strip()!r} is not a class name; {_EXPECTED}")
    target = Target(text, where.strip(), names)
    if not target.is_file and not all(part.isidentifier() for part in target.where.split(".")):
        raise UsageError(f"{text}: {target.where!r} is neither a file nor a module; {_EXPECTED}")
    return target


def existing_file(where: str) -> Path:
    """The absolute path of the Python file `where`, links kept; `UsageError` if it is missing or something else."""
    path = Path(os.path.abspath(where))
    if path.is_dir():
        raise UsageError(f"{where}: this is a folder; name a Python file in it, such as {Path(where, 'ops.py')}:CLASS")
    if not path.exists():
        raise UsageError(f"{where}: no such file{_nearest_file(where, path)}")
    if path.suffix != ".py":
        raise UsageError(f"{where}: not a Python file; its name must end in .py")
    return path


def _nearest_file(where: str, path: Path) -> str:
    """The hint for a path that does not exist: where it goes wrong, and what stands there instead."""
    missing = path
    while not missing.parent.is_dir():
        missing = missing.parent
    usable = [entry.name for entry in sorted(missing.parent.iterdir()) if entry.is_dir() or entry.suffix == ".py"]
    near = difflib.get_close_matches(missing.name, usable, n=3)
    # what the user typed, with the wrong part replaced and the parts below it kept
    typed, below = Path(where), path.relative_to(missing)
    depth = len(below.parts)
    above = typed.parents[depth] if depth < len(typed.parents) else missing.parent
    found = [above / name / below for name in near]
    if any(file.exists() for file in found):
        return did_you_mean(str(file) for file in found if file.exists())
    return f"; there is no folder {above / missing.name}" if missing != path else ""


def did_you_mean(names: Iterable[str]) -> str:
    """`; did you mean A or B?`, and nothing where there is no name."""
    found = list(names)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def import_name(path: Path) -> ImportName:
    """Find the package root of a file by its `__init__.py` files: the folder and the dotted name to import it with."""
    folder = path.parent
    parts = [] if path.name == "__init__.py" else [path.stem]
    while (folder / "__init__.py").is_file() and "." not in folder.name and folder != folder.parent:
        parts.insert(0, folder.name)
        folder = folder.parent
    # a dot in a name cannot be imported by name, so such a file stands alone even in a package
    if folder == path.parent or "." in path.stem:
        return ImportName(path.parent, path.stem, in_package=False)
    return ImportName(folder, ".".join(parts), in_package=True)


def import_lines(target: Target) -> list[str]:
    """Python lines that bind the class of the target by its own name, to be pasted where the user typed the target."""
    top, name = target.names[0], target.names[-1]
    nested = [] if len(target.names) == 1 else [f"{name} = {'.'.join(target.names)}"]
    if not target.is_file:
        return [f"from {target.where} import {top}", *nested]
    found = import_name(existing_file(target.where))
    if not _importable(found):
        return [
            "import importlib.util, sys",
            f"sys.path.insert(0, {_as_typed(found.folder, target)!r})",
            f"spec = importlib.util.spec_from_file_location({'user_' + found.module!r}, {target.where!r})",
            "module = importlib.util.module_from_spec(spec)",
            "sys.modules[spec.name] = module",
            "spec.loader.exec_module(module)",
            f"{name} = module.{'.'.join(target.names)}",
        ]
    return [
        "import sys",
        f"sys.path.insert(0, {_as_typed(found.folder, target)!r})",
        f"from {found.module} import {top}",
        *nested,
    ]


def _importable(found: ImportName) -> bool:
    """Whether `from MODULE import …` finds this file: no part is a keyword, none hides behind a standard module."""
    parts = found.module.split(".")
    usable = all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)
    return usable and parts[0] not in sys.stdlib_module_names


def _as_typed(folder: Path, target: Target) -> str:
    """The folder in the user's manner: absolute if the target is, else relative to the current folder."""
    return str(folder) if Path(target.where).is_absolute() else os.path.relpath(folder)
