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
from gradverify.numbers.array import bare, dressed, holds_exact, holds_numbers
from gradverify.numbers.context import running
from gradverify.numbers.makers import MAKERS, TYPES, as_strided
from gradverify.numbers.signals import NotExact

MODULES = ("numpy", "numpy.lib", "numpy.lib.stride_tricks", "numpy.random", "math", "scipy", "scipy.special")
"""The modules that have a stand-in, if they are loaded."""

REFUSED = ("numpy.ma", "numpy.matlib", "numpy.char", "numpy.ctypeslib", "numpy.rec")
"""Modules that exact numbers cannot follow at all."""


OF_LISTS = "sum prod mean var std median average max min cumsum cumprod sort argsort argmax argmin abs exp log sqrt"
"""Functions that are often called with a list of exact numbers or arrays."""


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
    """A function that only knows floats; its name is told where an exact number comes to it."""

    @wraps(real)
    def stand_in(*arguments: Any, **keywords: Any) -> Any:
        if holds_numbers((arguments, tuple(keywords.values()))):
            raise NotExact(name)
        return real(*arguments, **keywords)

    return stand_in


def _in_a_run(real: Callable[..., Any], own: Callable[..., Any]) -> Callable[..., Any]:
    """Our own in an exact run, the real one otherwise."""

    @wraps(real)
    def stand_in(*arguments: Any, **keywords: Any) -> Any:
        return (real if running.get() is None else own)(*arguments, **keywords)

    return stand_in


def _of_lists(real: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes an array of a list itself, where NumPy would make one of bare objects."""

    @wraps(real)
    def stand_in(a: Any, *arguments: Any, **keywords: Any) -> Any:
        if running.get() is not None and isinstance(a, list | tuple) and holds_numbers(a):
            a = MAKERS["array"](a)
        return real(a, *arguments, **keywords)

    return stand_in


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
    pairs += [(getattr(np, name), _of_lists(getattr(np, name))) for name in OF_LISTS.split()]
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
    kind: Any = type(value)
    if kind is tuple:
        return _rebuilt(value, lambda parts: tuple(parts))
    if kind is staticmethod:
        return _rebuilt((value.__func__,), lambda parts: staticmethod(*parts))
    if kind is partial:
        inside = (value.func, *value.args, *value.keywords.values())
        count = 1 + len(value.args)

        def bound_again(parts: list[Any]) -> Any:
            function, *arguments = parts[:count]
            return partial(function, *arguments, **dict(zip(value.keywords, parts[count:], strict=True)))

        return _rebuilt(inside, bound_again)
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
    return isinstance(value, StandIn) or id(value) in _identities("scipy.special" in sys.modules)
