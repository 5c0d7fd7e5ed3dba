"""Concrete functions that stand for an arbitrary differentiable one, each with its derivatives, on arrays of any float dtype.

The keys are how often each argument is differentiated by: `(0,)` is the function, `(1,)` its derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any
Function: TypeAlias = Callable[..., Array]


def cubic(x: Array) -> Array:
    """x³ − 2x."""
    return x * x * x - 2 * x


def cubic_prime(x: Array) -> Array:
    """3x² − 2."""
    return 3 * x * x - 2


def arctan_prime(x: Array) -> Array:
    """1/(1 + x²)."""
    return 1 / (1 + x * x)


def bilinear(x1: Array, x2: Array) -> Array:
    """x1·x2 + x1."""
    return x1 * x2 + x1


def bilinear_1(x1: Array, x2: Array) -> Array:
    """x2 + 1."""
    return 0 * x1 + x2 + 1


def bilinear_2(x1: Array, x2: Array) -> Array:
    """x1."""
    return x1 + 0 * x2


def wave(x1: Array, x2: Array) -> Array:
    """sin(x1)·x2² − x2."""
    return np.sin(x1) * x2 * x2 - x2


def wave_1(x1: Array, x2: Array) -> Array:
    """cos(x1)·x2²."""
    return np.cos(x1) * x2 * x2


def wave_2(x1: Array, x2: Array) -> Array:
    """2 sin(x1)·x2 − 1."""
    return 2 * np.sin(x1) * x2 - 1


UNARY: tuple[dict[tuple[int, ...], Function], ...] = (
    {(0,): cubic, (1,): cubic_prime},
    {(0,): np.sin, (1,): np.cos},
    {(0,): np.arctan, (1,): arctan_prime},
    {(0,): np.exp, (1,): np.exp},
)
"""Functions of one argument."""

BINARY: tuple[dict[tuple[int, ...], Function], ...] = (
    {(0, 0): bilinear, (1, 0): bilinear_1, (0, 1): bilinear_2},
    {(0, 0): wave, (1, 0): wave_1, (0, 1): wave_2},
)
"""Functions of two arguments."""
