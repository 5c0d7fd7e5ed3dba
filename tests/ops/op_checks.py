"""The checks that every op's tests share, with nothing of gradverify in them.

The reference for a gradient is Jᵀȳ with an explicit Jacobian: the op's equation is written as loops in the test and run
on complex numbers (complex step, accurate to rounding) or on exact dual numbers over the rationals.
"""

from __future__ import annotations

import copy
from fractions import Fraction

import numpy as np

SIDES = (0, 1, 2, 3, 5)
MATRICES = [(m, n) for m in SIDES for n in SIDES]
DTYPES = (np.float64, np.float32)
LAYOUTS = ("C", "Fortran", "strided", "reversed", "read-only")
STEP = 1e-100
UNITS = 16  # roundings: a handful in each op, a sum of at most 6 terms, as many again in the complex step


class Exact(np.ndarray):
    """Stands for the array of exact numbers on which later stages run the ops."""


class Dual:
    """A number a + bε with ε² = 0 over the rationals, with as much arithmetic as rational equations need."""

    def __init__(self, a, b=0):
        self.a, self.b = Fraction(a), Fraction(b)

    def __add__(self, other):
        return Dual(self.a + other.a, self.b + other.b)

    def __sub__(self, other):
        return Dual(self.a - other.a, self.b - other.b)

    def __mul__(self, other):
        return Dual(self.a * other.a, self.a * other.b + self.b * other.a)

    def __truediv__(self, other):
        return Dual(self.a / other.a, (self.b * other.a - self.a * other.b) / (other.a * other.a))


def draw(seed, shape, dtype=np.float64, positive=False):
    """Entries between -2 and 2, or between 0.5 and 2, the same numbers in every dtype."""
    numbers = np.random.default_rng(seed).uniform(0.5 if positive else -2, 2, shape)
    return np.asarray(numbers, np.float32).astype(dtype)


def draw_exact(seed, shape, positive=False):
    """Random fractions with small numerators and denominators, as an `Exact` array."""
    rng = np.random.default_rng(seed)
    x = np.empty(shape, object)
    for index in np.ndindex(x.shape):
        sign = 1 if positive else rng.choice([-1, 1])
        x[index] = Fraction(int(sign * rng.integers(1, 12)), int(rng.integers(1, 12)))
    return x.view(Exact)


def lay_out(x, layout):
    """Return a copy of `x` that lies in memory as named."""
    if layout == "Fortran":
        return np.array(x, order="F")
    if layout == "strided":
        wide = np.zeros(tuple(2 * side for side in x.shape), x.dtype)
        view = wide[(..., *(slice(None, None, 2),) * x.ndim)]
        view[...] = x
        return view
    if layout == "reversed":
        backwards = (..., *(slice(None, None, -1),) * x.ndim)
        return x[backwards].copy()[backwards]
    fresh = np.array(x, order="C")
    fresh.flags.writeable = layout != "read-only"
    return fresh


def entrywise(scalar):
    """Lift a function of numbers to arrays of one shape, entry by entry."""

    def formula(*arrays):
        y = np.empty(arrays[0].shape, object)
        for index in np.ndindex(y.shape):
            y[index] = scalar(*(x[index] for x in arrays))
        return y

    return formula


def jacobians(formula, inputs, exact=False):
    """∂y_k/∂x_i for each input as an array of shape y.shape + x.shape, one perturbed entry at a time."""

    def lift(x, at=None):
        lifted = np.empty(x.shape, object)
        for index in np.ndindex(x.shape):
            if exact:
                lifted[index] = Dual(x[index], index == at)
            else:
                lifted[index] = complex(x[index], STEP * (index == at))
        return lifted

    found = []
    for position, x in enumerate(inputs):
        y_shape = formula(*map(lift, inputs)).shape
        J = np.zeros(y_shape + x.shape, object if exact else float)
        for at in np.ndindex(x.shape):
            y = formula(*(lift(z, at if k == position else None) for k, z in enumerate(inputs)))
            for k in np.ndindex(y_shape):
                J[k + at] = y[k].b if exact else y[k].imag / STEP
        found.append(J)
    return found


def gradients_of(op, inputs, parameters, y_bar):
    """Run forward and backward once; return the output and the gradients as a tuple."""
    context = {}
    y = op.forward(context, *inputs, **parameters)
    gradients = op.backward(context, y_bar)
    return y, gradients if isinstance(gradients, tuple) else (gradients,)


def check_gradient(op, inputs, formula, parameters=None, seed=1, cancels=lambda y_bar: 0):
    """Compare backward with Jᵀȳ in every layout; `cancels` adds to the sum of absolute terms that rounding acts on."""
    dtype = inputs[0].dtype
    J = jacobians(formula, inputs)
    shape = J[0].shape[: J[0].ndim - inputs[0].ndim]
    dense = draw(seed, shape, dtype)
    cases = [(lay_out(dense, layout), [lay_out(x, layout) for x in inputs]) for layout in LAYOUTS]
    cases.append((np.broadcast_to(dtype.type(1.5), shape), inputs))
    for y_bar, laid_out in cases:
        y, gradients = gradients_of(op, laid_out, parameters or {}, y_bar)
        assert (y.shape, y.dtype) == (shape, dtype)
        assert len(gradients) == len(inputs)
        for x, x_bar, J_x in zip(inputs, gradients, J, strict=True):
            assert type(x_bar) is np.ndarray
            assert (x_bar.shape, x_bar.dtype) == (x.shape, x.dtype)
            flat, J_flat = y_bar.astype(float).reshape(-1), J_x.reshape(y_bar.size, x.size)
            expected = (flat @ J_flat).reshape(x.shape)
            terms = (np.abs(flat) @ np.abs(J_flat)).reshape(x.shape) + cancels(y_bar)
            too_far = np.abs(x_bar - expected) > UNITS * np.finfo(dtype).eps * terms
            assert not too_far.any(), f"{op.__name__} at {np.argwhere(too_far)[0]}: {x_bar} != {expected}"


def check_exactly(op, inputs, formula, parameters=None, seed=1):
    """Compare forward and backward on fractions with the equation and with Jᵀȳ: no tolerance."""
    J = jacobians(formula, inputs, exact=True)
    y_bar = draw_exact(seed, J[0].shape[: J[0].ndim - inputs[0].ndim])
    y, gradients = gradients_of(op, inputs, parameters or {}, y_bar)
    lifted = [entrywise(Dual)(x) for x in inputs]
    assert np.array_equal(y, entrywise(lambda number: number.a)(formula(*lifted)))
    for x, x_bar, J_x in zip(inputs, gradients, J, strict=True):
        expected = y_bar.reshape(-1).view(np.ndarray) @ J_x.reshape(y_bar.size, x.size)
        assert x_bar.shape == x.shape
        assert x_bar.dtype == object
        assert np.array_equal(x_bar, expected.reshape(x.shape)), f"{op.__name__}: {x_bar} != {expected}"


def _same(a, b):
    return len(a) == len(b) and all(np.array_equal(p, q, equal_nan=True) for p, q in zip(a, b, strict=True))


def check_conduct(op, inputs, parameters=None, seed=2):
    """Mutation, shared memory, a second call, a spoilt output, linearity in the cotangent."""
    parameters = parameters or {}
    context = {}
    y = op.forward(context, *inputs, **parameters)
    assert type(y) is np.ndarray
    assert y.flags.writeable
    y_bar = draw(seed, y.shape, y.dtype)
    arrays = [value for value in context.values() if isinstance(value, np.ndarray)]
    watched = [*inputs, y_bar, y, *arrays]
    before, context_before = [copy.deepcopy(a) for a in watched], dict(context)

    first = op.backward(context, y_bar)
    gradients = first if isinstance(first, tuple) else (first,)
    assert _same(watched, before), f"{op.__name__}: forward's arrays or the cotangent were written to"
    assert context.keys() == context_before.keys()
    assert all(context[key] is context_before[key] for key in context)
    assert not any(np.shares_memory(y, other) for other in [*inputs, *arrays])
    for k, x_bar in enumerate(gradients):
        others = [*watched, *gradients[:k], *gradients[k + 1 :]]
        assert not any(np.shares_memory(x_bar, other) for other in others), f"{op.__name__}: shared memory"
        assert x_bar.flags.writeable

    kept = [x_bar.copy() for x_bar in gradients]
    for x_bar in gradients:
        x_bar[...] = np.nan
    y[...] = np.nan

    def again(cotangent):
        found = op.backward(context, cotangent)
        return found if isinstance(found, tuple) else (found,)

    assert _same(again(y_bar), kept), f"{op.__name__}: the second call differs"
    assert _same(again(-2 * y_bar), [-2 * x_bar for x_bar in kept]), f"{op.__name__}: not linear"
    other = draw(seed + 1, y_bar.shape, y_bar.dtype)
    scale = 64 * np.finfo(y_bar.dtype).eps * max([1, *(np.abs(x_bar).max(initial=0) for x_bar in kept)])
    for total, part, rest in zip(again(y_bar + other), kept, again(other), strict=True):
        np.testing.assert_allclose(total, part + rest, rtol=0, atol=scale)
