"""Means, variances and quantiles of exact arrays: the same formulas, with divisions by whole numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from gradverify.numbers.array import ExactArray, as_objects, dressed, replaces
from gradverify.numbers.functions import truth
from gradverify.numbers.signals import NotExact


def _written(result: Any, out: Any) -> Any:
    """The result, in the array that it was asked for."""
    if out is None:
        return result
    if not isinstance(out, ExactArray):
        raise NotExact("a mean of exact numbers is written into an array of floats")
    out[...] = result
    return out


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    return np.lib.array_utils.normalize_axis_tuple(tuple(map(int, axes)), ndim)


def _sum(x: Any, axis: Any, keepdims: bool, where: Any) -> tuple[Any, Any]:
    """The sum, and how many entries it is of."""
    x = dressed(as_objects(x))
    if where is not True:
        mask = np.broadcast_to(truth(where), x.shape)
        return np.where(mask, x, 0).sum(axis=axis, keepdims=keepdims), mask.sum(axis=axis, keepdims=keepdims)
    return x.sum(axis=axis, keepdims=keepdims), math.prod(x.shape[k] for k in _axes(axis, x.ndim))


def _flag(keepdims: Any) -> bool:
    return keepdims is not np._NoValue and bool(keepdims)


def _as_asked(dtype: Any) -> None:
    if dtype is not None and np.dtype(dtype) not in (np.dtype(float), np.dtype(object)):
        raise NotExact(f"a mean as {np.dtype(dtype)}")


@replaces("np.mean", "np.nanmean")
def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True
) -> Any:
    """Sum by count."""
    _as_asked(dtype)
    total, count = _sum(a, axis, _flag(keepdims), True if where is np._NoValue else where)
    return _written(total / count, out)


@replaces("np.var", "np.nanvar")
def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    """The mean square of the deviations from the mean."""
    _as_asked(dtype)
    where = True if where is np._NoValue else where
    less = ddof if correction is None or correction is np._NoValue else correction
    if mean is None or mean is np._NoValue:
        total, count = _sum(a, axis, True, where)
        mean = total / count
    deviations = dressed(as_objects(a)) - mean
    total, count = _sum(deviations * deviations, axis, _flag(keepdims), where)
    return _written(total / (count - less), out)


@replaces("np.std", "np.nanstd")
def std(*arguments: Any, **keywords: Any) -> Any:
    """The root of the variance."""
    out = keywords.pop("out", None)
    return _written(np.sqrt(var(*arguments, **keywords)), out)


@replaces("np.average")
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    """The mean, with weights."""
    a = dressed(as_objects(a))
    if weights is None:
        weights = np.ones(a.shape, dtype=int)
    weights = dressed(as_objects(weights if isinstance(weights, ExactArray) else np.asarray(weights)))
    if weights.shape != a.shape:
        axes = _axes(axis, a.ndim)
        weights = weights.reshape([side if k in axes else 1 for k, side in enumerate(a.shape)])
        weights = np.broadcast_to(weights, a.shape, subok=True)
    scale = weights.sum(axis=axis, keepdims=_flag(keepdims))
    result = (a * weights).sum(axis=axis, keepdims=_flag(keepdims)) / scale
    return (result, np.broadcast_to(scale, np.shape(result), subok=True)) if returned else result


def _sorted(a: Any, axis: Any) -> tuple[Any, int, int]:
    """The entries in order along the last axis, how many there are, and the array's number of axes."""
    a = as_objects(a)
    axes = _axes(axis, a.ndim)
    rest = [k for k in range(a.ndim) if k not in axes]
    ordered = np.sort(a.transpose([*rest, *axes]).reshape([*(a.shape[k] for k in rest), -1]), axis=-1)
    return ordered, ordered.shape[-1], a.ndim


def _with_axes(result: Any, axis: Any, ndim: int, keepdims: bool) -> Any:
    return np.expand_dims(result, _axes(axis, ndim)) if keepdims and ndim else result


@replaces("np.median", "np.nanmedian")
def median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False) -> Any:
    """The middle entry, or the mean of the two."""
    ordered, n, ndim = _sorted(a, axis)
    middle = dressed(ordered[..., (n - 1) // 2] + ordered[..., n // 2]) / 2
    return _written(_with_axes(middle, axis, ndim, _flag(keepdims)), out)


def _quantiles(scale: int) -> Callable[..., Any]:
    def quantile(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: Any = False,
        **keywords: Any,
    ) -> Any:
        """Linear between the two nearest entries."""
        if method != "linear" or keywords.get("weights") is not None:
            raise NotExact("a quantile by another method than linear interpolation, or with weights")
        ordered, n, ndim = _sorted(a, axis)
        parts = []
        for share in np.asarray(q, dtype=float).reshape(-1).tolist():
            place = Fraction(repr(share)) / scale * (n - 1)
            low = min(int(place), n - 1)
            high = min(low + 1, n - 1)
            part = dressed(ordered[..., low] + (ordered[..., high] - ordered[..., low]) * (place - low))
            parts.append(_with_axes(part, axis, ndim, _flag(keepdims)))
        result = parts[0] if np.ndim(q) == 0 else np.stack(parts).reshape(np.shape(q) + np.shape(parts[0]))
        return _written(result, out)

    return quantile


replaces("np.quantile", "np.nanquantile")(_quantiles(1))
replaces("np.percentile", "np.nanpercentile")(_quantiles(100))


@replaces("np.cov")
def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None, *weights: Any, **keywords: Any
) -> Any:
    """The covariance matrix of the rows."""
    if weights or any(keywords.get(name) is not None for name in ("fweights", "aweights")):
        raise NotExact("np.cov with weights")
    rows = np.atleast_2d(dressed(as_objects(m)))
    rows = rows if rowvar or np.ndim(m) < 2 else rows.T
    if y is not None:
        more = np.atleast_2d(dressed(as_objects(y)))
        rows = np.concatenate([rows, more if rowvar or np.ndim(y) < 2 else more.T])
    deviations = rows - rows.mean(axis=1, keepdims=True)
    less = ddof if ddof is not None else 0 if bias else 1
    return np.squeeze(deviations @ deviations.T / (rows.shape[1] - less))


@replaces("np.corrcoef")
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, **keywords: Any) -> Any:
    """The covariance matrix by the standard deviations."""
    covariances = cov(x, y, rowvar)
    if np.ndim(covariances) == 0:
        return covariances / covariances
    deviations = np.sqrt(np.diagonal(covariances))
    return covariances / deviations[:, None] / deviations[None, :]


def _ignoring_nan(name: str) -> Callable[..., Any]:
    """The function without nan in its name: exact arrays hold no NaN."""
    return lambda a, *arguments, **keywords: getattr(np, name)(a, *arguments, **keywords)


for _name in ("sum", "prod", "max", "min", "argmax", "argmin", "cumsum", "cumprod"):
    replaces(f"np.nan{_name}")(_ignoring_nan(_name))
