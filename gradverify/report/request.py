"""Writes down what a check was asked for, as text that asks for it again, and which versions drew its cases."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from typing import Any

from gradverify.adapters import parse_parameter
from gradverify.errors import UsageError
from gradverify.model import Request

__all__ = ["requested", "versions"]


def requested(
    target: object,
    shapes: Sequence[str],
    parameters: Mapping[str, Any] | Sequence[str],
    *,
    seed: int,
    strict: bool,
) -> Request:
    """The request as text; its target is empty where the op, or one of its parameters, has no text of its own."""
    written = [_written(name, value) for name, value in parameters.items()] if isinstance(parameters, Mapping) else None
    texts = list(parameters) if written is None else written
    replayable = isinstance(target, str) and "" not in texts
    return Request(
        target=str(target) if replayable else "",
        shapes=tuple(shapes),
        parameters=tuple(text for text in texts if text),
        seed=seed,
        strict=strict,
    )


def _written(name: str, value: Any) -> str:
    """`NAME=VALUE`, or nothing where the text would not give back an equal value of the same type."""
    text = f"{name}={value!r}"
    try:
        _, read = parse_parameter(text)
    except UsageError:
        return ""
    return text if type(read) is type(value) and repr(read) == repr(value) else ""


def versions() -> dict[str, str]:
    """Python's version and those of the libraries that a check's cases and numbers come from."""
    # They are loaded by every check; this module is also read by what only writes reports.
    import flint
    import hypothesis
    import numpy as np
    import sympy

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "hypothesis": hypothesis.__version__,
        "sympy": sympy.__version__,
        "python-flint": flint.__version__,
    }
