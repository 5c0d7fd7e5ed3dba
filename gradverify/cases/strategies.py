"""The strategy that draws whole cases from a `Space`: sizes, parameters, entries, memory layout and seed together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from gradverify.cases import kinds as special
from gradverify.cases import shapes, values
from gradverify.cases.choices import Reader, coin_flips, width
from gradverify.cases.kinds import GENERIC, REPEATED
from gradverify.cases.layouts import LAYOUTS, lay_out
from gradverify.model import Array, Case, Choice, Drawn, Indices, Space


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
        sides = shapes.read_sizes(self.space, reader, most, special.least_side(kind), self.wide)
        drawn_shapes = shapes.read_shapes(self.space, sides, reader)
        try:
            parameters = {name: _parameter(value, sides, reader) for name, value in self.space.parameters.items()}
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


INDEX_BITS = 6
"""How many coin flips an array of integers takes: one of so many arrays of its shape."""


def _parameter(value: Any, sides: Mapping[str, int], reader: Reader) -> Any:
    if isinstance(value, Choice):
        return reader.choose(value.values)
    if isinstance(value, Indices):
        below = sides[value.below] if isinstance(value.below, str) else value.below
        shape = shapes.shape_of(value.shape, sides)
        key = reader.number(INDEX_BITS)
        if below <= 0 and 0 not in shape:
            raise _NothingToIndex
        # The first array counts up, and from the end of a short axis starts again; the others are random.
        drawn = (
            np.arange(math.prod(shape)) if key == 0 else np.random.default_rng(key).integers(0, max(below, 1), shape)
        )
        return (drawn % max(below, 1)).reshape(shape)
    return sides[value] if isinstance(value, str) else value
