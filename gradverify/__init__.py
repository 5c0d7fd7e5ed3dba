"""gradverify proves gradient derivations for all array sizes and checks the NumPy code that implements them.

Every public name is loaded when it is first asked for, so `import gradverify` costs nothing and loads no library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gradverify._version import __version__

if TYPE_CHECKING:
    from gradverify.checker import check
    from gradverify.derivation.library import find, library, read
    from gradverify.derivation.proof import Proof
    from gradverify.derivation.records import Condition, Derivation, Gradient
    from gradverify.errors import DerivationError, GradverifyError, Unsupported, UsageError
    from gradverify.model import Case, Evidence, Finding, Op, Outcome, Report, Strength, Verdict
    from gradverify.witnesses.proof import prove

__all__ = [
    "Case",
    "Condition",
    "Derivation",
    "DerivationError",
    "Evidence",
    "Finding",
    "Gradient",
    "GradverifyError",
    "Op",
    "Outcome",
    "Proof",
    "Report",
    "Strength",
    "Unsupported",
    "UsageError",
    "Verdict",
    "__version__",
    "check",
    "find",
    "library",
    "prove",
    "read",
]

_HOMES = {
    "gradverify.checker": ("check",),
    "gradverify.derivation.library": ("find", "library", "read"),
    "gradverify.derivation.proof": ("Proof",),
    "gradverify.derivation.records": ("Condition", "Derivation", "Gradient"),
    "gradverify.errors": ("DerivationError", "GradverifyError", "Unsupported", "UsageError"),
    "gradverify.model": ("Case", "Evidence", "Finding", "Op", "Outcome", "Report", "Strength", "Verdict"),
    "gradverify.witnesses.proof": ("prove",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
