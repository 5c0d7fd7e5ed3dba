"""The strategy that draws whole cases from a `Space`: sizes, parameters, entries, memory layout and seed together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, product
from typing import Any

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from gradverify.cases import kinds as special
from gradverify.cases import shapes, values
from gradverify.cases.choices import ANYTHING, Reader, coin_flips, width
from gradverify.cases.kinds import GENERIC, REPEATED
from gradverify.cases.layouts import LAYOUTS, lay_out
from gradverify.model import FURTHER_AXES, Array, Case, Choice, Drawn, Indices, Space


def cases(
    space: Space,
    *,
    dtype: Any = np.float64,
    max_elements: int = shapes.MAX_ELEMENTS,
    kinds: Sequence[str] = (GENERIC,),
    layouts: Sequence[str] = LAYOUTS,
    wide: str = "",
) -> st.SearchStrategy[Case]:
    """Cases of `space`, all inputs of one floating `dtype`, with at most `max_elements` elements together.

    `dtype` may be a tuple of dtypes, one of which is drawn for each case; so are one of the `kinds` of entries, and one of
    the `layouts`, the first of them in half of the cases. Where a kind does not fit the shapes or lies outside the domain
    the next one is taken, and generic entries where none fits: `Case.kind` says what they are in fact. With the layout
    `zero-stride` they are `one row repeated`. The size named `wide`, if one is, is the largest that there is, the others
    are small.

    A case shrinks to sides of 1, the entries 2, -1, 3, …, C order, the first of the dtypes, of the kinds and of every
    `Choice`, and seed 0.

    The arrays of a case belong to whoever drew it: hand an op copies of them (`lay_out`).
    """
    dtypes = dtype if isinstance(dtype, tuple) else (dtype,)
    for each in dtypes:
        if not np.issubdtype(each, np.floating):
            raise ValueError(f"cases have floating inputs, not {np.dtype(each)}: give a floating dtype")
    unknown = [kind for kind in kinds if kind != GENERIC and kind not in special.KINDS]
    if unknown or not kinds:
        raise ValueError(f"unknown kinds {unknown}: expected some of {', '.join((GENERIC, *special.KINDS))}")
    able = tuple(kind for kind in kinds if special.possible(kind, space)) or (GENERIC,)
    drawing = _Drawing(space, dtypes, max_elements, able, _half_plain(layouts), wide)
    return coin_flips(drawing.flips).map(drawing.build)


def certain(space: Space, *, max_elements: int = shapes.MAX_ELEMENTS) -> tuple[Case, ...]:
    """Generic cases with sides 2, 3, 4, … that together have every value of every `Choice` beside every other, if few.

    What is left to chance may never be drawn: a mistake at one axis shows only if that axis meets a matrix that is not
    square. Empty where the space has no choices.
    """
    choices = {name: value.values for name, value in space.parameters.items() if isinstance(value, Choice)}
    if not choices:
        return ()
    first = {name: values[0] for name, values in choices.items()}
    if math.prod(map(len, choices.values())) <= MOST_CERTAIN:
        combined = [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
    else:
        combined = [{**first, name: value} for name, values in choices.items() for value in values][:MOST_CERTAIN]
    return tuple(_made(space, _growing(space), combined, max_elements=max_elements))


def empty_ones(space: Space, *, dtype: Any = np.float64) -> tuple[Case, ...]:
    """Cases in which each side in turn is 0, and all of them."""
    sides = _growing(space)
    each = [{**sides, name: 0} for name in sides] + [dict.fromkeys(sides, 0)]
    return tuple(case for one in each for case in _made(space, one, [{}], dtype))


def of_sides(space: Space, smallest: int, max_elements: int = shapes.MAX_ELEMENTS) -> tuple[Case, ...]:
    """The generic case with sides `smallest`, `smallest` + 1, …, smaller where that would be too many elements.

    None if it lies outside the domain.
    """
    return tuple(_made(space, _growing(space, smallest), [{}], max_elements=max_elements))


MOST_CERTAIN = 16


def _growing(space: Space, smallest: int = 2) -> dict[str, int]:
    """Sides for all sizes, no two alike as long as the table of sides has others."""
    sides = [side for side in sorted(set(shapes.SIDES)) if smallest <= side <= shapes.LARGE]
    names = [name for name in shapes.size_names(space) if name not in FURTHER_AXES]
    return dict(zip(names, cycle(sides), strict=False))


def _made(
    space: Space,
    sides: Mapping[str, int],
    choices: Sequence[Mapping[str, Any]],
    dtype: Any = np.float64,
    *,
    max_elements: int = shapes.MAX_ELEMENTS,
) -> Iterator[Case]:
    """A generic case of these sides for each of these choices, everything else by chance."""
    dtypes = dtype if isinstance(dtype, tuple) else (dtype,)
    for k, fixed in enumerate(choices):
        drawing = _Drawing(space, dtypes, max_elements, (GENERIC,), _half_plain(LAYOUTS), "", sides, fixed)
        flips = np.random.default_rng(k).integers(2, size=drawing.flips).astype(bool)
        case = drawing.read(Reader(flips.tolist()))
        if case is not None:
            yield case


def _half_plain(layouts: Sequence[str]) -> tuple[str, ...]:
    """The layouts, the first of them as often as all the others together."""
    plain, *others = layouts
    return (*[plain] * max(len(others), 1), *others)


@dataclass(frozen=True)
class _Drawing:
    """Everything that is chosen from."""

    space: Space
    dtypes: Sequence[Any]
    max_elements: int
    kinds: tuple[str, ...]
    layouts: tuple[str, ...]
    wide: str = ""
    sides: Mapping[str, int] = field(default_factory=dict)
    """Sides that are not left to chance; shrinking is free to change them."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Choices that are not left to chance."""

    @property
    def flips(self) -> int:
        """How many coin flips `build` takes."""
        of_choices = sum(width(value.values) for value in self.space.parameters.values() if isinstance(value, Choice))
        return (
            sum(map(width, (self.dtypes, self.kinds, self.layouts, self.targets, *self.space.bundles)))
            + shapes.flips_for(self.space)
            + shapes.shape_flips_for(self.space)
            + of_choices
            + sum(INDEX_BITS for value in self.space.parameters.values() if isinstance(value, Indices))
            + values.SEED_BITS
            + values.FLIPS
        )

    @property
    def targets(self) -> tuple[int | None, ...]:
        """The inputs whose entries are special: all, or one of several."""
        several = len(self.space.inputs) > 1 and self.kinds != (GENERIC,)
        return (None, *range(len(self.space.inputs))) if several else (None,)

    def build(self, flips: list[bool]) -> Case:
        """Turn flips into a case; Hypothesis draws others where there is none."""
        case = self.read(Reader(flips))
        return reject() if case is None else case

    def again(self, numbers: Sequence[int]) -> Case | None:
        """The case of the numbers that a reader took down, or of others in their places."""
        return self.read(Reader(numbers=numbers))

    def read(self, reader: Reader) -> Case | None:
        """Read a case, what matters most for its size first; None where these choices lead outside the domain."""
        dtype, kind = reader.choose(self.dtypes), reader.choose(self.kinds)
        most = self.max_elements if kind == GENERIC else min(self.max_elements, special.MOST_ELEMENTS)
        sides = shapes.read_sizes(self.space, reader, most, special.least_side(kind), self.wide, self.sides)
        drawn_shapes = shapes.read_shapes(self.space, sides, reader)
        try:
            parameters = {
                name: _parameter(value, sides, reader, self.fixed.get(name, ANYTHING))
                for name, value in self.space.parameters.items()
            }
        except _NothingToIndex:
            return None
        for bundle in self.space.bundles:
            parameters |= reader.choose(bundle)
        layout, target = reader.choose(self.layouts), reader.choose(self.targets)
        seed, style = reader.number(values.SEED_BITS), values.read_style(reader)

        def entries(kind: str) -> tuple[Array, ...] | None:
            if kind == GENERIC:
                return values.generic_inputs(self.space, drawn_shapes, seed, style, dtype)
            plain = values.attempt(self.space, drawn_shapes, seed, values.Style(style.short), dtype)
            only = None if kind == REPEATED else target
            made = special.special_inputs(kind, self.space, plain, seed, special.numbers_in(parameters), only)
            return made if made is not None and values.inside(self.space, made) else None

        candidates = self._candidates(kind, layout)
        kind, arrays = next(((each, made) for each in candidates if (made := entries(each)) is not None), (kind, None))
        if arrays is None:
            return None
        if layout == "zero-stride" and kind != REPEATED:
            layout = self.layouts[0]
        laid_out = tuple(lay_out(array, layout) for array in arrays)
        drawn = Drawn(tuple(reader.numbers), tuple(reader.simpler), self.again)
        return Case(laid_out, parameters, sides, seed, layout, kind, drawn)

    def _candidates(self, kind: str, layout: str) -> tuple[str, ...]:
        """The kinds in the order in which they are tried."""
        if layout == "zero-stride":
            return (REPEATED, GENERIC)
        if kind == GENERIC:
            return (GENERIC,)
        place = self.kinds.index(kind)
        others = (*self.kinds[place + 1 :], *self.kinds[:place])
        return (kind, *(each for each in others if each != GENERIC), GENERIC)


class _NothingToIndex(Exception):
    """An array of integers below 0 is wanted, and not an empty one."""


def _integers(shape: tuple[int, ...], below: int, distinct: bool, key: int) -> Array:
    """One of the arrays of integers of this shape. The first counts up, and starts again where it comes to the end."""
    count = math.prod(shape)
    if key == 0:
        return (np.arange(count) % max(below, 1)).reshape(shape)
    random = np.random.default_rng(key)
    if distinct and count <= below:
        return random.permutation(below)[:count].reshape(shape)
    return random.integers(0, max(below, 1), shape)


INDEX_BITS = 6
"""How many coin flips an array of integers takes: one of so many arrays of its shape."""


def _parameter(value: Any, sides: Mapping[str, int], reader: Reader, wanted: object) -> Any:
    if isinstance(value, Choice):
        return reader.choose(value.values, wanted)
    if isinstance(value, Indices):
        below = sides[value.below] if isinstance(value.below, str) else value.below
        shape = shapes.shape_of(value.shape, sides)
        key = reader.number(INDEX_BITS)
        if below <= 0 and 0 not in shape:
            raise _NothingToIndex
        return _integers(shape, below, value.distinct, key)
    return sides[value] if isinstance(value, str) else value
