"""Says what all the evidence means together: the strongest verdict that it carries, never a stronger one."""

from __future__ import annotations

from collections.abc import Sequence

from gradverify.model import Evidence, Outcome, Strength, Verdict

__all__ = ["decide"]


def decide(evidence: Sequence[Evidence]) -> tuple[Verdict, str]:
    """The verdict and, in a sentence, what it rests on.

    A refutation by any witness stands, whatever the others say. PROVED and EXACT need an exact comparison of the code, and
    PROVED a proof beside it; float comparisons alone give AGREES. Every green verdict needs clean conduct.
    """
    refuted = [each for each in evidence if each.outcome is Outcome.REFUTED]
    if refuted:
        first = refuted[0]
        what = first.findings[0].what if first.findings else "a counterexample"
        others = f" (and {', '.join(each.witness for each in refuted[1:])})" if len(refuted) > 1 else ""
        return Verdict.REFUTED, f"{first.witness}{others}: {what}"
    undecided = [each for each in evidence if each.outcome is Outcome.UNDECIDED]
    proofs = [each for each in evidence if each.strength is Strength.ALL_SIZES]
    if undecided and (undecided[0] in proofs or undecided[0].strength is Strength.CONDUCT):
        return Verdict.UNDECIDED, f"{undecided[0].witness}: {undecided[0].tried}"
    holding = [each for each in evidence if each.outcome is Outcome.HOLDS]
    exact = [each.witness for each in holding if each.strength is Strength.EXACT]
    close = [each.witness for each in holding if each.strength is Strength.FLOAT]
    if exact and proofs:
        return Verdict.PROVED, "the derivation for all sizes, the code exactly"
    if exact:
        return Verdict.EXACT, "the code exactly, at every case tried"
    if close:
        proved = "the derivation is proved for all sizes; " if proofs else ""
        return Verdict.AGREES, f"{proved}the code was compared in floats ({', '.join(close)})"
    reasons = [f"{each.witness}: {each.tried}" for each in evidence if each.outcome is not Outcome.HOLDS]
    return Verdict.UNDECIDED, "; ".join(reasons) or "no witness compared anything"
