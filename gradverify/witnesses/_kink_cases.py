"""Special cases for the witness of kinks: generic ones with entries set to 0, to each other, or to a bound.

Takes drawn cases, gives changed ones inside the same space. What a derivation calls "not 0" may be 0 here: that is often
a kink, and where it is a pole the op itself refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradverify.cases import cases, inside, of_sides
from gradverify.cases.collect import collect
from gradverify.model import Array, Case, Sign, Space

__all__ = ["Turning", "special_cases"]

MOST_ELEMENTS = 12
"""Inputs have at most this many entries together, so that every entry can be looked at alone."""

COMMON = (1.0, -1.0, 0.5, -0.5, 2.0, 3.0, 6.0)
"""Bounds that code often has: those of hard tanh, hard sigmoid and relu6 among them."""

ROWS_AGAIN = "rows of the same entries"
"""The kind of one case of an op that compares: what looks entries up by their values takes those of another row."""

MOST_MOVED = 3
"""So many entries of a case are moved to where a comparison comes out equal, one after the other."""


@dataclass(frozen=True)
class Turning:
    """What an op compares: how often, the constants, and the values of one entry at which a comparison is one of equals."""

    comparisons: int = 0
    constants: tuple[float, ...] = ()
    turns: tuple[float, ...] = ()


Change = Callable[[list[Array], np.random.Generator, Sequence[float]], bool]
"""Changes arrays in place; says whether there was anything to change."""


def special_cases(
    space: Space, seed: int, examples: int, turning: Callable[[Case, int], Turning]
) -> tuple[tuple[Case, ...], int]:
    """Up to `examples` special cases, small ones first, and how many were left out as outside the domain.

    `turning` says what an entry is compared with at a case: entries are set to where a comparison comes out equal.
    """
    drawn = collect(cases(space, max_elements=MOST_ELEMENTS), examples, seed)
    drawn = tuple(case for case in drawn if any(array.size for array in case.inputs))
    plain = [replace(case, inputs=tuple(np.array(x, np.float64, order="C") for x in case.inputs)) for case in drawn]
    looked_at = [turning(case, 0) for case in plain[:3]]
    bounds = list(dict.fromkeys(c for each in looked_at for c in each.constants if c))
    compares = any(each.comparisons for each in looked_at)
    made: list[Case] = []
    turn, shared = 0, not compares
    for number, case in enumerate(plain):
        if not shared and (again := _rows_again(space, case)) is not None:
            made.append(again)
            shared = True
            continue
        changed = _on_comparisons(space, case, turning) if compares and number % 4 == 3 else None
        if changed is None and number % 4 == 1:
            own = bool(bounds or _numbers(case.parameters))
            changed = _first_inside(space, case, "at a bound", bounds) if own else None
            changed = _first_inside(space, case, "ties", bounds) if compares and not own else changed
        if changed is None:
            changed = _first_inside(space, case, list(CHANGES)[turn % len(CHANGES)], bounds)
            turn += 1
        made += [] if changed is None else [changed]
    for base in of_sides(space, 3, MOST_ELEMENTS):  # chance may leave every kind to shapes that have no room for it
        for kind in CHANGES:
            changed = _first_inside(space, base, kind, bounds)
            made += [changed] if changed is not None and changed.kind == kind else []
    made.sort(key=lambda case: sum(array.size for array in case.inputs))
    return tuple(made), len(plain) - len(made)


def _on_comparisons(space: Space, case: Case, turning: Callable[[Case, int], Turning]) -> Case | None:
    """The case with some entries moved to where a comparison lands on equality; `None` where none does."""
    rng = np.random.default_rng((case.seed, 8))
    moved = None
    for entry in rng.permutation(sum(array.size for array in case.inputs))[:MOST_MOVED]:
        turns = turning(case, int(entry)).turns
        if not turns:
            continue
        arrays = [array.copy() for array in case.inputs]
        place = int(entry)
        for array in arrays:
            if 0 <= place < array.size:
                array.flat[place] = turns[int(rng.integers(len(turns)))]
            place -= array.size
        if _fits(space, arrays):
            moved = case = replace(case, inputs=tuple(arrays), layout="C", kind="on a comparison")
    return moved


def _rows_again(space: Space, case: Case) -> Case | None:
    """The case with every row of its arrays one of the same entries in another order; `None` where no array has two rows."""
    arrays = [array.copy() for array in case.inputs]
    able = [array for array in arrays if array.ndim > 1 and min(array.shape[-2:]) > 1]
    for array in able:
        rows = array.reshape(-1, array.shape[-1])
        if len(set(rows[0].tolist())) < rows.shape[1]:
            return None  # a tie within a row is another kind
        for shift in range(1, len(rows)):
            rows[shift] = np.roll(rows[0], shift)
    return replace(case, inputs=tuple(arrays), layout="C", kind=ROWS_AGAIN) if able and _fits(space, arrays) else None


def _first_inside(space: Space, case: Case, first: str, constants: Sequence[float]) -> Case | None:
    """The case changed by the kind whose turn it is, or by the next kind that keeps it inside the space."""
    bounds = _bounds(case.parameters, constants)
    kinds = list(CHANGES)
    turn = kinds.index(first)
    for kind in kinds[turn:] + kinds[:turn]:
        rng = np.random.default_rng((case.seed, turn, 7))
        for _ in range(2):
            arrays = [array.copy() for array in case.inputs]
            if CHANGES[kind](arrays, rng, bounds) and _fits(space, arrays):
                return replace(case, inputs=tuple(arrays), layout="C", kind=kind)
    return None


def _fits(space: Space, arrays: Sequence[Array]) -> bool:
    positive = all(
        spec.sign is not Sign.POSITIVE or bool((array > 0).all())
        for spec, array in zip(space.inputs, arrays, strict=True)
    )
    return positive and inside(space, tuple(arrays))


def _numbers(parameters: Mapping[str, Any]) -> list[float]:
    """The parameters that are numbers."""
    return [
        float(value)
        for value in parameters.values()
        if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)
    ]


def _bounds(parameters: Mapping[str, Any], bounds: Sequence[float]) -> tuple[float, ...]:
    """The numbers among the parameters, the constants met, and common ones; those of the op itself more often."""
    own = [*_numbers(parameters), *bounds]
    return (*own, *own, *(-each for each in own), *COMMON) if own else COMMON


def _some(size: int, rng: np.random.Generator, least: int = 1) -> Array:
    """The places of about a third of the entries, `least` of them at least."""
    return rng.permutation(size)[: max(least, (size + 2) // 3)]


def _nonempty(arrays: list[Array]) -> list[int]:
    return [k for k, array in enumerate(arrays) if array.size]


def _one_zero(arrays: list[Array], rng: np.random.Generator, bounds: Sequence[float]) -> bool:
    k = int(rng.choice(_nonempty(arrays)))
    arrays[k].flat[int(rng.integers(arrays[k].size))] = 0.0
    return True


def _zeros(arrays: list[Array], rng: np.random.Generator, bounds: Sequence[float]) -> bool:
    for k in _nonempty(arrays):
        arrays[k].flat[_some(arrays[k].size, rng)] = 0.0
    return True


def _zero_array(arrays: list[Array], rng: np.random.Generator, bounds: Sequence[float]) -> bool:
    """One whole array is 0: the norm of every row is."""
    arrays[int(rng.choice(_nonempty(arrays)))][...] = 0.0
    return True


def _zeros_in_a_row(arrays: list[Array], rng: np.random.Generator, bounds: Sequence[float]) -> bool:
    able = [k for k in _nonempty(arrays) if max(arrays[k].shape, default=1) > 1]
    if not able:
        return False
    array = arrays[int(rng.choice(able))]
    line, index = _line(array, rng)
    count = line.size if rng.random() < 0.75 else 2  # a whole row more often: a norm of 0
    line[_together(line.size, count, rng)] = 0.0
    array[index] = line
    return True


def _ties(arrays: list[Array], rng: np.random.Generator, bounds: Sequence[float]) -> bool:
    """The largest or the smallest entry of a row, or another one, comes several times in it."""
    able = [k for k in _nonempty(arrays) if max(arrays[k].shape, default=1) > 1]
    if not able:
        return False
    for k in able:
        for axis in (axis for axis, side in enumerate(arrays[k].shape) if side > 1):
            lines = np.moveaxis(arrays[k], axis, -1)
            for index in np.ndindex(lines.shape[:-1]):
                if rng.random() < 0.7:
                    _tie(lines[index], rng)
        if rng.random() < 0.4:  # the largest entry of one row stands in another one too
            arrays[k].flat[int(rng.integers(arrays[k].size))] = arrays[k][(0,) * (arrays[k].ndim - 1)].max()
    return True


def _tie(line: Array, rng: np.random.Generator) -> None:
    """One or two other entries of a line become equal to its largest entry, or to another one."""
    tied = int(
        line.argmax() if rng.random() < 0.6 else line.argmin() if rng.random() < 0.5 else rng.integers(line.size)
    )
    others = np.delete(np.arange(line.size), tied)
    line[rng.permutation(others)[: 1 + int(rng.random() < 0.3)]] = line[tied]


def _ties_across(arrays: list[Array], rng: np.random.Generator, bounds: Sequence[float]) -> bool:
    """Entries of one argument are those of another."""
    able = [(k, m) for k in _nonempty(arrays) for m in _nonempty(arrays) if k < m and _meet(arrays[k], arrays[m])]
    if not able:
        return False
    k, m = able[int(rng.integers(len(able)))]
    target, source = (k, m) if arrays[k].size >= arrays[m].size else (m, k)
    other = np.broadcast_to(arrays[source], arrays[target].shape).reshape(-1)
    places = _some(arrays[target].size, rng)
    arrays[target].flat[places] = other[places]
    return True


def _at_a_bound(arrays: list[Array], rng: np.random.Generator, bounds: Sequence[float]) -> bool:
    for k in _nonempty(arrays):
        size = arrays[k].size
        places = rng.permutation(size)[: (3 * size + 3) // 4]
        arrays[k].flat[places] = rng.choice(np.array(bounds), len(places))
    return True


def _meet(target: Array, source: Array) -> bool:
    """Whether the one of fewer entries can be broadcast to the other's shape."""
    larger = target if target.size >= source.size else source
    try:
        return bool(np.broadcast_shapes(target.shape, source.shape) == larger.shape)
    except ValueError:
        return False


def _line(array: Array, rng: np.random.Generator) -> tuple[Array, tuple[Any, ...]]:
    """One line of an array, copied, along an axis of more than one entry; and its index."""
    axis = int(rng.choice([axis for axis, side in enumerate(array.shape) if side > 1]))
    index: tuple[Any, ...] = tuple(
        slice(None) if k == axis else int(rng.integers(side)) for k, side in enumerate(array.shape)
    )
    return array[index].copy(), index


def _together(size: int, count: int, rng: np.random.Generator) -> slice:
    start = int(rng.integers(size - count + 1))
    return slice(start, start + count)


CHANGES: dict[str, Change] = {
    "ties": _ties,
    "one zero": _one_zero,
    "at a bound": _at_a_bound,
    "ties between arguments": _ties_across,
    "zeros in a row": _zeros_in_a_row,
    "zeros": _zeros,
    "an array of zeros": _zero_array,
}
"""By kind; the cases take turns."""
