"""A stand-in for the module `numpy` in the op's own modules, so that `np.zeros(…)` makes exact arrays while it runs.

NumPy itself is never changed: compiled code calls its functions by attribute and would crash. Instead, names in the op's
modules that are numpy, one of its submodules or one of its functions that make arrays are bound to stand-ins. A stand-in acts
only in the context (thread) of an exact run and is the real function everywhere else; when the last run ends, the modules are
as they were.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import CellType, FunctionType, ModuleType
from typing import Any

import numpy as np

from gradverify.numbers.array import ExactArray, dressed, is_float
from gradverify.numbers.functions import log_softmax, logsumexp, softmax
from gradverify.numbers.number import Number
from gradverify.numbers.signals import NotExact

_running: ContextVar[bool] = ContextVar("an exact run is under way", default=False)


def holds_numbers(value: Any) -> bool:
    """Whether exact numbers are somewhere in this array, number or nested list."""
    if isinstance(value, ExactArray | Number):
        return True
    if isinstance(value, np.ndarray):
        return value.dtype == object and any(isinstance(each, Number) for each in value.reshape(-1))
    return isinstance(value, tuple | list) and any(holds_numbers(each) for each in value)


def filled(fill: Any) -> Callable[..., Any]:
    """zeros, ones and empty."""

    def make(shape: Any, dtype: Any = float, order: str = "C", **keywords: Any) -> Any:
        if dtype is not None and not _poses_as_float(dtype):
            return np.full(shape, fill, dtype=dtype, order=order)  # type: ignore[call-overload]
        made = np.empty(shape, dtype=object, order=order if order in ("C", "F") else "C")  # type: ignore[call-overload]
        made[...] = fill
        return made.view(ExactArray)

    return make


def _poses_as_float(dtype: Any) -> bool:
    return is_float(dtype) or np.dtype(dtype) == object


def full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", **keywords: Any) -> Any:
    """np.full."""
    if dtype is None and not holds_numbers(fill_value) and not isinstance(fill_value, float | np.floating):
        return np.full(shape, fill_value, order=order)  # type: ignore[call-overload]
    if dtype is not None and not _poses_as_float(dtype):
        return np.full(shape, fill_value, dtype=dtype, order=order)  # type: ignore[call-overload]
    made = np.empty(shape, dtype=object)
    made[...] = fill_value.view(np.ndarray) if isinstance(fill_value, ExactArray) else fill_value
    return made.view(ExactArray)


def converted(name: str) -> Callable[..., Any]:
    """np.array and its family: exact numbers stay exact, whatever float dtype is asked for."""
    real = getattr(np, name)

    def make(value: Any, *arguments: Any, **keywords: Any) -> Any:
        if not holds_numbers(value):
            return real(value, *arguments, **keywords)
        dtype = keywords.pop("dtype", None) if not arguments else arguments[0]
        arguments = arguments[1:]
        if dtype is not None and not _poses_as_float(dtype):
            raise NotExact(f"np.{name} of exact numbers as {np.dtype(dtype)}")
        if isinstance(value, ExactArray):
            value = value.view(np.ndarray)
        if name in ("ascontiguousarray", "asfortranarray", "asanyarray"):
            return dressed(real(np.asarray(value, dtype=object)))
        return dressed(real(value, *arguments, dtype=object, **keywords))

    return make


def eye(n: int, M: int | None = None, k: int = 0, dtype: Any = float, **keywords: Any) -> Any:
    """np.eye."""
    if not _poses_as_float(dtype):
        return np.eye(n, M, k, dtype=dtype)
    return np.eye(n, M, k, dtype=int).astype(object).view(ExactArray)


def identity(n: int, dtype: Any = float, **keywords: Any) -> Any:
    """np.identity."""
    return eye(n, dtype=dtype)


def scalar_type(real: type) -> Callable[..., Any]:
    """A call of np.float64: the number itself."""

    class Posing(real):  # type: ignore[misc, valid-type]
        """np.float64 as a type, and the identity on exact numbers as a call."""

        def __new__(cls, value: Any = 0.0) -> Any:
            return value if _running.get() and holds_numbers(value) else real(value)

    return Posing


MAKERS: dict[str, Callable[..., Any]] = {
    "zeros": filled(0),
    "ones": filled(1),
    "empty": filled(0),
    "full": full,
    "eye": eye,
    "identity": identity,
    **{
        name: converted(name)
        for name in ("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "asarray_chkfinite")
        if hasattr(np, name)
    },
}

SPECIAL: dict[str, Callable[..., Any]] = {"softmax": softmax, "log_softmax": log_softmax, "logsumexp": logsumexp}
"""Functions of `scipy.special` that are no ufuncs."""


def _guarded(real: Any, own: Callable[..., Any]) -> Callable[..., Any]:
    """The stand-in of one function: our own in an exact run, the real one otherwise."""

    def stand_in(*arguments: Any, **keywords: Any) -> Any:
        return (own if _running.get() else real)(*arguments, **keywords)

    stand_in.__name__ = getattr(real, "__name__", "stand_in")
    return stand_in


def _guarded_special(real: Any, own: Callable[..., Any]) -> Callable[..., Any]:
    def stand_in(x: Any, *arguments: Any, **keywords: Any) -> Any:
        use = _running.get() and holds_numbers(x)
        return own(dressed(x), *arguments, **keywords) if use else real(x, *arguments, **keywords)

    return stand_in


class NumpyStandIn(ModuleType):
    """Looks like numpy; only what makes arrays differs."""

    def __init__(self) -> None:
        super().__init__("numpy")

    def __getattr__(self, name: str) -> Any:
        """The stand-in of a function that makes arrays, and numpy's own of everything else."""
        real = getattr(np, name)
        made = FUNCTIONS.get(id(real))
        return real if made is None else made

    def __dir__(self) -> list[str]:
        """numpy's names."""
        return dir(np)


STAND_IN = NumpyStandIn()

FUNCTIONS: dict[int, Any] = {id(getattr(np, name)): _guarded(getattr(np, name), own) for name, own in MAKERS.items()}
"""The stand-ins by the identity of what they stand for."""


def _special_functions() -> dict[int, Any]:
    import sys

    module = sys.modules.get("scipy.special")
    if module is None:
        return {}
    return {id(getattr(module, name)): _guarded_special(getattr(module, name), own) for name, own in SPECIAL.items()}


class _SpecialStandIn(ModuleType):
    """Looks like scipy.special."""

    def __init__(self, real: ModuleType, functions: dict[int, Any]) -> None:
        super().__init__("scipy.special")
        self._real, self._functions = real, functions

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        return self._functions.get(id(real), real)


@dataclass
class _Bound:
    """What is replaced at this moment, how often, and what it was."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    counts: Counter[int] = field(default_factory=Counter)
    before: dict[int, list[tuple[Any, str, Any]]] = field(default_factory=dict)
    """For each module's namespace, by identity: the namespace, the name, the value."""


_bound = _Bound()


def replacement(value: Any, special: dict[int, Any]) -> Any:
    """What stands for a value in the op's modules; nothing for most."""
    if value is np:
        return STAND_IN
    if isinstance(value, ModuleType) and value.__name__ == "scipy.special":
        return _SpecialStandIn(value, special)
    if isinstance(value, ModuleType) or not callable(value):
        return None
    return FUNCTIONS.get(id(value)) or special.get(id(value))


@contextmanager
def exactly(namespaces: Iterable[dict[str, Any]], functions: Iterable[Any] = ()) -> Iterator[None]:
    """Run the body with stand-ins in these namespaces, and in the closures and defaults of these functions."""
    spaces = list({id(space): space for space in namespaces}.values())
    special = _special_functions()
    with _bound.lock:
        for space in spaces:
            _bind(space, special)
        cells = _bind_cells(functions, special)
    token = _running.set(True)
    try:
        yield
    finally:
        _running.reset(token)
        with _bound.lock:
            for space in spaces:
                _release(space)
            for cell, value in cells:
                cell.cell_contents = value


def _bind(space: dict[str, Any], special: dict[int, Any]) -> None:
    _bound.counts[id(space)] += 1
    if _bound.counts[id(space)] > 1:
        return
    before = []
    for name, value in list(space.items()):
        instead = replacement(value, special)
        if instead is not None and not name.startswith("__"):
            before.append((space, name, value))
            space[name] = instead
    _bound.before[id(space)] = before


def _release(space: dict[str, Any]) -> None:
    _bound.counts[id(space)] -= 1
    if _bound.counts[id(space)]:
        return
    del _bound.counts[id(space)]
    special = _special_functions()
    for owner, name, value in _bound.before.pop(id(space)):
        now = owner.get(name)
        # A name that the op itself bound anew meanwhile is the op's own affair.
        if (
            now is STAND_IN
            or isinstance(now, _SpecialStandIn)
            or now in FUNCTIONS.values()
            or now in special.values()
            or _is_stand_in(now)
        ):
            owner[name] = value


def _is_stand_in(value: Any) -> bool:
    return isinstance(value, FunctionType) and value.__module__ == __name__


def _bind_cells(functions: Iterable[Any], special: dict[int, Any]) -> list[tuple[CellType, Any]]:
    """Closure variables that hold numpy or a maker of arrays, with what they held."""
    cells = []
    for function in functions:
        for cell in getattr(function, "__closure__", None) or ():
            try:
                value = cell.cell_contents
            except ValueError:  # not yet filled
                continue
            instead = replacement(value, special)
            if instead is not None:
                cells.append((cell, value))
                cell.cell_contents = instead
    return cells
