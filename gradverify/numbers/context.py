"""Which exact run is under way in this context (thread, task), if any: NumPy's hooks and the stand-ins ask here."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

running: ContextVar[Any] = ContextVar("the field of the exact run under way", default=None)

own_namespaces: ContextVar[frozenset[int]] = ContextVar(
    "the identities of the op's own namespaces", default=frozenset()
)
