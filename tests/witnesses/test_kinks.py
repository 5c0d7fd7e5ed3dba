"""The witness of kinks must accuse no valid subgradient, whatever its convention, and let no invalid one pass."""

from __future__ import annotations

import numpy as np
import pytest
from kinky_ops import AS_PARTS, RIGHT, WRONG, elementwise, op, row_max, space

from gradverify.model import InputSpec, Outcome, Sign, Space, Strength
from gradverify.verdict import decide
from gradverify.witnesses.kinks import kinks

SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", RIGHT)
def test_no_valid_subgradient_is_accused(name, seed):
    made, drawn = RIGHT[name]
    evidence = kinks(made, drawn, seed=seed)
    assert evidence.outcome is Outcome.HOLDS, (evidence.tried, evidence.findings)
    assert evidence.cases > 0
    assert evidence.failing is None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", WRONG)
def test_a_gradient_wrong_only_at_special_points_is_refuted(name, seed):
    made, drawn = WRONG[name]
    evidence = kinks(made, drawn, seed=seed)
    assert evidence.outcome is Outcome.REFUTED, evidence.tried
    (finding,) = evidence.findings
    assert finding.where
    assert finding.got
    assert finding.expected
    assert "gradients" in finding.reproduce
    assert evidence.failing is not None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", AS_PARTS)
def test_what_automatic_differentiation_gives_is_a_warning(name, seed):
    made, drawn = AS_PARTS[name]
    evidence = kinks(made, drawn, seed=seed)
    assert evidence.outcome is Outcome.WARNING, (evidence.tried, evidence.findings)
    assert "each part of the op chose a valid slope by itself" in evidence.findings[0].note


def said(name, seed=0):
    return kinks(*RIGHT[name], seed=seed).tried


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("relu, 0 at 0", "at x = 0 the slope is 0, of 0 and 1 on the two sides"),
        ("relu, 1/2 at 0", "at x = 0 the slope is 0.5, of 0 and 1 on the two sides"),
        ("abs, 1 at 0", "at x = 0 the slope is 1, of -1 and 1 on the two sides"),
        ("clip at an unusual bound", "at x = 0.37 the slope is 0, of 0 and 1 on the two sides"),
        ("max, ties to the first", "a tie goes to the first"),
        ("max, ties to the last", "a tie goes to the last"),
        ("max, ties shared evenly", "a tie is shared evenly"),
        ("max, ties shared by weights", "a tie is shared otherwise"),
        ("maximum, ties to a", "a tie between a and b goes to a"),
        ("maximum, ties to b", "a tie between a and b goes to b"),
        ("sort", "tied entries keep their order"),
        ("norm, 0 at 0", "at a kink of several entries together the slope is 0"),
    ],
)
def test_the_convention_is_named(name, words):
    assert any(words in said(name, seed) for seed in range(3))


def test_an_op_without_kinks_is_compared_at_its_special_points_exactly():
    evidence = kinks(*RIGHT["cube"], seed=0)
    assert evidence.strength is Strength.EXACT
    assert "no kink met" in evidence.tried


def test_what_has_no_slope_is_counted_as_skipped():
    assert "a jump: there is no slope" in said("floor")
    assert "an infinite slope" in said("root, whose slope at 0 is infinite")


def test_a_doubled_tie_is_shown_on_the_tied_entries_alone():
    made, drawn = row_max(lambda mask: mask * 1.0)
    (finding,) = kinks(made, drawn, seed=2).findings
    assert "together" in finding.where
    assert "shared among these entries" in finding.expected


def test_a_leak_is_shown_with_its_bounds_and_the_nearest_valid_gradient():
    evidence = kinks(*WRONG["relu, 2 at 0"], seed=0)
    (finding,) = evidence.findings
    assert finding.expected.startswith("between ")
    assert finding.entries is not None
    wrong = [k for k, is_wrong in enumerate(finding.entries.wrong) if is_wrong]
    assert wrong == [k for k, x in enumerate(evidence.failing.inputs[0].reshape(-1)) if x == 0]
    assert all(finding.entries.got[k] == 2 * finding.entries.expected[k] for k in wrong)


def test_nan_is_shown_beside_the_slope_that_forward_has():
    (finding,) = kinks(*WRONG["product by y/x"], seed=0).findings
    assert finding.what == "the gradient is infinite or undefined where forward has a slope"
    assert finding.got in ("nan", "inf", "-inf")


def test_code_that_exact_numbers_cannot_follow_is_not_applicable_with_its_line():
    made = op(lambda x: ((x.astype(np.float32),), x), lambda x, g: (g[0],))
    evidence = kinks(made, space(), seed=0)
    assert evidence.outcome is Outcome.NOT_APPLICABLE
    assert "test_kinks.py:" in evidence.tried


def test_nothing_special_in_the_domain_is_not_applicable():
    made = op(lambda x: ((x * x,), x), lambda x, g: (2 * x * g[0],))
    drawn = Space((InputSpec("x", ("n",), Sign.POSITIVE),), accepts=lambda arrays: False)
    evidence = kinks(made, drawn, seed=0)
    assert evidence.outcome is Outcome.NOT_APPLICABLE
    assert evidence.cases == 0


def test_a_backward_that_raises_at_a_kink_is_refuted():
    def backward(x, g):
        if (x == 0).any():
            raise ValueError("no gradient at 0")
        return (g[0] * np.sign(x),)

    evidence = kinks(op(lambda x: ((np.abs(x),), x), backward), space(), seed=0)
    assert evidence.outcome is Outcome.REFUTED
    assert evidence.findings[0].what == "backward raises at a special point"


def test_kinks_alone_make_no_verdict_green():
    verdict, _ = decide([kinks(*RIGHT["relu, 0 at 0"], seed=0)])
    assert verdict.name == "UNDECIDED"


def test_an_error_after_a_warning_is_still_found():
    """By parts 0 is explained where x = 0, but 5 at the bound 2 is not."""
    made, drawn = elementwise(
        lambda x: np.minimum(np.maximum(x, 0) + 0.25 * np.minimum(x, 0), 2),
        lambda x: ((x > 0) & (x < 2)) + 0.25 * (x < 0) + 5.0 * (x == 2),
    )
    assert [kinks(made, drawn, seed=seed).outcome for seed in range(3)] == [Outcome.REFUTED] * 3


def test_one_seed_gives_one_answer():
    made, drawn = RIGHT["max, ties shared evenly"]
    assert kinks(made, drawn, seed=3).tried == kinks(made, drawn, seed=3).tried
