"""Exact linear algebra by elimination: inv, solve, det, slogdet, cholesky, norms; on stacks of matrices as in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradverify.numbers.array import OWN_FUNCTIONS, bare, dressed, sign
from gradverify.numbers.functions import as_objects
from gradverify.numbers.number import Number
from gradverify.numbers.signals import NotExact, OutsideField


def _is_zero(x: Any) -> bool:
    return bool(x.value == x.field.zero) if isinstance(x, Number) else x == 0


def _size(x: Any) -> float:
    """How large an entry is, to choose a pivot by; only its being 0 matters for correctness."""
    near = x.near if isinstance(x, Number) else x
    return (
        abs(float(near.mid() if hasattr(near, "mid") else near))
        if not hasattr(near, "p")
        else float(abs(near.p) / near.q)
    )


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
        inverse = 1 / head
        rows[column] = [entry * inverse for entry in rows[column]]
        for row in range(n):
            factor = rows[row][column]
            if row != column and not (factor.__class__ is int and factor == 0):
                rows[row] = [u - factor * v for u, v in zip(rows[row], rows[column], strict=True)]
    solution = np.empty(right.shape, dtype=object)
    for row in range(n):
        solution[row] = rows[row][n:]
    return determinant, solution


def _identity(n: int) -> Any:
    matrix = np.zeros((n, n), dtype=object)
    np.fill_diagonal(matrix, 1)
    return matrix


def _stacked(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of one matrix, on a stack of them."""

    def apply(array: Any) -> Any:
        array = as_objects(array)
        if array.ndim < 2:
            raise np.linalg.LinAlgError("a matrix has at least two axes")
        if array.ndim == 2:
            return function(array)
        stack = array.reshape(-1, *array.shape[-2:])
        parts = [np.asarray(function(matrix), dtype=object) for matrix in stack]
        made = np.empty((len(parts), *parts[0].shape), dtype=object)
        for place, part in enumerate(parts):
            made[place] = part
        return made.reshape(array.shape[:-2] + made.shape[1:])

    return apply


def inv(a: Any) -> Any:
    """A⁻¹."""
    return _stacked(lambda matrix: _eliminate(matrix, _identity(len(matrix)))[1])(a)


def det(a: Any) -> Any:
    """|A|."""
    return _stacked(lambda matrix: _eliminate(matrix, _identity(len(matrix)))[0])(a)


def slogdet(a: Any) -> Any:
    """The sign of |A| and log ||A||."""
    determinant = as_objects(det(a))
    signs = np.frompyfunc(sign, 1, 1)(determinant)
    logarithms = np.log(dressed(as_objects(signs * determinant)))
    if np.ndim(a) == 2:
        return np.linalg.linalg.SlogdetResult(signs, logarithms) if False else (signs, logarithms)
    return np.asarray(signs, dtype=float), logarithms


def solve(a: Any, b: Any) -> Any:
    """A⁻¹ b, for a vector or a matrix b."""
    a, b = as_objects(a), as_objects(b)
    if a.ndim != 2:
        if b.ndim == a.ndim:
            return np.matmul(inv(a), b)
        raise NotExact("np.linalg.solve of stacks of different depth")
    column = b.ndim == 1
    solution = _eliminate(a, b[:, None] if column else b)[1]
    return solution[:, 0] if column else solution


def cholesky(a: Any, upper: bool = False) -> Any:
    """L with L Lᵀ = A."""
    if upper:
        raise NotExact("np.linalg.cholesky with upper=True")
    return _stacked(_cholesky)(a)


def _cholesky(matrix: Any) -> Any:
    n = len(matrix)
    lower = np.zeros((n, n), dtype=object)
    for i in range(n):
        for j in range(i + 1):
            rest = matrix[i, j] - sum((lower[i, k] * lower[j, k] for k in range(j)), 0)
            lower[i, j] = rest.sqrt() if i == j else rest / lower[j, j]
    return lower


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The Euclidean or Frobenius norm, and the 1-norm of vectors."""
    x = dressed(as_objects(x))
    if ord in (None, "fro", 2) and not (ord == 2 and axis is None and x.ndim != 1):
        return np.sqrt((x * x).sum(axis=axis, keepdims=keepdims))
    if ord == 1 and (isinstance(axis, int) or x.ndim == 1):
        return np.abs(x).sum(axis=axis, keepdims=keepdims)
    raise NotExact(f"np.linalg.norm with ord={ord!r}")


def matrix_power(a: Any, n: int) -> Any:
    """Aⁿ."""
    base, result = as_objects(inv(a) if n < 0 else a), _identity(np.shape(a)[-1])
    for _ in range(abs(n)):
        result = np.matmul(result, base)
    return result


def trace(a: Any, offset: int = 0) -> Any:
    """The sum of the diagonal."""
    return np.trace(bare(a), offset)


OWN_FUNCTIONS.update(
    {
        "np.linalg.inv": inv,
        "np.linalg.det": det,
        "np.linalg.slogdet": slogdet,
        "np.linalg.solve": solve,
        "np.linalg.cholesky": cholesky,
        "np.linalg.norm": norm,
        "np.linalg.matrix_power": matrix_power,
        "np.linalg.trace": trace,
    }
)
