"""Small cases that a diagnosis rests on: of different shapes, square, with a side of 1, with a large side, with zeros.

Takes a `Space`, gives cases of at most so many entries that the whole Jacobian of each is computed exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from gradverify.cases import generic, inside
from gradverify.model import Array, Case, Choice, InputSpec, Space

MOST_ENTRIES = 60

SHARES_NEGATIVE = (0.5, 0.4, 0.3, 0.2, 0.1, 0.0)

ONE = ("one zero", "one tie")
"""Kinds with one special entry in an array."""

MOST_LARGE = 300
"""The same for a failing case that nothing smaller shows the mistake of."""

MOST_FIXED = 200
"""The same where no size is free."""

GENERAL = ((3, 4, 2), (2, 3, 4), (4, 2, 3), (2, 5, 3))
MANY = ((2, 3, 2, 2), (2, 2, 3, 2), (3, 2, 2, 2), (2, 2, 2, 3))
"""For four sizes and more."""

SQUARE = (2, 3, 3, 2)
LARGE = (18, 19)


@dataclass(frozen=True)
class Draws:
    """The cases by what they are for."""

    general: tuple[Case, ...]
    """No side is 1 and, where sizes are free, no two of a case are equal."""
    square: tuple[Case, ...]
    special: tuple[Case, ...]
    """A side of 1, a large side, entries of 0, equal entries."""


def draws(space: Space, failing: Case | None) -> Draws:
    """The cases of a space, and the failing one among the special ones."""
    names = names_of(space)
    general = [
        dict(zip(names, _cycled(sides, len(names)), strict=True)) for sides in (GENERAL if len(names) < 4 else MANY)
    ]
    square = [dict.fromkeys(names, side) for side in SQUARE] if len(names) > 1 else []
    special = [_kind(space, sides, seed, kind) for seed, (sides, kind) in enumerate(_special(names, general))]
    found = [case for case in special if case is not None]
    small = failing is not None and sum(array.size for array in failing.inputs) <= MOST_ENTRIES
    if failing is not None and small and any(array.size for array in failing.inputs):
        found.insert(0, failing)
    return Draws(_all(space, general, 100), _all(space, square, 200), tuple(found))


def _special(names: tuple[str, ...], general: list[dict[str, int]]) -> Iterator[tuple[dict[str, int], str]]:
    if names:
        yield dict.fromkeys(names, 1), "generic"
        for sides in general:
            for name in names:
                yield {**sides, name: 1}, "generic"
        for large in LARGE:
            for name in names:
                yield {**dict.fromkeys(names, 2), name: large}, "generic"
    for kind in ("zeros", "ties", "zeros", "ties", *ONE, *ONE):
        for sides in general[:2]:
            yield sides, kind


def _cycled(sides: tuple[int, ...], count: int) -> list[int]:
    return [sides[k % len(sides)] for k in range(count)]


def names_of(space: Space) -> tuple[str, ...]:
    """The names of all sizes."""
    sides = [side for spec in space.inputs for side in spec.shape] + list(space.parameters.values())
    return tuple(dict.fromkeys(side for side in sides if isinstance(side, str)))


def _all(space: Space, sizes: list[dict[str, int]], seed: int) -> tuple[Case, ...]:
    made = (case_of(space, sides, seed + k) for k, sides in enumerate(sizes))
    return tuple(case for case in made if case is not None)


def _kind(space: Space, sides: Mapping[str, int], seed: int, kind: str) -> Case | None:
    return case_of(space, sides, 300 + seed, kind)


def empty_cases(space: Space) -> Iterator[Case]:
    """Cases with one size of 0, the others 2 or 3."""
    names = names_of(space)
    for seed, (empty, other) in enumerate((name, other) for name in names for other in (2, 3)):
        case = case_of(space, {**dict.fromkeys(names, other), empty: 0}, 600 + seed, empty=True)
        if case is not None:
            yield case


def large_cases(space: Space, failing: Case) -> Iterator[Case]:
    """Cases of the sizes of a failing case that is larger than all others drawn here."""
    if MOST_ENTRIES < sum(array.size for array in failing.inputs) <= MOST_LARGE:
        for seed in range(3):
            case = case_of(space, failing.sizes, 700 + seed, most=MOST_LARGE)
            if case is not None:
                yield case


def case_of(
    space: Space, sides: Mapping[str, int], seed: int, kind: str = "generic", *, empty: bool = False, most: int = 0
) -> Case | None:
    """A case of these sizes; None where it is too large, outside the domain, or not to be empty and all inputs are."""
    shapes = [tuple(sides[side] if isinstance(side, str) else side for side in spec.shape) for spec in space.inputs]
    most = most or (MOST_ENTRIES if sides else MOST_FIXED)
    if sum(map(prod, shapes)) > most or not (empty or any(map(prod, shapes))):
        return None
    for attempt, share in enumerate(SHARES_NEGATIVE):
        arrays = tuple(
            _array(spec, shape, (seed, k, attempt), share, kind)
            for k, (spec, shape) in enumerate(zip(space.inputs, shapes, strict=True))
        )
        if inside(space, arrays):
            parameters = _parameters(space, sides, seed)
            return Case(arrays, parameters, dict(sides), seed, kind=kind)
    return None


def _array(spec: InputSpec, shape: tuple[int, ...], key: tuple[int, ...], share: float, kind: str) -> Array:
    array = generic(shape, spec.sign, key, share)
    if kind == "generic" or not array.size:
        return array
    draw = np.random.default_rng(key)
    chosen = draw.random(shape) < 0.4
    if kind in ONE:
        chosen = np.arange(array.size).reshape(shape) == draw.integers(array.size)
    value = 0.0 if "zero" in kind and spec.sign.name == "REAL" else float(array.flat[0])
    return np.asarray(np.where(chosen, value, array))


def _parameters(space: Space, sides: Mapping[str, int], seed: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in space.parameters.items():
        if isinstance(value, Choice):
            found[name] = value.values[seed % len(value.values)]
        else:
            found[name] = sides[value] if isinstance(value, str) else value
    for bundle in space.bundles:
        found.update(bundle[seed % len(bundle)])
    return found
