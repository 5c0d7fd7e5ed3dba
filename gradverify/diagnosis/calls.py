"""What an exception of backward, or a wrong number of gradients, looks like."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradverify.model import Op

PATTERNS = (
    (r"^KeyError", "{text} was never saved in the context"),
    (r"^(NameError|UnboundLocalError)", "uses a name that is not defined: {text}"),
    (r"broadcast|matmul|mismatch|shapes .* not aligned|not aligned", "combines arrays whose shapes do not fit: {text}"),
    (r"read-only", "writes into an array that is read-only"),
)


def raised(error: Exception | str, some: bool) -> str:
    """The sentence for an exception; `some` says whether backward returns for other cases."""
    text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    kind, _, message = text.partition(": ")
    for pattern, sentence in PATTERNS:
        if re.search(pattern, text):
            said = sentence.format(text=message or kind)
            return f"backward raises {kind}" + (" for some shapes" if some else "") + f": {said}"
    return f"backward raises {text}" + (" for some shapes" if some else "")


def wrong_number(op: Op, gradients: Sequence[object]) -> str:
    """The sentence for a wrong number of gradients."""
    count = len(gradients)
    names = ", ".join(op.inputs)
    word = "gradient" if count == 1 else "gradients"
    return f"backward returns {count} {word}, and must return one for each of {names}"
