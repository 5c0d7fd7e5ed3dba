"""Whether a gradient depends on earlier calls: it is random, one of another call's, or in the memory of another gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from gradverify.diagnosis.draws import case_of, names_of
from gradverify.diagnosis.elements import differ, flat
from gradverify.diagnosis.float_runs import float_run
from gradverify.diagnosis.points import Laboratory
from gradverify.model import Case, Op, Space

SIZES = ((7, 5), (5, 9), (11, 4), (3, 2))
"""Mostly sides that no other case is likely to have had: what is kept by shape is not there yet."""


def remembered(laboratory: Laboratory, space: Space) -> Iterator[str]:
    """One gradient for two inputs of the same shape, where the true ones differ at the same cotangents.

    Exact numbers must find the first right: a formula without the input would give one gradient too.
    """
    op, names = laboratory.op, names_of(space)
    for number, sides in enumerate(SIZES):
        sizes = {name: sides[k % 2] for k, name in enumerate(names)}
        first, second = (case_of(space, sizes, 5000 + 10 * number + k) for k in range(2))
        if first is None or second is None:
            continue
        for k in _kept(laboratory, first, replace(second, parameters=first.parameters)):
            yield (
                f"the gradient of {op.inputs[k]} is the same for two inputs of one shape where the true ones differ: "
                "what an earlier call has kept serves for later ones"
            )
            return


def _kept(laboratory: Laboratory, first: Case, second: Case) -> Iterator[int]:
    """The inputs whose float gradients are the same bits at both cases, and whose true gradients differ throughout."""
    # Exact runs first: they leave nothing behind, but find what float runs do.
    one, two = laboratory.point(first), laboratory.point(second)
    if one is None or two is None:
        return
    if [bar.shape for bar in one.seen.cotangents] != [bar.shape for bar in two.seen.cotangents]:
        return
    moved = two.again(cotangents=one.seen.cotangents)
    run = float_run(laboratory.op, first)
    later = None if run is None else float_run(laboratory.op, second, cotangents=run.cotangents)
    if run is None or later is None or run.error or later.error:
        return
    for k in range(len(run.gradients)) if moved is not None and one.fits else ():
        if not one.shapes_fit(k) or any(one.wrong(k)):
            continue
        a, b = run.gradients[k], later.gradients[k]
        same_bits = a is not None and b is not None and a.size > 0 and np.array_equal(a, b)
        if same_bits and moved is not None and all(map(differ, flat(moved.truth(k)), flat(one.truth[k]))):
            yield k


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
