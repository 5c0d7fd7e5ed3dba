"""What a gradient does wrong on kinks alone: ties counted twice or lost, slopes that neither side has, NaN at a zero.

Rests on exact slopes at special points. It is asked where the formula is right off the kinks, so that *only* may be said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose

import numpy as np

from gradverify.model import Case, Op, Space
from gradverify.witnesses._kink_facts import Bend, Facts, Place, Tie, kink_facts, masks

EXAMPLES = 10

FEWEST = 2
"""So many points, or so many entries of one point, must show the same."""

MOST_VALUES = 2
"""An undefined entry lies at one of so many values at most."""

CLOSE = 1e-9


def on_kinks(op: Op, space: Space, failing: Case | None) -> Iterator[str]:
    """The sentences: of undefined entries first, then of ties, of single kinks, of entries beside a kink."""
    facts = kink_facts(op, space, failing, examples=EXAMPLES)
    found = [*_undefined(op, facts)] or [*_ties(op, facts), *_strays(op, facts), *_bends(op, facts)]
    yield from found


def _gradients(op: Op, places: Sequence[Place]) -> str:
    names = [op.inputs[k] for k in sorted({k for k, _ in places})]
    if len(names) == 1:
        return f"the gradient of {names[0]} is wrong only"
    return f"the gradients of {', '.join(names[:-1])} and {names[-1]} are wrong only"


# Undefined entries.


def _undefined(op: Op, facts: Sequence[Facts]) -> Iterator[str]:
    wrong = [each for each in facts if each.undefined]
    if not wrong or any(tie.own and not _shared(tie) for each in facts for tie in each.ties):
        return
    for k, name in enumerate(op.inputs):
        found = [(each.case, float(each.case.inputs[j][i])) for each in wrong for j, i in each.undefined if j == k]
        values = {value for _, value in found}
        if found and not _settled(found):
            repeated = all(_repeated(case, value) for case, value in found)
            which = "at ties" if repeated else "at some kinks"
            yield f"the gradient of {name} is wrong only {which}: it is infinite or undefined there"
        if not _settled(found):
            continue
        where = _lines_of_zeros(facts, k, name) if values == {0.0} else None
        at = f"{name} is {' or '.join(f'{v:g}'.replace('-', '−') for v in sorted(values))}"
        words = where or f"where {at}"
        yield f"the gradient of {name} is wrong only {words}: it is infinite or undefined there, as from a division by 0"


def _settled(found: Sequence[tuple[Case, float]]) -> bool:
    """Whether these values are what is special: 0, or a number that was met in several cases."""
    values = {value for _, value in found}
    often = {value for value in values if len({id(case) for case, other in found if other == value}) >= FEWEST}
    return 0 < len(values) <= MOST_VALUES and values <= often | {0.0}


def _repeated(case: Case, value: float) -> bool:
    return sum(int((array == value).sum()) for array in case.inputs) > 1


def _lines_of_zeros(facts: Sequence[Facts], k: int, name: str) -> str | None:
    """Where zeros alone are not what it takes: all entries of an axis must be 0."""
    arrays = [each.case.inputs[k] == 0 for each in facts]
    wrong = [masks(each.case, each.undefined)[k] for each in facts]
    if all(np.array_equal(a, b) for a, b in zip(arrays, wrong, strict=True)):
        return None
    for axis in range(arrays[0].ndim):
        lines = [np.broadcast_to(a.all(axis=axis, keepdims=True), a.shape) for a in arrays]
        if all(np.array_equal(a, b) for a, b in zip(lines, wrong, strict=True)):
            return f"where all of {name} along axis {axis} is 0"
    return None


# Ties.


def _shared(tie: Tie) -> bool:
    """Whether the shares make up the whole cotangent, or the cotangents due to a sort's entries are each given once."""
    if not tie.own:
        return len(tie.given) == len(tie.bars) and isclose(sum(tie.given), sum(tie.bars), rel_tol=0, abs_tol=CLOSE)
    return isclose(sum(tie.shares), 1, rel_tol=0, abs_tol=CLOSE)


def _ties(op: Op, facts: Sequence[Facts]) -> Iterator[str]:
    wrong = [tie for each in facts for tie in each.ties if not _shared(tie)]
    if not wrong:
        return
    places = [place for tie in wrong for place in tie.places]
    between = [op.inputs[k] for k in sorted({k for k, _ in places})]
    across = all(len({k for k, _ in tie.places}) == len(tie.places) for tie in wrong)
    which = f"where {' equals '.join(between)}" if len(between) > 1 and across else "at ties"
    yield f"{_gradients(op, places)} {which}: {_told(wrong)}"


def _told(wrong: Sequence[Tie]) -> str:
    own = [tie for tie in wrong if tie.own]
    if not own:
        repeated = all(set(tie.given) <= set(tie.bars) for tie in wrong)
        if repeated:
            return "equal entries get the same entry of the cotangent, and another one is lost"
        return "what equal entries get does not add up to their entries of the cotangent"
    if len(own) == len(wrong) and all(_is(share, 1) for tie in own for share in tie.shares):
        return "every tied entry gets the whole cotangent, so it is counted once for each of them: doubled where two are tied"
    if len(own) == len(wrong) and all(_is(share, 0) for tie in own for share in tie.shares):
        return "none of the tied entries gets the cotangent: it is lost"
    if len(own) == len(wrong) and all(sum(tie.shares) < 1 for tie in own):
        return "the tied entries get only a part of the cotangent, where their shares must add up to it"
    return "the shares of the tied entries do not add up to the cotangent"


def _is(share: float, value: float) -> bool:
    return isclose(share, value, rel_tol=0, abs_tol=CLOSE)


# Entries without a kink, beside others that have one.


def _strays(op: Op, facts: Sequence[Facts]) -> Iterator[str]:
    wrong = [each for each in facts if each.strays]
    strays = [stray for each in wrong for stray in each.strays]
    places = [stray.place for stray in strays]
    if wrong and all(each.ties for each in wrong) and all(stray.expected == 0 for stray in strays):
        yield f"{_gradients(op, places)} at ties: an entry that is not among the tied ones gets a part of the cotangent"
        return
    values = {stray.value for stray in strays}
    if len(strays) >= FEWEST and values == {0.0}:
        names = " or ".join(dict.fromkeys(op.inputs[k] for k, _ in places))
        lost = ", where it is 0 and must not be" if all(stray.got == 0 for stray in strays) else ""
        yield f"{_gradients(op, places)} where {names} is 0{lost}"


# Single kinks.


def _bends(op: Op, facts: Sequence[Facts]) -> Iterator[str]:
    for k, name in enumerate(op.inputs):
        pairs = [(each.case, bend) for each in facts for bend in each.bends if bend.place[0] == k]
        bends = [bend for _, bend in pairs]
        wrong = [bend for bend in bends if bend.wrong]
        values = sorted({bend.value for bend in wrong})
        if not _settled([(case, bend.value) for case, bend in pairs if bend.wrong]):
            if wrong:
                yield f"the gradient of {name} is wrong only at some kinks: {_slope(wrong)}"
            continue
        at = " or ".join(f"{value:g}".replace("-", "−") for value in values)
        sometimes = any(not bend.wrong for bend in bends if bend.value in values)
        bound = "" if values == [0.0] else ", a bound" if len(values) == 1 else ", the bounds"
        some = ", though not at every such entry" if sometimes else ""
        yield f"the gradient of {name} is wrong only where {name} is {at}{bound}{some}: {_slope(wrong)}"


def _slope(wrong: Sequence[Bend]) -> str:
    first = wrong[0]
    if any((bend.slope, bend.low, bend.high) != (first.slope, first.low, first.high) for bend in wrong):
        return "the slope there is neither that of one side nor between"
    slope, low, high = (f"{value:g}".replace("-", "−") for value in (first.slope, first.low, first.high))
    return f"the slope there is {slope}, and must lie between {low} and {high}, those of the two sides"
