"""Which sizes a case has: every size name of a `Space` gets a side, small ones often, 0 and odd larger ones regularly.

Takes a `Space` and coin flips, gives `{size name: side}`; the total number of input elements is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from gradverify.cases.choices import Reader, width
from gradverify.model import Space

MAX_ELEMENTS = 2000
"""Most elements that all the inputs of one case have together."""

# 32 entries, so five coin flips pick one; simplest first, as Hypothesis shrinks towards the front. A mistake that shows
# only at a side of 1, or only above 16 (a block size, an unrolled loop), must not slip through 20 cases.
# fmt: off
SIDES = (1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0, 0, 0, 4, 5, 7, 8, 9, 11, 13, 15, 17, 17, 18, 19, 20, 23, 31, 40)
# fmt: on

_SQUARE_BITS, _SQUARE_FROM = 3, 5


def size_names(space: Space) -> tuple[str, ...]:
    """The size names of `space`, in order of appearance: the shapes' first, then those only a parameter mentions."""
    in_shapes = [side for spec in space.inputs for side in spec.shape if isinstance(side, str)]
    in_parameters = [value for value in space.parameters.values() if isinstance(value, str)]
    return tuple(dict.fromkeys(in_shapes + in_parameters))


def shape_of(symbolic: Iterable[str | int], sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The shape with every size name replaced by its side."""
    return tuple(sizes[side] if isinstance(side, str) else side for side in symbolic)


def flips_for(space: Space) -> int:
    """How many coin flips `read_sizes` takes."""
    return width(SIDES) * len(size_names(space)) + _SQUARE_BITS


def read_sizes(space: Space, reader: Reader, max_elements: int = MAX_ELEMENTS) -> dict[str, int]:
    """A side for every size name; three draws in eight give all of them the same (square matrices)."""
    names = size_names(space)
    sides = [reader.choose(SIDES) for _ in names]
    if reader.number(_SQUARE_BITS) >= _SQUARE_FROM:
        sides = sides[:1] * len(names)
    return _bounded(space, dict(zip(names, sides, strict=True)), max_elements)


def _bounded(space: Space, sides: dict[str, int], max_elements: int) -> dict[str, int]:
    """`sides`, the largest of them halved until the inputs have no more than `max_elements` together."""
    while sides and sum(prod(shape_of(spec.shape, sides)) for spec in space.inputs) > max_elements:
        largest = max(sides, key=lambda name: sides[name])
        if sides[largest] <= 1:
            break  # what is left over is the specification's own fixed sides
        sides[largest] //= 2
    return sides


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
