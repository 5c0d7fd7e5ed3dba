"""Which shapes a case has: every size name of a `Space` gets a side, small ones often, 0 and large ones regularly.

Takes a `Space` and coin flips, gives `{size name: side}` and the shape of every input, with axes that broadcasting leaves
out or makes 1; the total number of input elements is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

from gradverify.cases.choices import Reader, width
from gradverify.model import FURTHER_AXES, Indices, InputSpec, Leading, Space

MAX_ELEMENTS = 2000
"""Most elements that all the inputs of one case have together."""

# 32 entries, so five coin flips pick one; simplest first, as Hypothesis shrinks towards the front. A mistake that shows
# only at a side of 1, or only above 16 or 128 (a block size, an unrolled loop), must not slip through 20 cases.
# fmt: off
SIDES = (1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0, 0, 0, 4, 5, 7, 8, 9, 11, 13, 15, 17, 17, 18, 19, 20, 23, 31, 131)
# fmt: on

LARGE = 128
"""One side of a case at most is above this, and then the others are small: the whole stays cheap."""

BESIDE_LARGE = 4
"""The most that the other sides are beside a large one."""

_SQUARE_BITS, _SQUARE_FROM = 3, 5
_FURTHER_COUNTS = range(len(FURTHER_AXES) + 1)
_MISSING_BITS = 4


def size_names(space: Space) -> tuple[str, ...]:
    """The size names of `space`, in order of appearance: the shapes' first, then those only a parameter mentions."""
    in_parameters = [side for value in space.parameters.values() for side in _sides_of(value)]
    return tuple(dict.fromkeys([*_in_shapes(space), *in_parameters, *(FURTHER_AXES if _has_further(space) else ())]))


def _sides_of(value: Any) -> list[str]:
    """The size names that a parameter mentions."""
    if isinstance(value, Indices):
        return [side for side in (*value.shape, value.below) if isinstance(side, str)]
    return [value] if isinstance(value, str) else []


def _in_shapes(space: Space) -> list[str]:
    return [side for spec in space.inputs for side in spec.shape if isinstance(side, str)]


def _has_further(space: Space) -> bool:
    """Whether some input has all further axes: without one, nothing is there for others to have a part of."""
    return any(spec.leading is Leading.ALL for spec in space.inputs)


def shape_of(symbolic: Iterable[str | int], sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The shape with every size name replaced by its side."""
    return tuple(sizes[side] if isinstance(side, str) else side for side in symbolic)


def flips_for(space: Space) -> int:
    """How many coin flips `read_sizes` takes."""
    further = width(_FURTHER_COUNTS) if _has_further(space) else 0
    return width(SIDES) * len(size_names(space)) + _SQUARE_BITS + further


def read_sizes(space: Space, reader: Reader, max_elements: int = MAX_ELEMENTS, least: int = 0) -> dict[str, int]:
    """A side of at least `least` for every size name; three draws in eight give all of them the same (square matrices)."""
    names = size_names(space)
    drawn = [reader.choose(SIDES) for _ in names]
    if reader.number(_SQUARE_BITS) >= _SQUARE_FROM:
        drawn = drawn[:1] * len(names)
    sides = {name: max(side, least) for name, side in zip(names, drawn, strict=True)}
    if _has_further(space):
        for name in FURTHER_AXES[reader.choose(_FURTHER_COUNTS) :]:
            del sides[name]
    return _bounded(space, sides, max_elements, least)


def _bounded(space: Space, sides: dict[str, int], max_elements: int, least: int) -> dict[str, int]:
    """`sides` with at most one large one, the largest of the others halved until there are `max_elements` at most."""
    shaping = {*_in_shapes(space), *FURTHER_AXES}
    large = next((name for name, side in sides.items() if side > LARGE and name in shaping), None)
    for name in sides:
        if large is not None and name != large:
            sides[name] = min(sides[name], BESIDE_LARGE)
        elif sides[name] > LARGE and name != large:
            sides[name] = SIDES[-2]  # a number of copies, say: the inputs' elements do not bound the outputs' then
    while sides and sum(prod(_full_shape(spec, sides)) for spec in space.inputs) > max_elements:
        others = [name for name in sides if name != large and sides[name] > least + 1] or list(sides)
        largest = max(others, key=lambda name: sides[name])
        if sides[largest] <= 1:
            break  # what is left over is the specification's own fixed sides
        sides[largest] //= 2
    return sides


def _further(sides: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(sides[name] for name in FURTHER_AXES if name in sides)


def _full_shape(spec: InputSpec, sides: Mapping[str, int]) -> tuple[int, ...]:
    """The shape of an input of which nothing is left out."""
    return (*(() if spec.leading is Leading.NONE else _further(sides)), *shape_of(spec.shape, sides))


def shape_flips_for(space: Space) -> int:
    """How many coin flips `read_shapes` takes."""
    some = sum(spec.leading is Leading.SOME for spec in space.inputs)
    return sum(len(spec.may_be_one) for spec in space.inputs) + some * (len(FURTHER_AXES) + _MISSING_BITS)


def read_shapes(space: Space, sides: Mapping[str, int], reader: Reader) -> tuple[tuple[int, ...], ...]:
    """The shape of every input at these sides; no flip set leaves nothing out."""
    return tuple(_read_shape(spec, sides, reader) for spec in space.inputs)


def _read_shape(spec: InputSpec, sides: Mapping[str, int], reader: Reader) -> tuple[int, ...]:
    full = list(_full_shape(spec, sides))
    front = len(full) - len(spec.shape)
    for place in spec.may_be_one:
        if reader.number(1):
            full[front + place] = 1
    if spec.leading is not Leading.SOME:
        return tuple(full)
    for place in range(len(FURTHER_AXES)):
        if reader.number(1) and place < front:
            full[place] = 1
    own = next((k for k in range(len(spec.shape)) if k not in spec.may_be_one), len(spec.shape))
    missing = reader.number(_MISSING_BITS) % (front + own + 1)
    return tuple(full[missing:])


def summarize(shapes: Iterable[tuple[int, ...]]) -> str:
    """Which shapes were seen, in a few words: `sides 0–19, square and not`."""
    shapes = set(shapes)
    sides = sorted({side for shape in shapes for side in shape})
    if not sides:
        return "scalars" if shapes else "no shapes"
    text = f"side {sides[0]}" if len(sides) == 1 else f"sides {sides[0]}–{sides[-1]}"
    square = {shape[-1] == shape[-2] for shape in shapes if len(shape) >= 2}
    if square == {True, False}:
        text += ", square and not"
    elif square:
        text += ", square only" if True in square else ", none square"
    return text
