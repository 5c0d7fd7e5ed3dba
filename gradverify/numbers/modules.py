"""Finds the op's own code: the modules and functions that an exact run may have to look into.

These are the modules of the op's functions, and whatever they refer to that is neither installed nor part of Python.
"""

from __future__ import annotations

import inspect
import sys
import sysconfig
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

MOST = 400
"""More modules than this are not followed."""


@cache
def _library_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return tuple(str(Path(folder).resolve()) for folder in folders)


def is_own(module: ModuleType, home: str) -> bool:
    """Whether a module is the user's own, or of the same package as the op (an installed package checks its own ops)."""
    if module.__name__.partition(".")[0] == home:
        return not module.__name__.startswith(("gradverify.numbers", "gradverify.calculus"))
    file = getattr(module, "__file__", None)
    if file is None:
        return module.__name__ == "__main__"
    return not str(Path(file).resolve()).startswith(_library_folders()) and not module.__name__.startswith(
        "gradverify."
    )


def own_code(roots: Iterable[Any]) -> tuple[list[dict[str, Any]], list[FunctionType]]:
    """The namespaces of the modules that these functions and classes reach, and the functions with closures among them."""
    namespaces: dict[int, dict[str, Any]] = {}
    functions: list[FunctionType] = []
    seen: set[int] = set()
    waiting = list(roots)
    home = next((getattr(root, "__module__", "") or "" for root in waiting), "").partition(".")[0]
    while waiting and len(seen) < 50 * MOST:
        thing = waiting.pop()
        thing = getattr(thing, "__func__", thing)
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        module = thing if isinstance(thing, ModuleType) else sys.modules.get(getattr(thing, "__module__", None) or "")
        if isinstance(thing, FunctionType):
            # A function's own globals, also where its module is not registered or was loaded twice.
            if module is not None and not is_own(module, home):
                continue
            functions.append(thing)
            if id(thing.__globals__) not in namespaces:
                namespaces[id(thing.__globals__)] = thing.__globals__
                waiting += _referred(thing.__globals__)
            waiting += [cell.cell_contents for cell in thing.__closure__ or () if _is_filled(cell)]
            wrapped = getattr(thing, "__wrapped__", None)
            if wrapped is not None:
                waiting.append(wrapped)
            continue
        if module is None or not is_own(module, home):
            continue
        if isinstance(thing, ModuleType):
            if id(vars(thing)) not in namespaces and len(namespaces) < MOST:
                namespaces[id(vars(thing))] = vars(thing)
                waiting += _referred(vars(thing))
        elif inspect.isclass(thing):
            waiting += [value for base in thing.__mro__ for value in vars(base).values() if _leads_on(value)]
            waiting.append(module)
    return list(namespaces.values()), functions


def _referred(namespace: dict[str, Any]) -> list[Any]:
    return [value for name, value in list(namespace.items()) if not name.startswith("__") and _leads_on(value)]


def _leads_on(value: Any) -> bool:
    return isinstance(value, ModuleType | FunctionType | staticmethod | classmethod) or inspect.isclass(value)


def _is_filled(cell: Any) -> bool:
    try:
        return _leads_on(cell.cell_contents)
    except ValueError:
        return False
