"""NumPy functions that call the op's own functions: these are to see exact arrays, not arrays of objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradverify.numbers.array import ExactArray, as_objects, dressed, holds_numbers, replaces
from gradverify.numbers.array_methods import bare
from gradverify.numbers.context import running
from gradverify.numbers.functions import truth


@replaces("np.apply_along_axis")
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *arguments: Any, **keywords: Any) -> Any:
    """A function of vectors, along one axis."""
    axis = axis % arr.ndim
    moved = np.moveaxis(arr, axis, -1)
    outer = moved.shape[:-1]
    parts = [func1d(moved[place], *arguments, **keywords) for place in np.ndindex(*outer)]
    shape = np.shape(parts[0])
    result = np.stack([np.asarray(bare(part)) for part in parts]).reshape(outer + shape)
    source = list(range(len(outer), len(outer) + len(shape)))
    return np.moveaxis(result, source, list(range(axis, axis + len(shape))))


@replaces("np.apply_over_axes")
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """A function of an array and an axis, over several axes."""
    for axis in np.atleast_1d(axes).tolist():
        axis = axis % a.ndim
        result = func(a, axis)
        a = result if result.ndim == a.ndim else np.expand_dims(result, axis)
    return a


@replaces("np.piecewise")
def piecewise(x: Any, condlist: Any, funclist: Any, *arguments: Any, **keywords: Any) -> Any:
    """One function for each condition."""
    x = dressed(as_objects(x))
    if np.isscalar(condlist) or (not isinstance(condlist[0], list | np.ndarray) and x.ndim):
        condlist = [condlist]
    conditions = [np.broadcast_to(truth(condition), x.shape) for condition in condlist]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    result = np.zeros(x.shape, dtype=object).view(ExactArray)
    for condition, function in zip(conditions, funclist, strict=True):
        chosen = x[condition]
        if chosen.size:
            result[condition] = function(chosen, *arguments, **keywords) if callable(function) else function
    return result


class ExactVectorize:
    """np.vectorize: the function of numbers is called for every entry; outside an exact run it is NumPy's own."""

    def __init__(self, pyfunc: Any = np._NoValue, otypes: Any = None, *arguments: Any, **keywords: Any) -> None:
        self.real = np.vectorize(pyfunc, otypes, *arguments, **keywords)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """The function of every entry."""
        if running.get() is None or not holds_numbers((arguments, tuple(keywords.values()))):
            return self.real(*arguments, **keywords)
        function: Any = self.real.pyfunc
        if function is np._NoValue:  # a decorator with arguments
            return ExactVectorize(*arguments)
        real = np.vectorize(
            self.real.pyfunc,
            excluded=self.real.excluded,
            signature=self.real.signature,
            otypes=self._as_objects(arguments),
        )
        return dressed(real(*[bare(argument) for argument in arguments], **keywords))

    def _as_objects(self, arguments: Any) -> Any:
        """Every output as objects, except where truth values or whole numbers are asked for."""
        wanted = self.real.otypes
        return (
            None
            if wanted is None
            else "".join("O" if np.dtype(kind).kind in "fO" else np.dtype(kind).char for kind in wanted)
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def exact_nditer(op: Any, flags: Any = (), *arguments: Any, **keywords: Any) -> Any:
    """np.nditer, which wants to be told that there are objects."""
    return np.nditer(bare_all(op), [*flags, "refs_ok"], *arguments, **keywords)


def bare_all(op: Any) -> Any:
    """The operands of an iterator as plain arrays."""
    return [bare(each) for each in op] if isinstance(op, list | tuple) else bare(op)
