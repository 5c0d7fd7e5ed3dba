"""A derivation in the terminal, with and without its proof."""

from __future__ import annotations

import io

import pytest

from gradverify.derivation import (
    D,
    Derivation,
    Gradient,
    Sum,
    array,
    chain_rule,
    collapse_delta,
    cotangent,
    delta,
    entry_rule,
    index,
    insert_forward,
    scalar,
    size,
)
from gradverify.derivation.proof import Counterexample, GradientProof, Opinion, Proof, StepProof
from gradverify.model import Outcome
from gradverify.report.terminal import console_for, show_derivation

m = size("m")
i, k = index("i k", m)
c = scalar("c")
v, y = array("v", m), array("y", m)
y_bar = cotangent(y)
definition = Sum(y_bar[k] * D(y[k], v[i]), k)


def scaled_bar(y_bar, c):
    return c * y_bar


gradient = Gradient(
    v[i],
    chain_rule(
        definition, "v_i may change every entry of y, and the loss feels each one of them, be it large or small."
    ),
    insert_forward(Sum(y_bar[k] * D(c * v[k], v[i]), k), "y_k is c v_k."),
    entry_rule(Sum(c * y_bar[k] * delta(k, i), k), "v_k is v_i only for k = i."),
    collapse_delta(c * y_bar[i], "Only k = i is left."),
    numpy=scaled_bar,
)
scale = Derivation(
    name="scale", title="multiply every entry by c", inputs=(v,), forward={y[k]: c * v[k]}, gradients=(gradient,)
)

HELD = Opinion(Outcome.HOLDS, "equal normal forms")
EXAMPLE = Counterexample({"m": 2}, {"i": 1}, {"v": "[1, 2]", "y_bar[1]": "5", "c": "7"}, "35", "21")


def proof_with(number: int | None, counterexample: Counterexample | None = None, remark: str = "") -> Proof:
    """A proof in which the kernel cannot prove one line, and all others hold."""
    steps = []
    previous = definition
    for place, step in enumerate(gradient.steps, 1):
        open_ = Opinion(Outcome.UNDECIDED, "the normal forms differ")
        found = Opinion(Outcome.REFUTED, "differs at m = 2")
        bad = place == number
        opinions = (open_, found if counterexample else open_, open_) if bad else (HELD, HELD, HELD)
        extra = (counterexample, remark) if bad else (None, "")
        steps.append(StepProof(place, step, previous, *opinions, *extra))
        previous = step.expression
    return Proof(scale, (GradientProof(gradient, definition, tuple(steps)),), ("c is not 0",), 0.012)


def shown(subject: Derivation | Proof, **options: bool) -> str:
    stream = io.StringIO()
    show_derivation(subject, console_for(stream), **options)
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


DERIVATION = """\
scale: multiply every entry by c

  forward  y_k = c v_k

   1  v̄_i = Σ_k ȳ_k ∂y_k/∂v_i
            chain rule. v_i may change every entry of y, and the loss feels each
            one of them, be it large or small.
   2      = Σ_k ȳ_k ∂(c v_k)/∂v_i
            substitute the forward. y_k is c v_k.
   3      = Σ_k c ȳ_k δ_ki
            ∂x_kl/∂x_ij = δδ. v_k is v_i only for k = i.
   4      = c ȳ_i
            collapse δ. Only k = i is left.
  in NumPy
    def scaled_bar(y_bar, c):
        return c * y_bar
"""


def test_a_derivation():
    assert shown(scale) == DERIVATION


def test_a_proof_marks_every_line_and_concludes():
    text = shown(proof_with(None))
    assert text.count("✓") == 5
    assert "  ✓  4      = c ȳ_i\n" in text
    assert text.endswith("\n  ✓ proved  each of the 4 steps holds for all sizes where c is not 0 (12 ms)\n")


def test_the_three_opinions_are_shown_on_request():
    line = "  ✓  4      = c ȳ_i\n              collapse δ. Only k = i is left.\n"
    opinions = "".join(f"              ✓ {name}: equal normal forms\n" for name in ("kernel", "cutoff", "SymPy"))
    assert line + opinions in shown(proof_with(None), steps=True)
    assert opinions not in shown(proof_with(None))


WRONG = """\
  ✗  4      = c ȳ_i
              collapse δ. Only k = i is left.
              ? kernel, undecided: the normal forms differ
              ✗ cutoff, refuted: differs at m = 2
              ? SymPy, undecided: the normal forms differ
        ✗ line 4 is not equal to line 3
          where         {where}
          rule          collapse δ
          line 3        Σ_k c ȳ_k δ_ki
          line 4        c ȳ_i
          sizes         m = 2
          at            i = 1
          with          v = [1, 2]
                        ȳ[1] = 5
                        c = 7
          line 3 gives  35
          line 4 gives  21
          remark        line 4 equals the definition: two errors cancel
"""


def test_a_wrong_line_is_shown_with_its_counterexample(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # so that the path is absolute, and long
    text = shown(proof_with(4, EXAMPLE, "line 4 equals the definition: two errors cancel"))
    assert WRONG.format(where=gradient.steps[3].location) in text
    conclusion = "  ✗ refuted  3 of 4 steps hold for all sizes where c is not 0; 1 is wrong\n             (12 ms)\n"
    assert text.endswith(conclusion)


def test_a_file_in_the_working_directory_is_named_from_there(monkeypatch):
    path, _, line = gradient.steps[0].location.rpartition(":")
    folder, _, name = path.rpartition("/")
    monkeypatch.chdir(folder)
    assert f" {name}:{line}\n" in shown(proof_with(1, EXAMPLE))


def test_a_wrong_first_line_is_compared_with_the_definition():
    text = shown(proof_with(1, EXAMPLE))
    assert "✗ line 1 is not equal to the definition\n" in text
    assert "definition gives  35\n" in text


def test_an_undecided_line_is_neither_right_nor_wrong():
    text = shown(proof_with(2))
    assert "? line 2 could not be proved or refuted to be equal to line 1\n" in text
    assert "gives" not in text
    assert text.endswith("  ? undecided  3 of 4 steps hold for all sizes where c is not 0 (12 ms)\n")


def test_a_long_line_breaks_before_a_sign_of_operation(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    a, b = array("alpha1", m), array("beta1", m)
    total = a[i] * b[i] ** 2 / c + a[i] ** 2 * b[i] + a[i] ** 3 * b[i] ** 3 - a[i] ** 4 * b[i] ** 4
    long = Derivation("long", "long", (v,), {y[i]: total}, ())
    assert shown(long) == (
        "long: long\n\n  forward  y_i = α1_i² β1_i + α1_i β1_i² / c + α1_i³ β1_i³\n           − α1_i⁴ β1_i⁴\n"
    )
