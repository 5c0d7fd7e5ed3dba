"""Errors that are part of the interface: each says what went wrong, where, what was found and what to do next.

The command line prints `str(error)` on stderr and exits with 2; nothing else of gradverify catches them.
"""

from __future__ import annotations


class GradverifyError(Exception):
    """Base of every error that a user of gradverify can cause."""


class UsageError(GradverifyError):
    """The request cannot be carried out as given: an unknown name, a missing file, a malformed shape."""


class DerivationError(GradverifyError):
    """A derivation file is ill-formed: it cannot be read as a chain of equalities. Carries `FILE:LINE`."""


class Unsupported(GradverifyError):
    """The calculus has no rule for this expression: nothing was decided. Never raised for a wrong expression."""
