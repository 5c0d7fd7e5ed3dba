"""What the exact witness must tell apart: no wrong gradient is accepted, no right one refuted, and each says how it knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from told_apart_ops import BALLS, CONSTANTS, RIGHT, WRONG, elementwise, has_no_zero, op, space

from gradverify.model import Choice, InputSpec, Op, Outcome, Space, Strength
from gradverify.witnesses._extremes import Extremes
from gradverify.witnesses.exact import exact


@pytest.fixture(autouse=True)
def _no_special_values(monkeypatch):
    """This is about identities: some of these are NaN in floats far from 0, which has tests of its own."""
    monkeypatch.setattr("gradverify.witnesses.exact.extremes", lambda *_: Extremes())


@pytest.mark.parametrize("name", RIGHT)
def test_right_gradients_are_proved(name):
    made, drawn, tier = RIGHT[name]
    with np.errstate(all="ignore"):
        evidence = exact(made, drawn, seed=1, examples=8)
    assert evidence.outcome is Outcome.HOLDS, (evidence.tried, evidence.findings)
    assert evidence.cases > 0
    if tier is not None:
        assert tier in evidence.tried
        assert evidence.strength is (Strength.DIGITS if tier in (BALLS, CONSTANTS) else Strength.EXACT)


def test_gelu_with_the_error_function_is_right_up_to_its_rounded_root_of_2():
    special = pytest.importorskip("scipy.special")

    def slope(x, y):
        return 0.5 * (1 + special.erf(x / np.sqrt(2))) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)

    made = elementwise(lambda x: 0.5 * x * (1 + special.erf(x / np.sqrt(2))), slope)
    evidence = exact(made, space(), seed=1, examples=8)
    assert evidence.outcome is Outcome.HOLDS
    assert CONSTANTS in evidence.tried
    assert evidence.strength is Strength.DIGITS


def scaled(made, factor):
    return op(made.forward, lambda saved, g: tuple(x_bar * factor for x_bar in made.backward(saved, g)), made.inputs)


def with_last_entry_off(made):
    def backward(saved, g):
        x_bar, *rest = made.backward(saved, g)
        x_bar = x_bar.copy()
        x_bar[(-1,) * x_bar.ndim] *= 1 + 1e-9
        return x_bar, *rest

    return op(made.forward, backward, made.inputs)


SIDES = {"m": 2, "n": 3}


def small(drawn):
    """The same space at one shape, so that shrinking a counterexample takes no time."""
    fixed = [replace(spec, shape=tuple(SIDES.get(side, side) for side in spec.shape)) for spec in drawn.inputs]
    return replace(drawn, inputs=tuple(fixed))


SMALL = [name for name in RIGHT if not name.startswith("sigmoid") or "y(1 - y)" in name]


@pytest.mark.parametrize("name", SMALL)
def test_wrong_by_one_in_a_billion_is_refuted(name):
    made, drawn, _ = RIGHT[name]
    for wrong in (scaled(made, 1 + 1e-9), with_last_entry_off(made)):
        with np.errstate(all="ignore"):
            evidence = exact(wrong, small(drawn), seed=1, examples=5)
        assert evidence.outcome is Outcome.REFUTED, evidence.tried


@pytest.mark.parametrize("name", SMALL)
def test_the_wrong_sign_is_refuted(name):
    made, drawn, _ = RIGHT[name]
    with np.errstate(all="ignore"):
        assert exact(scaled(made, -1), small(drawn), seed=1, examples=5).outcome is Outcome.REFUTED


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gradients_are_refuted(name):
    with np.errstate(all="ignore"):
        evidence = exact(*WRONG[name], seed=1, examples=100 if "above 16" in name else 30)
    assert evidence.outcome is Outcome.REFUTED, evidence.tried
    (finding,) = evidence.findings
    assert finding.what == "the code is not the true VJP"


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("shape", [(1,), (2,), (1, 1)])
def test_the_root_of_a_square_is_never_accepted_without_its_sign(seed, shape):
    """One entry: a random root has the right sign by chance every second time."""
    made, _ = WRONG["√(x²) without the sign"]
    negative = Space((InputSpec("x", shape),), accepts=lambda arrays: bool((arrays["x"] < -0.01).all()))
    for examples in (1, 3):
        assert exact(made, negative, seed=seed, examples=examples).outcome is Outcome.REFUTED


def test_a_backward_that_computes_in_float32_does_not_hold():
    def backward(x, g):
        return ((2 * x * g[0]).astype(np.float32).astype(np.float64),)

    evidence = exact(op(lambda x: ((x * x,), x), backward), space(), seed=1)
    assert evidence.outcome is Outcome.NOT_APPLICABLE
    assert "a conversion to float32" in evidence.tried or "a rounding to float32" in evidence.tried
    assert "test_exact_told_apart.py" in evidence.tried


def test_a_backward_that_reads_memory_it_has_not_written_does_not_hold():
    def backward(x, g):
        x_bar = np.empty_like(x)
        x_bar += 2 * x * g[0]
        return (x_bar,)

    evidence = exact(op(lambda x: ((x * x,), x), backward), space(), seed=1)
    assert evidence.outcome is Outcome.NOT_APPLICABLE
    assert "an entry of np.empty that it has not written at" in evidence.tried


def test_an_undefined_output_is_no_pass():
    evidence = exact(elementwise(np.log, lambda x, y: 1 / x), space(accepts=lambda x: (x < -0.1).all()), seed=1)
    assert evidence.outcome is Outcome.UNDECIDED
    assert "outside the domain" in evidence.tried


def test_a_huge_cancellation_is_decided_with_more_bits_or_not_at_all():
    def f(x):
        return (1 + np.exp(-40 * np.abs(x) - 100)) - 1

    def slope(x, y):
        return -40 * np.sign(x) * y

    right = exact(elementwise(f, slope), space(accepts=has_no_zero), seed=1, examples=5)
    assert right.outcome is Outcome.HOLDS
    wrong = exact(elementwise(f, lambda x, y: slope(x, y) * (1 + 1e-9)), space(accepts=has_no_zero), seed=1, examples=5)
    assert wrong.outcome is Outcome.REFUTED


def test_the_bound_is_printed_and_small():
    made, drawn, _ = RIGHT["softmax"]
    evidence = exact(made, drawn, seed=1, examples=8)
    assert "a wrong backward passes one case with a chance below 2^-1" in evidence.tried
    assert "p ≈ 2^127" in evidence.tried


def test_parameters_and_regions_are_drawn_on_both_sides():
    def forward(x, limit):
        return (np.minimum(x, limit),), (x, limit)

    made = Op("cap", forward, lambda saved, g: (g[0] * (saved[0] < saved[1]),), ("x",), ("limit",))
    drawn = Space((InputSpec("x", ("m", "n")),), parameters={"limit": Choice((0.25, 60.0))})
    evidence = exact(made, drawn, seed=1, examples=20)
    assert evidence.outcome is Outcome.HOLDS
    assert "never the other side" not in evidence.tried


def test_a_wrong_term_that_is_0_at_the_drawn_values_is_shown_at_values_nearby():
    def at_its_zeros(arrays):
        return bool(np.isin(arrays["x"], (0.5, 1.0)).all()) and arrays["x"].size > 0

    wrong = elementwise(lambda x: x * x, lambda x, y: 2 * x + (x - 1) * (x - 0.5))
    drawn = Space((InputSpec("x", ("n",)),), accepts=at_its_zeros)
    (finding,) = exact(wrong, drawn, seed=0).findings
    assert finding.where == "gradient of x, entry [0]"
    assert finding.got != finding.expected
    assert finding.reproduce
