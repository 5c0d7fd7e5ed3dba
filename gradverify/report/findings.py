"""Sorts the findings of a report for a reader: the main one, those that say the same, and those of another kind."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from gradverify.model import Evidence, Finding, Outcome, Rating, Report, Verdict

__all__ = ["MOST_SCRIPTS", "Found", "Told", "agreement", "is_warning", "labelled", "ratio", "told"]

ORDER = ("exact", "proof", "closed form", "kinks", "difference", "conduct", "accuracy")
"""Whose finding is the main one, if there are several."""

VALUES = ("exact", "closed form", "kinks", "difference")
"""The witnesses that compare a gradient's values, so that their findings of one gradient say the same."""

MOST_SCRIPTS = 3
"""Up to this many findings each come with their script; of more, only the main one does."""

Found = tuple[Evidence, Finding]


@dataclass(frozen=True)
class Told:
    """The findings in the order of telling."""

    main: Found | None
    agreeing: tuple[Found, ...]
    """Those that say what the main one says."""
    others: tuple[Found, ...]

    @property
    def in_full(self) -> tuple[Found, ...]:
        """Those that are told in full."""
        return (*([self.main] if self.main else []), *self.others)

    def with_script(self, found: Found) -> bool:
        """Whether this one's script is shown."""
        return found is self.main or len(self.in_full) <= MOST_SCRIPTS


def told(report: Report) -> Told:
    """The findings of a report, sorted; only a refutation has a main one."""
    every = [(evidence, finding) for evidence in report.evidence for finding in evidence.findings]
    errors = [found for found in every if not is_warning(*found)]
    if report.verdict is not Verdict.REFUTED or not errors:
        return Told(None, (), tuple(every))
    first = min(errors, key=lambda found: _rank(found[0]))  # the first of equals
    # Of findings that say the same, one with an entry and a script tells more than one without.
    alike = [first, *(found for found in errors if _same(first, found))]
    main = next((found for found in alike if found[1].where), first)
    rest = [found for found in every if found is not main]
    same = [found for found in rest if not is_warning(*found) and _same(main, found)]
    return Told(main, tuple(same), tuple(found for found in rest if found not in same))


def is_warning(evidence: Evidence, finding: Finding) -> bool:
    """Whether a finding is no refutation: by its own rating, or by what its witness made of it."""
    return finding.rating is Rating.WARNING or evidence.outcome is Outcome.WARNING


def _rank(evidence: Evidence) -> tuple[bool, int]:
    place = ORDER.index(evidence.witness) if evidence.witness in ORDER else len(ORDER)
    return evidence.outcome is not Outcome.REFUTED, place


def _same(main: Found, other: Found) -> bool:
    """Whether another witness's finding says what the main one says."""
    family = _family(*main)
    return main[0] is not other[0] and family != "" and family == _family(*other)


def _family(evidence: Evidence, finding: Finding) -> str:
    """What a finding is about, alike for all witnesses that say it: a gradient's values, its shape, an exception."""
    gradient = finding.where.partition(",")[0]
    if evidence.witness in VALUES and gradient.startswith("gradient of ") and "entry" in finding.where:
        return f"values of the {gradient}"
    if "wrong shape" in finding.what:
        return "shape"
    if "wrong number of gradients" in finding.what or re.fullmatch(r"\d+ gradients for \d+ inputs", finding.what):
        return "number"
    return finding.what if finding.what.startswith("backward raises ") else ""


def agreement(found: Found) -> str:
    """A finding that says the same, in one line: `difference agrees: gradient of x, entry [0, 0] is -0.508, …`."""
    evidence, finding = found
    got, expected = _rounded(finding.got), _rounded(finding.expected)
    if got == expected:
        got, expected = finding.got, finding.expected
    said = finding.where or finding.what
    if got and expected:
        said += f" is {got}, expected {expected}"
    return f"{evidence.witness} agrees: {said}"


def _rounded(text: str) -> str:
    """The text with every long decimal cut to three digits, and a fraction written as its decimal."""
    text = text.rpartition(" = ")[2]
    return re.sub(r"\d+\.\d{4,}(?:e[-+]?\d+)?", lambda number: f"{float(number[0]):.3g}", text)


def labelled(finding: Finding) -> list[tuple[str, str]]:
    """What is wrong, label by label: where, got, expected, their ratio, the case, the note; what is empty is left out."""
    rows = [(label, getattr(finding, label)) for label in ("where", "got", "expected")]
    rows += [("ratio", ratio(finding)), ("case", finding.case), ("note", finding.note)]
    return [(label, value) for label, value in rows if value]


def ratio(finding: Finding) -> str:
    """What got is of expected, in words; empty unless both are finite numbers and surely not 0."""
    got, expected = _number(finding.got), _number(finding.expected)
    if got is None or expected is None or "entry" not in finding.where:
        return ""
    (value, spread), (true, allowed) = got, expected
    if not value or not true or abs(true) <= allowed or abs(value - true) <= spread + allowed:
        return ""
    share = value / true
    certain = not spread and not allowed and share.denominator <= 1000 and len(str(share.numerator)) < 8
    return f"got is {share if certain else _decimal(share)} times what is expected"


def _decimal(share: Fraction) -> str:
    try:
        text = f"{float(share):.4g}"
    except OverflowError:
        return "more than 1e308" if share > 0 else "less than -1e308"
    return f"about {text}"


def _number(text: str) -> tuple[Fraction, Fraction] | None:
    """A finite number and how far off it may be, from `3`, `-65/128 = -0.5078125`, `0.5 ± 1e-13`."""
    match = re.fullmatch(r"([-+]?[\d.]+(?:e[-+]?\d+)?|[-+]?\d+/\d+)( = \S+)?(?: ± (\S+))?", text.replace("−", "-"))
    if match is None:
        return None
    try:
        value, allowed = Fraction(match[1]), Fraction(match[3] or "0")
    except (ValueError, ZeroDivisionError):
        return None
    floating = "." in match[1] or "e" in match[1]
    return value, max(allowed, Fraction(math.ulp(float(value))) if floating and _fits(value) else Fraction(0))


def _fits(value: Fraction) -> bool:
    return abs(value) < Fraction(10) ** 308
