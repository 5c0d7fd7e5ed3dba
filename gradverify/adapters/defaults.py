"""Which values are drawn for a parameter that has a default and that the user says nothing about.

Flags both ways, every axis, an eps of 0 and of 1, each only if the op's own forward takes it on small arrays (probe.py).
What backward makes of it is not asked: that is what the witnesses are for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradverify.adapters.notation import Shapes, spec_of
from gradverify.adapters.probe import Probe, takes
from gradverify.model import Choice, Leading, Op

# Flags that ask for what conduct forbids, writing into an input or returning one: a user who wants them asks for them.
_LEFT_ALONE = frozenset({"inplace", "in_place", "copy", "out", "overwrite"})
_AXIS = frozenset({"axis", "dim"})
_EPS = frozenset({"eps", "epsilon"})
_LARGE_EPS = 1.0


@dataclass(frozen=True)
class Drawn:
    """The parameters that are drawn, the default first, and what was left out although it might have been expected."""

    choices: Mapping[str, Choice]
    left_out: tuple[str, ...] = ()


def drawn_defaults(op: Op, shapes: Shapes, probes: Sequence[Probe], given: Mapping[str, Any]) -> Drawn:
    """For every parameter that is not given: its default and the other values that forward takes at all of the probes."""
    choices: dict[str, Choice] = {}
    left_out: list[str] = []
    for name, default in op.defaults.items():
        if name in given or name in _LEFT_ALONE:
            continue
        taken = [default]
        for value in _others(name, default, shapes):
            refusals = [takes(op, shapes, p, {**given, name: Choice((value,))}) for p in probes]
            if not any(refusals):
                taken.append(value)
            elif isinstance(default, bool):
                left_out.append(f"{name}={value!r} left out ({next(filter(None, refusals))})")
        if len(taken) > 1:
            choices[name] = Choice(tuple(taken))
    return Drawn(choices, tuple(left_out))


def _others(name: str, default: Any, shapes: Shapes) -> Iterator[Any]:
    """The values worth trying beside a default."""
    if isinstance(default, bool):
        yield not default
    elif name in _AXIS and (default is None or isinstance(default, int)):
        yield from (axis for axis in _axes(shapes) if axis != default)
    elif name in _EPS and isinstance(default, float):
        yield from (value for value in (0.0, _LARGE_EPS) if value != default)


def _axes(shapes: Shapes) -> list[int]:
    """0, 1, …, -1, -2, …, as many as the longest shape has; from the end only where further axes may stand in front."""
    specs = [spec_of("", shape) for shape in shapes]
    rank = max(len(spec.shape) for spec in specs)
    fixed = all(spec.leading is Leading.NONE for spec in specs)
    return [*(range(rank) if fixed else ()), *range(-1, -rank - 1, -1)]


def values_in_words(value: Any) -> str:
    """A parameter's value as `--param` would have it; those of a choice with `|` between."""
    return "|".join(map(str, value.values)) if isinstance(value, Choice) else str(value)
