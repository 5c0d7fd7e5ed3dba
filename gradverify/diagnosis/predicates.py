"""Where a gradient may be wrong: properties of a case (square, a side of 1, a parameter) and of an entry (x < 0, its place)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradverify.diagnosis.elements import is_zero
from gradverify.diagnosis.points import Point, View


@dataclass(frozen=True)
class OfCase:
    """A property of a case, in words that follow `only`."""

    words: str
    holds: Callable[[Point], bool]


@dataclass(frozen=True)
class OfEntry:
    """A property of an entry, for a whole array at once: an array of truth values."""

    words: str
    holds: Callable[[Point], Any]


def of_cases(view: View, points: Sequence[Point]) -> Iterator[OfCase]:
    """The properties of cases, the likeliest first."""
    names = view.op.inputs
    shapes = [array.shape for array in points[0].seen.inputs]
    for k, shape in enumerate(shapes):
        if len(shape) >= 2:
            yield OfCase(f"where {names[k]} is square", lambda p, k=k: len(set(_shape(p, k))) == 1)  # type: ignore[misc]  # mypy cannot type the default
            words = f"where {names[k]} is square and of more than one row"
            yield OfCase(words, lambda p, k=k: _is_square(_shape(p, k)))  # type: ignore[misc]  # as above
            yield OfCase(
                f"where the last two sides of {names[k]} are equal",
                lambda p, k=k: _shape(p, k)[-1] == _shape(p, k)[-2],  # type: ignore[misc]  # as above
            )
    for k, shape in enumerate(shapes):
        for axis in range(len(shape)):
            name = f"{names[k]}.shape[{axis}]"
            yield OfCase(f"where {name} is 1", lambda p, k=k, a=axis: _shape(p, k)[a] == 1)  # type: ignore[misc]  # as above
            yield OfCase(f"where {name} is more than 1", lambda p, k=k, a=axis: _shape(p, k)[a] > 1)  # type: ignore[misc]  # as above
            yield OfCase(f"where {name} is more than 16", lambda p, k=k, a=axis: _shape(p, k)[a] > 16)  # type: ignore[misc]  # as above
    for k in range(len(shapes)):
        yield OfCase(f"where a side of {names[k]} is 1", lambda p, k=k: 1 in _shape(p, k))  # type: ignore[misc]  # as above
    yield from _of_parameters(points)


def _of_parameters(points: Sequence[Point]) -> Iterator[OfCase]:
    for name in points[0].case.parameters:
        values = {repr(p.case.parameters[name]): p.case.parameters[name] for p in points}
        for text, value in values.items():
            if len(values) > 1 and not isinstance(value, np.ndarray) and not callable(value):
                yield OfCase(f"where {name}={text}", lambda p, n=name, t=text: repr(p.case.parameters[n]) == t)  # type: ignore[misc]  # as above
        numbers = [v for v in values.values() if isinstance(v, int) and not isinstance(v, bool)]
        if len(numbers) == len(values) > 1:
            yield OfCase(f"where {name} is negative", lambda p, n=name: p.case.parameters[n] < 0)  # type: ignore[misc]  # as above


def special_in(view: View) -> Iterator[OfCase]:
    """Whether an input has an entry of 0, or equal ones: asked where wrong cases need no more than lie among these."""
    for k, name in enumerate(view.op.inputs):
        yield OfCase(f"where an entry of {name} is 0", lambda p, k=k: bool((p.case.inputs[k] == 0).any()))  # type: ignore[misc]  # as above
        words = f"where two entries of {name} are equal"
        yield OfCase(words, lambda p, k=k: bool(_repeated(p.case.inputs[k]).any()))  # type: ignore[misc]  # as above


def zero_entries(view: View) -> Iterator[OfEntry]:
    """The entries that are 0, of the view's input and of others of its shape."""
    place = view.place
    for k, name in enumerate(view.op.inputs):
        if all(_shape(p, k) == _shape(p, place) for p in view.points):
            yield OfEntry(f"where {name} is 0", lambda p, k=k: p.case.inputs[k] == 0)  # type: ignore[misc]  # as above


def sizes_of_one(point: Point) -> int:
    """How many of a case's sizes are 1."""
    return sum(size == 1 for size in point.case.sizes.values())


def _is_square(shape: tuple[int, ...]) -> bool:
    return len(set(shape)) == 1 and shape[0] > 1


def _shape(point: Point, k: int) -> tuple[int, ...]:
    return point.seen.inputs[k].shape


def of_entries(view: View, points: Sequence[Point]) -> Iterator[OfEntry]:
    """The properties of entries of the view's input, the likeliest first."""
    place, name = view.place, view.op.inputs[view.place]
    shape = points[0].seen.inputs[place].shape
    for k, other in enumerate(view.op.inputs):
        fits = all(p.seen.inputs[k].shape == p.seen.inputs[place].shape for p in points)
        if k == place or fits:
            yield OfEntry(f"where {other} < 0", lambda p, k=k: p.case.inputs[k] < 0)  # type: ignore[misc]  # mypy cannot type the default
            yield OfEntry(f"where {other} > 0", lambda p, k=k: p.case.inputs[k] > 0)  # type: ignore[misc]  # as above
            yield OfEntry(f"where {other} is 0", lambda p, k=k: p.case.inputs[k] == 0)  # type: ignore[misc]  # as above
            for bound in (1.0, 0.5, 2.0, 3.0):
                words = f"{bound:g}"
                yield OfEntry(f"where {other} < −{words}", lambda p, k=k, b=bound: p.case.inputs[k] < -b)  # type: ignore[misc]  # as above
                yield OfEntry(f"where {other} > {words}", lambda p, k=k, b=bound: p.case.inputs[k] > b)  # type: ignore[misc]  # as above
                yield OfEntry(f"where |{other}| > {bound:g}", lambda p, k=k, b=bound: abs(p.case.inputs[k]) > b)  # type: ignore[misc]  # as above
    yield OfEntry("that no output depends on", lambda p: unused(p, place))
    yield OfEntry("that several output entries depend on", lambda p: ~_count(p, place, 1) & ~unused(p, place))
    yield OfEntry(f"of {name} whose value occurs more than once", lambda p: _repeated(p.case.inputs[place]))
    for axis in range(len(shape)):
        yield OfEntry(f"in the first place along axis {axis}", lambda p, a=axis: _along(p, place, a) == 0)  # type: ignore[misc]  # as above
        yield OfEntry(
            f"in the last place along axis {axis}",
            lambda p, a=axis: _along(p, place, a) == _shape(p, place)[a] - 1,  # type: ignore[misc]  # as above
        )
        for start in (*range(1, 17), 32, 64, 128, 256):
            yield OfEntry(f"from {start} on along axis {axis}", lambda p, a=axis, s=start: _along(p, place, a) >= s)  # type: ignore[misc]  # as above
        for start in (1, 2, 3, 4):
            yield OfEntry(f"before {start} along axis {axis}", lambda p, a=axis, s=start: _along(p, place, a) < s)  # type: ignore[misc]  # as above
    if len(shape) == 2:
        yield OfEntry("on the diagonal", lambda p: _along(p, place, 0) == _along(p, place, 1))
        yield OfEntry("off the diagonal", lambda p: _along(p, place, 0) != _along(p, place, 1))
        yield OfEntry("above the diagonal", lambda p: _along(p, place, 0) < _along(p, place, 1))
        yield OfEntry("below the diagonal", lambda p: _along(p, place, 0) > _along(p, place, 1))


def _along(point: Point, place: int, axis: int) -> Any:
    """The index of every entry along an axis."""
    return np.indices(_shape(point, place))[axis]


def _count(point: Point, place: int, number: int) -> Any:
    """Which entries have so many contributions."""
    shares = point.seen.contributions(place)
    counts = [sum(not is_zero(v) for v in share.values()) for share in shares]
    return np.array(counts).reshape(_shape(point, place)) == number


def unused(point: Point, place: int) -> Any:
    """Which entries no output depends on."""
    return _count(point, place, 0)


def _repeated(array: Any) -> Any:
    _, back, counts = np.unique(array, return_inverse=True, return_counts=True)
    return (counts[back] > 1).reshape(np.shape(array))
