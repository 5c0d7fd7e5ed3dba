"""The special cases of an op: drawn ones, and those moved to where the op's own comparisons come out equal."""

from __future__ import annotations

from functools import partial
from random import Random

from gradverify.cases import Mismatch, Refused, Skipped
from gradverify.model import Case, Space
from gradverify.numbers.run import Code
from gradverify.numbers.sided import SIDED
from gradverify.numbers.signals import NotExact, OutsideField
from gradverify.witnesses._kink_cases import Turning, special_cases
from gradverify.witnesses._kink_slopes import opened

__all__ = ["special_points"]


def special_points(code: Code, space: Space, seed: int, examples: int) -> tuple[tuple[Case, ...], int]:
    """Up to `examples` special cases, small ones first, and how many lay outside the domain."""
    return special_cases(space, seed, examples, partial(_turning, code))


def _turning(code: Code, case: Case, entry: int) -> Turning:
    """What an entry is compared with at a case; nothing where exact numbers cannot follow the code."""
    for kind in SIDED:
        try:
            with opened(code, case, kind(Random(case.seed))) as point:
                return point.turning(entry)
        except OutsideField:
            continue
        except (NotExact, Skipped, Refused, Mismatch):
            break
    return Turning()
