"""NumPy functions that are not ufuncs and would coerce exact arrays, or make arrays of floats beside them.

Each computes with exact arrays what its namesake computes with floats, by way of functions that already do.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradverify.numbers.array import OWN_FUNCTIONS, ExactArray, bare, dressed, exact_array
from gradverify.numbers.signals import NotExact


def like(fill: Any) -> Any:
    """Make one of the family of zeros_like, ones_like, … of exact arrays."""

    def make(array: Any, *arguments: Any, **keywords: Any) -> Any:
        shape = keywords.get("shape")
        dtype = keywords.get("dtype") or (arguments[0] if arguments else None)
        if dtype is not None and np.dtype(dtype).kind not in "fO":
            return np.full(np.shape(array) if shape is None else shape, fill, dtype=dtype)
        made = np.empty(np.shape(array) if shape is None else shape, dtype=object)
        made[...] = fill
        return made

    return make


def full_like(array: Any, fill: Any, *arguments: Any, **keywords: Any) -> Any:
    """An exact array of one value."""
    return like(bare(fill) if isinstance(fill, ExactArray) else fill)(array, *arguments, **keywords)


def where(condition: Any, *choices: Any) -> Any:
    """Where, on plain arrays of objects."""
    condition = np.asarray(bare(condition), dtype=bool)
    if not choices:
        return np.nonzero(condition)
    left, right = (as_objects(choice) for choice in choices)
    return np.where(condition, left, right)


def as_objects(value: Any) -> Any:
    """An array of objects that keeps Python and NumPy numbers as they are."""
    value = bare(value)
    return value if isinstance(value, np.ndarray) and value.dtype == object else np.asarray(value, dtype=object)


def median(array: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """The median along one axis, or of all entries."""
    if out is not None or isinstance(axis, tuple):
        raise NotExact("np.median with out= or several axes")
    values = bare(array)
    ordered = np.sort(values.reshape(-1), axis=0) if axis is None else np.sort(values, axis=axis)
    along = 0 if axis is None else axis
    n = ordered.shape[along]
    middle = (np.take(ordered, [(n - 1) // 2], along) + np.take(ordered, [n // 2], along)) / 2
    if axis is None:
        return middle.reshape((1,) * values.ndim) if keepdims else middle[0]
    return middle if keepdims else np.squeeze(middle, axis=along)


def ignoring_nan(name: str) -> Any:
    """nansum and its family: exact arrays hold no NaN."""
    return lambda array, *arguments, **keywords: getattr(np, name)(dressed(bare(array)), *arguments, **keywords)


def clip(array: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **keywords: Any) -> Any:
    """The entries, held between two bounds."""
    a_min, a_max = keywords.get("min", a_min), keywords.get("max", a_max)
    result = dressed(as_objects(array))
    if a_min is not None:
        result = np.maximum(result, a_min)
    if a_max is not None:
        result = np.minimum(result, a_max)
    if out is not None:
        out[...] = result
        return out
    return result


def pad(array: Any, pad_width: Any, mode: str = "constant", **keywords: Any) -> Any:
    """Pad, by way of indices, so that NumPy's own code decides what goes where."""
    values = bare(array)
    numbers = np.arange(values.size).reshape(values.shape)
    if mode == "constant":
        fill = keywords.get("constant_values", 0)
        if not np.isscalar(fill):
            raise NotExact("np.pad with several constant values")
        places = np.pad(numbers, pad_width, constant_values=-1)
        flat = np.empty(values.size + 1, dtype=object)
        flat[:-1] = values.reshape(-1)
        flat[-1] = fill
        return flat[places]
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise NotExact(f"np.pad with mode={mode!r}")
    return values.reshape(-1)[np.pad(numbers, pad_width, mode=mode, **keywords)]


def unique(array: Any, *arguments: Any, **keywords: Any) -> Any:
    """Refuse: which values are equal is not a smooth function of the inputs."""
    raise NotExact("np.unique of the inputs")


def isclose(left: Any, right: Any, **keywords: Any) -> Any:
    """Compare, as equal or not."""
    return np.asarray(bare(left) == bare(right), dtype=bool)


def allclose(left: Any, right: Any, **keywords: Any) -> bool:
    """Whether all entries are equal."""
    return bool(np.all(isclose(left, right)))


def nan_to_num(array: Any, *arguments: Any, **keywords: Any) -> Any:
    """A copy: there is no NaN."""
    return bare(array).copy()


def interpolate(*arguments: Any, **keywords: Any) -> Any:
    """Refuse np.interp."""
    raise NotExact("np.interp")


def softmax(x: Any, axis: Any = None) -> Any:
    """scipy.special.softmax."""
    weights = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return weights / weights.sum(axis=axis, keepdims=True)


def logsumexp(x: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """scipy.special.logsumexp."""
    if b is not None or return_sign:
        raise NotExact("scipy.special.logsumexp with b= or return_sign=")
    top = np.max(x, axis=axis, keepdims=True)
    total = np.log(np.exp(x - top).sum(axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axis)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """scipy.special.log_softmax."""
    return x - logsumexp(x, axis=axis, keepdims=True)


def array_of(values: Any, *arguments: Any, **keywords: Any) -> Any:
    """Make an exact array of nested lists of exact numbers."""
    made = np.array(values, dtype=object)
    return exact_array(made.reshape(-1), made.shape)


OWN_FUNCTIONS.update(
    {
        "np.zeros_like": like(0),
        "np.ones_like": like(1),
        "np.empty_like": like(0),
        "np.full_like": full_like,
        "np.where": where,
        "np.median": median,
        "np.clip": clip,
        "np.pad": pad,
        "np.unique": unique,
        "np.isclose": isclose,
        "np.allclose": allclose,
        "np.nan_to_num": nan_to_num,
        "np.interp": interpolate,
        "np.nansum": ignoring_nan("sum"),
        "np.nanmean": ignoring_nan("mean"),
        "np.nanmax": ignoring_nan("max"),
        "np.nanmin": ignoring_nan("min"),
        "np.nanprod": ignoring_nan("prod"),
        "np.nanvar": ignoring_nan("var"),
        "np.nanstd": ignoring_nan("std"),
        "np.iscomplexobj": lambda x: False,
        "np.isrealobj": lambda x: True,
        "np.array_equal": lambda x, y, **k: np.shape(x) == np.shape(y) and allclose(x, y),
    }
)
