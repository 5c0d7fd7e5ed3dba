"""The error-against-step curve of the finite difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradverify.cases import draw_cotangents, draw_directions
from gradverify.model import Case, Op
from gradverify.report.curve import STEPS, curve_of, telling_curve


def op(forward, backward, name="op"):
    return Op(name, lambda x: ((forward(x),), x), lambda x, bars: (backward(x, bars[0]),), ("x",))


CUBE = op(lambda x: x**3, lambda x, y_bar: 3 * x**2 * y_bar)
WRONG = op(lambda x: x**3, lambda x, y_bar: 2 * x**2 * y_bar)
CASE = Case((np.array([0.5, -1.25, 2.0]),), {}, {}, 7)
FLAT = op(lambda x: 0 * x, lambda x, y_bar: 0 * y_bar)


def true_slope(x):
    (y_bar,) = draw_cotangents([x], 7)
    (x_dot,) = draw_directions([x], 7)
    return float((y_bar * 3 * x**2 * x_dot).sum())


def test_the_slope_is_exact_and_the_errors_make_a_v():
    curve = curve_of(CUBE, CASE)
    assert curve is not None
    assert curve.source == "computed exactly"
    assert curve.slope == pytest.approx(true_slope(CASE.inputs[0]), rel=1e-15)
    assert curve.off == pytest.approx(0, abs=1e-14)
    assert [step for step, _ in curve.errors] == list(STEPS)
    errors = dict(curve.errors)
    # Truncation: a cubic's error is h² times a constant. Rounding: about epsilon over h at the other end.
    assert errors[STEPS[0]] / errors[STEPS[4]] == pytest.approx(100, rel=1e-3)
    assert errors[STEPS[-1]] > 1e3 * min(errors.values())
    assert curve.telling


def test_a_wrong_backward_is_off():
    curve = curve_of(WRONG, CASE)
    assert curve is not None
    assert curve.slope == pytest.approx(true_slope(CASE.inputs[0]), rel=1e-15)
    assert curve.off == pytest.approx(abs(curve.slope) / 3)


def test_where_exact_numbers_cannot_go_the_slope_is_extrapolated():
    opaque = op(lambda x: np.frombuffer((x**3).tobytes()), lambda x, y_bar: 3 * x**2 * y_bar)
    curve = curve_of(opaque, CASE)
    assert curve is not None
    assert curve.source == "extrapolated from differences"
    assert curve.slope == pytest.approx(true_slope(CASE.inputs[0]), rel=1e-9)


def raises(*_):
    raise ValueError("no")


@pytest.mark.parametrize("backward", [raises, lambda x, y_bar: y_bar[:1], lambda x, y_bar: np.full(x.shape, np.nan)])
def test_a_backward_that_gives_nothing_comparable_claims_nothing(backward):
    curve = curve_of(op(lambda x: x**3, backward), CASE)
    assert curve is not None
    assert curve.claimed is None
    assert curve.off is None


@pytest.mark.parametrize(
    ("forward", "inputs"),
    [(raises, CASE.inputs), (np.log, (np.array([-1.0]),)), (np.square, (np.zeros(0),)), (np.square, (np.zeros(300),))],
)
def test_no_curve_where_there_is_nothing_to_measure(forward, inputs):
    assert curve_of(op(forward, lambda x, y_bar: y_bar), replace(CASE, inputs=inputs)) is None


def test_an_edge_of_the_domain_is_a_gap():
    near = replace(CASE, inputs=(np.array([0.01]),))
    curve = curve_of(op(np.sqrt, lambda x, y_bar: y_bar / (2 * np.sqrt(x))), near)
    assert curve is not None
    errors = [error for _, error in curve.errors]
    assert errors[0] is None
    assert errors[-1] is not None


def test_the_case_is_not_changed():
    def greedy(x):
        y = x**3
        x[...] = 0
        return y

    case = replace(CASE, inputs=(CASE.inputs[0].copy(),))
    curve_of(op(greedy, lambda x, y_bar: y_bar), case)
    assert np.array_equal(case.inputs[0], CASE.inputs[0])


def test_a_case_that_shows_something_is_preferred():
    zero = replace(CASE, inputs=(np.zeros(3),))
    curve = telling_curve(CUBE, [zero, CASE])
    assert curve is not None
    assert curve.slope != 0
    assert telling_curve(FLAT, [zero, CASE]) is not None
    assert telling_curve(CUBE, []) is None


def test_of_a_refuted_op_a_case_where_it_is_wrong_is_preferred():
    sometimes = op(lambda x: x**3, lambda x, y_bar: 3 * x**2 * y_bar if x.size > 1 else x**2 * y_bar)
    single = replace(CASE, inputs=(np.array([2.0]),))
    wrong = telling_curve(sometimes, [CASE, single], wrong=True)
    assert wrong is not None
    assert wrong.off == pytest.approx(abs(wrong.slope) * 2 / 3)
    right = telling_curve(sometimes, [CASE, single])
    assert right is not None
    assert right.off == pytest.approx(0, abs=1e-14)
