"""The strategy that draws whole cases from a `Space`: sizes, parameters, entries, memory layout and seed together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from gradverify.cases import shapes, values
from gradverify.cases.choices import Reader, coin_flips, width
from gradverify.cases.layouts import LAYOUTS, lay_out
from gradverify.model import Case, Choice, Space

_LAYOUT_TABLE = ("C", "C", "C", "C", *LAYOUTS[1:])
"""Half of the cases are plain."""


def cases(space: Space, *, dtype: Any = np.float64, max_elements: int = shapes.MAX_ELEMENTS) -> st.SearchStrategy[Case]:
    """Cases of `space`, all inputs of one floating `dtype`, with at most `max_elements` elements together.

    `dtype` may be a tuple of dtypes, one of which is drawn for each case. A case shrinks to sides of 1, the entries
    2, -1, 3, …, C order, the first of the dtypes and of every `Choice`, and seed 0.

    The arrays of a case belong to whoever drew it: hand an op copies of them (`lay_out`).
    """
    dtypes = dtype if isinstance(dtype, tuple) else (dtype,)
    for each in dtypes:
        if not np.issubdtype(each, np.floating):
            raise ValueError(f"cases have floating inputs, not {np.dtype(each)}: give a floating dtype")
    count = width(dtypes) + shapes.flips_for(space) + values.FLIPS + width(_LAYOUT_TABLE) + values.SEED_BITS
    count += sum(width(choice.values) for choice in _choices(space)) + sum(map(width, space.bundles))

    def build(flips: list[bool]) -> Case:
        return _build(space, dtypes, max_elements, Reader(flips))

    return coin_flips(count).map(build)


def _choices(space: Space) -> list[Choice]:
    return [value for value in space.parameters.values() if isinstance(value, Choice)]


def _build(space: Space, dtypes: Sequence[Any], max_elements: int, reader: Reader) -> Case:
    """Turn flips into a case, what matters most for its size first."""
    dtype = reader.choose(dtypes)
    sides = shapes.read_sizes(space, reader, max_elements)
    parameters = {name: _parameter(value, sides, reader) for name, value in space.parameters.items()}
    for bundle in space.bundles:
        parameters |= reader.choose(bundle)
    layout = reader.choose(_LAYOUT_TABLE)
    seed = reader.number(values.SEED_BITS)
    arrays = values.read_inputs(space, sides, seed, reader, dtype)
    assume(arrays is not None)
    return Case(
        inputs=tuple(lay_out(array, layout) for array in arrays or ()),
        parameters=parameters,
        sizes=sides,
        seed=seed,
        layout=layout,
    )


def _parameter(value: Any, sides: Mapping[str, int], reader: Reader) -> Any:
    if isinstance(value, Choice):
        return reader.choose(value.values)
    return sides[value] if isinstance(value, str) else value
