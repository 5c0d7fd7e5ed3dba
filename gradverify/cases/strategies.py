"""The strategy that draws whole cases from a `Space`: sizes, parameters, entries, memory layout and seed together."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradverify.cases import values
from gradverify.cases.choices import bits, choose
from gradverify.cases.layouts import LAYOUTS, lay_out
from gradverify.cases.shapes import MAX_ELEMENTS, sizes
from gradverify.model import Case, Choice, Space

# Eight entries, so three coin flips pick one; half of the cases are plain.
_LAYOUT_TABLE = ("C", "C", "C", "C", *LAYOUTS[1:])


def cases(
    space: Space,
    *,
    dtype: Any = np.float64,
    layouts: tuple[str, ...] = _LAYOUT_TABLE,
    max_elements: int = MAX_ELEMENTS,
) -> st.SearchStrategy[Case]:
    """Cases of `space`: every input of floating `dtype`, all in one of `layouts`, at most `max_elements` elements.

    A case shrinks to sides of 1, entries of 1.0, C order and seed 0. Whoever hands the inputs to an op must copy
    them first (`lay_out`): the arrays of a case belong to Hypothesis.
    """
    if not np.issubdtype(dtype, np.floating):
        raise ValueError(f"cases have floating inputs, not {np.dtype(dtype)}: give a floating dtype")
    return _cases(space, np.dtype(dtype), layouts, max_elements)


@st.composite
def _cases(draw: st.DrawFn, space: Space, dtype: np.dtype[Any], layouts: tuple[str, ...], max_elements: int) -> Case:
    sides = draw(sizes(space, max_elements))
    parameters = {name: _parameter(draw, value, sides) for name, value in space.parameters.items()}
    for bundle in space.bundles:
        parameters |= draw(choose(bundle))
    layout = draw(choose(layouts))
    seed = draw(bits(values.SEED_BITS))
    arrays = draw(values.inputs(space, sides, seed, dtype))
    return Case(
        inputs=tuple(lay_out(array, layout) for array in arrays),
        parameters=parameters,
        sizes=sides,
        seed=seed,
        layout=layout,
    )


def _parameter(draw: st.DrawFn, value: Any, sides: dict[str, int]) -> Any:
    if isinstance(value, str):
        return sides[value]
    if isinstance(value, Choice):
        return draw(choose(value.values))
    return value
