"""What every op asks of its inputs and of the cotangent, with one wording for each complaint.

The checks of arrays return nothing, those of parameters a Python int. Object arrays of exact numbers pass wherever
floating-point arrays do.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from gradverify.model import Array

Context = dict[str, Any]
"""What `forward` leaves for `backward`: references to inputs, and small values computed from them; never the output."""


def check_floats(op: str, **inputs: Array) -> None:
    """Raise TypeError unless every input is an array of one floating-point dtype, or of dtype object."""
    for name, x in inputs.items():
        _check_array(op, name, x)
        if x.dtype.kind == "c":
            raise TypeError(
                f"{op} needs floating-point input, got {x.dtype.name}: its gradient is defined for real {name}"
            )
        if x.dtype.kind not in "fO":
            raise TypeError(f"{op} needs floating-point input, got {x.dtype.name}: pass {name}.astype(float)")
    (name, x), *others = inputs.items()
    for other, z in others:
        if not same_dtype(x.dtype, z.dtype):
            raise TypeError(
                f"{op} needs inputs of one dtype, got {name} {x.dtype.name} and {other} {z.dtype.name}: "
                "cast one of them"
            )


def check_rank(op: str, rank: int, **inputs: Array) -> None:
    """Raise ValueError unless every input has `rank` axes."""
    kind = {1: "a vector", 2: "a matrix"}[rank]
    for name, x in inputs.items():
        if x.ndim != rank:
            raise ValueError(f"{op} needs {kind} (rank {rank}), got {name} of shape {x.shape}")


def check_cotangent(op: str, y_bar: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Raise ValueError unless `y_bar` has the output's shape, TypeError unless it has the output's dtype."""
    _check_array(op, "y_bar", y_bar)
    if y_bar.shape != shape:
        raise ValueError(f"{op} needs a cotangent of the output's shape {shape}, got {y_bar.shape}")
    if not same_dtype(y_bar.dtype, dtype):
        raise TypeError(
            f"{op} needs a cotangent of the output's dtype {dtype.name}, got {y_bar.dtype.name}: "
            f"pass y_bar.astype({dtype.name!r})"
        )


def check_domain(op: str, outside: Array, x: Array, wanted: str, advice: str) -> None:
    """Raise ValueError naming the first entry of `x` for which `outside` is true."""
    index = first_true(outside)
    if index is not None:
        entry = f"x[{', '.join(map(str, index))}]" if index else "x"
        raise ValueError(f"{op} needs {wanted}, got {entry} = {x[index]}: {advice}")


def check_dtype_kept(op: str, function: str, got: Array, dtype: np.dtype[Any]) -> None:
    """Raise TypeError if a function that the caller gave has changed the dtype, as an np.float64 constant would."""
    if not same_dtype(got.dtype, dtype):
        raise TypeError(
            f"{op} needs {function} to keep the dtype {dtype.name}, got {got.dtype.name}: "
            "use Python numbers as constants, they take the array's dtype"
        )


def integer(op: str, name: str, value: int) -> int:
    """Return a parameter as a Python int; raise TypeError if it is not an integer of some kind."""
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{op} needs an integer {name}, got {value!r}") from None


def integer_size(op: str, name: str, value: int) -> int:
    """Return a parameter as a Python int; raise ValueError if it is negative, TypeError if it is not an integer."""
    size = integer(op, name, value)
    if size < 0:
        raise ValueError(f"{op} needs {name} >= 0, got {size}")
    return size


def same_dtype(a: np.dtype[Any], b: np.dtype[Any]) -> bool:
    """Compare two dtypes in any byte order. Object arrays of exact numbers mix with everything."""
    return a.type is b.type or np.object_ in (a.type, b.type)


def first_true(mask: Array) -> tuple[int, ...] | None:
    """Return the index of the first true entry in C order, None where there is none; `mask` may be a bare bool."""
    if not np.any(mask):
        return None
    return tuple(int(i) for i in np.argwhere(mask)[0])


def _check_array(op: str, name: str, x: object) -> None:
    if not isinstance(x, np.ndarray | np.generic):
        raise TypeError(f"{op} needs NumPy arrays, got {name} of type {type(x).__name__}: pass np.array({name})")


def indices_below(op: str, indices: Array, shape: tuple[int, ...] | None, size: int) -> Array:
    """A copy of integers from 0 to `size` − 1, of this shape or any vector; complains about everything else."""
    taken = np.array(indices)
    if taken.dtype.kind not in "iu":
        raise TypeError(f"{op} needs integers for its indices, got {taken.dtype.name}")
    if (taken.ndim != 1) if shape is None else (taken.shape != shape):
        wanted = "a vector" if shape is None else f"shape {shape}"
        raise ValueError(f"{op} needs indices of {wanted}, got shape {taken.shape}")
    outside = first_true((taken < 0) | (taken >= size))
    if outside is not None:
        found = int(taken[outside])
        raise IndexError(f"{op} needs indices from 0 to {size - 1}, got {found} at {list(outside)}")
    return taken
