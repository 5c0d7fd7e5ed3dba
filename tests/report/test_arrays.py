"""Arrays in JSON come back bit by bit."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gradverify.report.arrays import array_from, array_in_json

VALUES = [1.5, -0.0, 0.1, 3e-5, -7.25, 1.0]


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", ">f8", ">f4", "<c8", "<c16", "g", "<i4", ">i8", "<u8", "?"])
@pytest.mark.parametrize("shape", [(6,), (2, 3), (1, 6, 1)])
def test_every_bit_comes_back(dtype, shape):
    array = np.array(VALUES).astype(np.float64 if dtype[-2:] not in ("u8", "?") else np.uint8).astype(dtype)
    array = array.reshape(shape)
    back = array_from(json.loads(json.dumps(array_in_json(array), allow_nan=False)))
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()


def test_the_extremes_come_back():
    info = np.finfo(np.float64)
    array = np.array([info.max, info.tiny, 5e-324, -np.inf, np.inf, np.nan, np.nextafter(1.0, 2.0)])
    written = array_in_json(array)
    assert written["data"][3:6] == ["-inf", "inf", "nan"]
    assert np.array_equal(array_from(written), array, equal_nan=True)
    large = np.array([np.iinfo(np.uint64).max, 0], dtype=np.uint64)
    assert array_from(json.loads(json.dumps(array_in_json(large)))).tolist() == large.tolist()


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3)])
def test_a_single_number_and_no_number(shape):
    array = np.full(shape, 0.1)
    back = array_from(array_in_json(array))
    assert back.shape == shape
    assert np.array_equal(back, array)


def test_entries_stand_in_c_order_whatever_the_memory_is():
    array = np.arange(12.0).reshape(3, 4)
    for view in (np.asfortranarray(array), array[::-1, ::2], np.broadcast_to(array[0], (3, 4))):
        assert np.array_equal(array_from(array_in_json(view)), view)
