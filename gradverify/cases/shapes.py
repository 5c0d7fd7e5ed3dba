"""Which shapes a case has: every size name of a `Space` gets a side, small ones often, 0 and large ones regularly.

Takes a `Space` and coin flips, gives `{size name: side}` and the shape of every input, with axes that broadcasting leaves
out or makes 1; the total number of input elements is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from types import MappingProxyType
from typing import Any

from gradverify.cases.choices import ANYTHING, Reader, width
from gradverify.model import FURTHER_AXES, Indices, InputSpec, Leading, Space

MAX_ELEMENTS = 2000
"""Most elements that all the inputs of one case have together."""

# 32 entries, so five coin flips pick one; simplest first, as a case shrinks towards the front. A mistake that shows
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


def able_to_be_wide(space: Space) -> tuple[str, ...]:
    """The sizes that `read_sizes` can make the largest: the user's own, or else one of a further axis."""
    names = size_names(space)
    return tuple(name for name in names if name not in FURTHER_AXES) or names[:1]


def shape_of(symbolic: Iterable[str | int], sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The shape with every size name replaced by its side."""
    return tuple(sizes[side] if isinstance(side, str) else side for side in symbolic)


def flips_for(space: Space) -> int:
    """How many coin flips `read_sizes` takes."""
    further = width(_FURTHER_COUNTS) if _has_further(space) else 0
    return width(SIDES) * len(size_names(space)) + _SQUARE_BITS + further


def read_sizes(
    space: Space,
    reader: Reader,
    max_elements: int = MAX_ELEMENTS,
    least: int = 0,
    wide: str = "",
    wanted: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, int]:
    """A side of at least `least` for every size name; three draws in eight give all of them the same (square matrices).

    The size named `wide` is the largest of `SIDES`, and no side is 0 then. `wanted` are sides that are not left to chance.
    """
    names = size_names(space)
    drawn = [reader.choose(SIDES, wanted.get(name, ANYTHING)) for name in names]
    if reader.number(_SQUARE_BITS, 0 if wanted else None) >= _SQUARE_FROM:
        drawn = drawn[:1] * len(names)
        reader.take_down_again(len(names))
    sides = {name: max(side, least) for name, side in zip(names, drawn, strict=True)}
    if _has_further(space):
        for name in FURTHER_AXES[max(reader.choose(_FURTHER_COUNTS), int(wide in FURTHER_AXES)) :]:
            del sides[name]
    if wide:
        sides = {name: max(SIDES) if name == wide else min(max(side, 1), BESIDE_LARGE) for name, side in sides.items()}
        return _cut(space, sides, max_elements, 1, wide)
    return _bounded(space, sides, max_elements, least)


def _bounded(space: Space, sides: dict[str, int], max_elements: int, least: int) -> dict[str, int]:
    """`sides` with at most one large one, cut until there are `max_elements` at most."""
    shaping = {*_in_shapes(space), *FURTHER_AXES}
    large = next((name for name, side in sides.items() if side > LARGE and name in shaping), "")
    for name in sides:
        if large and name != large:
            sides[name] = min(sides[name], BESIDE_LARGE)
        elif sides[name] > LARGE and name != large:
            sides[name] = SIDES[-2]  # a number of copies, say: the inputs' elements do not bound the outputs' then
    return _cut(space, sides, max_elements, least, large)


def _cut(space: Space, sides: dict[str, int], max_elements: int, least: int, large: str) -> dict[str, int]:
    """`sides` halved until there are `max_elements` at most: equal ones together, else the largest one last.

    What is wrong from a side of 17 on shows at 17 by 5 and not at 8 by 8. So the others become as small as 2, and 1 beside
    one above `LARGE`, before the largest is touched.
    """
    shaping = [name for name in dict.fromkeys([*_in_shapes(space), *FURTHER_AXES]) if name in sides]
    square = len({sides[name] for name in shaping}) == 1
    while sum(prod(_full_shape(spec, sides)) for spec in space.inputs) > max_elements:
        kept = large or max(shaping, key=sides.__getitem__, default="")
        if sides.get(kept, 0) <= 1:
            break  # what is left over is the specification's own fixed sides
        floor = max(least, 1 if large else 2)
        others = [name for name in shaping if name != kept and sides[name] > floor]
        halved = shaping if square else [max(others, key=sides.__getitem__)] if others else [kept]
        lowest = least if sides[kept] > least else 1
        for name in halved:
            sides[name] = max(sides[name] // 2, lowest)
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
