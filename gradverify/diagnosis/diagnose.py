"""Says what the mistake behind a refutation looks like, as far as it can be established exactly.

Takes an op, its space, its derivation if there is one, and the evidence; gives the evidence with `looks_like` filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from gradverify.derivation.records import Derivation
from gradverify.diagnosis.conducted import RANDOM, conducted
from gradverify.diagnosis.draws import draws, large_cases
from gradverify.diagnosis.float_runs import varies
from gradverify.diagnosis.gathered import Gathered, is_wrong
from gradverify.diagnosis.history import one_array, remembered
from gradverify.diagnosis.in_floats import FLOATS, in_floats
from gradverify.diagnosis.kinked import on_kinks
from gradverify.diagnosis.points import Laboratory, View
from gradverify.diagnosis.sentences import sentences
from gradverify.diagnosis.settings import Setting, in_words, located, settings
from gradverify.diagnosis.where import at_entries
from gradverify.model import Case, Evidence, Op, Outcome, Space, Strength
from gradverify.numbers.fields import Balls
from gradverify.numbers.run import code_of, precision, roots_of

__all__ = ["NOTHING", "diagnose", "looks_like"]

NOTHING = "it looks like none of the known mistakes"

MOST = 3
"""The most sentences that are given."""


def diagnose(
    op: Op, space: Space, evidence: Sequence[Evidence], derivation: Derivation | None = None
) -> tuple[Evidence, ...]:
    """The evidence, with what the mistake looks like in the findings of those that refute the op."""
    found = [_of_conduct(op, each) if each.strength is Strength.CONDUCT else each for each in evidence]
    first = next((k for k, each in enumerate(found) if _refutes_values(each)), None)
    if first is None:
        return tuple(found)
    case = next((each.failing for each in found if _refutes_values(each) and each.failing is not None), None)
    said = looks_like(op, space, case, derivation)
    finding, *more = found[first].findings
    found[first] = replace(found[first], findings=(replace(finding, looks_like=said), *more))
    return tuple(found)


def _refutes_values(evidence: Evidence) -> bool:
    about_code = evidence.strength in (Strength.EXACT, Strength.DIGITS, Strength.FLOAT)
    return evidence.outcome is Outcome.REFUTED and about_code and bool(evidence.findings)


def _of_conduct(op: Op, evidence: Evidence) -> Evidence:
    """Every finding of conduct says for itself what it looks like."""
    if evidence.outcome not in (Outcome.REFUTED, Outcome.WARNING):
        return evidence
    findings = tuple(
        replace(finding, looks_like=finding.looks_like or conducted(finding, op, evidence.failing))
        for finding in evidence.findings
    )
    return replace(evidence, findings=findings)


def looks_like(
    op: Op, space: Space, failing: Case | None = None, derivation: Derivation | None = None
) -> tuple[str, ...]:
    """What is wrong with an op's backward, in at most three sentences; always at least one."""
    random = _random(op, space, failing)
    if random:
        return (random,)
    laboratory = Laboratory(op, code_of(op.forward, op.backward, roots_of(op.forward, op.backward)))
    with precision(Balls(Random(0))):
        every = settings(space, {} if failing is None else failing.parameters)
        wrong, right = _told_apart(laboratory, every) if len(every) > 1 else ((), ())
        # What is wrong in the plain setting too has nothing to do with broadcasting.
        if wrong and right and (every[-1].parameters or every[0] not in wrong):
            chosen = _chosen(wrong, failing)
            points = Gathered.of(laboratory, draws(chosen.space, None))
            where = in_words((chosen, *(each for each in wrong if each is not chosen)), right)
            found = list(dict.fromkeys(sentences(op, points, derivation)))
            return tuple(located(sentence, where) for sentence in found[:MOST]) or (f"is wrong {where}",)
        points = Gathered.of(laboratory, draws(space, failing))
        said = list(dict.fromkeys(sentences(op, points, derivation)))
        said = said or (list(remembered(laboratory, space)) if points.all else [])
    if said and points.all:
        said = [*one_array(op, points.all[0].case, points.wrong_inputs(op)), *said]
    if not said and not points.all:
        said = [sentence for sentence in in_floats(op, space, failing) if sentence != FLOATS]
        why = laboratory.troubles[0] if laboratory.troubles else "it ran at none of the cases drawn for it"
        return tuple(said[:MOST]) or (f"no diagnosis: exact numbers cannot follow the code ({why})",)
    if not said and not points.wrong_somewhere():
        said = list(on_kinks(op, space, failing)) if laboratory.kinks else []
        said = said or list(in_floats(op, space, failing, kinks=laboratory.kinks))
        if said == [FLOATS]:  # none of the cases drawn here lay on a kink
            said = (
                list(on_kinks(op, space, failing)) or list(_in_large_cases(laboratory, space, points, failing)) or said
            )
    return tuple(said[:MOST]) or (NOTHING,)


def _in_large_cases(laboratory: Laboratory, space: Space, points: Gathered, failing: Case | None) -> Iterator[str]:
    """Which entries are wrong in cases as large as the failing one, where smaller ones are right."""
    found = [laboratory.point(case) for case in ([] if failing is None else large_cases(space, failing))]
    large = [point for point in found if point is not None]
    for place, name in enumerate(laboratory.op.inputs) if large else ():
        every = tuple(point for point in (*points.general, *large) if point.shapes_fit(place))
        for sentence in at_entries(View(laboratory.op, place, every)):
            yield f"the gradient of {name} {sentence}"


def _random(op: Op, space: Space, failing: Case | None) -> str:
    """The sentence for a backward that gives the same values another gradient at every call."""
    case = failing or next(iter(draws(space, None).general), None)
    return f"backward {RANDOM}" if case is not None and varies(op, case) else ""


def _told_apart(laboratory: Laboratory, every: Sequence[Setting]) -> tuple[tuple[Setting, ...], tuple[Setting, ...]]:
    """The settings that the op is wrong in, and those that it is right in; neither where it runs in none of the cases."""
    found: dict[bool, list[Setting]] = {True: [], False: []}
    for setting in every:
        cases = draws(setting.space, None)
        points = [laboratory.point(case) for case in (*cases.general[:2], *cases.square[1:2])]
        ran = [point for point in points if point is not None]
        if ran:
            found[any(is_wrong(point) for point in ran)].append(setting)
    return tuple(found[True]), tuple(found[False])


def _chosen(wrong: Sequence[Setting], failing: Case | None) -> Setting:
    """The setting of the case that failed, where it is one of them."""
    used = {} if failing is None else failing.parameters
    return next((e for e in wrong if e.parameters and all(used.get(n) == v for n, v in e.parameters.items())), wrong[0])
