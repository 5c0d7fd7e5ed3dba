"""What a breach of conduct looks like: the finding says what changed, this says what mistake that is.

Keyed on the promise's name in the finding's note, then on fixed parts of its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gradverify.diagnosis.float_runs import varies
from gradverify.model import Case, Finding, Op

RANDOM = "differs from call to call on the same values: it draws random numbers, or depends on what earlier calls left behind"

Sentence = Callable[[Finding], str]


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
    return found[0].rstrip(",") if found else where


def _fixed(sentence: str) -> Sentence:
    return lambda finding: sentence


def _forward_changes(finding: Finding) -> str:
    where = finding.where or "an array that it was given"
    return f"forward overwrites {where} in place: whoever else uses that array gets the changed one"


def _again(finding: Finding) -> str:
    """A second call on the same context: it raises, gives a multiple, or something else."""
    if "fails" in finding.what:
        return f"backward may be called once only: a second call raises {finding.got}"
    state = "depends on how often it was called"
    ratio = _ratio(finding)
    if ratio == 2:
        return f"{state}: a second call gives twice the gradient, as where it adds to what the first call left"
    if ratio is not None:
        return f"{state}: there, a second call gives {ratio:g} times the gradient"
    return f"{state}: a second call, with the same context, gives another gradient"


def _ratio(finding: Finding) -> float | None:
    """Got by expected, where that is one of a few simple numbers."""
    numbers = [re.search(r"(-?[\d.]+(?:e[+-]?\d+)?)$", text) for text in (finding.got, finding.expected)]
    got, expected = (float(found[1]) if found else 0.0 for found in numbers)
    return next((r for r in (2.0, 0.5, -1.0, 3.0) if expected and got == r * expected), None)


def _apart(finding: Finding) -> str:
    if "changes an array" in finding.what:
        return f"keeps state between calls: a call on other inputs overwrites {finding.where}"
    if "backward call" in finding.what:
        return "keeps state between calls: what backward leaves behind decides the gradient of another call"
    return "keeps state between calls: what forward saves is not in the context"


def _dtype(finding: Finding) -> str:
    lost = ": its digits are lost" if finding.got.startswith(("float16", "float32")) else ""
    return f"returns {finding.got} where the input is {finding.expected}{lost if 'float64' in finding.expected else ''}"


def _lies(finding: Finding) -> str:
    """A memory layout that a cotangent or an input has."""
    text = f"{finding.what} {finding.where}"
    which = "cotangents" if "cotangents" in text else "inputs"
    found = next((words for pattern, words in LAYOUTS if re.search(pattern, text)), "of another memory layout")
    whose = f"for {which} {found}"
    if "read-only" in finding.got:
        part = "forward" if "forward" in finding.what else "backward"
        return f"fails {whose}: {part} writes into its {which}, and these are read-only"
    if "fails" in finding.what:
        return f"depends on the memory layout: it fails {whose}, though the values are the same: {finding.got}"
    return f"depends on the memory layout: it is wrong {whose}, though the values are the same"


LAYOUTS: tuple[tuple[str, str], ...] = (
    ("Fortran", "in Fortran order"),
    ("every second|strided", "that are slices with a step"),
    ("negative|reversed", "with negative strides"),
    ("read-only", "that are read-only"),
    ("strides of zero|zero-stride", "that are broadcast, with a stride of 0"),
    ("big-endian", "of the other byte order"),
    (r"inputs: C\b", "in C order"),
)

BYTES = "reads the bytes in this machine's order: it is wrong only for arrays of the other byte order"
NONLINEAR = "the cotangent does not enter as one factor: a gradient is linear in it"

PROMISES: dict[str, Sentence] = {
    "forward changes nothing": _forward_changes,
    "backward changes nothing": _changes,
    "same gradient again": _again,
    "new memory each call": _fixed(
        "keeps one buffer for all calls: a second call of backward overwrites the gradient of the first"
    ),
    "keeps precision": _dtype,
    "no wider dtype": _dtype,
    "floating gradient": _dtype,
    "own memory": _fixed("returns memory that is not its own: writing into it changes something else"),
    "separate gradients": _fixed("returns the same memory for two gradients: writing into one changes the other"),
    "writable gradient": _fixed("returns an array that cannot be written into"),
    "same from scratch": _fixed("depends on an earlier call: the same forward and backward give another gradient"),
    "one context, two cotangents": _fixed(
        "depends on an earlier call: a context that was used once gives another gradient than a fresh one"
    ),
    "contexts kept apart": _apart,
    "parameters kept apart": _fixed(
        "keeps state between calls: a forward call with other parameters decides this call's gradient"
    ),
    "doubles and negates": _fixed(NONLINEAR),
    "adds": _fixed(NONLINEAR),
    "outputs add up": _fixed(NONLINEAR),
    "zero gives zero": _fixed("is not linear in the cotangent: where the cotangent is 0, the gradient is not"),
    "every output counts": lambda finding: f"the cotangent of {finding.where} is not used",
    "any cotangent layout": _lies,
    "any input layout": _lies,
    "takes any byte order": _fixed("fails only for arrays of the other byte order"),
    "any byte order": _fixed(BYTES),
    "same array twice": _fixed("is wrong only where the same array is passed twice: it tells its inputs by identity"),
}
"""By the name of the promise."""

PATTERNS: tuple[tuple[str, Sentence], ...] = (
    (r"backward changes", _changes),
    (r"forward changes", _forward_changes),
    (r"another forward call in between", _apart),
    (r"second call of backward|later call of backward", _again),
    (r"shares memory|same memory", PROMISES["own memory"]),
    (r"not linear in the cotangent: zeros", PROMISES["zero gives zero"]),
    (r"not linear in the cotangent", _fixed(NONLINEAR)),
    (r"another dtype", _dtype),
    (r"memory layout|Fortran|stride|buffer|read-only", _lies),
)
"""What a finding's text says, where no promise is named, and the sentence that it gives."""

ACROSS = ("same gradient again", "same from scratch", "one context, two cotangents", "contexts kept apart")
"""Promises that a random gradient breaks too."""


def conducted(finding: Finding, op: Op | None = None, case: Case | None = None) -> tuple[str, ...]:
    """The sentence for a breach of conduct; nothing where none is known.

    With the op and the failing case, a gradient that differs at every call is told from one that its own calls change.
    """
    named = re.search(r"promise: ([^;]+)", finding.note)
    name = named[1] if named else ""
    if name in ACROSS and op is not None and case is not None and varies(op, case):
        return (RANDOM,)
    if name in PROMISES:
        return (PROMISES[name](finding),)
    text = f"{finding.what}; {finding.note}"
    found = next((sentence for pattern, sentence in PATTERNS if re.search(pattern, text)), None)
    return () if found is None else (found(finding),)
