"""Finds the op's own code, and the places in it that hold numpy or what stands for it in an exact run.

The own code is the op's functions and modules and whatever they refer to that is neither installed nor part of Python.
"""

from __future__ import annotations

import builtins
import inspect
import os
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from gradverify.numbers.standin import MODULES, replacement

MOST = 20_000
"""More objects than this are not followed."""

_NEVER = frozenset(
    {"numpy", "scipy", "flint", "torch", "jax", "jaxlib"} | (set(sys.stdlib_module_names) - {"__main__"})
)
"""What is never the user's own, whatever package the op seems to come from."""

MOST_ITEMS = 1000
"""Longer lists and dictionaries are data."""


@dataclass(frozen=True)
class Place:
    """Somewhere a stand-in goes: how to read and write it, what is there and what goes there."""

    key: tuple[int, Any]
    read: Callable[[], Any]
    write: Callable[[Any], None]
    real: Any
    instead: Any


@dataclass
class OwnCode:
    """What was found: the modules' namespaces, the places, and the dictionaries in which the op keeps its state."""

    namespaces: dict[int, dict[str, Any]] = field(default_factory=dict)
    places: dict[tuple[int, Any], Place] = field(default_factory=dict)
    state: dict[int, Any] = field(default_factory=dict)


@cache
def _library_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return tuple(str(Path(folder).resolve()) + os.sep for folder in folders)


@cache
def is_library(file: str) -> bool:
    """Whether a file belongs to Python or an installed package."""
    return file.startswith("<") or str(Path(file).resolve()).startswith(_library_folders())


def is_own(namespace: dict[str, Any], home: str) -> bool:
    """Whether a module is the user's own, or of the same package as the op (an installed package checks its own ops)."""
    name, file = namespace.get("__name__") or "", namespace.get("__file__")
    top = name.partition(".")[0]
    if top == "gradverify":
        return home == top and not name.startswith(
            ("gradverify.numbers", "gradverify.calculus", "gradverify.witnesses")
        )
    if top in _NEVER:
        return False
    if top == home or name == "__main__":
        return True
    return not file or not is_library(file)


def own_code(roots: Iterable[Any]) -> OwnCode:
    """Everything of the op's own that these functions, classes and objects reach."""
    roots = list(roots)
    home = next((getattr(root, "__module__", None) or "" for root in roots), "").partition(".")[0]
    return _Finder(home).find(roots)


class _Finder:
    """One walk over functions, classes, modules, objects and containers."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.found = OwnCode()
        self.seen: dict[int, Any] = {}

    def find(self, roots: list[Any]) -> OwnCode:
        waiting = roots
        while waiting and len(self.seen) < MOST:
            thing = waiting.pop()
            if id(thing) not in self.seen:
                self.seen[id(thing)] = thing
                waiting.extend(self._next(thing))
        return self.found

    def _next(self, thing: Any) -> Iterator[Any]:
        """What a thing refers to; its places are noted."""
        if isinstance(thing, FunctionType):
            yield from self._function(thing)
        elif isinstance(thing, MethodType):
            yield from (thing.__func__, thing.__self__)
        elif isinstance(thing, staticmethod | classmethod):
            yield thing.__func__
        elif isinstance(thing, property):
            yield from filter(None, (thing.fget, thing.fset, thing.fdel))
        elif isinstance(thing, cached_property):
            yield thing.func
        elif isinstance(thing, partial):
            yield from (thing.func, *thing.args, *thing.keywords.values())
        elif isinstance(thing, ModuleType):
            yield from self._namespace(vars(thing))
        elif isinstance(thing, type):
            yield from self._class(thing)
        elif type(thing) in (dict, list, tuple, set, frozenset):
            yield from self._container(thing)
        else:
            yield from self._object(thing)

    def _function(self, function: FunctionType) -> Iterator[Any]:
        if not is_own(function.__globals__, self.home):
            return
        yield from self._namespace(function.__globals__)
        for cell in function.__closure__ or ():
            try:
                value = cell.cell_contents
            except ValueError:  # not yet filled
                continue
            self._note(
                (id(cell), ""), partial(getattr, cell, "cell_contents"), partial(setattr, cell, "cell_contents"), value
            )
            yield value
        for name in ("__defaults__", "__kwdefaults__"):
            value = getattr(function, name)
            if value:
                self._note(
                    (id(function), name), partial(getattr, function, name), partial(setattr, function, name), value
                )
                yield value
        yield from vars(function).values()
        yield from self._imported(function.__code__, function.__globals__)

    def _imported(self, code: CodeType, namespace: dict[str, Any]) -> Iterator[Any]:
        """The modules that a function imports when it is called, as far as they are loaded."""
        package = namespace.get("__package__") or ""
        for name in code.co_names:
            if name.partition(".")[0] in MODULES:
                self._watch_imports()
            for full in (name, f"{package}.{name}"):
                if full in sys.modules:
                    yield sys.modules[full]
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield from self._imported(constant, namespace)

    def _watch_imports(self) -> None:
        place = builtins.__dict__
        real = place["__import__"]
        self._note(
            (id(place), "__import__"),
            partial(place.__getitem__, "__import__"),
            partial(place.__setitem__, "__import__"),
            real,
            importing(real),
        )

    def _namespace(self, namespace: dict[str, Any]) -> Iterator[Any]:
        if id(namespace) in self.found.namespaces or not is_own(namespace, self.home):
            return
        self.found.namespaces[id(namespace)] = namespace
        yield from self._items(namespace)

    def _class(self, cls: type) -> Iterator[Any]:
        module = sys.modules.get(cls.__module__)
        if module is None or not is_own(vars(module), self.home):
            return
        yield module
        yield from cls.__mro__[1:]
        for name, value in list(vars(cls).items()):
            if not name.startswith("__") or isinstance(value, FunctionType):
                self._note(
                    (id(cls), name), partial(inspect.getattr_static, cls, name), partial(setattr, cls, name), value
                )
                yield value

    def _object(self, thing: Any) -> Iterator[Any]:
        state = getattr(thing, "__dict__", None)
        if type(state) is not dict:
            return
        if "__wrapped__" in state:  # functools.lru_cache
            yield state["__wrapped__"]
        module = sys.modules.get(getattr(type(thing), "__module__", None) or "")
        if module is not None and is_own(vars(module), self.home):
            yield type(thing)
            yield from self._items(state)

    def _container(self, thing: Any) -> Iterator[Any]:
        if len(thing) > MOST_ITEMS:
            return
        if isinstance(thing, dict):
            yield from self._items(thing)
        elif isinstance(thing, list):
            self.found.state[id(thing)] = thing
            for index, value in enumerate(thing):
                self._note(
                    (id(thing), index), partial(thing.__getitem__, index), partial(thing.__setitem__, index), value
                )
                yield value
        else:
            yield from thing

    def _items(self, mapping: dict[Any, Any]) -> Iterator[Any]:
        self.found.state[id(mapping)] = mapping
        for name, value in list(mapping.items()):
            if not (isinstance(name, str) and name.startswith("__")):
                self._note((id(mapping), name), partial(mapping.get, name), partial(mapping.__setitem__, name), value)
                yield value

    def _note(self, key: Any, read: Any, write: Any, value: Any, instead: Any = None) -> None:
        instead = replacement(value) if instead is None else instead
        if instead is not None:
            self.found.places.setdefault(key, Place(key, read, write, value, instead))


def importing(real: Callable[..., Any]) -> Callable[..., Any]:
    """`__import__` for functions that import numpy when they are called: the op's own get the stand-in."""
    from gradverify.numbers.context import own_namespaces, running

    def __import__(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:  # noqa: N807
        module = real(name, globals, locals, fromlist, level)
        if running.get() is None or id(globals) not in own_namespaces.get():
            return module
        instead = replacement(module)
        return module if instead is None else instead

    return __import__
