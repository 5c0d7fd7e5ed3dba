"""Cotangents for the outputs of a case and directions for its inputs: signed, no entry near 0, never all ones.

Every entry is ±k/64 with k odd, 33 to 95: short to print, exact in every float dtype, and exact when doubled or added.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gradverify.model import Array

# Told apart from each other and from the inputs' entries, which use keys of three numbers.
_COTANGENT, _DIRECTION = 1, 2


def _signed(shape: tuple[int, ...], key: tuple[int, ...]) -> Array:
    rng = np.random.default_rng(key)
    numerator = 2 * rng.integers(0, 32, shape) + 33
    return np.asarray(np.where(rng.random(shape) < 0.5, -numerator, numerator) / 64)


def draw_cotangents(outputs: Sequence[Array], seed: int, *, stream: int = 0) -> tuple[Array, ...]:
    """One cotangent for each output, of its shape and dtype; zeros (float64) for an output that is not floating.

    Different `stream`s give independent cotangents for the same seed.
    """
    return tuple(
        _signed(output.shape, (seed, _COTANGENT, stream, index)).astype(output.dtype)
        if np.issubdtype(output.dtype, np.floating)
        else np.zeros(output.shape)
        for index, output in enumerate(outputs)
    )


def draw_directions(inputs: Sequence[Array], seed: int, *, stream: int = 0) -> tuple[Array, ...]:
    """One direction for each input, of its shape, in float64; entries between 0.5 and 1.5 in magnitude."""
    return tuple(_signed(array.shape, (seed, _DIRECTION, stream, index)) for index, array in enumerate(inputs))


def one_at_a_time(cotangents: Sequence[Array]) -> Iterator[tuple[Array, ...]]:
    """The cotangents with all but one of them 0, in turn: a loss that depends on one output alone. None for one output."""
    for kept in range(len(cotangents) if len(cotangents) > 1 else 0):
        yield tuple(y_bar if k == kept else np.zeros_like(y_bar) for k, y_bar in enumerate(cotangents))
