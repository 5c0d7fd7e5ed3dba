"""What a class allows of its own conduct reaches the space, with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from gradverify import Outcome, Verdict, check
from gradverify.adapters import adapt
from gradverify.adapters.allowances import with_allowances
from gradverify.errors import UsageError
from gradverify.model import InputSpec, Op, Space

SPACE = Space((InputSpec("a", ("n",)), InputSpec("b", ("n",))))


class Add:
    """Returns one array for both inputs, which is a warning."""

    @staticmethod
    def forward(context, a, b):
        return a + b

    @staticmethod
    def backward(context, y_bar):
        return y_bar, y_bar


class AddOnPurpose(Add):
    gradverify_allows: ClassVar = {"separate gradients": "our engine never adds in place"}


def conduct_of(report):
    return next(each for each in report.evidence if each.witness == "conduct")


def test_what_a_class_allows_goes_into_the_space():
    assert with_allowances(adapt(Add), SPACE) is SPACE
    assert with_allowances(adapt(AddOnPurpose), SPACE).allowed == AddOnPurpose.gradverify_allows


def test_what_a_space_allows_already_is_kept():
    space = replace(SPACE, allowed={"own memory": "a view by design"})

    assert with_allowances(adapt(AddOnPurpose), space).allowed == {**space.allowed, **AddOnPurpose.gradverify_allows}


def test_an_op_that_comes_from_no_class_allows_nothing():
    op = Op("add", lambda a, b: ((a + b,), None), lambda _, g: (g[0], g[0]), ("a", "b"))

    assert with_allowances(op, SPACE) is SPACE


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (["own memory"], "gradverify_allows is a list; give a dict from promises to reasons"),
        ({"own memory": ""}, "gradverify_allows gives no reason for 'own memory'; say why it is meant"),
        ({"own memory": "  "}, "gives no reason for 'own memory'"),
        ({"own memory": True}, "gives no reason for 'own memory'"),
    ],
)
def test_a_declaration_without_a_reason_is_refused(declared, message):
    cls = type("Declared", (Add,), {"gradverify_allows": declared})

    with pytest.raises(UsageError, match=message):
        with_allowances(adapt(cls), SPACE)


def test_the_whole_check_warns_refutes_and_allows():
    warned, strict, allowed = check(Add, shapes=["n", "n"]), check(Add, shapes=["n", "n"], strict=True), None
    allowed = check(AddOnPurpose, shapes=["n", "n"], strict=True)

    assert conduct_of(warned).outcome is Outcome.WARNING
    assert (warned.verdict, strict.verdict) == (Verdict.EXACT, Verdict.REFUTED)
    assert warned.because.endswith("; conduct holds, with a warning")
    assert strict.because == "conduct: two gradients share memory"
    assert allowed.verdict is Verdict.EXACT
    assert "allowed: separate gradients (our engine never adds in place)" in conduct_of(allowed).tried


def test_an_unknown_promise_is_told_with_the_known_ones():
    cls = type("Misspelt", (Add,), {"gradverify_allows": {"seperate gradients": "meant"}})

    with pytest.raises(UsageError, match=r"'seperate gradients': the promises are .*separate gradients"):
        check(cls, shapes=["n", "n"])


def test_an_allowed_promise_hides_no_wrong_gradient():
    class Wrong(AddOnPurpose):
        @staticmethod
        def backward(context, y_bar):
            x_bar = 2 * y_bar
            return x_bar, x_bar

    report = check(Wrong, shapes=["n", "n"])

    assert np.any([each.outcome is Outcome.REFUTED for each in report.evidence if each.witness == "exact"])
    assert report.verdict is Verdict.REFUTED
