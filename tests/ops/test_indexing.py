"""Ops that read entries at given places, against explicit Jacobians."""

import numpy as np
import pytest
from op_checks import DTYPES, check_conduct, check_exactly, check_gradient, draw, draw_exact

from gradverify.ops import Embedding, Select

SELECTIONS = [((1, 1), [0]), ((3, 4), [1, 0, 3]), ((3, 4), [2, 2, 2]), ((4, 2), [1, 0, 0, 1]), ((0, 3), [])]
LOOKUPS = [((3, 2), [2, 0, 2, 2]), ((3, 2), []), ((1, 1), [0, 0]), ((4, 0), [1, 3]), ((5, 3), [4])]


def places(numbers):
    return {"indices": np.array(numbers, dtype=np.int64)}


def selected(numbers):
    def formula(x):
        y = np.empty(len(numbers), object)
        for i, j in enumerate(numbers):
            y[i] = x[i, j]
        return y

    return formula


def looked_up(numbers):
    def formula(w):
        y = np.empty((len(numbers), w.shape[1]), object)
        for k, l in np.ndindex(y.shape):  # noqa: E741  # the page's name
            y[k, l] = w[numbers[k], l]
        return y

    return formula


CASES = [(Select, shape, numbers, selected(numbers)) for shape, numbers in SELECTIONS]
CASES += [(Embedding, shape, numbers, looked_up(numbers)) for shape, numbers in LOOKUPS]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("op", "shape", "numbers", "formula"), CASES)
def test_the_gradient_is_that_of_the_entries_read(op, shape, numbers, formula, dtype):
    check_gradient(op, [draw(3, shape, dtype)], formula, places(numbers))


@pytest.mark.parametrize(("op", "shape", "numbers", "formula"), CASES)
def test_the_gradient_holds_exactly_on_fractions(op, shape, numbers, formula):
    check_exactly(op, [draw_exact(3, shape)], formula, places(numbers))


@pytest.mark.parametrize(("op", "shape", "numbers", "formula"), CASES)
def test_conduct(op, shape, numbers, formula):
    check_conduct(op, [draw(3, shape)], places(numbers))


def test_rows_read_more_than_once_add_up():
    context = {}
    Embedding.forward(context, np.zeros((3, 1)), indices=np.array([2, 0, 2]))
    w_bar = Embedding.backward(context, np.array([[1.0], [10.0], [100.0]]))
    assert w_bar.tolist() == [[10.0], [0.0], [101.0]]


@pytest.mark.parametrize("op", [Select, Embedding])
def test_indices_changed_after_forward_do_not_matter(op):
    indices, context = np.array([1, 0, 1]), {}
    y = op.forward(context, draw(3, (3, 2)), indices=indices)
    before = op.backward(context, np.ones_like(y))
    indices[...] = 0
    assert np.array_equal(op.backward(context, np.ones_like(y)), before)


@pytest.mark.parametrize(
    ("op", "indices", "error", "message"),
    [
        (Select, [0, 3, 1], IndexError, r"Select needs indices from 0 to 2, got 3 at \[1\]"),
        (Select, [0, -1, 1], IndexError, r"Select needs indices from 0 to 2, got -1 at \[1\]"),
        (Select, [0, 1], ValueError, r"Select needs indices of shape \(3,\), got shape \(2,\)"),
        (Select, [0.0, 1.0, 2.0], TypeError, "Select needs integers for its indices, got float64"),
        (Embedding, [[0, 1]], ValueError, r"Embedding needs indices of a vector, got shape \(1, 2\)"),
        (Embedding, [0, 7], IndexError, r"Embedding needs indices from 0 to 2, got 7 at \[1\]"),
    ],
)
def test_indices_that_do_not_fit_are_refused(op, indices, error, message):
    with pytest.raises(error, match=message):
        op.forward({}, np.ones((3, 3)), indices=np.array(indices))


@pytest.mark.parametrize("op", [Select, Embedding])
def test_other_ranks_dtypes_and_cotangents_are_refused(op):
    with pytest.raises(ValueError, match="needs a matrix"):
        op.forward({}, np.ones(3), indices=np.array([0]))
    with pytest.raises(TypeError, match="floating-point"):
        op.forward({}, np.ones((1, 1), int), indices=np.array([0]))
    context = {}
    op.forward(context, np.ones((1, 1)), indices=np.array([0]))
    with pytest.raises(ValueError, match="cotangent of the output's shape"):
        op.backward(context, np.ones((2, 2)))
