"""Makes a failing case as simple as it gets: every choice it was drawn by, one after the other, as simple as still fails.

Takes a case that was drawn and a test, gives the simplest case that fails. It knows what the choices are, which Hypothesis
does not: of an op's 60 coin flips that one shrinks each, and spends more time on the bookkeeping than the op takes to run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from gradverify.cases.digest import Digest
from gradverify.model import Case, Drawn


def simplest(case: Case, fails: Callable[[Case], bool], most: int) -> None:
    """Call `fails` on simpler and simpler cases, at most `most` times; the last one that failed is the simplest.

    What was tried is not tried again. Nothing is done with a case that was not drawn.
    """
    if case.drawn is None:
        return
    current, runs = _digest(case), 0
    tried = {current}
    drawn, improved = case.drawn, True
    while improved:
        improved = False
        for place in (None, *range(len(drawn.numbers))):
            for numbers in _simpler(drawn, place):
                candidate = drawn.make(numbers)
                if candidate is None or candidate.drawn is None:
                    continue
                digest = _digest(candidate)
                if (
                    digest == current
                ):  # a choice that plays no part, as n in a square of side m, must not stay in the way
                    improved = improved or candidate.drawn.numbers != drawn.numbers
                    drawn = candidate.drawn
                    break
                if digest in tried:
                    continue
                if runs == most:
                    return
                tried.add(digest)
                made, runs = candidate.drawn, runs + 1
                if fails(candidate):
                    drawn, current, improved = made, digest, True
                    break


def _simpler(drawn: Drawn, place: int | None) -> Iterator[tuple[int, ...]]:
    """The numbers with a simpler one at `place`, and there and wherever the same was chosen among the same: m = n, say.

    Without a place: the simplest everywhere.
    """
    if place is None:
        yield (0,) * len(drawn.numbers)
        return
    this = drawn.numbers[place], drawn.simpler[place]
    same = [k for k, both in enumerate(zip(drawn.numbers, drawn.simpler, strict=True)) if both == this]
    for number in drawn.simpler[place]:
        yield _with(drawn.numbers, [place], number)
        if len(same) > 1 and place == same[0]:
            yield _with(drawn.numbers, same, number)


def _with(numbers: Sequence[int], places: Sequence[int], number: int) -> tuple[int, ...]:
    return tuple(number if k in places else each for k, each in enumerate(numbers))


def _digest(case: Case) -> str:
    digest = Digest()
    digest.add(case)
    return f"{digest.hex()} {sorted(case.sizes.items())}"


def mapped(change: Callable[[Case], Case], case: Case) -> Case:
    """The case changed, and so will be those that it is made simpler by."""
    drawn = case.drawn
    if drawn is None:
        return change(case)

    def make(numbers: Sequence[int]) -> Case | None:
        made = drawn.make(numbers)
        return None if made is None else mapped(change, made)

    return replace(change(case), drawn=replace(drawn, make=make))
