"""The same array passed twice, as in `multiply(x, x)`: a case made from another one."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from gradverify.cases.values import inside
from gradverify.model import Case, Space


def with_same_array(space: Space, case: Case) -> Case | None:
    """The case with one array in the place of two inputs, the very same object; `lay_out_together` keeps it so.

    The first two inputs are taken that agree in shape, dtype and sign; None where no two do, or where the domain
    excludes it. A script of the case and its description say that the two are one.
    """
    for first, second in combinations(range(len(case.inputs)), 2):
        a, b = case.inputs[first], case.inputs[second]
        alike = a.shape == b.shape and a.dtype == b.dtype and space.inputs[first].sign is space.inputs[second].sign
        inputs = tuple(a if k == second else array for k, array in enumerate(case.inputs))
        if alike and inside(space, inputs):
            return replace(case, inputs=inputs)
    return None
