"""Reads which breaches of conduct a user's class declares as meant: `gradverify_allows = {"own memory": "reason"}`.

Takes an op and its space, gives the space with what the op's class allows. The names are those of the promises of
conduct, which knows them and refuses others; here only the form is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gradverify.errors import UsageError
from gradverify.model import Op, Space

ATTRIBUTE = "gradverify_allows"


def with_allowances(op: Op, space: Space) -> Space:
    """The space with the allowances of the class that the op was made from; the space itself where it declares none.

    Raises `UsageError` for anything but a mapping from names to reasons, none of them empty.
    """
    declared = getattr(getattr(getattr(op.forward, "__self__", None), "cls", None), ATTRIBUTE, None)
    if declared is None:
        return space
    if not isinstance(declared, Mapping):
        raise UsageError(
            f"{op.name}: {ATTRIBUTE} is a {type(declared).__name__}; give a dict from promises to reasons, "
            'such as {"own memory": "a view by design"}'
        )
    for name, reason in declared.items():
        if not isinstance(reason, str) or not reason.strip():
            raise UsageError(f"{op.name}: {ATTRIBUTE} gives no reason for {name!r}; say why it is meant")
    return replace(space, allowed={**space.allowed, **declared})
