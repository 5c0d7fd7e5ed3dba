"""What a special point showed, in words: the finding where the gradient is wrong, and the convention it follows at kinks.

A convention is read off the values: which slope was chosen, or how the cotangent is shared among tied entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gradverify.cases import Refused, Skipped, as_python, in_words
from gradverify.model import Entries, Finding, Op, Rating
from gradverify.numbers.signals import OutsideField
from gradverify.witnesses._exact_words import written
from gradverify.witnesses._kink_bounds import Bounds, Outside, bounds
from gradverify.witnesses._kink_judge import Seen, Undefined
from gradverify.witnesses._kink_slopes import Point, as_number

__all__ = ["conventions", "finding_of"]


def finding_of(op: Op, point: Point, seen: Seen) -> Finding | None:
    """The worst that a point showed, complete; `None` where nothing is wrong."""
    if seen.undefined:
        return _undefined(op, point, seen.undefined[0])
    if not seen.wrong:
        return None
    errors = [each for each in seen.wrong if each.rating is Rating.ERROR]
    worst = max(errors or seen.wrong, key=_beyond)
    moved = [entry for entry, along in enumerate(worst.direction) if along]
    what = "the gradient is no valid subgradient" if point.on_a_tie else "the gradient is wrong"
    if worst.rating is Rating.WARNING:
        what = "the gradient at a kink is that of parts of the op, not of the whole"
    wrong = len({entry for each in errors for entry, along in enumerate(each.direction) if along})
    return _completed(
        op,
        point,
        Finding(
            what=what,
            where=_where(op, point, moved, worst.direction),
            got=_written(worst.got),
            expected=_expected(worst.bounds, moved, point, worst.direction),
            note=_note(point, worst, wrong),
            rating=worst.rating,
            entries=_entries(op, point, seen, moved[0]),
        ),
    )


def _completed(op: Op, point: Point, finding: Finding) -> Finding:
    script = as_python(op, point.case, point.cotangents)
    return Finding(
        **{**vars(finding), "case": f"{in_words(op.inputs, point.case)}; {point.case.kind}", "reproduce": script}
    )


def _undefined(op: Op, point: Point, undefined: Undefined) -> Finding:
    slopes = undefined.slopes
    if undefined.entry is None or slopes is None:
        what, where, expected = "backward raises at a special point", "backward", "a gradient: forward has slopes there"
    else:
        what = "the gradient is infinite or undefined where forward has a slope"
        where = _where(op, point, [undefined.entry], (1,))
        held = bounds(point, [slopes.right, slopes.left], slopes.exact)
        expected = _expected(held, [undefined.entry], point, (1,))
    note = f"special about the inputs: {point.case.kind}"
    return _completed(op, point, Finding(what, where, undefined.got, expected, note=note))


def _beyond(outside: Outside) -> float:
    """How far a value is outside, as a share of what is allowed; complaints about single entries first."""
    got, low, high = (as_number(x) for x in (outside.got, outside.bounds.low, outside.bounds.high))
    share = max(low - got, got - high) / max(abs(low), abs(high), 1e-300)
    return share if sum(d != 0 for d in outside.direction) == 1 else share * 1e-9


def _index(index: Sequence[int]) -> str:
    return f"[{', '.join(map(str, index))}]"


def _where(op: Op, point: Point, moved: Sequence[int], direction: Sequence[int]) -> str:
    places = [point.place(entry) for entry in moved]
    if len(places) == 1:
        return f"gradient of {op.inputs[places[0][0]]}, entry {_index(places[0][1])}"
    by_input: dict[int, list[str]] = {}
    for k, index in places:
        by_input.setdefault(k, []).append(_index(index))
    named = "; ".join(f"gradient of {op.inputs[k]}, entries {', '.join(found)}" for k, found in by_input.items())
    return f"{named}, together"


def _written(value: Any) -> str:
    return written(value, digits=15, longest=30)


def _expected(held: Bounds, moved: Sequence[int], point: Point, direction: Sequence[int]) -> str:
    low, high = _written(held.low), _written(held.high)
    if low != high:
        return f"between {low} and {high}"
    if len(moved) == 1 or any(d not in (0, 1) for d in direction):
        return f"exactly {low}" if point.on_a_tie else low
    return f"exactly {low}, shared among these entries"


def _note(point: Point, worst: Outside, wrong: int) -> str:
    parts = [f"special about the inputs: {point.case.kind}"]
    if any(d not in (0, 1) for d in worst.direction):
        steps = ", ".join(str(d) for d in worst.direction if d)
        parts.append(f"got and expected are Σ x̄·d for the steps d = {steps} of these entries")
    if worst.rating is Rating.WARNING:
        parts.append(
            "each part of the op chose a valid slope by itself, as automatic differentiation does, "
            "but no point nearby has this gradient"
        )
    elif wrong > 1:
        parts.append(f"{wrong} of {point.size} entries take part in what is wrong")
    return "; ".join(parts)


def _entries(op: Op, point: Point, seen: Seen, entry: int) -> Entries | None:
    """The input's gradient beside the nearest valid one, entry by entry; `None` where an entry has no slope by itself."""
    k, _ = point.place(entry)
    array = point.case.inputs[k]
    start = sum(other.size for other in point.case.inputs[:k])
    got, expected, wrong = [], [], []
    for place in range(start, start + array.size):
        slopes = seen.singles.get(place)
        try:
            slopes = slopes or point.slopes(tuple(int(other == place) for other in range(point.size)))
        except (Skipped, Refused, OutsideField):
            return None
        held = bounds(point, [slopes.right, slopes.left], slopes.exact)
        value = point.gradients[place]
        inside = value is not None and held.hold(value)
        low, high = as_number(held.low), as_number(held.high)
        got.append(as_number(value))
        expected.append(got[-1] if inside else min(max(got[-1], low), high))
        wrong.append(not inside)
    return Entries(op.inputs[k], array.shape, tuple(got), tuple(expected), tuple(wrong)) if any(wrong) else None


# Conventions.


def conventions(op: Op, point: Point, seen: Seen) -> Iterator[str]:
    """The choices that the gradient makes at this point's kinks, in words."""
    at: dict[int, list[int]] = {}
    for entry, slopes in seen.singles.items():
        for k in slopes.kinked:
            at.setdefault(k, []).append(entry)
    crossed = {entry for group in at.values() for entry in group if sum(entry in g for g in at.values()) > 1}
    for k, group in at.items():
        if crossed & set(group):
            yield from _ordering(point, group, [m for m, other in at.items() if other == group])
        elif len(group) == 1:
            yield _slope(op, point, seen, group[0], k)
        else:
            yield from _sharing(op, point, seen, group, k)


def _chosen(point: Point, seen: Seen, entry: int, k: int) -> Any:
    """The slope of output k that the gradient chose for an entry: what is left of it after all other outputs' share."""
    slopes, rest = seen.singles[entry], point.gradients[entry]
    for m, (bar, slope) in enumerate(zip(point.bars, slopes.right, strict=True)):
        if m != k:
            rest = rest - bar * slope
    return rest / point.bars[k]


def _slope(op: Op, point: Point, seen: Seen, entry: int, k: int) -> str:
    slopes, (which, _) = seen.singles[entry], point.place(entry)
    chosen, left, right = (as_number(s) for s in (_chosen(point, seen, entry, k), slopes.left[k], slopes.right[k]))
    name = op.inputs[which]
    return f"at {name} = {point.floats()[entry]:g} the slope is {chosen:.4g}, of {left:.4g} and {right:.4g} on the two sides"


def _sharing(op: Op, point: Point, seen: Seen, group: list[int], k: int) -> Iterator[str]:
    direction = tuple(int(entry in group) for entry in range(point.size))
    try:
        slopes = point.slopes(direction)
    except (Skipped, Refused, OutsideField):
        return
    total = slopes.right[k]
    if k in slopes.kinked or as_number(total) == 0:
        if all(as_number(_chosen(point, seen, entry, k)) == 0 for entry in group):
            yield "at a kink of several entries together the slope is 0"
        return
    shares = [round(as_number(_chosen(point, seen, entry, k) / total), 12) for entry in group]
    places = [point.place(entry) for entry in group]
    inputs = list(dict.fromkeys(which for which, _ in places))
    tie = "a tie" if len(inputs) == 1 else f"a tie between {' and '.join(op.inputs[which] for which in inputs)}"
    whole = [index for index, share in enumerate(shares) if share == 1]
    if len(whole) == 1 and all(share in (0, 1) for share in shares):
        if len(inputs) > 1:
            yield f"{tie} goes to {op.inputs[places[whole[0]][0]]}"
        else:
            yield f"{tie} goes to {_ordinal(whole[0], len(shares))}"
    elif all(abs(share - 1 / len(shares)) < 1e-12 for share in shares):
        yield f"{tie} is shared evenly"
    else:
        yield f"{tie} is shared otherwise"


def _ordinal(index: int, count: int) -> str:
    return "the first" if index == 0 else "the last" if index == count - 1 else "one between the first and the last"


def _ordering(point: Point, group: list[int], outputs: list[int]) -> Iterator[str]:
    """A sort: every tied entry goes to one output."""
    given = [as_number(point.gradients[entry]) for entry in group]
    bars = [as_number(point.bars[k]) for k in outputs]
    if given == bars:
        yield "tied entries keep their order"
    elif sorted(given) == sorted(bars):
        yield "tied entries change their order"
