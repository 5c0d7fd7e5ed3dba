"""Which values are drawn for parameters that nobody gave, and which never are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import gradverify
from gradverify.adapters import Described, from_static_pair, parse_shape, space_for
from gradverify.cases import cases, search
from gradverify.model import Choice, Outcome, Sign


def described(forward: Callable[..., Any], shapes: Sequence[str] = (), backward: Any = None, **given: Any) -> Described:
    def identity(context: Any, go: Any) -> Any:
        return go

    methods = {"forward": staticmethod(forward), "backward": staticmethod(backward or identity)}
    op = from_static_pair(type("Sample", (), methods), parameters=given, input_count=len(shapes) or None)
    return space_for(op, shapes=[parse_shape(text) for text in shapes], parameters=given)


def summed(context: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return x.sum(axis=axis, keepdims=keepdims)


def test_every_axis_and_both_values_of_a_flag_are_drawn_the_default_first() -> None:
    found = described(summed)

    assert found.space.parameters == {"axis": Choice((None, 0, 1, -1, -2)), "keepdims": Choice((False, True))}
    assert found.note == "inputs x: m×n, drawn; axis=None|0|1|-1|-2, keepdims=False|True, drawn"


def test_what_the_user_gives_is_all_that_is_tried() -> None:
    found = described(summed, axis=1)

    assert found.space.parameters == {"axis": 1, "keepdims": Choice((False, True))}
    assert found.note == "inputs x: m×n, drawn; axis=1; keepdims=False|True, drawn"


def test_a_choice_that_the_user_gives_is_drawn_and_told() -> None:
    found = described(summed, axis=Choice((0, (0, 1), 5)))

    assert found.space.parameters["axis"] == Choice((0, (0, 1), 5))
    assert "; axis=0|(0, 1)|5; " in found.note
    assert "; refuses axis=5 (AxisError: axis 5 is out of bounds" in found.note


def test_other_values_of_a_choice_decide_on_the_sign_too() -> None:
    def forward(context: Any, x: Any, mode: str) -> Any:
        return np.log(x) if mode == "log" else x

    assert described(forward, mode=Choice(("plain", "log"))).space.inputs[0].sign is Sign.POSITIVE
    assert described(forward, mode="plain").space.inputs[0].sign is Sign.REAL


def test_an_axis_that_forward_refuses_is_not_drawn() -> None:
    def forward(context: Any, x: Any, axis: int = -1) -> Any:
        if axis == 0:
            raise ValueError("not along the batch")
        return x.sum(axis=axis)

    assert described(forward).space.parameters == {"axis": Choice((-1, 1, -2))}


def test_an_axis_at_which_backward_fails_is_drawn() -> None:
    def backward(context: Any, go: Any) -> Any:
        raise IndexError("never tried")

    assert described(summed, backward=backward).space.parameters["axis"] == Choice((None, 0, 1, -1, -2))


def test_with_further_axes_they_are_counted_from_the_end() -> None:
    def forward(context: Any, x: Any, dim: int = -1) -> Any:
        return x.sum(axis=dim)

    assert described(forward, ["...xmxn"]).space.parameters == {"dim": Choice((-1, -2))}


def test_one_axis_of_a_vector_and_none_of_a_scalar() -> None:
    assert described(summed, ["n"]).space.parameters["axis"] == Choice((None, 0, -1))
    assert "axis" not in described(summed, ["scalar"]).space.parameters


def test_eps_is_drawn_as_0_and_as_1_where_forward_stays_finite() -> None:
    def normalized(context: Any, x: Any, eps: float = 1e-5) -> Any:
        return x / np.sqrt((x * x).sum() + eps)

    def of_the_difference(context: Any, x: Any, epsilon: float = 1e-5) -> Any:
        return x / (x - x + epsilon)

    assert described(normalized).space.parameters == {"eps": Choice((1e-5, 0.0, 1.0))}
    assert described(of_the_difference).space.parameters == {"epsilon": Choice((1e-5, 1.0))}


def test_a_flag_that_needs_other_inputs_is_left_out_and_told() -> None:
    def forward(context: Any, x: Any, logarithmic: bool = False) -> Any:
        return np.log(x) if logarithmic else x

    found = described(forward)

    assert (found.space.parameters, found.space.inputs[0].sign) == ({}, Sign.REAL)
    assert found.note == ("inputs x: m×n, drawn; logarithmic at its default; logarithmic=True left out (not finite)")


def test_a_flag_that_leaves_nothing_to_differentiate_is_left_out_and_told() -> None:
    def forward(context: Any, x: Any, mask: bool = False) -> Any:
        return x > 0 if mask else x

    assert described(forward).note.endswith("mask=True left out (no output has a floating dtype)")


@pytest.mark.parametrize("default", [3, 0.1, "same", (1, 1), None])
def test_other_defaults_are_left_alone(default: Any) -> None:
    def forward(context: Any, x: Any, stride: Any = default, inplace: bool = False) -> Any:
        return x

    found = described(forward)

    assert found.space.parameters == {}
    assert found.note == "inputs x: m×n, drawn; stride, inplace at their defaults"


class Mean:
    """Right along the last axis, which is the default, and nowhere else."""

    @staticmethod
    def forward(context: Any, x: Any, axis: int = -1) -> Any:
        context["shape"] = x.shape
        return x.mean(axis=axis, keepdims=True)

    @staticmethod
    def backward(context: Any, go: Any) -> Any:
        return np.broadcast_to(go, context["shape"]) / context["shape"][-1]


def test_a_backward_that_is_right_at_the_default_alone_is_refuted() -> None:
    report = gradverify.check(Mean)

    assert report.verdict is gradverify.Verdict.REFUTED
    assert gradverify.check(Mean, parameters={"axis": -1}).verdict is gradverify.Verdict.EXACT


class Multiply:
    """Forgets that a broadcast factor takes part more than once."""

    @staticmethod
    def forward(context: Any, x: Any, y: Any) -> Any:
        context["x"], context["y"] = x, y
        return x * y

    @staticmethod
    def backward(context: Any, go: Any) -> Any:
        return go * context["y"], go * context["x"]


def test_broadcasting_is_tried_only_where_it_is_asked_for_and_the_note_says_how() -> None:
    plain = gradverify.check(Multiply)

    assert plain.verdict is gradverify.Verdict.EXACT
    assert plain.title.endswith("; --shape mxn --shape m?xn? tries broadcasting")
    assert gradverify.check(Multiply, shapes=["mxn", "m?xn?"]).verdict is gradverify.Verdict.REFUTED


class RefusesSome:
    """Takes no zeros, says so, and is right elsewhere."""

    @staticmethod
    def forward(context: Any, x: Any) -> Any:
        if (x == 0).any():
            raise ValueError("no zeros please")
        context["y"] = 1 / x
        return context["y"]

    @staticmethod
    def backward(context: Any, go: Any) -> Any:
        return -go * context["y"] ** 2


class RefusesMost:
    """Takes what forward is probed with, and no case that is drawn."""

    calls = 0

    @staticmethod
    def forward(context: Any, x: Any) -> Any:
        RefusesMost.calls += 1
        if RefusesMost.calls > 10:
            raise ValueError("enough")
        return x

    @staticmethod
    def backward(context: Any, go: Any) -> Any:
        return go.copy()


def test_refusing_some_cases_is_no_breach() -> None:
    report = gradverify.check(RefusesSome)

    assert report.verdict is gradverify.Verdict.EXACT
    assert sum(each.refused for each in report.evidence) > 0
    assert any("no zeros please" in each.tried for each in report.evidence)


def test_an_op_that_refuses_everything_is_undecided() -> None:
    RefusesMost.calls = 0
    report = gradverify.check(RefusesMost)

    assert report.verdict is gradverify.Verdict.UNDECIDED
    assert {each.outcome for each in report.evidence} <= {Outcome.UNDECIDED, Outcome.NOT_APPLICABLE}
    assert not any(each.cases for each in report.evidence)


def test_the_notation_reaches_a_column_against_a_vector() -> None:
    space = described(lambda c, x, y: x * y, ["mxn?", "...?xm?xn?"]).space
    seen = search(cases(space), lambda case: tuple(x.shape for x in case.inputs), examples=200, seed=0).seen

    assert {x for x, y in seen if y == ()}
    assert any(x[1:] == (1,) and x[:1] == y and x[0] > 1 for x, y in seen)
    assert {(len(x), len(y)) for x, y in seen} == {(2, 0), (2, 1), (2, 2)}
