"""Views of exact arrays share memory exactly where NumPy's do, and copies do not."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from exact_rows import INPUTS, label, on_numbers

from gradverify.numbers.fields import PrimeField

ROWS = [
    lambda t: t[0],
    lambda t: t[:, ::-1],
    lambda t: t[..., None],
    lambda t: t[[0, 1]],
    lambda t: t[t > 0],
    lambda t: t.T,
    lambda t: t.mT,
    lambda t: t.reshape(6, 4),
    lambda t: t.T.reshape(6, 4),
    lambda t: t.ravel(),
    lambda t: t.T.ravel(),
    lambda t: t.T.ravel(order="F"),
    lambda t: t.flatten(),
    lambda t: t.copy(),
    lambda t: t.view(),
    lambda t: t.view(np.ndarray),
    lambda t: t.squeeze(),
    lambda t: t.swapaxes(0, 1),
    lambda t: t.transpose(2, 0, 1),
    lambda t: t.diagonal(),
    lambda t: t.astype(float),
    lambda t: t.astype(float, copy=False),
    lambda t: t.real,
    lambda t: +t,
    lambda t: np.moveaxis(t, 0, 1),
    lambda t: np.expand_dims(t, 0),
    lambda t: np.broadcast_to(t, (5, 2, 3, 4)),
    lambda t: np.atleast_3d(t),
    lambda t: np.flip(t),
    lambda t: np.rot90(t),
    lambda t: np.roll(t, 1),
    lambda t: np.repeat(t, 1),
    lambda t: np.split(t, 3, axis=1)[1],
    lambda t: np.array_split(t, 2)[0],
    lambda t: np.lib.stride_tricks.sliding_window_view(t, 2, axis=2),
    lambda t: np.lib.stride_tricks.as_strided(t, (2, 2), t.strides[:2]),
    lambda t: np.array(t),
    lambda t: np.array(t, copy=False),
    lambda t: np.asarray(t),
    lambda t: np.asarray(t, dtype=float),
    lambda t: np.asanyarray(t),
    lambda t: np.ascontiguousarray(t),
    lambda t: np.ascontiguousarray(t.T),
    lambda t: np.asfortranarray(t),
    lambda t: np.where(True, t, 0.0),
    lambda t: np.maximum(t, t),
    lambda t: np.clip(t, None, 9),
    lambda t: np.concatenate([t]),
    lambda t: np.einsum("ijk->kji", t),
    lambda t: np.einsum("iij->ij", t[:, :2]),
    lambda t: np.squeeze(t),
    lambda t: np.tril(t),
    lambda t: np.nan_to_num(t, copy=True),
    lambda t: np.nan_to_num(t, copy=False),
    lambda t: np.take(t, [0], axis=0),
    lambda t: np.sort(t),
    lambda t: np.diagonal(t),
    lambda t: np.real(t),
]


@pytest.mark.parametrize("function", ROWS, ids=label)
def test_memory_is_shared_as_numpy_shares_it(function):
    made = on_numbers(lambda t: (t, function(t)), PrimeField(Random(1)))
    floats = INPUTS["t"].copy()
    expected = function(floats)

    assert np.shares_memory(*made) == np.shares_memory(floats, expected)
    same, expected_same = made[1] is made[0], expected is floats
    assert same == expected_same
    assert made[1].strides == expected.strides
    assert made[1].flags.writeable == expected.flags.writeable
