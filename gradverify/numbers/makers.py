"""NumPy's functions that make arrays: in the op's own modules these make exact ones, where NumPy's would make floats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradverify.numbers.array import ExactArray, as_objects, dressed, holds_numbers, replaces
from gradverify.numbers.array_methods import bare, poses_as_float
from gradverify.numbers.calling import ExactVectorize, exact_nditer
from gradverify.numbers.number import Number
from gradverify.numbers.unset import UNSET


def constants(array: Any) -> Any:
    """A plain array of floats as an exact array of constants."""
    return array.astype(object).view(ExactArray)


def _filled(name: str, fill: Any) -> Callable[..., Any]:
    """zeros, ones and empty."""
    real = getattr(np, name)

    def make(shape: Any, dtype: Any = float, order: Any = "C", **keywords: Any) -> Any:
        if not poses_as_float(dtype):
            return real(shape, dtype=dtype, order=order)
        made = np.empty(shape, dtype=object, order=order)
        made[...] = fill
        return made.view(ExactArray)

    return make


def _like(name: str) -> Callable[..., Any]:
    """zeros_like, ones_like and empty_like; full_like takes its fill first."""
    real = getattr(np, name)
    fill = {"zeros_like": 0, "ones_like": 1, "empty_like": UNSET}.get(name)

    def make(a: Any, *arguments: Any, **keywords: Any) -> Any:
        fills, arguments = (arguments[:1], arguments[1:]) if name == "full_like" else ((fill,), arguments)
        if not fills:
            fills = (keywords.pop("fill_value"),)
        dtype = keywords.pop("dtype", None) if not arguments else arguments[0]
        kind = dtype if dtype is not None else a.dtype if hasattr(a, "dtype") else np.asarray(a).dtype
        if not poses_as_float(kind):
            filled = fills if name == "full_like" else ()
            return real(bare(a), *filled, *(arguments or ()), **({"dtype": kind} if not arguments else {}), **keywords)
        made = np.empty_like(as_objects(a), *((object, *arguments[1:]) if arguments else ()), **keywords)
        made[...] = bare(fills[0])
        return made.view(ExactArray)

    return make


ZEROS_LIKE, ONES_LIKE, EMPTY_LIKE, FULL_LIKE = (
    replaces(f"np.{name}")(_like(name)) for name in ("zeros_like", "ones_like", "empty_like", "full_like")
)


def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", **keywords: Any) -> Any:
    """np.full."""
    kind = dtype if dtype is not None else float if holds_numbers(fill_value) else np.asarray(fill_value).dtype
    if not poses_as_float(kind):
        return np.full(shape, fill_value, dtype=dtype, order=order)
    made = np.empty(shape, dtype=object, order=order)
    made[...] = as_objects(fill_value)
    return made.view(ExactArray)


def _nested(value: Any) -> Any:
    """Lists as np.array wants them: numbers as they are, arrays of objects plain."""
    if isinstance(value, np.ndarray):
        return bare(value) if value.ndim else value.item()
    return [_nested(each) for each in value] if isinstance(value, list | tuple) else value


def converted(name: str) -> Callable[..., Any]:
    """np.array and its family: exact numbers stay exact, and floats in new memory may be written over by exact ones."""
    real = getattr(np, name)

    def make(value: Any, *arguments: Any, **keywords: Any) -> Any:
        if not isinstance(value, ExactArray) and not holds_numbers(value):
            made = real(value, *arguments, **keywords)
            new = not isinstance(value, np.ndarray) or not np.may_share_memory(made, value)
            return constants(made) if new and made.dtype == np.float64 else made
        dtype = arguments[0] if arguments and name != "copy" else keywords.pop("dtype", None)
        if not poses_as_float(dtype):
            return dressed(np.array(_nested(value), dtype=object)).astype(dtype)
        if name == "copy":
            return dressed(np.array(bare(value), dtype=object))
        if (
            isinstance(value, ExactArray)
            and name.startswith("as")
            and name not in ("ascontiguousarray", "asfortranarray")
        ):
            return value
        plain = bare(value) if isinstance(value, np.ndarray) else _nested(value)
        made = real(plain, dtype=object, **keywords)
        return value if made is plain else dressed(made)

    return make


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = float, order: Any = "C", **keywords: Any) -> Any:
    """np.eye."""
    if not poses_as_float(dtype):
        return np.eye(N, M, k, dtype=dtype, order=order)
    return np.eye(N, M, k, dtype=int, order=order).astype(object).view(ExactArray)


def identity(n: int, dtype: Any = float, **keywords: Any) -> Any:
    """np.identity."""
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float, **keywords: Any) -> Any:
    """np.tri."""
    made = np.tri(N, M, k, dtype=int)
    return made.astype(object).view(ExactArray) if poses_as_float(dtype) else made.astype(dtype)


def fromiter(iter: Any, dtype: Any, count: int = -1, **keywords: Any) -> Any:
    """np.fromiter."""
    values = list(iter) if count < 0 else [value for value, _ in zip(iter, range(count), strict=False)]
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made.view(ExactArray) if poses_as_float(dtype) else made.astype(dtype)


def as_strided(x: Any, *arguments: Any, **keywords: Any) -> Any:
    """np.lib.stride_tricks.as_strided."""
    return dressed(np.lib.stride_tricks.as_strided(bare(x), *arguments, **keywords))


class _Float64Type(type(np.float64)):  # type: ignore[misc]
    """Makes the stand-in for np.float64 equal to it in comparisons, `isinstance` and dictionaries."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, np.float64)

    def __eq__(cls, other: object) -> bool:
        return True if other is np.float64 or other is Float64 else NotImplemented

    def __hash__(cls) -> int:
        return hash(np.float64)


class Float64(np.float64, metaclass=_Float64Type):
    """np.float64 as a type, and as a call the identity on exact numbers."""

    def __new__(cls, value: Any = 0.0) -> Any:
        """The float64, or the exact number or array itself."""
        if isinstance(value, Number | ExactArray):
            return value
        return np.float64(value)


class Concatenator:
    """np.r_ and np.c_: of exact arrays and numbers only what is put side by side, not NumPy's strings in front."""

    def __init__(self, real: Any, columns: bool) -> None:
        self.real = real
        self.columns = columns

    def __getitem__(self, key: Any) -> Any:
        """The parts, one behind the other."""
        parts = key if isinstance(key, tuple) else (key,)
        if not holds_numbers(parts) or isinstance(parts[0], str):
            return self.real[key]
        arrays = [np.atleast_1d(self.real[part] if isinstance(part, slice) else part) for part in parts]
        if self.columns:
            arrays = [array[:, None] if array.ndim == 1 else array for array in arrays]
        return np.concatenate([dressed(as_objects(array)) for array in arrays], axis=-1 if self.columns else 0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


MAKERS: dict[str, Callable[..., Any]] = {
    "zeros": _filled("zeros", 0),
    "ones": _filled("ones", 1),
    "empty": _filled("empty", UNSET),
    "zeros_like": ZEROS_LIKE,
    "ones_like": ONES_LIKE,
    "empty_like": EMPTY_LIKE,
    "full_like": FULL_LIKE,
    "full": full,
    "eye": eye,
    "identity": identity,
    "tri": tri,
    "fromiter": fromiter,
    "nditer": exact_nditer,
    **{
        name: converted(name)
        for name in (
            "array",
            "asarray",
            "asanyarray",
            "ascontiguousarray",
            "asfortranarray",
            "asarray_chkfinite",
            "copy",
            "require",
        )
    },
}
"""By name; they are called in an exact run only."""

TYPES: dict[str, Any] = {
    "float64": Float64,
    "vectorize": ExactVectorize,
    "r_": Concatenator(np.r_, columns=False),
    "c_": Concatenator(np.c_, columns=True),
}
"""Classes and objects, which see for themselves whether there is anything exact."""
