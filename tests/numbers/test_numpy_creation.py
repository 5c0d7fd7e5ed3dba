"""What makes arrays, what writes into them, and what an exact array tells of itself, one spelling a row."""

from __future__ import annotations

import numpy as np
import pytest
from exact_rows import check_in_balls, check_in_residues, label

INDEX = np.array([2, 0, 1, 2])
ROWS_AT = np.array([0, 2, 1])
LABELS = np.array([1, 0, 3])
MASK = np.array([[True, False, True, True], [False, True, False, True], [True, True, False, False]])
CAUSAL = np.tril(np.ones((4, 4), dtype=bool))

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
    lambda x: x.imag,
    lambda x: np.imag(x),
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


TABLE = CREATION + STATEMENTS


@pytest.mark.parametrize("function", TABLE, ids=label)
def test_values_tangents_and_kinds(function):
    with np.errstate(all="raise", invalid="ignore", divide="ignore"):
        check_in_balls(function)


@pytest.mark.parametrize("function", TABLE, ids=label)
def test_residues(function):
    check_in_residues(function)
