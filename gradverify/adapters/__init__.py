"""Makes the uniform `Op` from other people's code: finds it, recognises its convention, says what to try it on.

One file per convention; a new one is a row in `CONVENTIONS`. All mistakes are `UsageError`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gradverify.adapters import static_pair
from gradverify.adapters.locate import locate
from gradverify.adapters.notation import parse_parameter, parse_shape
from gradverify.adapters.spaces import Described, space_for
from gradverify.adapters.static_pair import from_static_pair
from gradverify.errors import UsageError
from gradverify.model import Op

__all__ = [
    "CONVENTIONS",
    "Convention",
    "Described",
    "adapt",
    "from_static_pair",
    "locate",
    "parse_parameter",
    "parse_shape",
    "space_for",
]


@dataclass(frozen=True)
class Convention:
    """One way to write an op: why an object does not follow it (empty if it does), and how to adapt one that does."""

    expected: str
    refusal: Callable[[object], str]
    adapt: Callable[..., Op]


CONVENTIONS = (Convention(static_pair.EXPECTED, static_pair.refusal, from_static_pair),)
"""The conventions in the order in which they are tried; the first that an object follows adapts it."""


def adapt(
    target: object,
    *,
    parameters: Mapping[str, Any] = static_pair.NO_PARAMETERS,
    input_count: int | None = None,
) -> Op:
    """The `Op` for a target such as `ops.py:Normalize`, or for the object itself, in the convention that it follows.

    `parameters` are not differentiated; `input_count` is the number of shapes the user gives, None if none.
    Raises `UsageError` if there is no such object or if it follows no convention.
    """
    text = target if isinstance(target, str) else None
    candidate = locate(text) if text is not None else target
    reasons = []
    for convention in CONVENTIONS:
        reason = convention.refusal(candidate)
        if not reason:
            return convention.adapt(candidate, target=text, parameters=parameters, input_count=input_count)
        reasons.append(f"{reason}; expected {convention.expected}")
    raise UsageError(f"{text or getattr(candidate, '__qualname__', repr(candidate))}: {'; or '.join(reasons)}")
