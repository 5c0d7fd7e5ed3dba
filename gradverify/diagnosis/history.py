"""Whether a gradient depends on earlier calls: it is random, one of another call's, or in the memory of another gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gradverify.diagnosis.draws import case_of, names_of
from gradverify.diagnosis.elements import all_same
from gradverify.diagnosis.float_runs import float_run
from gradverify.diagnosis.points import Laboratory
from gradverify.model import Case, Op, Space

UNUSUAL = ((7, 5), (5, 9), (11, 4), (9, 6), (13, 3))
"""Sides that no other case is likely to have had: what is kept by shape is not there yet."""


def remembered(laboratory: Laboratory, space: Space) -> Iterator[str]:
    """The gradient of an earlier call on other values of the same shape, where the first call was right."""
    names = names_of(space)
    for number, sides in enumerate(UNUSUAL if names else ()):
        sizes = {name: sides[k % 2] for k, name in enumerate(names)}
        cases = [case_of(space, sizes, 5000 + 10 * number + k) for k in range(2)]
        first, second = (None if case is None else laboratory.point(case) for case in cases)
        if first is None or second is None or not (first.fits and second.fits):
            continue
        later = second.again(cotangents=first.seen.cotangents)
        if later is None or len(later.gradients) != len(first.truth):
            continue
        for k, name in enumerate(laboratory.op.inputs):
            if not first.shapes_fit(k) or not all_same(first.seen.gradients[k], first.truth[k]):
                continue
            if all_same(later.gradients[k], first.truth[k]) and not all_same(later.truth(k), first.truth[k]):
                yield (
                    f"the gradient of {name} is that of an earlier call on other values of the same shape: "
                    "what the first call keeps serves all later ones, so state is kept between calls"
                )
                return


def one_array(op: Op, case: Case | None, wrong: Sequence[int]) -> Iterator[str]:
    """Two gradients that are the same array, where one of them is wrong and the other right."""
    run = None if case is None else float_run(op, case)
    if run is None or run.error:
        return
    for k in wrong:
        for j, name in enumerate(op.inputs):
            mine, other = run.gradients[k], run.gradients[j]
            if j in wrong or mine is None or other is None or mine.shape != other.shape or not mine.size:
                continue
            if np.shares_memory(mine, other) and np.array_equal(mine, other):
                yield (
                    f"the gradients of {op.inputs[k]} and {name} are one and the same array, "
                    f"which holds that of {name} alone"
                )
                return
