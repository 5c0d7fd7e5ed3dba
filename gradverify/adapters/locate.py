"""Turns a target, `FILE.py:CLASS` or `MODULE:CLASS`, into the object it names, by importing the user's code.

It trusts nothing of that code: whatever goes wrong in it becomes one `UsageError` that says what and at which line.
sys.path, the bytecode switch and the modules that others had imported are afterwards as they were before.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import importlib
import importlib.util
import inspect
import os
import pkgutil
import sys
import textwrap
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from gradverify.adapters.target import Target, did_you_mean, existing_file, import_name, parse_target
from gradverify.errors import UsageError
from gradverify.paths import shown

PREFIX = "gradverify_target_"
"""Begins the module name of every file that is imported on its own, outside a package."""

_INSTALLED = {"site-packages", "dist-packages"}
# where a line of a traceback is not the user's: gradverify itself and the standard library
_NOT_THEIRS = (str(Path(__file__).parents[1]) + os.sep, os.path.dirname(os.__file__) + os.sep)
_FOR_EVERYBODY = {*sys.stdlib_module_names, "__main__", "gradverify"}


def locate(target: str) -> object:
    """The object that `path/to/file.py:Name`, `package.module:Name` or `…:Outer.Inner` names.

    A file in a package is imported by its real dotted name, any other file under a name of its own that depends on its
    path and content, so that files of the same name do not meet. Its folder, or the current one for a module, comes
    first on sys.path meanwhile. Raises `UsageError` for everything that can be wrong with the target or its file.
    """
    wanted = parse_target(target)
    module = _import_file(wanted) if wanted.is_file else _import_module(wanted)
    found: object = module
    for depth, name in enumerate(wanted.names):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise UsageError(_no_such_name(wanted, depth, found, module)) from None
    return found


def _import_file(target: Target) -> ModuleType:
    path = existing_file(target.where)
    found = import_name(path)
    with _told_as_usage(target.where, path), _importing_from(found.folder):
        if not found.in_package:
            return _run_alone(path)
        module = importlib.import_module(found.module)
    origin = module.__file__
    if origin is None or not os.path.samefile(origin, path):
        raise UsageError(
            f"{target.where}: Python already has another module {found.module}, from {origin}; rename the package"
        )
    return module


def _run_alone(path: Path) -> ModuleType:
    """Run a file that is in no package, once for each content, under a name that no other file has."""
    digest = hashlib.sha256(os.fsencode(path) + b"\0" + path.read_bytes()).hexdigest()
    name = f"{PREFIX}{digest[:12]}_{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"Python has no loader for {path.name}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _import_module(target: Target) -> ModuleType:
    try:
        with _told_as_usage(target.where), _importing_from(Path.cwd()):
            module = importlib.import_module(target.where)
    except UsageError as error:
        cause = error.__cause__
        if not isinstance(cause, ModuleNotFoundError) or not f"{target.where}.".startswith(f"{cause.name}."):
            raise
        near = did_you_mean(difflib.get_close_matches(target.where, _modules_beside(target.where), n=3))
        raise UsageError(f"{target.where}: no such module in the current folder or on Python's path{near}") from None
    if getattr(module, "__file__", None) is None and Path(target.where).is_dir():
        existing_file(target.where)  # says that this is a folder
    return module


def _modules_beside(name: str) -> list[str]:
    """The modules that could have been meant: those of the parent package if that is there, else the top-level ones."""
    parent, dot, _ = name.rpartition(".")
    package = sys.modules.get(parent)
    if dot and package is not None:
        return [f"{parent}.{found.name}" for found in pkgutil.iter_modules(getattr(package, "__path__", []))]
    return [found.name for found in pkgutil.iter_modules([str(Path.cwd()), *sys.path])]


@contextlib.contextmanager
def _told_as_usage(where: str, path: Path | None = None) -> Iterator[None]:
    """Turn what the user's code raises while it is imported into a `UsageError` with the line that it comes from."""
    try:
        yield
    except SyntaxError as error:
        if error.filename is None or not os.path.isfile(error.filename):
            raise UsageError(_import_failed(where, path, error)) from error
        line = f', in "{error.text.strip()}"' if error.text and error.text.strip() else ""
        place = f"{shown(error.filename)}:{error.lineno}" if error.lineno else shown(error.filename)
        raise UsageError(f"{place}: {type(error).__name__}: {error.msg}{line}") from error
    except (Exception, SystemExit) as error:  # whatever the user's file raises is told as its mistake
        raise UsageError(_import_failed(where, path, error)) from error


def _import_failed(where: str, path: Path | None, error: BaseException) -> str:
    what = textwrap.shorten(f"{type(error).__name__}: {error}".rstrip(": "), 400, placeholder=" …")
    advice = ""
    if "relative import" in str(error) and path is not None:
        advice = f"; name it as a module from the folder above, such as {path.parent.name}.{path.stem}:CLASS"
    elif isinstance(error, ModuleNotFoundError):
        advice = "; install it, or put its folder on PYTHONPATH"
    return f"{where}: importing it raised {what}{_blamed(path, error)}{advice}"


def _blamed(path: Path | None, error: BaseException) -> str:
    """` (FILE:LINE)`: the deepest line in the user's own file, then the deepest of their code if that is elsewhere."""
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    installed = [(file, line) for file, line in frames if _INSTALLED & set(Path(file).parts)]
    theirs = [at for at in frames if at not in installed and not at[0].startswith(("<", *_NOT_THEIRS))] or installed
    own = [(file, line) for file, line in theirs if path is not None and file == str(path)]
    lines = dict.fromkeys([*own[-1:], *theirs[-1:]])
    return f" ({', from '.join(f'{shown(file)}:{line}' for file, line in lines)})" if lines else ""


def _no_such_name(target: Target, depth: int, owner: object, module: ModuleType) -> str:
    """The message for a missing attribute: the nearest names, and the classes that could have been meant."""
    name, outer = target.names[depth], ".".join(target.names[:depth])
    near = did_you_mean(difflib.get_close_matches(name, [n for n in dir(owner) if not n.startswith("__")], n=3))
    ops = [n for n, value in vars(module).items() if inspect.isclass(value) and has_method(value, "backward")]
    start = f"{target.where}: there is no {name}{f' in {outer}' if outer else ''}"
    return f"{start}{near or '.'} Classes with a backward in this module: {', '.join(ops) or 'none'}"


def has_method(cls: type, name: str) -> bool:
    """Whether the class has this method, and not only as something abstract that a subclass must give."""
    method = getattr(cls, name, None)
    return callable(method) and not getattr(method, "__isabstractmethod__", False)


@contextlib.contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Import as a script in `folder` would: it comes first on sys.path and its modules win; no bytecode is written.

    Modules of the same names from elsewhere step aside. Those that sys.path reaches come back afterwards, since someone
    else imported them; those that it does not reach were the neighbours of an earlier target, and the new ones stay.
    """
    path, no_bytecode = sys.path[:], sys.dont_write_bytecode
    strangers = _strangers(folder)
    reachable = {os.path.realpath(entry) for entry in path}
    for name in strangers:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        sys.dont_write_bytecode = no_bytecode
        for top in [name for name in strangers if "." not in name]:
            if top not in sys.modules or _home(strangers[top]) in reachable:
                for name in _family(top):
                    del sys.modules[name]
                sys.modules.update((name, module) for name, module in strangers.items() if _top(name) == top)


def _strangers(folder: Path) -> dict[str, ModuleType]:
    """The imported modules that a module in `folder` has the name of but that lie elsewhere, with their submodules.

    Never the standard library, installed packages or gradverify: those are loaded for everybody.
    """
    offered = {entry.stem if entry.suffix == ".py" else entry.name: entry for entry in sorted(folder.iterdir())}
    tops = set()
    for name, entry in offered.items():
        module = sys.modules.get(name)
        home = _home(module) if module is not None and name not in _FOR_EVERYBODY else None
        if home is None or home == os.path.realpath(folder) or _INSTALLED & set(Path(home).parts):
            continue
        regular = entry.suffix == ".py" or (entry / "__init__.py").is_file()
        # a folder without __init__.py hides nothing but another such folder
        if regular or getattr(module, "__file__", None) is None:
            tops.add(name)
    return {name: sys.modules[name] for top in tops for name in _family(top)}


def _top(name: str) -> str:
    return name.partition(".")[0]


def _family(top: str) -> list[str]:
    """The names of an imported top-level module and of all its submodules."""
    return [name for name in sys.modules if _top(name) == top]


def _home(module: ModuleType) -> str | None:
    """The folder, with links followed, that sys.path needs for this top-level module; None where it has no file."""
    file, parts = getattr(module, "__file__", None), list(getattr(module, "__path__", []))
    place = parts[0] if parts else file
    return os.path.realpath(os.path.dirname(place)) if place else None
