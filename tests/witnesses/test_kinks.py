"""The witness of kinks must accuse no valid subgradient, whatever its convention, and let no invalid one pass."""

from __future__ import annotations

import numpy as np
import pytest
from kinky_ops import AS_PARTS, RIGHT, WRONG

from gradverify.model import Outcome
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


_ = np
