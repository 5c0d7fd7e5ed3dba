"""Right ops, with the model that proves each of them, and wrong ones."""

from __future__ import annotations

import numpy as np

from gradverify.model import InputSpec, Op, Sign, Space

RATIONAL = "rational identity"
OPAQUE = "identity in the functions' values"
EXPONENT = "identity by the laws of exp and log"
BALLS = "in 256-bit balls"
CONSTANTS = "equal up to rounded constants"


def space(*shape, sign=Sign.REAL, accepts=None):
    accepted = (
        {} if accepts is None else {"accepts": lambda arrays: arrays["x"].size > 0 and bool(accepts(arrays["x"]))}
    )
    return Space((InputSpec("x", shape or ("m", "n"), sign),), **accepted)


def op(forward, backward, inputs=("x",)):
    return Op("op", forward, backward, inputs)


def elementwise(f, slope):
    """y = f(x) and x̄ = ȳ·slope(x, y)."""

    def forward(x):
        y = f(x)
        return (y,), (x, y)

    return op(forward, lambda saved, g: (g[0] * slope(*saved),))


def is_not_flat(x):
    return x.shape[1] > 1 and (np.ptp(x, axis=1) > 0.1).all()


def rows_are_long(x):
    return (np.square(x).sum(axis=-1) > 0.1).all()


def has_no_zero(x):
    return (np.abs(x) > 0.01).all()


# --- GELU, sigmoids, and other functions of one number

ROOT_2_PI = np.sqrt(2 / np.pi)


def gelu(x):
    return 0.5 * x * (1 + np.tanh(ROOT_2_PI * (x + 0.044715 * x**3)))


def gelu_slope(x, y):
    t = np.tanh(ROOT_2_PI * (x + 0.044715 * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * ROOT_2_PI * (1 + 0.134145 * x**2)


def stable_sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


SIGMOIDS = {
    "1/(1 + exp(-x))": lambda x: 1 / (1 + np.exp(-x)),
    "exp(x)/(1 + exp(x))": lambda x: np.exp(x) / (1 + np.exp(x)),
    "(1 + tanh(x/2))/2": lambda x: 0.5 * (1 + np.tanh(0.5 * x)),
    "by the sign of x": stable_sigmoid,
    "exp(-logaddexp(0, -x))": lambda x: np.exp(-np.logaddexp(0, -x)),
}

SLOPES = {
    "y(1 - y)": lambda x, y: y * (1 - y),
    "exp(-x) y²": lambda x, y: np.exp(-x) * y * y,
    "s(x) s(-x)": lambda x, y: stable_sigmoid(x) * stable_sigmoid(-x),
}


# --- rows: softmax, norms, layer normalisation


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_forward(x):
    y = softmax(x)
    return (y,), y


def softmax_backward(y, g):
    return (y * (g[0] - (g[0] * y).sum(axis=-1, keepdims=True)),)


def log_softmax_forward(x):
    shifted = x - x.max(axis=1, keepdims=True)
    y = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return (y,), y


def log_softmax_backward(y, g):
    return (g[0] - np.exp(y) * g[0].sum(axis=1, keepdims=True),)


def log_softmax_backward_by_softmax(x, g):
    return (g[0] - softmax(x) * g[0].sum(axis=1, keepdims=True),)


def unit_forward(x):
    r = np.sqrt((x**2).sum(axis=1, keepdims=True))
    return (x / r,), (x, r)


def unit_backward(saved, g):
    x, r = saved
    y = x / r
    return ((g[0] - y * (g[0] * y).sum(axis=1, keepdims=True)) / r,)


def unit_backward_by_r_squared(saved, g):
    x, r = saved
    r2 = (x * x).sum(axis=1, keepdims=True)
    return ((g[0] * r2 - x * (g[0] * x).sum(axis=1, keepdims=True)) * r / r2**2,)


EPSILON = 1e-5


def layer_norm(x, eps=EPSILON):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    inverse = 1 / np.sqrt(var + eps)
    y = (x - mean) * inverse
    return (y,), (x, mean, var, y, inverse)


def layer_norm_backward(saved, g):
    *_, y, inverse = saved
    n = y.shape[1]
    return (inverse / n * (n * g[0] - g[0].sum(axis=1, keepdims=True) - y * (g[0] * y).sum(axis=1, keepdims=True)),)


def layer_norm_backward_without_epsilon(saved, g):
    x, mean, var, *_ = saved
    inverse = 1 / np.sqrt(var)
    return layer_norm_backward(((x - mean) * inverse, inverse), g)


def batch_norm_backward_with_one_over_n(saved, g):
    x, mean, _, _, inverse = saved
    n = x.shape[1]
    d = x - mean
    d_inverse = (g[0] * d).sum(axis=1, keepdims=True)
    d_var = -0.5 * inverse**3 * d_inverse
    d_d = g[0] * inverse + 2.0 / n * d * d_var
    return (d_d - 1.0 / n * d_d.sum(axis=1, keepdims=True),)


def variance_forward(x):
    mean = x.mean(axis=1)
    return ((x**2).mean(axis=1) - mean**2,), (x, mean)


def variance_backward(saved, g):
    x, mean = saved
    return (g[0][:, None] * 2 * (x - mean[:, None]) / x.shape[1],)


def std_forward(x):
    s = x.std(axis=1, keepdims=True)
    return (s,), (x, s)


def std_backward(saved, g):
    x, s = saved
    return (g[0] * (x - x.mean(axis=1, keepdims=True)) / (x.shape[1] * s),)


def norm_forward(x):
    r = np.linalg.norm(x, axis=1)
    return (r,), (x, r)


def masked_attention():
    def forward(q, k, v):
        n = q.shape[0]
        scores = q @ k.T / np.sqrt(q.shape[1])
        scores = np.where(np.tril(np.ones((n, n), dtype=bool)), scores, -np.inf)
        p = softmax(scores)
        return (p @ v,), (q, k, v, p)

    def backward(saved, g):
        q, k, v, p = saved
        dp = g[0] @ v.T
        ds = p * (dp - (dp * p).sum(axis=-1, keepdims=True)) / np.sqrt(q.shape[1])
        return ds @ k, ds.T @ q, p.T @ g[0]

    return op(forward, backward, ("q", "k", "v")), Space(tuple(InputSpec(name, ("m", "n")) for name in "qkv"))


def power_forward(x, y):
    z = x**y
    return (z,), (x, y, z)


def power_backward(saved, g):
    x, y, z = saved
    return g[0] * y * x ** (y - 1), g[0] * z * np.log(x)


def cross_entropy_forward(x):
    labels = np.arange(x.shape[0]) % x.shape[1]
    p = softmax(x)
    return (-np.log(p[np.arange(x.shape[0]), labels]).mean(),), (p, labels)


def cross_entropy_backward(saved, g):
    p, labels = saved
    x_bar = p.copy()
    x_bar[np.arange(p.shape[0]), labels] -= 1
    x_bar /= p.shape[0]
    return (g[0] * x_bar,)


def log_det():
    def forward(x):
        a = x @ x.T + np.eye(x.shape[0])
        return (np.linalg.slogdet(a)[1],), (x, a)

    return op(forward, lambda saved, g: (2 * g[0] * np.linalg.inv(saved[1]) @ saved[0],))


def cumulative_product():
    def backward(saved, g):
        x, y = saved
        return (np.cumsum((g[0] * y)[:, ::-1], axis=1)[:, ::-1] / x,)

    return op(lambda x: ((np.cumprod(x, axis=1),), (x, np.cumprod(x, axis=1))), backward)


def mish_slope(x):
    t = np.tanh(np.log1p(np.exp(x)))
    return t + x * (1 - t * t) / (1 + np.exp(-x))


RIGHT = {
    "GELU with its decimals": (elementwise(gelu, gelu_slope), space(), OPAQUE),
    "mish": (elementwise(lambda x: x * np.tanh(np.log1p(np.exp(x))), lambda x, y: mish_slope(x)), space(), None),
    **{f"sigmoid {f}, {s}": (elementwise(SIGMOIDS[f], SLOPES[s]), space(), None) for f in SIGMOIDS for s in SLOPES},
    "softplus": (elementwise(lambda x: np.logaddexp(0, x), lambda x, y: 1 / (1 + np.exp(-x))), space(), None),
    "softplus by its output": (
        elementwise(lambda x: np.log(1 + np.exp(x)), lambda x, y: 1 - np.exp(-y)),
        space(),
        EXPONENT,
    ),
    "exp by its output": (elementwise(np.exp, lambda x, y: y), space(), OPAQUE),
    "log of a square": (elementwise(lambda x: np.log(x**2), lambda x, y: 2 / x), space(accepts=has_no_zero), OPAQUE),
    "|x| by the sign": (elementwise(np.abs, lambda x, y: np.sign(x)), space(accepts=has_no_zero), RATIONAL),
    "√(x²) by the sign": (
        elementwise(lambda x: np.sqrt(x**2), lambda x, y: np.sign(x)),
        space(accepts=has_no_zero),
        None,
    ),
    "√(x·x) by x/y": (elementwise(lambda x: np.sqrt(x * x), lambda x, y: x / y), space(accepts=has_no_zero), OPAQUE),
    "√x by its output": (elementwise(np.sqrt, lambda x, y: 0.5 / y), space(sign=Sign.POSITIVE), OPAQUE),
    "x√x": (elementwise(lambda x: x**1.5, lambda x, y: 1.5 * x**0.5), space(sign=Sign.POSITIVE), OPAQUE),
    "x^0.3": (elementwise(lambda x: x**0.3, lambda x, y: 0.3 * y / x), space(sign=Sign.POSITIVE), OPAQUE),
    "2^x": (elementwise(lambda x: 2**x, lambda x, y: y * np.log(2)), space(), OPAQUE),
    "arctan": (elementwise(np.arctan, lambda x, y: 1 / (1 + x**2)), space(), OPAQUE),
    "arcsinh": (elementwise(np.arcsinh, lambda x, y: 1 / np.sqrt(1 + x**2)), space(), OPAQUE),
    "tanh by exp": (
        elementwise(lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)), lambda x, y: 1 - y**2),
        space(),
        OPAQUE,
    ),
    "1/x": (elementwise(lambda x: 1 / x, lambda x, y: -y * y), space(accepts=has_no_zero), RATIONAL),
    "sin and cos": (elementwise(lambda x: np.sin(x) ** 2, lambda x, y: 2 * np.sin(x) * np.cos(x)), space(), OPAQUE),
    "softmax": (op(softmax_forward, softmax_backward), space(), OPAQUE),
    "log-softmax by exp(y)": (op(log_softmax_forward, log_softmax_backward), space(), EXPONENT),
    "log-softmax by softmax": (
        op(lambda x: (log_softmax_forward(x)[0], x), log_softmax_backward_by_softmax),
        space(),
        OPAQUE,
    ),
    "unit rows": (op(unit_forward, unit_backward), space(accepts=rows_are_long), OPAQUE),
    "unit rows by r²": (op(unit_forward, unit_backward_by_r_squared), space(accepts=rows_are_long), OPAQUE),
    "row norms": (
        op(norm_forward, lambda saved, g: (g[0][:, None] * saved[0] / saved[1][:, None],)),
        space(accepts=rows_are_long),
        OPAQUE,
    ),
    "layer norm": (op(layer_norm, layer_norm_backward), space(accepts=is_not_flat), OPAQUE),
    "layer norm with 1/n": (op(layer_norm, batch_norm_backward_with_one_over_n), space(accepts=is_not_flat), OPAQUE),
    "variance by E[x²] - E[x]²": (op(variance_forward, variance_backward), space(), RATIONAL),
    "variance far from 0": (
        op(lambda x: variance_forward(x + 1e6), variance_backward),
        space(),
        RATIONAL,
    ),
    "standard deviation": (op(std_forward, std_backward), space(accepts=is_not_flat), OPAQUE),
    "cross-entropy": (op(cross_entropy_forward, cross_entropy_backward), space(), OPAQUE),
    "attention with a mask of -inf": (*masked_attention(), None),
    "log det": (log_det(), space(3, 4), OPAQUE),
    "cumulative product": (cumulative_product(), space(accepts=has_no_zero), RATIONAL),
    "x^y": (
        op(power_forward, power_backward, ("x", "y")),
        Space((InputSpec("x", ("n",), Sign.POSITIVE), InputSpec("y", ("n",)))),
        EXPONENT,
    ),
}

WRONG = {
    "√(x²) without the sign": (
        elementwise(lambda x: np.sqrt(x**2), lambda x, y: np.ones_like(x)),
        space(accepts=has_no_zero),
    ),
    "√(x·x) without the sign": (elementwise(lambda x: np.sqrt(x * x), lambda x, y: x / x), space(accepts=has_no_zero)),
    "√(x·x) with the other sign": (
        elementwise(lambda x: np.sqrt(x * x), lambda x, y: -np.sign(x)),
        space(accepts=has_no_zero),
    ),
    "|x| without the sign": (elementwise(np.abs, lambda x, y: np.ones_like(x)), space(accepts=has_no_zero)),
    "√((x-1)²) without the sign": (
        elementwise(lambda x: np.sqrt(x * x - 2 * x + 1), lambda x, y: np.ones_like(x)),
        space(accepts=lambda x: (np.abs(x - 1) > 0.01).all()),
    ),
    "hypot without the sign": (
        elementwise(lambda x: np.hypot(3 * x, 4 * x), lambda x, y: np.full_like(x, 5.0)),
        space(accepts=has_no_zero),
    ),
    "√(√(x⁴)) as |x| without the sign": (
        elementwise(lambda x: np.sqrt(np.sqrt(x**4)), lambda x, y: np.ones_like(x)),
        space(accepts=has_no_zero),
    ),
    "layer norm without ε in backward": (
        op(layer_norm, layer_norm_backward_without_epsilon),
        space(accepts=is_not_flat),
    ),
    "layer norm without the mean's term": (
        op(
            layer_norm,
            lambda saved, g: (saved[-1] * (g[0] - saved[-2] * (g[0] * saved[-2]).mean(axis=1, keepdims=True)),),
        ),
        space(accepts=is_not_flat),
    ),
    "softmax without its sum": (op(softmax_forward, lambda y, g: (y * g[0] * (1 - y),)), space()),
    "log-softmax without exp": (
        op(log_softmax_forward, lambda y, g: (g[0] - y * g[0].sum(axis=1, keepdims=True),)),
        space(),
    ),
    "unit rows without their term": (
        op(unit_forward, lambda saved, g: (g[0] / saved[1],)),
        space(accepts=rows_are_long),
    ),
    "GELU with 3·0.0447": (
        elementwise(gelu, lambda x, y: gelu_slope(x, y) + 1e-9 * x**2),
        space(),
    ),
    "sigmoid's slope y² - y": (elementwise(SIGMOIDS["1/(1 + exp(-x))"], lambda x, y: y * y - y), space()),
    "tanh's slope 1 - y": (elementwise(np.tanh, lambda x, y: 1 - y), space()),
    "exp's slope 1 + x": (elementwise(np.exp, lambda x, y: 1 + x), space()),
    "log's slope 1/(x + 1e-12)": (elementwise(np.log, lambda x, y: 1 / (x + 1e-12)), space(sign=Sign.POSITIVE)),
    "wrong where a side is 1": (
        op(lambda x: ((x * x,), x), lambda x, g: (2 * x * g[0] * (2 if 1 in x.shape else 1),)),
        space(),
    ),
    "wrong where a side is above 16": (
        op(lambda x: ((x * x,), x), lambda x, g: (2 * x * g[0] * (np.arange(x.shape[1]) < 16),)),
        space(),
    ),
    "wrong where x is negative": (
        elementwise(lambda x: x * x, lambda x, y: 2 * x * np.where(x < 0, 1.5, 1)),
        space(accepts=has_no_zero),
    ),
    "wrong where x is above 10": (
        elementwise(lambda x: x * x, lambda x, y: 2 * x * np.where(x > 10, 1.5, 1)),
        space(accepts=has_no_zero),
    ),
    "no linear function of ȳ": (op(lambda x: ((x * x,), x), lambda x, g: (2 * x * g[0] * g[0],)), space()),
}
