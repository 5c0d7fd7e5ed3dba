"""The same entries elsewhere: where they go, and that the cotangent comes back the same way, in memory of its own."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from gradverify.ops import Concatenate, Flatten, Permute, PermuteAxes, Squeeze, StridedSlice, Transpose, Unsqueeze

X = np.arange(12.0).reshape(3, 4)
CUBOID = np.arange(24.0).reshape(2, 3, 4)
PLACES = np.array([2, 0, 3, 1])

OPS = {
    "transpose": (Transpose, (X,), {}, X.T),
    "permute": (Permute, (X[0],), {"places": PLACES}, X[0][PLACES]),
    **{
        f"axes {axes}": (PermuteAxes, (CUBOID,), {"axes": axes}, np.transpose(CUBOID, axes))
        for axes in permutations(range(3))
    },
    "four axes": (PermuteAxes, (CUBOID[None],), {"axes": (3, 0, 2, 1)}, CUBOID[None].transpose(3, 0, 2, 1)),
    "no axes": (PermuteAxes, (np.array(3.0),), {"axes": ()}, np.array(3.0)),
    "flatten": (Flatten, (X,), {}, np.arange(12.0)),
    "every second row": (StridedSlice, (X,), {"step": 2}, X[[0, 2]]),
    "from the second on": (StridedSlice, (X,), {"start": 1, "step": 2}, X[[1]]),
    "nothing": (StridedSlice, (X,), {"start": 7}, X[:0]),
    "unsqueeze": (Unsqueeze, (X,), {}, X[:, None, :]),
    "squeeze": (Squeeze, (X[:, None, :],), {}, X),
    "concatenate": (Concatenate, (X, X[:2]), {}, np.vstack((X, X[:2]))),
    "nothing and something": (Concatenate, (X[:0], X), {}, X),
    "an empty matrix": (Transpose, (X[:0],), {}, X[:0].T),
}


@pytest.mark.parametrize("name", OPS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_entries_and_the_way_back(name, dtype):
    op, inputs, parameters, expected = OPS[name]
    inputs, context = tuple(x.astype(dtype) for x in inputs), {}
    y = op.forward(context, *inputs, **parameters)
    assert y.dtype == dtype
    assert np.array_equal(y, expected)
    y_bar = np.arange(1.0, 1.0 + y.size).reshape(y.shape).astype(dtype)
    returned = op.backward(context, y_bar)
    gradients = returned if isinstance(returned, tuple) else (returned,)
    for place, (x, gradient) in enumerate(zip(inputs, gradients, strict=True)):
        assert gradient.shape == x.shape
        assert gradient.dtype == dtype
        assert not any(np.shares_memory(gradient, other) for other in (y_bar, y, *inputs))
        # Every op here is linear: the gradient's entry is the cotangent paired with what a unit at that entry becomes.
        for entry in np.ndindex(x.shape):
            units = [np.zeros_like(each) for each in inputs]
            units[place][entry] = 1
            assert gradient[entry] == (op.forward({}, *units, **parameters) * y_bar).sum()
    assert not np.shares_memory(y, inputs[0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Transpose.forward({}, X[0]), ValueError, "Transpose needs a matrix"),
        (lambda: Permute.forward({}, X[0], places=[0, 0, 1, 2]), ValueError, "places is no permutation"),
        (lambda: Permute.forward({}, X[0], places=[0, 1, 2, 4]), IndexError, "indices from 0 to 3, got 4"),
        (lambda: PermuteAxes.forward({}, X, axes=(0, 2)), ValueError, "each of the 2 axes of x once"),
        (lambda: PermuteAxes.forward({}, X, axes=(0, 0)), ValueError, "each of the 2 axes of x once"),
        (lambda: PermuteAxes.forward({}, X, axes=(0, 1.0)), TypeError, "an integer axis, got 1.0"),
        (lambda: StridedSlice.forward({}, X, step=0), ValueError, "step >= 1, got 0"),
        (lambda: StridedSlice.forward({}, X, start=-1), ValueError, "start >= 0, got -1"),
        (lambda: Squeeze.forward({}, X), ValueError, "Squeeze needs x m-by-1-by-n"),
        (lambda: Concatenate.forward({}, X, X.T), ValueError, "one number of columns"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
