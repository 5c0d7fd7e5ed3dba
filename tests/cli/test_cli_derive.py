"""`gradverify derive`: text, LaTeX, Markdown, and the proof beside the lines."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from gradverify.cli import main
from gradverify.derivation.library import find
from gradverify.derivation.notation import derivation_latex, derivation_markdown
from gradverify.derivation.proof import GradientProof, Opinion, Proof, StepProof
from gradverify.model import Outcome

OWN = """\
from gradverify.derivation import D, Derivation, Gradient, Sum, array, chain_rule, cotangent, index, size

m = size("m")
i, k = index("i k", m)
x, y = array("x", m), array("y", m)


def identity(name):
    line = Sum(cotangent(y)[k] * D(y[k], x[i]), k)
    return Derivation(name, "the same", (x,), {y[k]: x[k]}, (Gradient(x[i], chain_rule(line, "So it is.")),))


first, second = identity("first"), identity("second")
"""


def proof_of(derivation, outcome):
    gradients = []
    for gradient in derivation.chains:
        opinion = Opinion(outcome, "as told")
        steps = [
            StepProof(number, step, step.expression, opinion, opinion, opinion)
            for number, step in enumerate(gradient.steps, 1)
        ]
        gradients.append(GradientProof(gradient, gradient.steps[0].expression, tuple(steps)))
    count = len(derivation.gradients)
    return Proof(derivation, tuple(gradients[:count]), (), 0.01, tuple(gradients[count:]))


@pytest.fixture
def prover(monkeypatch):
    """Makes every proof come out as the fixture's value says."""
    outcomes = {}
    module = ModuleType("gradverify.witnesses.proof")
    module.prove = lambda derivation: proof_of(derivation, outcomes.get(derivation.name, Outcome.HOLDS))
    monkeypatch.setitem(sys.modules, "gradverify.witnesses.proof", module)
    return outcomes


def test_text_is_the_default(capsys):
    assert main(["derive", "normalize"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("normalize: ")
    assert "   1  x̄_ij = Σ_kl ȳ_kl ∂y_kl/∂x_ij\n" in out
    assert "✓" not in out


def test_latex_and_markdown(capsys):
    assert main(["derive", "normalize", "--format", "latex"]) == 0
    assert capsys.readouterr().out == derivation_latex(find("normalize"))
    assert main(["derive", "normalize", "--format", "markdown"]) == 0
    assert capsys.readouterr().out == derivation_markdown(find("normalize"))


@pytest.mark.parametrize(("outcome", "code"), [(Outcome.HOLDS, 0), (Outcome.UNDECIDED, 3)])
def test_steps_prove_every_line(prover, capsys, outcome, code):
    prover["normalize"] = outcome
    assert main(["derive", "normalize", "--steps"]) == code
    out = capsys.readouterr().out
    steps = find("normalize").steps
    for name in ("kernel", "cutoff", "SymPy"):
        assert sum(f" {name}" in line and "as told" in line for line in out.splitlines()) == steps


def test_emit_prints_a_module(prover, capsys):
    assert main(["derive", "normalize", "--emit", "numpy"]) == 0
    out = capsys.readouterr().out
    assert out.startswith('"""normalize: NumPy code emitted by gradverify ')
    assert "        # x̄_ij = ȳ_ij / Σ_q x_iq − (Σ_l ȳ_il x_il) / (Σ_q x_iq)²\n" in out
    compile(out, "emitted", "exec")


def test_nothing_is_emitted_from_what_is_not_proved(prover, capsys):
    prover["normalize"] = Outcome.UNDECIDED
    assert main(["derive", "normalize", "--emit", "numpy"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gradverify: normalize: no code is emitted, because the derivation is not proved: 0 of its ")


def test_all_derivations_of_a_file(tmp_path, monkeypatch, capsys, prover):
    (tmp_path / "mine.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    assert main(["derive", "mine.py"]) == 0
    out = capsys.readouterr().out
    assert out.index("first: the same") < out.index("\n\nsecond: the same")
    prover["second"] = Outcome.UNDECIDED
    assert main(["derive", "mine.py", "--steps"]) == 3
    assert capsys.readouterr().out.count("✓ proved") == 1
    assert main(["derive", "./mine.py", "--format", "latex"]) == 0
    assert capsys.readouterr().out.count(r"\begin{align*}") == 2


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\n", "gradverify: mine.py: no derivation stands in this file; bind a `Derivation` to a name at its top"),
        ("x = 1\ny = 1 / 0\n", "mine.py:2: ZeroDivisionError: division by zero"),
        ("x = = 1\n", "mine.py:1: SyntaxError: invalid syntax"),
    ],
)
def test_a_file_without_derivations_is_one_message(tmp_path, monkeypatch, capsys, source, message):
    (tmp_path / "mine.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    assert main(["derive", "mine.py"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("gradverify: ")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["normalise"], "gradverify: no op is called 'normalise': did you mean normalize?\n"),
        (["gone.py"], "gradverify: gone.py: no such file"),
        ([], "gradverify: the following arguments are required: NAME|FILE.py"),
        (
            ["normalize", "--steps", "--format", "latex"],
            "gradverify: --steps goes with --format text, not with latex\n",
        ),
        (
            ["normalize", "--emit", "numpy", "--steps"],
            "gradverify: --emit prints code: give it without --steps and --format\n",
        ),
        (["normalize", "--format", "pdf"], "gradverify: argument --format: invalid choice: 'pdf'"),
    ],
)
def test_wrong_usage(capsys, arguments, message):
    assert main(["derive", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(message)
