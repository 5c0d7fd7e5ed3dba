"""What is wrong with the gradient of each input: missing, of another shape, or wrong in its entries, and then how."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from gradverify.derivation.records import Derivation
from gradverify.diagnosis.arrangements import arrangements
from gradverify.diagnosis.calls import raised, wrong_number
from gradverify.diagnosis.contributions import contributions, misplaced
from gradverify.diagnosis.elsewhere import at_magnitude
from gradverify.diagnosis.equal_sides import equal_sides, nothing
from gradverify.diagnosis.factors import factors
from gradverify.diagnosis.gaps import gaps
from gradverify.diagnosis.gathered import Gathered
from gradverify.diagnosis.hypotheses import KNOWN, hypotheses, terms
from gradverify.diagnosis.points import FEWEST, Point, View
from gradverify.diagnosis.sums import misshapen as misshapen_as
from gradverify.diagnosis.where import at_entries, in_cases, not_depended_on, signed, where_cases
from gradverify.diagnosis.whole import other_input
from gradverify.model import Op

__all__ = ["sentences"]


def sentences(op: Op, points: Gathered, derivation: Derivation | None) -> Iterator[str]:
    """What is wrong with each input's gradient, in whole sentences."""
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


def _of_input(op: Op, place: int, points: Gathered, derivation: Derivation | None) -> Iterator[str]:
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
        found = list(hypotheses(View(op, place, square), derivation))
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
        return hypotheses(view, derivation)

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
        last = [lambda: terms(wrong)]
        first = [] if everywhere else [lambda: signed(every)]
        known = [lambda: hypotheses(wrong, derivation, KNOWN)]
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


def _misshapen(
    op: Op, place: int, points: Gathered, misshapen: Sequence[Point], shaped: Sequence[Point]
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
