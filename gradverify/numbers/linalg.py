"""Exact linear algebra by elimination: inv, solve, det, slogdet, cholesky and norms, on stacks of matrices as in NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from gradverify.numbers.array import as_objects, dressed, replaces
from gradverify.numbers.number import Number, as_float
from gradverify.numbers.signals import NotExact, OutsideField
from gradverify.numbers.ufuncs import method, sign


def _is_zero(x: Any) -> bool:
    return bool(x.value == x.field.zero) if isinstance(x, Number) else x == 0


def _size(x: Any) -> float:
    """How large an entry is, to choose a pivot by; only its being 0 matters for correctness."""
    return abs(as_float(x.near) if isinstance(x, Number) else float(x))


def _pivot(rows: Any, column: int) -> int:
    candidates = [row for row in range(column, len(rows)) if not _is_zero(rows[row][column])]
    if not candidates:
        raise OutsideField("a singular matrix")
    return max(candidates, key=lambda row: _size(rows[row][column]))


def _eliminate(matrix: Any, right: Any) -> tuple[Any, Any]:
    """The determinant, and the solution X of A X = B, by Gauss–Jordan."""
    rows = [list(a) + list(b) for a, b in zip(matrix.tolist(), right.tolist(), strict=True)]
    n = len(rows)
    determinant: Any = 1
    for column in range(n):
        pivot = _pivot(rows, column)
        if pivot != column:
            rows[column], rows[pivot] = rows[pivot], rows[column]
            determinant = -determinant
        head = rows[column][column]
        determinant = determinant * head
        rows[column] = [entry / head for entry in rows[column]]
        for row in range(n):
            factor = rows[row][column]
            if row != column and not (type(factor) is int and factor == 0):
                rows[row] = [u - factor * v for u, v in zip(rows[row], rows[column], strict=True)]
    solution = np.empty(right.shape, dtype=object)
    for row in range(n):
        solution[row] = rows[row][n:]
    return determinant, solution


def _identity(n: int) -> Any:
    return np.eye(n, dtype=int).astype(object)


def _square(array: Any) -> Any:
    array = as_objects(array)
    if array.ndim < 2 or array.shape[-1] != array.shape[-2]:
        raise np.linalg.LinAlgError("a square matrix or a stack of them is wanted")
    return array


def _stacked(function: Callable[..., Any], *arrays: Any) -> Any:
    """A function of matrices, on stacks of them."""
    stack = np.broadcast_shapes(*(array.shape[:-2] for array in arrays))
    if not stack:
        return function(*arrays)
    arrays = tuple(np.broadcast_to(array, stack + array.shape[-2:]) for array in arrays)
    parts = [as_objects(function(*(array[place] for array in arrays))) for place in np.ndindex(*stack)]
    return np.stack(parts).reshape(stack + parts[0].shape)


@replaces("np.linalg.inv")
def inv(a: Any) -> Any:
    """A⁻¹."""
    return _stacked(lambda matrix: _eliminate(matrix, _identity(len(matrix)))[1], _square(a))


@replaces("np.linalg.det")
def det(a: Any) -> Any:
    """|A|."""
    return _stacked(lambda matrix: _eliminate(matrix, _identity(len(matrix)))[0], _square(a))


@replaces("np.linalg.slogdet")
def slogdet(a: Any) -> Any:
    """The sign of |A| and log ||A||."""
    determinant = det(a)
    signs = np.frompyfunc(sign, 1, 1)(determinant)
    logarithms = np.frompyfunc(method("log"), 1, 1)(signs * determinant)
    made = type(np.linalg.slogdet(np.eye(1)))
    return made(np.float64(signs) if np.ndim(signs) == 0 else np.asarray(signs, dtype=float), dressed(logarithms))


@replaces("np.linalg.solve")
def solve(a: Any, b: Any) -> Any:
    """A⁻¹ b, for a vector or stacks of matrices b."""
    a, b = _square(a), as_objects(b)
    column = b.ndim == 1
    solution = _stacked(lambda left, right: _eliminate(left, right)[1], a, b[:, None] if column else b)
    return solution[..., 0] if column else solution


@replaces("np.linalg.cholesky")
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """L with L Lᵀ = A, from the lower triangle of A; Lᵀ from the upper one."""
    a = _square(a)
    if upper:
        return np.swapaxes(_stacked(_cholesky, np.swapaxes(a, -1, -2)), -1, -2)
    return _stacked(_cholesky, a)


def _cholesky(matrix: Any) -> Any:
    n = len(matrix)
    lower = np.zeros((n, n), dtype=object)
    for i in range(n):
        for j in range(i + 1):
            rest = matrix[i, j] - sum((lower[i, k] * lower[j, k] for k in range(j)), 0)
            if i == j and sign(rest) <= 0:
                raise np.linalg.LinAlgError("Matrix is not positive definite")
            lower[i, j] = method("sqrt")(rest) if i == j else rest / lower[j, j]
    return lower


@replaces("np.linalg.norm")
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norms of vectors, and the Frobenius, row and column norms of matrices."""
    x = dressed(as_objects(x))
    if ord is None:
        return np.sqrt((x * x).sum(axis=axis, keepdims=keepdims))
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if ord == "fro":
        return np.sqrt((x * x).sum(axis=axes, keepdims=keepdims))
    if ord in (1, -1, math.inf, -math.inf) and len(axes) == 2:
        inner, outer = axes if abs(ord) == 1 else axes[::-1]
        sums = np.abs(x).sum(axis=inner, keepdims=True)
        result = sums.max(axis=outer, keepdims=True) if ord > 0 else sums.min(axis=outer, keepdims=True)
        return result if keepdims else np.squeeze(result, axis=axes)[()]
    raise NotExact(f"np.linalg.norm with ord={ord!r}")


def _vector_norm(x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    size = np.abs(x)
    if ord == math.inf:
        return size.max(axis=axis, keepdims=keepdims)
    if ord == -math.inf:
        return size.min(axis=axis, keepdims=keepdims)
    if ord == 0:
        return (np.asarray(x != 0)).sum(axis=axis, keepdims=keepdims).astype(float)
    if ord == 2:
        return np.sqrt((x * x).sum(axis=axis, keepdims=keepdims))
    total = (size**ord).sum(axis=axis, keepdims=keepdims)
    return total if ord == 1 else total ** (1 / ord)


@replaces("np.linalg.vector_norm")
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """np.linalg.norm of all entries or along an axis."""
    x = dressed(as_objects(x))
    if axis is None:
        result = _vector_norm(x.reshape(-1), ord, 0, False)
        return np.reshape(result, (1,) * x.ndim) if keepdims else result
    return norm(x, ord, axis, keepdims)


@replaces("np.linalg.matrix_norm")
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """np.linalg.norm of the last two axes."""
    return norm(x, ord, (-2, -1), keepdims)


@replaces("np.linalg.matrix_power")
def matrix_power(a: Any, n: int) -> Any:
    """Aⁿ."""
    base = _square(inv(a) if n < 0 else a)
    result = np.broadcast_to(_identity(base.shape[-1]), base.shape)
    for _ in range(abs(n)):
        result = np.matmul(result, base)
    return result


@replaces(
    "np.linalg.eig",
    "np.linalg.eigh",
    "np.linalg.eigvals",
    "np.linalg.eigvalsh",
    "np.linalg.svd",
    "np.linalg.svdvals",
    "np.linalg.qr",
    "np.linalg.pinv",
    "np.linalg.lstsq",
    "np.linalg.matrix_rank",
    "np.linalg.cond",
    "np.linalg.tensorinv",
    "np.linalg.tensorsolve",
    "np.roots",
    "np.polyfit",
)
def refused(*arguments: Any, **keywords: Any) -> NoReturn:
    """Whatever has no finite formula in the entries, or is not done."""
    raise TypeError
