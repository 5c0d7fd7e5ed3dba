"""What a breach of conduct looks like: the finding says what changed, this says what mistake that is.

Keyed on the promise's name where the finding's note has it, and on fixed parts of its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gradverify.model import Finding


def _changes(finding: Finding) -> str:
    where = finding.where
    if re.search(r"\bcotangent", where):
        return "writes into the cotangent in place: whoever else uses it gets the changed one"
    if "context" in where or "saved" in where:
        again = "a second call of backward starts from the changed one"
        return f"a saved value is overwritten ({_saved(where)}): {again}"
    if "output" in where:
        return "writes into the array that forward returned: whoever uses the output later gets the changed one"
    return f"writes into {where or 'an array that is not its own'} in place"


def _saved(where: str) -> str:
    found = re.search(r"context\S*", where)
    return found[0] if found else where


def _fixed(sentence: str) -> Callable[[Finding], str]:
    return lambda finding: sentence


def _dtype(finding: Finding) -> str:
    return f"returns {finding.got} where the input is {finding.expected}"


def _layout(finding: Finding) -> str:
    return "depends on the memory layout: the order in memory is taken for the order of the indices"


PATTERNS: tuple[tuple[str, Callable[[Finding], str]], ...] = (
    (r"backward changes", _changes),
    (r"forward changes", _fixed("forward writes into an array that it was given")),
    (r"another forward call in between", _fixed("keeps state between calls: what forward saves is not in the context")),
    (r"second call of backward|later call of backward", _fixed("changes what it saved: backward works only once")),
    (
        r"shares memory|same memory",
        _fixed("returns memory that is not its own: writing into it changes something else"),
    ),
    (r"not linear in the cotangent: zeros", _fixed("has a term without the cotangent")),
    (r"not linear in the cotangent", _fixed("the cotangent does not enter as one factor: a gradient is linear in it")),
    (r"another dtype", _dtype),
    (r"memory layout|Fortran|stride|buffer|read-only", _layout),
)
"""What a finding's text says, and the sentence that it gives."""


def conducted(finding: Finding) -> tuple[str, ...]:
    """The sentence for a breach of conduct; nothing where none is known."""
    text = f"{finding.what}; {finding.note}"
    found = next((sentence for pattern, sentence in PATTERNS if re.search(pattern, text)), None)
    return () if found is None else (found(finding),)
