from __future__ import annotations

import numpy as np
import pytest

from gradverify.cases.layouts import LAYOUTS, lay_out, zero_stride

ARRAYS = [np.arange(6.0).reshape(2, 3), np.array(1.5), np.zeros((0, 3)), np.arange(4, dtype=np.float32), np.arange(3)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("array", ARRAYS, ids=str)
def test_values_shape_and_dtype_stay(layout, array):
    laid_out = lay_out(array, layout)

    assert isinstance(laid_out, np.ndarray)
    assert laid_out.shape == array.shape
    assert laid_out.dtype == array.dtype
    assert np.array_equal(laid_out, array)
    assert not np.may_share_memory(laid_out, array)


def test_strides_and_flags_are_what_the_name_says():
    matrix = np.arange(6.0).reshape(2, 3)

    assert lay_out(matrix, "Fortran").strides == (8, 16)
    assert lay_out(matrix, "strided").strides == (2 * 6 * 8, 2 * 8)
    assert lay_out(matrix, "reversed").strides == (-24, -8)
    assert not lay_out(matrix, "read-only").flags.writeable
    assert all(lay_out(matrix, layout).flags.writeable for layout in LAYOUTS if layout != "read-only")


def test_between_strided_entries_there_is_nothing_to_read():
    assert np.isnan(lay_out(np.ones((2, 2)), "strided").base[0, 1])


def test_zero_stride_repeats_one_element():
    broadcast = zero_stride(np.array([[2.0, 3.0], [4.0, 5.0]]))

    assert broadcast.strides == (0, 0)
    assert broadcast.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    assert zero_stride(np.zeros((0, 2))).shape == (0, 2)
    assert zero_stride(np.array(3.0)) == 3.0


def test_an_unknown_layout_is_named():
    with pytest.raises(ValueError, match="unknown layout 'diagonal'"):
        lay_out(np.ones(2), "diagonal")
