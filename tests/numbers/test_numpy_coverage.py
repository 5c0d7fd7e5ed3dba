"""Every NumPy spelling that exact numbers must understand, one a row."""

from __future__ import annotations

import numpy as np
import pytest
from exact_rows import check_in_balls, check_in_residues, label

INDEX = np.array([2, 0, 1, 2])
ROWS_AT = np.array([0, 2, 1])
LABELS = np.array([1, 0, 3])
MASK = np.array([[True, False, True, True], [False, True, False, True], [True, True, False, False]])
CAUSAL = np.tril(np.ones((4, 4), dtype=bool))
KERNEL = np.array([0.25, 0.5, 0.25])

ARITHMETIC = [
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x * y,
    lambda x, p: x / p,
    lambda x: -x,
    lambda x: +x,
    lambda x: abs(x),
    lambda x: x + 2,
    lambda x: 2 - x,
    lambda x: x * 0.1,
    lambda p: 1 / p,
    lambda p: 3 / p,
    lambda x: x / 3,
    lambda x: x + np.float64(0.25),
    lambda x: np.float64(0.25) * x,
    lambda x: np.float32(0.5) * x,
    lambda x: x * np.int64(3),
    lambda x: np.pi * x,
    lambda x, v: x * v,
    lambda x, w: x / w,
    lambda x, v, w: (x + v) * w,
    lambda x, c: x * c,
    lambda c: c * c + 1,
    lambda x: x + np.arange(4),
    lambda x: np.arange(4.0) * x,
    lambda x: MASK * x,
    lambda x: x * MASK + ~MASK,
    lambda p: p // 0.25,
    lambda p: p % 0.25,
    lambda x: np.mod(x, 0.3),
    lambda x: np.fmod(x, 0.3),
    lambda x: np.remainder(x, 0.3),
    lambda x: np.floor_divide(x, 0.3),
    lambda p: np.divmod(p, 0.3),
    lambda x: divmod(x[0, 0], 0.3),
    lambda x, y: np.add(x, y),
    lambda x, y: np.subtract(x, y),
    lambda x, y: np.multiply(x, y),
    lambda x, p: np.divide(x, p),
    lambda x, p: np.true_divide(x, p),
    lambda x: np.negative(x),
    lambda x: np.positive(x),
    lambda x: np.abs(x),
    lambda x: np.absolute(x),
    lambda x: np.fabs(x),
    lambda x: np.square(x),
    lambda p: np.reciprocal(p),
    lambda x: np.conj(x),
    lambda x: x.conj(),
    lambda x: np.real(x),
    lambda x: x.real,
]

POWERS = [
    lambda x: x**2,
    lambda x: x**3,
    lambda x: x**0,
    lambda p: p**-1,
    lambda p: p**-2,
    lambda p: p**0.5,
    lambda p: p**1.5,
    lambda p: p**-0.5,
    lambda p: p**0.3,
    lambda p, y: p**y,
    lambda x: 2**x,
    lambda x: 10.0**x,
    lambda x: np.e**x,
    lambda p: np.power(p, 2.5),
    lambda x: np.power(x, 2),
    lambda x: x ** np.array([1, 2, 3, 2]),
    lambda p: p ** np.array([0.5, 1.0, 2.0, -1.0]),
    lambda p, y: np.power(p, y),
    lambda p: np.float_power(p, 1.5),
    lambda x: pow(x[0, 0], 2),
    lambda p: np.sqrt(p),
    lambda p: np.cbrt(p),
    lambda x: np.cbrt(x),
]

ELEMENTARY = [
    lambda x: np.exp(x),
    lambda x: np.exp2(x),
    lambda x: np.expm1(x),
    lambda p: np.log(p),
    lambda p: np.log2(p),
    lambda p: np.log10(p),
    lambda p: np.log1p(p),
    lambda x: np.sin(x),
    lambda x: np.cos(x),
    lambda q: np.tan(q),
    lambda q: np.arcsin(q),
    lambda q: np.arccos(q),
    lambda x: np.arctan(x),
    lambda x, p: np.arctan2(x, p),
    lambda x, p: np.arctan2(x, -p),
    lambda x: np.sinh(x),
    lambda x: np.cosh(x),
    lambda x: np.tanh(x),
    lambda x: np.arcsinh(x),
    lambda p: np.arccosh(1 + p),
    lambda q: np.arctanh(q),
    lambda x, y: np.hypot(x, y),
    lambda x, y: np.logaddexp(x, y),
    lambda x: np.logaddexp(0, x),
    lambda x: np.logaddexp(0.0, -x),
    lambda x, y: np.logaddexp2(x, y),
    lambda x: np.logaddexp.reduce(x, axis=1),
    lambda x: np.sinc(x),
    lambda x: np.degrees(x),
    lambda x: np.radians(x),
    lambda x: np.deg2rad(np.rad2deg(x)),
    lambda x: np.floor(x),
    lambda x: np.ceil(x),
    lambda x: np.rint(x),
    lambda x: np.trunc(x),
    lambda x: np.fix(x),
    lambda x: np.round(x),
    lambda x: x.round(1),
    lambda x: np.around(x, 2),
    lambda x: round(x[0, 0], 1),
    lambda x: np.modf(x),
    lambda x: np.sign(x),
    lambda x, y: np.copysign(x, y),
    lambda x: np.heaviside(x, 0.5),
    lambda x: np.nan_to_num(x),
    lambda c: np.exp(c),
    lambda x: np.exp(x[0, 1]),
    lambda x: np.tanh(x.sum()),
    lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    lambda x: np.log(np.exp(x).sum(axis=1, keepdims=True)),
    lambda x: np.exp(x - x.max(axis=1, keepdims=True)),
]

COMPARISONS = [
    lambda x: x > 0,
    lambda x: x < 0.1,
    lambda x, y: x >= y,
    lambda x, y: x <= y,
    lambda x: x == x.max(axis=1, keepdims=True),
    lambda x, y: x != y,
    lambda x, y: np.greater(x, y),
    lambda x, y: np.less_equal(x, y),
    lambda x, y: np.equal(x, y),
    lambda x: x > 0,
    lambda x: (x > 0).astype(float) * x,
    lambda x: (x > 0) * x,
    lambda x: (x > 0) & (x < 1),
    lambda x: np.logical_and(x > 0, x < 1),
    lambda x: np.logical_not(x),
    lambda x: np.logical_or(x, x > 0),
    lambda x: np.isnan(x),
    lambda x: np.isfinite(x),
    lambda x: np.isinf(x),
    lambda x: np.signbit(x),
    lambda x: np.any(x > 0),
    lambda x: x.any(),
    lambda x: x.all(axis=1),
    lambda x: np.all(x, axis=0),
    lambda x: (x > 0).sum(axis=1),
    lambda x: np.count_nonzero(x),
    lambda x: np.allclose(x, x),
    lambda x, y: np.isclose(x, y),
    lambda x, y: np.array_equal(x, y),
    lambda x: bool(x[0, 0] > 0),
    lambda x: max(x[0, 0], x[0, 1], 0),
    lambda x: min(x[0]),
    lambda x: sorted(x[0]),
    lambda x: sum(x[0]),
    lambda x: 0.0 in x,
]

REDUCTIONS = [
    lambda x: np.sum(x),
    lambda x: x.sum(),
    lambda x: x.sum(0),
    lambda x: x.sum(axis=-1),
    lambda x: x.sum(axis=1, keepdims=True),
    lambda t: t.sum(axis=(0, 2)),
    lambda t: np.sum(t, axis=(-1, 0), keepdims=True),
    lambda x: np.sum(x, axis=None, keepdims=True),
    lambda x: np.sum(x, where=MASK),
    lambda x: np.sum(x, axis=0, where=MASK, initial=0.5),
    lambda x: np.sum(x, axis=0, dtype=np.float64),
    lambda e: e.sum(axis=0),
    lambda e: e.sum(),
    lambda x: np.sum([x, x], axis=0),
    lambda x: np.add.reduce(x, axis=1),
    lambda t: np.add.reduce(t, axis=(0, 1)),
    lambda x: np.multiply.reduce(x, axis=0),
    lambda x: np.add.accumulate(x, axis=1),
    lambda x: np.maximum.accumulate(x, axis=1),
    lambda x: np.add.reduceat(x, [0, 2], axis=1),
    lambda u, v: np.multiply.outer(u, v),
    lambda u, v: np.subtract.outer(u, v),
    lambda u, v: np.maximum.outer(u, v),
    lambda x: np.prod(x),
    lambda x: x.prod(axis=1),
    lambda t: np.prod(t, axis=(0, 2)),
    lambda x: np.mean(x),
    lambda x: x.mean(0),
    lambda x: x.mean(axis=-1, keepdims=True),
    lambda t: t.mean(axis=(0, 2)),
    lambda x: np.mean(x, where=MASK),
    lambda x: np.var(x),
    lambda x: x.var(axis=1),
    lambda x: np.var(x, axis=0, ddof=1),
    lambda t: t.var(axis=(0, 1), keepdims=True),
    lambda x: np.std(x),
    lambda x: x.std(axis=0, ddof=1, keepdims=True),
    lambda x: np.average(x, axis=1),
    lambda x, v: np.average(x, axis=1, weights=np.abs(v)),
    lambda x, p: np.average(x, weights=p),
    lambda x: np.average(x, axis=0, weights=[0.25, 0.5, 0.25]),
    lambda x: np.average(x, axis=0, weights=[1, 2, 3], returned=True),
    lambda x: np.median(x),
    lambda x: np.median(x, axis=1),
    lambda x: np.median(x, axis=0, keepdims=True),
    lambda t: np.median(t, axis=(0, 2)),
    lambda x: np.quantile(x, 0.25, axis=1),
    lambda x: np.percentile(x, [10, 50], axis=0),
    lambda x: np.ptp(x),
    lambda x: np.ptp(x, axis=1),
    lambda x: np.max(x),
    lambda x: x.max(axis=1, keepdims=True),
    lambda x: x.min(0),
    lambda x: np.amax(x, axis=0),
    lambda x: np.amin(x),
    lambda t: t.max(axis=(1, 2)),
    lambda x: np.max(x, initial=0.0),
    lambda x: np.max(x, axis=1, where=MASK, initial=-9.0),
    lambda x: np.nansum(x, axis=0),
    lambda x: np.nanmean(x),
    lambda x: np.nanmax(x, axis=1),
    lambda x: np.nanstd(x, axis=1),
    lambda x: np.cumsum(x),
    lambda x: x.cumsum(axis=1),
    lambda x: np.cumprod(x, axis=0),
    lambda x: x.cumprod(),
    lambda x: np.diff(x),
    lambda x: np.diff(x, n=2, axis=1),
    lambda x: np.diff(x, axis=0, prepend=0),
    lambda x: np.diff(x, append=1.0),
    lambda x: np.ediff1d(x),
    lambda x: np.gradient(x, axis=0),
    lambda x: np.trapezoid(x, axis=1),
    lambda v: np.convolve(v, KERNEL),
    lambda u, v: np.convolve(u, v, mode="same"),
    lambda u, v: np.correlate(u, v, "full"),
    lambda x: np.cov(x),
    lambda x: np.corrcoef(x),
    lambda v: np.polyval(v, 0.5),
    lambda v: np.vander(v, 3),
]

LINEAR = [
    lambda x, B: x @ B,
    lambda x, u: x @ u,
    lambda u, v: u @ v,
    lambda t, B: t @ B,
    lambda x, B: np.matmul(x, B),
    lambda x, y: x @ y.T,
    lambda T, S: T @ S,
    lambda x, B: np.dot(x, B),
    lambda x, B: x.dot(B),
    lambda u, v: np.dot(u, v),
    lambda x: np.dot(x, 2.0),
    lambda t, B: np.dot(t, B),
    lambda x, y: np.vdot(x, y),
    lambda x, y: np.inner(x, y),
    lambda u, v: np.outer(u, v),
    lambda x, B: np.tensordot(x, B, axes=1),
    lambda t, x: np.tensordot(t, x, axes=([1, 2], [0, 1])),
    lambda x, B: np.einsum("ij,jk->ik", x, B),
    lambda x: np.einsum("ij->ji", x),
    lambda x: np.einsum("ij->", x),
    lambda A: np.einsum("ii->i", A),
    lambda A: np.einsum("ii", A),
    lambda x, B: np.einsum("ij,jk", x, B),
    lambda x, y: np.einsum("ij,ij->i", x, y),
    lambda t, B: np.einsum("...j,jk->...k", t, B),
    lambda x, B: np.einsum("ij,jk->ik", x, B, optimize=True),
    lambda x, B, y: np.einsum("ij,jk,il->kl", x, B, y, optimize="greedy"),
    lambda x, B: np.einsum(x, [0, 1], B, [1, 2], [0, 2]),
    lambda x: np.einsum("ij,kj->ik", x, np.eye(4)),
    lambda A, B: np.kron(A, B),
    lambda A: np.cross(A[0], A[1]),
    lambda A: np.cross(A, A[::-1]),
    lambda A: np.trace(A),
    lambda A: A.trace(offset=1),
    lambda A: np.diag(A),
    lambda v: np.diag(v),
    lambda v: np.diag(v, k=1),
    lambda v: np.diagflat(v),
    lambda A: A.diagonal(),
    lambda t: np.diagonal(t, axis1=1, axis2=2),
    lambda x: np.tril(x),
    lambda x: np.triu(x, k=1),
    lambda x: x[np.tril_indices(3)],
    lambda x, y: np.vecdot(x, y),
    lambda A: np.linalg.inv(A),
    lambda T: np.linalg.inv(T),
    lambda A: np.linalg.det(A),
    lambda T: np.linalg.det(T),
    lambda S: np.linalg.slogdet(S),
    lambda S: np.linalg.slogdet(S).logabsdet,
    lambda T: np.linalg.slogdet(T)[1],
    lambda A, w: np.linalg.solve(A, w),
    lambda A, w: np.linalg.solve(A, w[:, 0]),
    lambda T, A: np.linalg.solve(T, A),
    lambda S: np.linalg.cholesky(S),
    lambda T: np.linalg.cholesky(T),
    lambda x: np.linalg.norm(x),
    lambda x: np.linalg.norm(x, axis=1),
    lambda x: np.linalg.norm(x, axis=1, keepdims=True),
    lambda x: np.linalg.norm(x, ord=1, axis=0),
    lambda x: np.linalg.norm(x, ord=np.inf, axis=1),
    lambda p: np.linalg.norm(p, ord=3, axis=1),
    lambda x: np.linalg.norm(x, "fro"),
    lambda x: np.linalg.norm(x, 1),
    lambda v: np.linalg.norm(v, 2),
    lambda t: np.linalg.norm(t, axis=(1, 2)),
    lambda x: np.linalg.vector_norm(x, axis=1),
    lambda x: np.linalg.matrix_norm(x),
    lambda A: np.linalg.matrix_power(A, 3),
    lambda A: np.linalg.matrix_power(A, -1),
    lambda A: np.linalg.multi_dot([A, A, A]),
    lambda A: np.linalg.trace(A),
    lambda x, y: np.linalg.outer(x[0], y[0]),
    lambda x, B: np.linalg.matmul(x, B),
]

INDEXING = [
    lambda x: x[0],
    lambda x: x[-1, 2],
    lambda x: x[1:],
    lambda x: x[:, ::-1],
    lambda x: x[::2, 1:3],
    lambda x: x[..., 0],
    lambda t: t[..., None, 1],
    lambda x: x[:, np.newaxis],
    lambda x: x[None],
    lambda x: x[()],
    lambda c: c[()],
    lambda c: c[...],
    lambda x: x[INDEX],
    lambda x: x[[0, 2]],
    lambda x: x[:, [3, 0, 0]],
    lambda x: x[np.arange(3), LABELS],
    lambda x: x[np.ix_([0, 2], [1, 3])],
    lambda x: x[MASK],
    lambda x: x[x > 0],
    lambda x: x[x[:, 0] > 0],
    lambda x: x.flat[5],
    lambda x: x.item(1, 2),
    lambda x: list(x.flat),
    lambda x: [row.sum() for row in x],
    lambda x: x.take([0, 3], axis=1),
    lambda x: np.take(x, LABELS),
    lambda x: np.take_along_axis(x, LABELS[:, None], axis=1),
    lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1),
    lambda x: x.compress([True, False, True], axis=0),
    lambda x: np.extract(MASK, x),
    lambda x: np.choose(LABELS[:1], [x[0, 0], x[1, 1]]),
    lambda x: np.nonzero(x),
    lambda x: np.argwhere(x > 0),
    lambda x: np.flatnonzero(x > 0),
    lambda x, y: np.where(x > 0, x, y),
    lambda x: np.where(x > 0, x, 0.01 * x),
    lambda x: np.where(x > 0, 1.0, 0.0) * x,
    lambda x: np.where(x > 0),
    lambda x: np.where(MASK, x, 0),
    lambda x, y: np.select([x > 0.5, x > 0], [x, y], 0.25),
    lambda x: np.select([x > 0], [x]),
    lambda x: np.piecewise(x, [x < 0, x >= 0], [lambda z: -z, lambda z: z * z]),
    lambda x: np.piecewise(x, [x > 0], [1.0, lambda z: np.exp(z)]),
    lambda x: np.clip(x, -0.5, 0.5),
    lambda x: x.clip(0),
    lambda x: x.clip(min=-0.5, max=None),
    lambda x, v: np.clip(x, -np.abs(v), np.abs(v)),
    lambda x: np.clip(x, 0, None),
    lambda x, y: np.maximum(x, y),
    lambda x: np.minimum(x, 0.3),
    lambda x: np.maximum(0, x),
    lambda x, y: np.fmax(x, y),
    lambda x, y: np.fmin(x, y),
    lambda x: np.sort(x),
    lambda x: np.sort(x, axis=0),
    lambda x: np.sort(x, axis=None),
    lambda x: np.argsort(x, axis=1),
    lambda x: x.argsort(),
    lambda x: np.argsort(-x, axis=1, kind="stable"),
    lambda x: np.partition(x, 2, axis=1),
    lambda x: np.argpartition(x, 1, axis=1)[:, :1],
    lambda x: np.argmax(x),
    lambda x: x.argmax(axis=1),
    lambda x: np.argmin(x, axis=0),
    lambda x: np.argmax(x, axis=1, keepdims=True),
    lambda x: np.lexsort((x[0], x[1])),
    lambda v: np.searchsorted(np.sort(v), 0.1),
    lambda v: np.digitize(v, [-0.5, 0.0, 0.5]),
    lambda x: np.unravel_index(x.argmax(), x.shape),
    lambda x: np.floor(x).astype(int),
    lambda x: x.astype(np.int64),
    lambda x: x.astype(bool),
]

SHAPES = [
    lambda x: x.reshape(2, 6),
    lambda x: x.reshape(-1),
    lambda x: np.reshape(x, (4, 3), order="F"),
    lambda x: x.ravel(),
    lambda x: np.ravel(x, order="F"),
    lambda x: x.flatten(),
    lambda x: x.T,
    lambda t: t.mT,
    lambda t: t.transpose(2, 0, 1),
    lambda t: np.transpose(t, (1, 0, 2)),
    lambda t: np.swapaxes(t, 0, -1),
    lambda t: t.swapaxes(1, 2),
    lambda t: np.moveaxis(t, 0, -1),
    lambda t: np.rollaxis(t, 2),
    lambda w: np.squeeze(w),
    lambda w: w.squeeze(axis=1),
    lambda x: np.expand_dims(x, (0, -1)),
    lambda v: np.broadcast_to(v, (3, 4)),
    lambda x, v: np.broadcast_arrays(x, v),
    lambda c: np.atleast_1d(c),
    lambda v: np.atleast_2d(v),
    lambda x: np.atleast_3d(x),
    lambda x, y: np.concatenate([x, y]),
    lambda x, y: np.concatenate((x, y), axis=1),
    lambda x: np.concatenate([x, np.zeros((1, 4))]),
    lambda x: np.concatenate([x, np.ones((3, 1))], axis=-1),
    lambda x, y: np.concatenate([x, y], axis=None),
    lambda x, y: np.stack([x, y]),
    lambda x, y: np.stack([x, y], axis=-1),
    lambda x, y: np.vstack([x, y]),
    lambda x, y: np.hstack([x, y]),
    lambda x, y: np.dstack([x, y]),
    lambda u, v: np.column_stack([u, v]),
    lambda u, v: np.r_[u, v],
    lambda u, v: np.c_[u, v],
    lambda x: np.append(x, 1.0),
    lambda x, y: np.append(x, y, axis=0),
    lambda x: np.insert(x, 1, 0.0, axis=1),
    lambda x: np.delete(x, 1, axis=0),
    lambda x: np.split(x, 2, axis=1),
    lambda x: np.array_split(x, 3, axis=1),
    lambda x: np.hsplit(x, 2),
    lambda x: np.vsplit(x, [1]),
    lambda x, y: np.block([[x, y], [y, x]]),
    lambda x: np.block([[x, np.zeros((3, 1))]]),
    lambda x: np.pad(x, 1),
    lambda x: np.pad(x, ((1, 0), (0, 2)), constant_values=0.5),
    lambda x: np.pad(x, ((1, 1), (2, 0)), constant_values=((1, 2), (3, 4))),
    lambda x: np.pad(x, 1, mode="edge"),
    lambda x: np.pad(x, ((0, 0), (2, 2)), mode="reflect"),
    lambda x: np.pad(x, 1, mode="symmetric"),
    lambda x: np.pad(x, 1, mode="wrap"),
    lambda x: np.pad(x, 1, mode="mean"),
    lambda x: np.pad(x, 1, mode="maximum"),
    lambda x: np.pad(x, 1, mode="minimum"),
    lambda x: np.pad(x, 1, mode="median"),
    lambda x: np.pad(x, 2, mode="linear_ramp"),
    lambda x: np.roll(x, 1),
    lambda x: np.roll(x, (1, -1), axis=(0, 1)),
    lambda x: np.rot90(x),
    lambda x: np.repeat(x, 2),
    lambda x: x.repeat([1, 2, 0, 1], axis=1),
    lambda x: np.tile(x, 2),
    lambda x: np.tile(x, (2, 1)),
    lambda x: np.flip(x),
    lambda x: np.flip(x, axis=1),
    lambda x: np.fliplr(x),
    lambda x: np.flipud(x),
    lambda x: np.resize(x, (2, 3)),
    lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 2)),
    lambda v: np.lib.stride_tricks.sliding_window_view(v, 2).mean(axis=-1),
    lambda v: np.lib.stride_tricks.as_strided(v, (3, 2), (v.strides[0], v.strides[0])),
    lambda x: np.apply_along_axis(lambda row: row / np.abs(row).sum(), 1, x),
    lambda x: np.apply_along_axis(np.sum, 0, x),
    lambda x: np.apply_over_axes(np.sum, x, [0]),
    lambda x: np.vectorize(lambda z: z * z if z > 0 else -z)(x),
    lambda x: np.vectorize(lambda z: np.exp(z), otypes=[float])(x),
    lambda x: np.frompyfunc(lambda z: z + 1, 1, 1)(x).astype(float),
    lambda x: [float(k) * z for k, z in enumerate(np.nditer(x))],
    lambda x: [z * i for (i, j), z in np.ndenumerate(x)],
    lambda x: [x[place] for place in np.ndindex(2, 3)],
    lambda x: np.array([z * z for z in x.ravel()]),
    lambda x: np.fromiter((z * z for z in x.ravel()), dtype=float),
]

CREATION = [
    lambda x: np.zeros(x.shape),
    lambda x: np.zeros(x.shape, dtype=x.dtype),
    lambda x: np.zeros_like(x),
    lambda x: np.zeros_like(x, dtype=int),
    lambda x: np.zeros_like(x, shape=(2,)),
    lambda x: np.ones_like(x),
    lambda x: np.ones((2, 3)) / 3,
    lambda x: np.full(x.shape, 0.5),
    lambda x: np.full_like(x, 2.5),
    lambda x: np.full_like(x, x[0, 0]),
    lambda x: np.full((2, 2), x.sum()),
    lambda x: np.full(3, 7),
    lambda x: np.full(3, True),
    lambda x: np.full((3, 4), x[0]),
    lambda x: np.eye(3),
    lambda x: np.eye(3, 4, k=1) * x,
    lambda x: np.eye(4)[LABELS],
    lambda x: np.eye(3, dtype=int),
    lambda x: np.identity(3) + x[:, :3],
    lambda x: np.tri(3),
    lambda x: np.arange(3),
    lambda x: np.arange(0, 1, 0.25),
    lambda x: np.linspace(0, 1, 5),
    lambda x: np.array(x),
    lambda x: np.array(x, dtype=float),
    lambda x: np.array(x, dtype=np.float64, copy=True, ndmin=3),
    lambda x: np.array([[x[0, 0], 1.0], [0.0, x[1, 1]]]),
    lambda x: np.array([x[0], x[1]]),
    lambda x: np.array([1.5, 2.5]),
    lambda x: np.array([1, 2]),
    lambda x: np.array([True, False]),
    lambda x: np.array(list(x.sum(axis=0))),
    lambda x: np.asarray(x),
    lambda x: np.asarray(x, dtype=x.dtype),
    lambda x: np.asarray(x[0, 0]),
    lambda x: np.asarray([x.sum(), x.max()]),
    lambda x: np.asanyarray(x),
    lambda x: np.ascontiguousarray(x.T),
    lambda x: np.asfortranarray(x),
    lambda x: np.copy(x),
    lambda x: x.copy(),
    lambda x: x.astype(float),
    lambda x: x.astype(np.float64, copy=False),
    lambda x: x.astype("float64"),
    lambda x: np.float64(x.sum()),
    lambda x: np.float64(0.5) * x.mean(),
    lambda x: x.dtype.type(0.5) * x,
    lambda x: np.fromfunction(lambda i, j: i + 2 * j, (2, 3)) * x[:2, :3],
    lambda u, v: np.meshgrid(u, v),
    lambda u, v: np.meshgrid(u, v, indexing="ij", sparse=True),
    lambda x: np.indices((2, 2)),
    lambda x: x.dtype,
    lambda x: x.dtype == np.float64,
    lambda x: x.dtype.kind,
    lambda x: str(x.dtype),
    lambda x: x.dtype in (np.float32, np.float64),
    lambda x: np.issubdtype(x.dtype, np.floating),
    lambda x: np.finfo(x.dtype).eps,
    lambda x: np.finfo(np.float64).tiny,
    lambda x: np.result_type(x, np.float32),
    lambda x: np.can_cast(x, float),
    lambda x: np.iscomplexobj(x),
    lambda x: np.isscalar(x.sum()),
    lambda x: np.isscalar(x),
    lambda x: isinstance(x, np.ndarray),
    lambda x: isinstance(x.sum(), float),
    lambda x: isinstance(x.sum(), np.floating),
    lambda x: isinstance(x[0, 0], np.float64),
    lambda x: (x.size, x.ndim, x.shape, x.nbytes, x.itemsize, x.strides),
    lambda x: (x.flags.c_contiguous, x.flags.writeable, x.T.flags.f_contiguous),
    lambda x: (x.sum().shape, x.sum().ndim, x.sum().size, x.sum().dtype),
    lambda x: (np.ndim(x.sum()), np.shape(x.sum()), np.size(x)),
    lambda x: (x.sum().reshape(1, 1), x.sum().copy(), x.sum().item(), x.sum().mean()),
    lambda x: x.sum().astype(np.float64),
    lambda x: np.asarray(x.sum()).reshape(1),
    lambda x: len(x),
    lambda x: np.shares_memory(x, x[0]),
    lambda x: np.may_share_memory(x, x.copy()),
    lambda x: np.broadcast_shapes(x.shape, (1, 4)),
    lambda x: f"{x.shape} {np.float64(1.5):.2f}",
    lambda x: f"{x.mean():.3f}" != "",
]

STATEMENTS = []


def row(function):
    STATEMENTS.append(function)
    return function


@row
def augmented_assignments(x, y):
    z = x.copy()
    z += y
    z *= 2
    z -= 0.5
    z /= 3
    z **= 2
    return z


@row
def augmented_matrix_product(A):
    z = A.copy()
    z @= A
    return z


@row
def assignment_to_zeros(x):
    z = np.zeros((4, 3))
    z[:3, :] = x[:, :3]
    z[-1] = 1.5
    z[0, 0] += x[0, 3]
    return z


@row
def assignment_by_mask_and_index(x, y):
    z = np.zeros_like(x)
    z[x > 0] = x[x > 0]
    z[MASK] += 1
    z[[0, 2], [1, 3]] = y[0, :2]
    z[..., -1] = 0
    z[:, None, 0] = 2.0
    return z


@row
def assignment_to_an_empty_array(x):
    z = np.empty(x.shape)
    z[:] = x
    z2 = np.empty_like(x)
    z2[...] = 2 * z
    z3 = np.empty(3)
    z3.fill(0.5)
    return z2, z3


@row
def rows_in_a_loop(x):
    z = np.empty((3, 4), dtype=np.float64)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            z[i, j] = x[i, j] ** 2 if x[i, j] > 0 else -x[i, j]
    return z


@row
def out_arguments(x, y):
    z = np.empty_like(x)
    np.multiply(x, y, out=z)
    np.exp(z, out=z)
    total = np.zeros(4)
    np.sum(z, axis=0, out=total)
    product = np.zeros((3, 3))
    np.matmul(x, y.T, out=product)
    limited = np.empty_like(x)
    np.clip(x, 0, 1, out=limited)
    mean = np.empty(3)
    x.mean(axis=1, out=mean)
    chosen = np.empty((2, 4))
    np.take(x, [0, 2], axis=0, out=chosen)
    joined = np.empty((6, 4))
    np.concatenate([x, y], out=joined)
    return z, total, product, limited, mean, chosen, joined


@row
def where_arguments(x, p):
    quotient = np.divide(x, p, out=np.zeros_like(x), where=p > 0.5)
    logarithm = np.log(x, out=np.zeros_like(x), where=x > 0)
    z = x.copy()
    np.add(z, 1.0, out=z, where=MASK)
    flags = np.zeros(x.shape, dtype=bool)
    np.greater(x, 0, out=flags)
    return quotient, logarithm, z, flags


@row
def adding_at_indices(x):
    z = np.zeros(3)
    np.add.at(z, INDEX, x[0])
    table = np.zeros((3, 4))
    np.add.at(table, ROWS_AT, x)
    np.subtract.at(table, (ROWS_AT, LABELS), 1.0)
    np.maximum.at(table, (slice(None), 0), 0)
    np.multiply.at(table, 1, 2)
    return z, table


@row
def putting(x):
    z = np.zeros_like(x)
    np.put_along_axis(z, np.argmax(x, axis=1, keepdims=True), x[:, :1], axis=1)
    np.put(z, [0, 5], [x[0, 0], 2.0])
    np.place(z, MASK, [1.0, 2.0])
    np.putmask(z, z > 5, 0.0)
    np.copyto(z, x, where=MASK)
    np.fill_diagonal(z, 0.5)
    return z


@row
def views_are_written_through(x):
    z = x.copy()
    z[0][:] = 0
    z.T[1] *= 2
    z.reshape(-1)[-1] = x[0, 0]
    z.ravel()[1] = 3.0
    z.flat[2] = 4.0
    top, rest = np.split(z, [1])
    rest += top
    return z


@row
def sorting_in_place(x):
    z = x.copy()
    z.sort(axis=1)
    y = x.copy()
    y.partition(1, axis=0)
    return z, y[1]


@row
def nditer_with_an_index(x):
    z = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readonly"])
    while not it.finished:
        z[it.multi_index] = it[0] * 2
        it.iternext()
    return z


@row
def nditer_that_writes(x):
    z = x.copy()
    with np.nditer(z, op_flags=["readwrite"]) as it:
        for entry in it:
            entry[...] = 2 * entry
    return z


@row
def softmax_with_a_causal_mask(A):
    scores = np.where(CAUSAL[:3, :3], A, -np.inf)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@row
def softmax_with_a_mask_added(A):
    mask = np.triu(np.full((3, 3), -np.inf), k=1)
    scores = A + mask
    e = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


@row
def convolution_by_windows(x):
    kernel = np.array([[1.0, 2.0], [0.5, -1.0]])
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, 1), (2, 2))
    return np.einsum("ijkl,kl->ij", windows, kernel)


@row
def division_by_a_constant_0_that_is_not_used(x):
    counts = np.array([2, 0, 1])
    with np.errstate(all="ignore"):
        return np.where(counts[:, None] > 0, x / counts[:, None], 0.0)


@row
def logarithm_outside_its_domain_that_is_not_used(x):
    with np.errstate(all="ignore"):
        return np.where(x > 0, np.log(x), 0.0)


@row
def one_hot_gather_and_scatter(x):
    one_hot = np.zeros((3, 4))
    one_hot[np.arange(3), LABELS] = 1
    picked = (one_hot * x).sum(axis=1)
    x_bar = one_hot.copy()
    x_bar[range(3), LABELS] -= x[range(3), LABELS]
    return picked, x_bar


TABLE = ARITHMETIC + POWERS + ELEMENTARY + COMPARISONS + REDUCTIONS + LINEAR + INDEXING + SHAPES + CREATION + STATEMENTS


@pytest.mark.parametrize("function", TABLE, ids=label)
def test_values_tangents_and_kinds(function):
    with np.errstate(all="raise", invalid="ignore", divide="ignore"):
        check_in_balls(function)


@pytest.mark.parametrize("function", TABLE, ids=label)
def test_residues(function):
    check_in_residues(function)


def test_the_table_is_long():
    assert len(TABLE) >= 400
