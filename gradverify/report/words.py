"""The marks and words that every form of a report shares."""

from __future__ import annotations

from gradverify.model import Outcome, Verdict

__all__ = ["MARKS", "duration", "outcome_of"]

MARKS = {
    Outcome.HOLDS: "✓",
    Outcome.REFUTED: "✗",
    Outcome.UNDECIDED: "?",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.WARNING: "!",
}
"""Beside each of them stands its word: neither the mark nor a colour is ever the only sign."""


def outcome_of(verdict: Verdict) -> Outcome:
    """The outcome that has the same mark as this verdict."""
    return {Verdict.REFUTED: Outcome.REFUTED, Verdict.UNDECIDED: Outcome.UNDECIDED}.get(verdict, Outcome.HOLDS)


def duration(seconds: float) -> str:
    """A time as a person says it: `12 ms`, `0.41 s`, `3.2 s`, `2 min 5 s`."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.0005 else "< 1 ms"
    if seconds < 59.95:
        return f"{seconds:.{2 if seconds < 0.995 else 1 if seconds < 9.95 else 0}f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
