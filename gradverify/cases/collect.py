"""Draws a number of cases and gives them back as they are, for witnesses that look at each of them rather than search."""

from __future__ import annotations

from dataclasses import replace

from hypothesis.strategies import SearchStrategy

from gradverify.cases.search import search
from gradverify.model import Case


def collect(strategy: SearchStrategy[Case], examples: int, seed: int) -> tuple[Case, ...]:
    """Up to `examples` cases of the strategy, with copies of their arrays."""

    def keep(case: Case) -> Case:
        return replace(case, inputs=tuple(array.copy() for array in case.inputs))

    return search(strategy, keep, examples=examples, seed=seed).seen
