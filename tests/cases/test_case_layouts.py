"""Memory layouts keep the values and are what their names say."""

from __future__ import annotations

import numpy as np
import pytest

from gradverify.cases.layouts import CONDUCT_LAYOUTS, LAYOUTS, lay_out, lay_out_together, zero_stride

ARRAYS = [np.arange(6.0).reshape(2, 3), np.array(1.5), np.zeros((0, 3)), np.arange(4, dtype=np.float32), np.arange(3)]


@pytest.mark.parametrize("layout", LAYOUTS + CONDUCT_LAYOUTS)
@pytest.mark.parametrize("array", ARRAYS, ids=str)
def test_values_shape_and_dtype_stay(layout, array):
    laid_out = lay_out(array, layout)

    assert isinstance(laid_out, np.ndarray)
    assert laid_out.shape == array.shape
    assert laid_out.dtype.newbyteorder("=") == array.dtype
    assert laid_out.dtype.byteorder == array.dtype.byteorder or layout == "big-endian"
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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_big_endian_has_its_bytes_the_other_way_round(dtype):
    laid_out = lay_out(np.array([1.5, -2.0], dtype), "big-endian")

    assert laid_out.dtype.str == f">f{np.dtype(dtype).itemsize}"
    assert laid_out.tobytes() == np.array([1.5, -2.0], dtype).astype(laid_out.dtype).tobytes()


def test_one_row_stands_for_all_only_where_all_have_its_bits():
    same = lay_out(np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]), "zero-stride")
    other = lay_out(np.array([[0.0, 2.0], [-0.0, 2.0]]), "zero-stride")

    assert same.strides == (0, 8)
    assert not same.flags.writeable
    assert other.strides == (16, 8)
    assert np.signbit(other[1, 0])


def test_an_array_that_stands_twice_is_laid_out_once():
    a, b = np.ones((2, 3)), np.ones((2, 3))
    first, second, third = lay_out_together((a, b, a), "Fortran")

    assert first is third
    assert first is not a
    assert not np.may_share_memory(first, second)
    assert first.strides == (8, 16)


def test_an_unknown_layout_is_named():
    with pytest.raises(ValueError, match="unknown layout 'diagonal'"):
        lay_out(np.ones(2), "diagonal")
