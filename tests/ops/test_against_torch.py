"""Every shipped op beside torch: its outputs and its VJP at random points in float64. Runs only where torch is installed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradverify.adapters import adapt
from gradverify.cases import cases, draw_cotangents
from gradverify.cases.collect import collect
from gradverify.derivation.library import library
from gradverify.derived_space import space_of

torch = pytest.importorskip("torch")
functional = torch.nn.functional

RELATIVE = 1e-12
"""The largest difference, over the largest entry of what torch gives."""

NO_LARGER_THAN = 4000
"""Entries of an input in the cases that are tried."""


def attention(Q, K, V, causal=False):
    mask = torch.ones(len(Q), len(K), dtype=torch.bool).tril() if causal else None
    return functional.scaled_dot_product_attention(Q, K, V, attn_mask=mask)


def rms_norm(x, gamma, eps):
    return functional.rms_norm(x, gamma.shape, gamma, eps)


def layer_norm(x, gamma, beta, eps):
    return functional.layer_norm(x, gamma.shape, gamma, beta, eps)


def batch_norm(x, gamma, beta, eps):
    # torch itself refuses a batch of one
    return (x - x.mean(0)) / torch.sqrt(x.var(0, unbiased=False) + eps) * gamma + beta


TORCH = {
    "add": torch.add,
    "add_row": lambda x, b: x + b,
    "affine": functional.linear,
    "attention": attention,
    "batchnorm": batch_norm,
    "broadcast": lambda x, columns: x[:, None].expand(-1, columns),
    "broadcasting": lambda x1, x2, **parameters: x1 * torch.exp(-x2 * x2),
    "causal_attention": lambda Q, K, V: attention(Q, K, V, causal=True),
    "concatenate": lambda x1, x2: torch.cat([x1, x2]),
    "conv2d": lambda x, W, **given: functional.conv2d(x, W, **given),
    "cross_entropy": lambda x, targets: functional.cross_entropy(x, targets, reduction="none"),
    "cumsum": lambda x: x.cumsum(1),
    "division": torch.div,
    "elementwise": lambda x, **parameters: torch.sin(x),
    "elementwise_rank3": lambda x, **parameters: torch.sin(x),
    "embedding": lambda w, indices: functional.embedding(indices, w),
    "exp": torch.exp,
    "expand": lambda x, dim, repeats: x.expand(-1, repeats, -1),
    "gelu": lambda x: functional.gelu(x, approximate="tanh"),
    "identity": torch.clone,
    "inverse": torch.linalg.inv,
    "layernorm": layer_norm,
    "linear": functional.linear,
    "log": torch.log,
    "log_softmax": lambda x: functional.log_softmax(x, 1),
    "logdet": lambda x: torch.linalg.slogdet(x)[1],
    "logsumexp": lambda x: torch.logsumexp(x, 1, keepdim=True),
    "matmul": torch.matmul,
    "maxpool": lambda x, side, **given: functional.max_pool2d(x, side, **given),
    "mean": lambda x: x.mean(1, keepdim=True),
    "multiply": torch.mul,
    "negate": torch.neg,
    "normalize": lambda x: x / x.sum(1, keepdim=True),
    "permute": lambda x, places: x[places],
    "permute_axes": lambda x, axes: x.permute(axes),
    "power": torch.pow,
    "prod": lambda x: x.prod(1, keepdim=True),
    "relu": torch.relu,
    "reshape": torch.flatten,
    "rmsnorm": rms_norm,
    "row_max": lambda x: x.amax(1, keepdim=True),
    "row_sum": lambda x: x.sum(1, keepdim=True),
    "select": lambda x, indices: x.gather(1, indices[:, None])[:, 0],
    "sigmoid": torch.sigmoid,
    "softmax": lambda x: functional.softmax(x, 1),
    "softplus": lambda x: functional.softplus(x, threshold=math.inf),
    "solve": torch.linalg.solve,
    "sqrt": torch.sqrt,
    "square": torch.square,
    "squeeze": lambda x: x.squeeze(1),
    "strided_slice": lambda x, start, step: x[start::step],
    "sub": torch.sub,
    "sub_column": lambda x, c: x - c,
    "sum": torch.sum,
    "tanh": torch.tanh,
    "transpose": lambda x, **given: x.permute(*given["axes"]) if given else x.T,
    "unsqueeze": lambda x: x.unsqueeze(1),
    "variance": lambda x: x.var(1, unbiased=False, keepdim=True),
}
"""For each derivation what its op is in torch, of the same inputs and keywords."""

FUNCTIONS = {
    "elementwise": {"f": np.sin, "f_prime": np.cos},
    "elementwise_rank3": {"f": np.sin, "f_prime": np.cos},
    "broadcasting": {
        "g": lambda u, v: u * np.exp(-v * v),
        "g_1": lambda u, v: np.exp(-v * v),
        "g_2": lambda u, v: -2 * u * v * np.exp(-v * v),
    },
}
"""The functions given to ops that take any: those that the table has in torch."""


def as_tensor(value):
    return torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value


def close(got, expected):
    expected = expected.detach().numpy()
    assert got.shape == expected.shape
    largest = np.abs(expected).max(initial=0)
    difference = np.abs(got - expected).max(initial=0)
    assert difference <= RELATIVE * largest, f"{difference / largest:.1e} of the largest entry"


def test_every_op_has_a_row():
    assert set(library()) == set(TORCH)


@pytest.mark.parametrize("name", TORCH)
def test_outputs_and_vjp_are_those_of_torch(name):
    derivation = library()[name]
    op = adapt(derivation.op, parameters=dict.fromkeys(derivation.parameters))
    compared = 0
    for case in collect(cases(space_of(derivation, op)), 30, 0):
        # with one column a gradient may be 0, by terms that cancel but for their rounding
        if min(case.sizes.values()) < 2 or max(array.size for array in case.inputs) > NO_LARGER_THAN:
            continue
        parameters = {**case.parameters, **FUNCTIONS.get(name, {})}
        try:
            outputs, context = op.forward(*(array.copy() for array in case.inputs), **parameters)
        except (ValueError, IndexError):  # outside the op's domain
            continue
        cotangents = draw_cotangents(outputs, case.seed)
        gradients = op.backward(context, cotangents)
        inputs = [as_tensor(array).requires_grad_() for array in case.inputs]
        output = TORCH[name](*inputs, **{key: as_tensor(value) for key, value in parameters.items()})
        expected = torch.autograd.grad(output, inputs, as_tensor(np.asarray(cotangents[0])))
        close(np.asarray(outputs[0]), output)
        for got, want in zip(gradients, expected, strict=True):
            close(np.asarray(got), want)
        compared += 1
    assert compared >= 5
