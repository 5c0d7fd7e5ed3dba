"""The functions of `scipy.special`: those that are ufuncs by name, the others by the formulas that define them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradverify.numbers.number import Number
from gradverify.numbers.signals import NotExact
from gradverify.numbers.ufuncs import OWN, Own, method, sign

_exp, _log = method("exp"), method("log")


def _known(name: str) -> Callable[[Any], Any]:
    """A function that the fields know; a plain number stays with SciPy."""

    def call(x: Any) -> Any:
        if not isinstance(x, Number):
            raise NotExact(f"scipy.special.{name} of a constant among exact numbers")
        return getattr(x, name)()

    return call


_erf, _gammaln, _digamma = _known("erf"), _known("gammaln"), _known("digamma")


def _normal(x: Any) -> Any:
    """The distribution function of the normal distribution, with the √2 that code knows."""
    return (1 + _erf(x / np.sqrt(2).item())) / 2


def _x_log_y(x: Any, y: Any) -> Any:
    return 0 if sign(x) == 0 else x * _log(y)


UNARY: dict[str, Callable[[Any], Any]] = {
    "expit": lambda x: 1 / (1 + _exp(-x)),
    "logit": lambda x: _log(x / (1 - x)),
    "log_expit": lambda x: -_log(1 + _exp(-x)),
    "erf": _erf,
    "erfc": lambda x: 1 - _erf(x),
    "ndtr": _normal,
    "gammaln": _gammaln,
    "gamma": lambda x: _exp(_gammaln(x)),
    "psi": _digamma,
    "entr": lambda x: -_x_log_y(x, x),
    "exprel": lambda x: method("expm1")(x) / x,
}

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "xlogy": _x_log_y,
    "xlog1py": lambda x, y: 0 if sign(x) == 0 else x * method("log1p")(y),
    "rel_entr": lambda x, y: 0 if sign(x) == 0 else x * _log(x / y),
    "kl_div": lambda x, y: (0 if sign(x) == 0 else x * _log(x / y)) - x + y,
    "betaln": lambda x, y: _gammaln(x) + _gammaln(y) - _gammaln(x + y),
    "beta": lambda x, y: _exp(_gammaln(x) + _gammaln(y) - _gammaln(x + y)),
    "huber": lambda delta, r: r * r / 2 if abs(r) <= delta else delta * (abs(r) - delta / 2),
    "pseudo_huber": lambda delta, r: delta * delta * (method("sqrt")(1 + (r / delta) * (r / delta)) - 1),
}

OWN.update({name: Own(np.frompyfunc(function, 1, 1)) for name, function in UNARY.items()})
OWN.update({name: Own(np.frompyfunc(function, 2, 1)) for name, function in BINARY.items()})


def softmax(x: Any, axis: Any = None) -> Any:
    """Eˣ, scaled to the sum 1."""
    weights = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return weights / weights.sum(axis=axis, keepdims=True)


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """The logarithm of the sum of eˣ, with factors b."""
    if return_sign:
        raise NotExact("scipy.special.logsumexp with return_sign=")
    top = np.max(a, axis=axis, keepdims=True)
    terms = np.exp(a - top)
    total = np.log((terms if b is None else b * terms).sum(axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axis)[()]


def log_softmax(x: Any, axis: Any = None) -> Any:
    """The logarithm of softmax."""
    return x - logsumexp(x, axis=axis, keepdims=True)


def polygamma(n: Any, x: Any) -> Any:
    """The derivatives of the digamma function: itself and the first."""
    if n == 0:
        return np.frompyfunc(_digamma, 1, 1)(x)
    if n == 1:
        return np.frompyfunc(lambda each: each.field.function("trigamma", each), 1, 1)(x)
    raise NotExact(f"scipy.special.polygamma of order {n}")


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "softmax": softmax,
    "log_softmax": log_softmax,
    "logsumexp": logsumexp,
    "polygamma": polygamma,
    "digamma": lambda x: np.frompyfunc(_digamma, 1, 1)(x),
}
"""Functions of `scipy.special` that are no ufuncs."""
