"""Says what the mistake behind a refutation looks like, as far as it can be established exactly.

Takes an op, its space, its derivation if there is one, and the evidence; gives the evidence with `looks_like` filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from gradverify.derivation.records import Derivation
from gradverify.diagnosis.arrangements import arrangements
from gradverify.diagnosis.calls import raised, wrong_number
from gradverify.diagnosis.conducted import RANDOM, conducted
from gradverify.diagnosis.contributions import contributions, misplaced
from gradverify.diagnosis.cotangents import one_output, uses_of_cotangent
from gradverify.diagnosis.derived import Derived
from gradverify.diagnosis.draws import Draws, draws, large_cases
from gradverify.diagnosis.elementwise import elementwise
from gradverify.diagnosis.elsewhere import at_magnitude, cotangent_elsewhere, elsewhere
from gradverify.diagnosis.equal_sides import equal_sides, nothing
from gradverify.diagnosis.factors import exponential_factors, factors
from gradverify.diagnosis.float_runs import varies
from gradverify.diagnosis.formulas import formulas
from gradverify.diagnosis.gaps import gaps
from gradverify.diagnosis.history import one_array, remembered
from gradverify.diagnosis.in_floats import FLOATS, in_floats
from gradverify.diagnosis.kinked import on_kinks
from gradverify.diagnosis.points import FEWEST, Laboratory, Point, View, alike
from gradverify.diagnosis.settings import Setting, in_words, located, settings
from gradverify.diagnosis.sums import misshapen as misshapen_as
from gradverify.diagnosis.sums import sums
from gradverify.diagnosis.vocabulary import arrays_of
from gradverify.diagnosis.where import Hypotheses, at_entries, in_cases, not_depended_on, signed, where_cases
from gradverify.diagnosis.whole import other_input, replaced, scaled, whole
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
            points = _Points.of(laboratory, draws(chosen.space, None))
            where = in_words((chosen, *(each for each in wrong if each is not chosen)), right)
            sentences = list(dict.fromkeys(_sentences(op, points, derivation)))
            return tuple(located(sentence, where) for sentence in sentences[:MOST]) or (f"is wrong {where}",)
        points = _Points.of(laboratory, draws(space, failing))
        said = list(dict.fromkeys(_sentences(op, points, derivation)))
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


def _in_large_cases(laboratory: Laboratory, space: Space, points: _Points, failing: Case | None) -> Iterator[str]:
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
            found[any(_is_wrong(point) for point in ran)].append(setting)
    return tuple(found[True]), tuple(found[False])


def _is_wrong(point: Point) -> bool:
    places = range(len(point.seen.inputs))
    return not point.fits or any(not point.shapes_fit(k) or any(point.wrong(k)) for k in places)


def _chosen(wrong: Sequence[Setting], failing: Case | None) -> Setting:
    """The setting of the case that failed, where it is one of them."""
    used = {} if failing is None else failing.parameters
    return next((e for e in wrong if e.parameters and all(used.get(n) == v for n, v in e.parameters.items())), wrong[0])


@dataclass(frozen=True)
class _Points:
    """The exact runs, of general cases and of special ones."""

    general: tuple[Point, ...]
    square: tuple[Point, ...]
    special: tuple[Point, ...]

    @classmethod
    def of(cls, laboratory: Laboratory, cases: Draws) -> _Points:
        def run(group: Sequence[Case]) -> tuple[Point, ...]:
            made = [laboratory.point(case) for case in group]
            return tuple(point for point in made if point is not None)

        made = cls(run(cases.general), run(cases.square), run(cases.special))
        if len({point.seen.field.certain for point in made.all}) > 1:  # residues could not follow all of them
            made = cls(run(cases.general), run(cases.square), run(cases.special))
        same = {id(point) for point in alike(made.all)}
        return cls(*(tuple(p for p in group if id(p) in same) for group in (made.general, made.square, made.special)))

    @property
    def all(self) -> tuple[Point, ...]:
        """Every run."""
        return (*self.general, *self.square, *self.special)

    def wrong_inputs(self, op: Op) -> list[int]:
        """The inputs whose gradients are wrong at some run, of those where all have their shapes."""
        runs = [p for p in self.all if all(p.shapes_fit(k) for k in range(len(op.inputs)))]
        return [k for k in range(len(op.inputs)) if any(any(p.wrong(k)) for p in runs)]

    def wrong_somewhere(self) -> bool:
        """Whether anything is wrong with the gradients at any of them."""
        return any(map(_is_wrong, self.all))


def _sentences(op: Op, points: _Points, derivation: Derivation | None) -> Iterator[str]:
    failing = [p for p in points.all if p.seen.error is not None]
    if failing:
        yield raised(failing[0].seen.error or Exception(), some=len(failing) < len(points.all))
    odd = [p for p in points.all if p.seen.error is None and not p.fits]
    if odd:
        yield wrong_number(op, odd[0].seen.gradients)
        return
    for place, name in enumerate(op.inputs):
        for sentence in _of_input(op, place, points, derivation):
            yield f"the gradient of {name}{sentence if sentence.startswith(',') else f' {sentence}'}"


def _of_input(op: Op, place: int, points: _Points, derivation: Derivation | None) -> Iterator[str]:
    """The sentences about one input's gradient, without their subject."""
    usable = [p for p in points.all if p.fits]
    if not usable:
        return
    missing = [p for p in usable if not p.has(place)]
    if missing:
        yield "is None, though the input matters"
        return
    shaped = [p for p in usable if p.shapes_fit(place)]
    misshapen = [p for p in usable if not p.shapes_fit(place)]
    square = tuple(p for p in points.square if p.fits and p.shapes_fit(place) and any(p.wrong(place)))
    runs_general = any(p.fits for p in points.general)
    if not runs_general and len(square) >= FEWEST:  # it runs on square arrays alone
        found = list(_hypotheses(View(op, place, square), derivation))
        yield from (f", where backward runs, {sentence}" for sentence in found)
        if found:
            return
    if misshapen:
        yield from _misshapen(op, place, points, misshapen, shaped)
        return
    general = tuple(p for p in points.general if p.fits and any(p.wrong(place)))
    always = FEWEST <= len(general) == sum(p.fits for p in points.general)
    yield from _values(View(op, place, (*general, *square)), View(op, place, tuple(shaped)), derivation, always)


def _values(wrong: View, every: View, derivation: Derivation | None, always: bool) -> Iterator[str]:
    """Wrong entries: a known mistake, or wrong somewhere only, or another formula, in this order."""

    def anything(view: View) -> Iterator[str]:
        return _hypotheses(view, derivation)

    generic = tuple(p for p in every.points if p.case.kind == "generic")
    enough = sum(any(p.wrong(every.place)) for p in generic) >= FEWEST
    somewhere = View(every.op, every.place, generic if enough else ())
    searches: list[Callable[[], Iterator[str]]] = [
        lambda: contributions(somewhere),
        lambda: arrangements(somewhere),
        lambda: at_entries(every),
        lambda: in_cases(every, anything),
        lambda: equal_sides(every, anything),
        lambda: at_magnitude(wrong),
    ]
    if always:
        # Where every entry is wrong, a place where it happens to be right says little: the formula says more.
        everywhere = all(all(p.wrong(wrong.place)) for p in wrong.points)
        last = [lambda: _terms(wrong)]
        first = [] if everywhere else [lambda: signed(every)]
        known = [lambda: _hypotheses(wrong, derivation, KNOWN)]
        searches = [*first, *known, *(last if everywhere else []), *searches, *last]
    searches += [lambda: misplaced(somewhere), lambda: equal_sides(every, nothing)]
    for search in searches:
        found = list(search())
        if found:
            unexplained = len(found) == 1 and re.search(UNEXPLAINED, found[0])
            yield from (_more(found[0], wrong, somewhere, every) if unexplained else []) or found
            return


def _more(said: str, wrong: View, somewhere: View, every: View) -> list[str]:
    """What can be said in place of a sentence, or after it, that says little: it must still hold where that one held."""
    for found in (arrangements(somewhere), not_depended_on(somewhere), misplaced(somewhere)):
        if sentence := next(found, ""):
            return [sentence]
    sentence = (next(factors(wrong), "") or next(gaps(wrong), "")) if wrong.points else ""
    if sentence and "is wrong only" in said:
        return [f"{said}; {'in such cases' if 'at entries' in said else 'there'} it {sentence}"]
    return [sentence] if sentence else list(equal_sides(every, nothing))


UNEXPLAINED = "returned unchanged|is wrong only (?!.*(; there it|, where it is))"
"""What says less than the term that is missing."""


def _terms(view: View) -> Iterator[str]:
    """A formula for what was returned and one for what it should be; else the terms that are missing; else the first."""
    polynomial = list(elementwise(view))
    if polynomial:
        yield from polynomial
        return
    # Where forward saved arrays of its own, backward is written in them.
    named = any(not atom.simple for atom in arrays_of(view))
    found = list(gaps(view)) if named else []
    found = found or list(formulas(view))
    told = any("must be" in sentence or "is missing" in sentence for sentence in found)
    yield from found if told or named else list(gaps(view)) or found


def _misshapen(
    op: Op, place: int, points: _Points, misshapen: Sequence[Point], shaped: Sequence[Point]
) -> Iterator[str]:
    """Gradients of another shape than their input."""
    general = tuple(p for p in points.general if p in misshapen)
    group = general if len(general) >= FEWEST else tuple(misshapen)
    view = View(op, place, group)
    swapped = other_input(view)
    found = [swapped] if swapped is not None and "swapped" in swapped else list(misshapen_as(view))
    found = (found or ([] if swapped is None else [swapped]))[:1]
    point = group[0]
    got, expected = np.shape(view.got(point)), point.seen.inputs[place].shape
    found = found or [f"has the wrong shape: {got} for {expected}"]
    where = "" if general or not shaped else where_cases(view, group, shaped)
    some = "" if general or not shaped else ", in some cases, "
    yield from (f"is wrong {where}; there it {each}" if where else some + each for each in found)


FIRST: tuple[Hypotheses, ...] = (one_output, replaced, sums, scaled)
KNOWN: tuple[Hypotheses, ...] = (
    *FIRST,
    whole,
    contributions,
    arrangements,
    not_depended_on,
    misplaced,
    uses_of_cotangent,
    factors,
    elsewhere,
    cotangent_elsewhere,
    exponential_factors,
)
"""In the order in which they are asked: what says more comes first."""


def _hypotheses(
    view: View, derivation: Derivation | None, asked: Sequence[Hypotheses] = (*KNOWN, _terms)
) -> Iterator[str]:
    """The derivation's sentences first, then the first of the others that hold."""
    if derivation is None:
        yield from _first(asked, view)
        return
    known = Derived(view, derivation)
    found = list(known.coefficients())
    if found:
        yield from found
        return
    telling = list(_first(FIRST, view))
    changed = [] if telling else list(known.changed())
    yield from telling or changed
    # A factor is told better by the derivation's own term; where nothing was found, anything helps.
    more = [] if telling else list(_first([each for each in asked if each not in FIRST], view))
    yield from (sentence for sentence in more if not changed or "times the true one" not in sentence)


def _first(asked: Sequence[Hypotheses], view: View) -> Iterator[str]:
    """The sentence of the first hypothesis that holds."""
    for hypothesis in asked:
        found = list(hypothesis(view))
        if found:
            yield found[0]
            return
