"""Stand-ins for `numpy`, `math` and `scipy.special` in the op's own modules, so that `np.zeros(…)` makes exact arrays.

NumPy itself is never changed: compiled code calls its functions by attribute and would crash. A stand-in acts only in the
context (thread) of an exact run and is the real module or function everywhere else.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import cache, partial, wraps
from types import ModuleType
from typing import Any

import numpy as np

from gradverify.numbers import elementwise, special
from gradverify.numbers.array import as_floats, dressed, holds_exact, holds_numbers
from gradverify.numbers.array_methods import bare
from gradverify.numbers.context import running
from gradverify.numbers.makers import MAKERS, TYPES, as_strided
from gradverify.numbers.signals import NotExact

MODULES = ("numpy", "numpy.lib", "numpy.lib.stride_tricks", "numpy.random", "math", "scipy", "scipy.special")
"""The modules that have a stand-in, if they are loaded."""

REFUSED = ("numpy.ma", "numpy.matlib", "numpy.char", "numpy.ctypeslib", "numpy.rec")
"""Modules that exact numbers cannot follow at all."""


OF_LISTS = frozenset(
    "sum prod mean var std median average max min cumsum cumprod sort argsort argmax argmin".split()  # noqa: SIM905
)
"""Functions of one array that are often called with a list of exact numbers instead."""


class StandIn(ModuleType):
    """Looks like a module; only what does not know exact numbers differs."""

    def __init__(self, real: ModuleType) -> None:
        super().__init__(real.__name__, real.__doc__)
        self.__dict__["_real"] = real

    def __getattr__(self, name: str) -> Any:
        """The stand-in of what has one, and the module's own of everything else."""
        real = getattr(self._real, name)
        if self._real.__name__ in REFUSED and running.get() is not None:
            raise NotExact(f"{self._real.__name__.replace('numpy', 'np')}.{name}")
        if self._real is np.random and running.get() is not None and callable(real):
            return _no_exact_arguments(f"np.random.{name}", real)
        instead = replacement(real)
        if instead is None and self._real is np and callable(real) and not isinstance(real, type):
            return _dressing(real)
        return real if instead is None else instead

    def __setattr__(self, name: str, value: Any) -> None:
        """Set the module's own."""
        setattr(self._real, name, value)

    def __dir__(self) -> list[str]:
        """The module's names."""
        return dir(self._real)


@cache
def _stand_in(real: ModuleType) -> StandIn:
    return StandIn(real)


def _no_exact_arguments(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """A function that reads an array's memory as floats; its name is told where an exact number comes to it."""

    @wraps(real)
    def stand_in(*arguments: Any, **keywords: Any) -> Any:
        if holds_numbers((arguments, tuple(keywords.values()))):
            raise NotExact(name)
        return real(*as_floats(arguments), **as_floats(keywords))

    return stand_in


def _in_a_run(real: Callable[..., Any], own: Callable[..., Any]) -> Callable[..., Any]:
    """Our own in an exact run, the real one otherwise."""

    @wraps(real)
    def stand_in(*arguments: Any, **keywords: Any) -> Any:
        return (real if running.get() is None else own)(*arguments, **keywords)

    return stand_in


class Dressing:
    """A function or ufunc of NumPy whose arrays of objects come back as exact ones, also where it was given lists."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self.real = real
        self.takes_lists = getattr(real, "__name__", "") in OF_LISTS

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """The function's result."""
        if running.get() is None:
            return self.real(*arguments, **keywords)
        if self.takes_lists and arguments and isinstance(arguments[0], list | tuple) and holds_numbers(arguments[0]):
            arguments = (MAKERS["array"](arguments[0]), *arguments[1:])
        try:
            return dressed(self.real(*arguments, **keywords))
        except TypeError as error:
            if holds_numbers((arguments, tuple(keywords.values()))):
                raise NotExact(f"np.{self.real.__name__}") from error
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def __repr__(self) -> str:
        return repr(self.real)


@cache
def _dressing(real: Callable[..., Any]) -> Dressing:
    return Dressing(real)


def _on_exact(real: Callable[..., Any], own: Callable[..., Any]) -> Callable[..., Any]:
    """Our own for exact numbers in an exact run, the real one otherwise."""

    @wraps(real)
    def stand_in(*arguments: Any, **keywords: Any) -> Any:
        if running.get() is None or not holds_exact((arguments, tuple(keywords.values()))):
            return real(*arguments, **keywords)
        return dressed(own(*map(dressed, map(bare, arguments)), **keywords))

    return stand_in


@cache
def _table(with_scipy: bool) -> dict[int, tuple[Any, Any]]:
    """What stands for which function or class, by the identity of the latter."""
    pairs = [(getattr(np, name), _in_a_run(getattr(np, name), own)) for name, own in MAKERS.items()]
    pairs += [(getattr(np, name), own) for name, own in TYPES.items()]
    pairs += [(getattr(np, name), _dressing(getattr(np, name))) for name in OF_LISTS]
    pairs += [(read, _no_exact_arguments(f"np.{read.__name__}", read)) for read in (np.frombuffer, np.fromstring)]
    pairs.append((np.lib.stride_tricks.as_strided, _on_exact(np.lib.stride_tricks.as_strided, as_strided)))
    pairs += [(getattr(math, name), _on_exact(getattr(math, name), own)) for name, own in elementwise.MATH.items()]
    if with_scipy:
        module = sys.modules["scipy.special"]
        pairs += [
            (getattr(module, name), _on_exact(getattr(module, name), own))
            for name, own in special.FUNCTIONS.items()
            if not isinstance(getattr(module, name, np.add), np.ufunc)
        ]
    return {id(real): (real, instead) for real, instead in pairs}


def replacement(value: Any) -> Any:
    """What stands for a value in the op's own modules; `None` for most."""
    if isinstance(value, ModuleType):
        return _stand_in(value) if value.__name__ in MODULES + REFUSED and type(value) is ModuleType else None
    kind = type(value)
    if kind is tuple:
        return _rebuilt(value, lambda parts: tuple(parts))
    if kind is staticmethod:
        return _rebuilt((value.__func__,), lambda parts: staticmethod(*parts))
    if kind is partial:
        inside = (value.func, *value.args, *value.keywords.values())
        count = 1 + len(value.args)

        def again(parts: list[Any]) -> Any:
            return partial(parts[0], *parts[1:count], **dict(zip(value.keywords, parts[count:], strict=True)))

        return _rebuilt(inside, again)
    known = _table("scipy.special" in sys.modules).get(id(value))
    return None if known is None else known[1]


def _rebuilt(parts: tuple[Any, ...], rebuild: Callable[[list[Any]], Any]) -> Any:
    """The same object around stand-ins; `None` where nothing in it has one."""
    found = [replacement(part) for part in parts]
    if all(each is None for each in found):
        return None
    return rebuild([part if each is None else each for part, each in zip(parts, found, strict=True)])


@cache
def _identities(with_scipy: bool) -> frozenset[int]:
    return frozenset(id(instead) for _, instead in _table(with_scipy).values())


def is_stand_in(value: Any) -> bool:
    """Whether this is a stand-in itself."""
    return isinstance(value, StandIn | Dressing) or id(value) in _identities("scipy.special" in sys.modules)
