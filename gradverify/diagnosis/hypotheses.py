"""The known mistakes in the order in which they are asked for: the derivation's terms, then whatever says most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradverify.derivation.records import Derivation
from gradverify.diagnosis.arrangements import arrangements
from gradverify.diagnosis.contributions import contributions, misplaced
from gradverify.diagnosis.cotangents import one_output, uses_of_cotangent
from gradverify.diagnosis.derived import Derived
from gradverify.diagnosis.elementwise import elementwise
from gradverify.diagnosis.elsewhere import cotangent_elsewhere, elsewhere
from gradverify.diagnosis.factors import exponential_factors, factors
from gradverify.diagnosis.formulas import formulas
from gradverify.diagnosis.gaps import gaps
from gradverify.diagnosis.points import View
from gradverify.diagnosis.sums import sums
from gradverify.diagnosis.vocabulary import arrays_of
from gradverify.diagnosis.where import Hypotheses, not_depended_on
from gradverify.diagnosis.whole import replaced, scaled, whole

__all__ = ["KNOWN", "hypotheses", "terms"]


def terms(view: View) -> Iterator[str]:
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


def hypotheses(
    view: View, derivation: Derivation | None, asked: Sequence[Hypotheses] = (*KNOWN, terms)
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
