"""What `gradverify derive` shows of a composite: its parts, and whether chaining them gives the same."""

from textwrap import dedent

import pytest

from gradverify.cli import main

WRONG = """
    from gradverify.derivation import *

    m, n = size("m n")
    i, k = index("i k", m)
    j, l = index("j l", n)
    x, y, s = array("x", m, n), array("y", m, n), array("s", m, n)
    y_bar = cotangent(y)

    twice_exp = Derivation(
        name="twice_exp",
        title="the exponential of the exponential",
        inputs=(x,),
        forward={y[k, l]: exp(exp(x[k, l]))},
        gradients=(
            Gradient(x[i, j], algebra(y_bar[i, j] * exp(exp(x[i, j])) * exp(x[i, j]), "The chain rule twice.")),
        ),
        parts=(Part(s, "exp", x), Part(y, "PART", s)),
    )
"""


def test_the_parts_stand_with_the_forward(capsys):
    assert main(["derive", "log_softmax"]) == 0
    shown = capsys.readouterr().out
    assert "  parts    c = row_max(x)\n  parts    s = sub_column(x, c)\n  parts    e = exp(s)\n" in shown
    assert "chained" not in shown


def test_the_steps_end_with_what_the_parts_give(capsys):
    assert main(["derive", "affine", "--steps"]) == 0
    shown = capsys.readouterr().out
    assert (
        "  chained from linear, add_row\n  ✓ K_da, the forward of K: the same\n    ✓ kernel: equal normal forms"
        in shown
    )
    assert shown.count(": the same\n") == 4
    assert "4 equations" in " ".join(shown.split())


@pytest.mark.parametrize(("part", "code"), [("exp", 0), ("square", 1)])
def test_a_wrong_part_is_shown_with_numbers(part, code, tmp_path, capsys):
    file = tmp_path / "composite.py"
    file.write_text(dedent(WRONG).replace("PART", part), encoding="utf-8")
    assert main(["derive", str(file), "--steps"]) == code
    shown = capsys.readouterr().out
    assert ("✗ x̄_ij, the gradient of x: not the same" in shown) == (part == "square")
    assert ("the claim gives" in shown) == (part == "square")
    assert ("the chain of parts gives" in shown) == (part == "square")
