"""The functions of `scipy.special`, in the ways they are imported; skipped where there is no SciPy."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from exact_rows import check_in_balls, label, on_numbers

scipy = pytest.importorskip("scipy")
import scipy.special as sp  # noqa: E402
from scipy import special  # noqa: E402
from scipy.special import erf, expit, log_softmax, logsumexp, softmax  # noqa: E402

from gradverify.numbers.fields import PrimeField  # noqa: E402
from gradverify.numbers.run import where  # noqa: E402
from gradverify.numbers.signals import NotExact  # noqa: E402

ROWS = [
    lambda x: expit(x),
    lambda x: special.expit(x),
    lambda x: sp.expit(x),
    lambda x: scipy.special.expit(x),
    lambda q: special.logit(q),
    lambda x: special.log_expit(x),
    lambda x: erf(x),
    lambda x: special.erf(x[0, 0]),
    lambda x: special.erfc(x),
    lambda x: 0.5 * x * (1 + erf(x / np.sqrt(2))),
    lambda x: special.ndtr(x),
    lambda p: special.gammaln(p),
    lambda p: special.gammaln(-p / 2),
    lambda p: special.gamma(p),
    lambda p: special.digamma(p),
    lambda p: special.psi(p),
    lambda p: special.polygamma(0, p),
    lambda p: special.beta(p, 0.5),
    lambda p, q: special.betaln(p, q),
    lambda x, p: special.xlogy(x, p),
    lambda x, p: special.xlog1py(x, p),
    lambda p: special.entr(p),
    lambda p, q: special.rel_entr(p, q),
    lambda p, q: special.kl_div(p, q),
    lambda x: special.exprel(x),
    lambda x: special.expm1(x),
    lambda p: special.log1p(p),
    lambda p: special.cbrt(p),
    lambda x: special.exp2(x),
    lambda x: special.huber(0.5, x),
    lambda x: special.pseudo_huber(0.5, x),
    lambda x: softmax(x),
    lambda x: softmax(x, axis=1),
    lambda x: special.softmax(x, axis=-1),
    lambda x: scipy.special.softmax(x, axis=0),
    lambda x: log_softmax(x, axis=1),
    lambda x: logsumexp(x),
    lambda x: logsumexp(x, axis=1),
    lambda x: sp.logsumexp(x, axis=0, keepdims=True),
    lambda x, p: logsumexp(x, axis=1, b=p),
    lambda x: softmax(np.ones(3)) * x[:, :3],
]


@pytest.mark.parametrize("function", ROWS, ids=label)
def test_values_tangents_and_kinds(function):
    check_in_balls(function)


REFUSED = {
    "scipy.special.erfinv": lambda q: special.erfinv(q),
    "scipy.special.jv": lambda x: special.jv(1, x),
    "scipy.special.ndtri": lambda q: special.ndtri(q),
    "the derivative of trigamma": lambda p: special.polygamma(1, p),
    "scipy.special.polygamma of order 2": lambda p: special.polygamma(2, p),
    "scipy.special.logsumexp with return_sign=": lambda x: logsumexp(x, return_sign=True),
}


@pytest.mark.parametrize("message", REFUSED)
def test_the_others_are_refused_by_name(message):
    function = REFUSED[message]
    with pytest.raises(NotExact, match=message) as refusal:
        on_numbers(function, PrimeField(Random(1)))
    assert where(refusal.value).endswith(f"test_scipy_special.py:{function.__code__.co_firstlineno}")
