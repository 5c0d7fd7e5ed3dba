"""Says what all the evidence means together: the strongest verdict that it carries, never a stronger one."""

from __future__ import annotations

from collections.abc import Sequence

from gradverify.model import Evidence, Outcome, Strength, Verdict

__all__ = ["decide"]

SPECIAL_POINTS_ONLY = ("kinks",)
"""Witnesses that look at special points alone: what they find refutes, what they do not find says nothing of other points."""


def decide(evidence: Sequence[Evidence]) -> tuple[Verdict, str]:
    """The verdict and, in a sentence, what it rests on.

    A refutation by any witness stands, whatever the others say. PROVED and EXACT need an exact comparison of the code, and
    PROVED a proof beside it; float comparisons alone give AGREES. No verdict is green where a proof or conduct was left
    undecided, or where nobody looked at conduct; any other witness that decided nothing, or warns, is named.
    """
    refuted = [each for each in evidence if each.outcome is Outcome.REFUTED]
    if refuted:
        first = refuted[0]
        what = first.findings[0].what if first.findings else "a counterexample"
        others = f" (and {', '.join(each.witness for each in refuted[1:])})" if len(refuted) > 1 else ""
        return Verdict.REFUTED, f"{first.witness}{others}: {what}"
    needed = (Strength.ALL_SIZES, Strength.CONDUCT)
    blocking = [each for each in evidence if each.outcome is Outcome.UNDECIDED and each.strength in needed]
    if blocking:
        return Verdict.UNDECIDED, "; ".join(f"{each.witness}: {each.tried}" for each in blocking)
    nothing = (Outcome.UNDECIDED, Outcome.NOT_APPLICABLE)
    verdict, because = _compared(
        [each for each in evidence if each.outcome not in nothing and each.witness not in SPECIAL_POINTS_ONLY]
    )
    if verdict is Verdict.UNDECIDED:
        reasons = [f"{each.witness}: {each.tried}" for each in evidence if each.outcome in nothing]
        return verdict, "; ".join([because, *reasons])
    conduct = [each for each in evidence if each.strength is Strength.CONDUCT]
    if not conduct:
        return Verdict.UNDECIDED, f"{because}, but its conduct was not looked at"
    named = [each for each in evidence if each.outcome is not Outcome.HOLDS]
    named = [each for each in named if each in conduct or each.outcome is not Outcome.NOT_APPLICABLE]
    aside = [f"{each.witness} {each.outcome.value}" for each in named]
    aside += [
        f"not exactly: {each.tried}"
        for each in evidence
        if each.strength is Strength.EXACT
        and each.outcome is Outcome.NOT_APPLICABLE
        and each.witness not in SPECIAL_POINTS_ONLY
    ]
    return verdict, "; ".join([because, *aside])


def _compared(holding: Sequence[Evidence]) -> tuple[Verdict, str]:
    """What the witnesses that hold say of the code."""
    proved = any(each.strength is Strength.ALL_SIZES for each in holding)
    exact = any(each.strength is Strength.EXACT for each in holding)
    digits = [f"the code agrees in balls ({each.tried})" for each in holding if each.strength is Strength.DIGITS]
    close = [each.witness for each in holding if each.strength is Strength.FLOAT]
    if exact and proved:
        return Verdict.PROVED, "the derivation for all sizes, the code exactly"
    if exact:
        return Verdict.EXACT, "the code exactly, at every case tried"
    derivation = "the derivation is proved for all sizes" if proved else ""
    if close or digits:
        compared = f"the code was compared in floats ({', '.join(close)})" if close else ""
        compared = "; ".join(part for part in (*digits, compared) if part)
        return Verdict.AGREES, f"{derivation}; {compared}" if proved else compared
    return Verdict.UNDECIDED, f"{derivation}, but no code was compared" if proved else "no witness compared anything"
