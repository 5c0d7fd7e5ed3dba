"""Everything planted, checked: what is wrong must be refuted, what is right must not, with any seed.

The short run asks the witnesses of a wrong op one after the other and stops at the first that refutes it, which settles the
verdict; the whole check is asked of every right op and of one wrong op of each kind.
`GRADVERIFY_PLANTED=20 pytest tests/planted/test_catalogue.py -n2` makes the whole check of every op with 20 seeds instead,
from `GRADVERIFY_PLANTED_SEED` on.
"""

from __future__ import annotations

import os
import re
from collections import Counter

import numpy as np
import pytest
from catalogue import FOLDER, RIGHT, WARNED, WRONG, Planted

from gradverify import Evidence, Outcome, Report, Verdict, check
from gradverify.adapters import adapt, parse_parameter, parse_shape, space_for
from gradverify.verdict import decide
from gradverify.witnesses.conduct import conduct
from gradverify.witnesses.difference import difference
from gradverify.witnesses.exact import exact
from gradverify.witnesses.kinks import kinks

COUNT = int(os.environ.get("GRADVERIFY_PLANTED", "0"))
FIRST = int(os.environ.get("GRADVERIFY_PLANTED_SEED", "1"))
SEEDS = range(FIRST, FIRST + COUNT)

BY_CONDUCT = {"overwrites", "layout", "second call", "state", "not linear", "shared memory", "dtype lost", "random"}
"""The kinds that conduct sees soonest."""

# The first record of each kind; dict keeps the last, so they go in from the end.
ONE_OF_EACH = tuple({record.kind: record for record in reversed(WRONG)}.values())

LEAST_DIAGNOSED = 0.9
"""The share of the wrong backwards with an expected diagnosis that must get it."""


def records(planted):
    return [pytest.param(record, id=f"{record.name} {' '.join(record.shapes)}") for record in planted]


def whole(record: Planted, seed: int = 0) -> Report:
    with np.errstate(all="ignore"):  # what an op's own arithmetic warns of is its own affair
        return check(f"{FOLDER}/{record.target}", shapes=record.shapes, parameters=record.parameters, seed=seed)


def first_refutation(record: Planted, seed: int = 0) -> Evidence | None:
    """What the first witness says that refutes this op; None if none does."""
    parameters = dict(map(parse_parameter, record.parameters))
    shapes = [parse_shape(shape) for shape in record.shapes]
    op = adapt(f"{FOLDER}/{record.target}", parameters=parameters, input_count=len(shapes))
    space = space_for(op, shapes=shapes, parameters=parameters).space
    order = (conduct, exact, kinks, difference) if record.kind in BY_CONDUCT else (exact, kinks, difference, conduct)
    for witness in order:
        with np.errstate(all="ignore"):
            evidence = witness(op, space, seed=seed)
        if evidence.outcome is Outcome.REFUTED:
            return evidence
    return None


def sentences(report: Report) -> list[str]:
    """All that is said of what the mistake looks like, without the words that say there is nothing to say."""
    said = [text for each in report.evidence for finding in each.findings for text in finding.looks_like]
    return [text for text in said if not re.search("none of the known|no diagnosis", text)]


def diagnosed(record: Planted, report: Report) -> bool:
    return any(re.search(record.diagnosis, text) for text in sentences(report))


def test_there_is_enough_of_everything():
    assert len(WRONG) >= 120
    assert len(RIGHT) >= 60
    planted = [(each.target, each.shapes, each.parameters) for each in (*WRONG, *RIGHT, *WARNED)]
    assert [each for each, number in Counter(planted).items() if number > 1] == []
    assert all(record.kind for record in (*WRONG, *WARNED))
    assert not any(record.kind or record.diagnosis for record in RIGHT)


@pytest.mark.parametrize("record", records(WRONG))
def test_a_wrong_backward_is_refuted(record):
    evidence = first_refutation(record)
    assert evidence is not None, f"{record.name}: {record.kind}"
    assert evidence.findings
    assert decide([evidence])[0] is Verdict.REFUTED


@pytest.mark.parametrize("record", records(ONE_OF_EACH))
def test_the_whole_check_refutes_one_of_each_kind(record):
    report = whole(record)
    assert report.verdict is Verdict.REFUTED, report
    finding = next(finding for each in report.evidence for finding in each.findings)
    assert finding.what
    assert finding.reproduce


@pytest.mark.parametrize("record", records(RIGHT))
def test_a_right_backward_is_never_accused(record):
    report = whole(record)
    assert report.verdict in (Verdict.EXACT, Verdict.AGREES), report


@pytest.mark.parametrize("record", records(WARNED))
def test_what_is_surprising_and_harmless_is_warned_of(record):
    report = whole(record)
    assert report.verdict in (Verdict.EXACT, Verdict.AGREES), report
    assert Outcome.WARNING in [each.outcome for each in report.evidence], report


@pytest.mark.skipif(not COUNT, reason="GRADVERIFY_PLANTED=20 makes the whole check of every op with 20 seeds")
@pytest.mark.parametrize("record", records((*WRONG, *RIGHT, *WARNED)) if COUNT else [None])
def test_the_verdict_is_the_same_with_every_seed(record):
    verdicts = {seed: whole(record, seed).verdict for seed in SEEDS}
    wanted = {Verdict.REFUTED} if record in WRONG else {Verdict.EXACT, Verdict.AGREES}
    assert set(verdicts.values()) <= wanted, verdicts
    assert len(set(verdicts.values())) == 1, verdicts


@pytest.mark.skipif(not COUNT, reason="GRADVERIFY_PLANTED=1 asks for the diagnosis of every wrong op")
def test_most_mistakes_are_named():
    expected = [record for record in WRONG if record.diagnosis]
    unnamed = [record.name for record in expected if not diagnosed(record, whole(record, FIRST))]
    assert len(unnamed) <= (1 - LEAST_DIAGNOSED) * len(expected), unnamed
