"""The methods of exact arrays that differ from those of NumPy's arrays of objects, and those that are refused."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from gradverify.numbers.number import Number
from gradverify.numbers.signals import NotExact

FLOAT = np.dtype(np.float64)


def bare(array: Any) -> Any:
    """The same memory as a plain array of objects."""
    return np.ndarray.view(array, np.ndarray) if isinstance(array, ArrayMethods) else array


def _by_function(name: str) -> Any:
    """A method that does what NumPy's function of its name does."""

    def method(self: Any, *arguments: Any, **keywords: Any) -> Any:
        return getattr(np, name)(self, *arguments, **keywords)

    return method


def _on_plain(name: str) -> Any:
    """A method on plain arrays of objects, which gives plain indices or numbers."""

    def method(self: Any, *arguments: Any, **keywords: Any) -> Any:
        return getattr(bare(self), name)(*map(bare, arguments), **keywords)

    return method


class ArrayMethods(np.ndarray):
    """An array of objects, as far as its methods go; `ExactArray` adds NumPy's hooks."""

    # Methods that would give the memory of pointers away, or round.

    def astype(self, dtype: Any, *arguments: Any, **keywords: Any) -> Any:
        """A copy for float64; whole numbers are cut off where no jump is near; a narrower float would round."""
        kind = np.dtype(dtype)
        if poses_as_float(dtype):
            return self.copy() if keywords.get("copy", True) else self
        if kind.kind == "b":
            return np.asarray(bare(self) != 0, dtype=bool)
        if kind.kind in "iu":
            whole = bare(np.trunc(self))
            return np.vectorize(_as_int, otypes=[kind])(whole) if whole.size else np.empty(whole.shape, kind)
        raise NotExact(f"a conversion to {kind}")

    def view(self, *arguments: Any, **keywords: Any) -> Any:
        """The same memory; never as another dtype."""
        wanted = [each for each in (*arguments, *keywords.values()) if not _is_array_type(each)]
        if any(not poses_as_float(each) for each in wanted):
            raise NotExact("a view of exact numbers as another dtype")
        return super().view(*(each for each in arguments if _is_array_type(each)))

    def _refuse(self, *arguments: Any, **keywords: Any) -> NoReturn:
        raise NotExact("the bytes of exact numbers")

    __bytes__ = tobytes = tofile = dump = dumps = byteswap = getfield = setfield = _refuse
    ctypes = data = property(_refuse)

    argsort, argpartition, argmax, argmin = map(_on_plain, ("argsort", "argpartition", "argmax", "argmin"))
    searchsorted, item, tolist = map(_on_plain, ("searchsorted", "item", "tolist"))
    mean, var, std, round = map(_by_function, ("mean", "var", "std", "round"))
    any, all, nonzero = map(_by_function, ("any", "all", "nonzero"))

    def clip(self, min: Any = None, max: Any = None, out: Any = None, **keywords: Any) -> Any:
        """As np.clip, which older NumPys want to be given both bounds."""
        return np.clip(self, min, max, out=out, **keywords)

    real, imag = property(lambda self: self), property(np.imag)


def _is_array_type(each: Any) -> bool:
    return isinstance(each, type) and issubclass(each, np.ndarray)


def _as_int(number: Any) -> int:
    if not isinstance(number, Number):
        return int(number)
    known = number.field.as_rational(number)
    if known is None:
        raise NotExact("an undefined value is turned into an int")
    return int(known)


def poses_as_float(dtype: Any) -> bool:
    """Whether this asks for what exact numbers pose as; a float narrower than float64 raises `NotExact`."""
    if dtype is None:
        return True
    kind = np.dtype(dtype)
    if kind.kind == "f" and kind.itemsize < FLOAT.itemsize:
        raise NotExact(f"a rounding to {kind}")
    return kind.kind in "fO"
