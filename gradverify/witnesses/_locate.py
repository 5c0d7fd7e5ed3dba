"""Finds the wrong entries behind a failed comparison, by bisection, and writes the finding about the worst of them.

Takes a case at which a comparison failed. Every accusation is a measurement along that entry alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, isfinite, log10

import numpy as np

from gradverify.cases import as_python
from gradverify.model import Array, Finding
from gradverify.witnesses._compare import Comparison, Direction, Point, claim, compare, located

EVERY_ENTRY = 64
"""With at most this many input entries, each one is measured."""

MOST_MEASUREMENTS = 200


@dataclass(frozen=True)
class _Range:
    """Entries `start` to `stop` of all the inputs laid end to end, and the comparison along them."""

    start: int
    stop: int
    comparison: Comparison


def locate(point: Point, gradients: Sequence[Array | None], along: Direction) -> Finding:
    """Say which entry is wrong, what it should be, and how many are wrong, after a failure along this direction."""
    sizes = [x.size for x in point.case.inputs]

    def examine(start: int, stop: int) -> Comparison:
        part = _restrict(along, sizes, start, stop)
        return compare(point, part, claim(point.case, gradients, part))

    if sum(sizes) <= EVERY_ENTRY:
        wrong = _each(examine, sum(sizes))
        count = f"{len(wrong)} of {sum(sizes)} entries are wrong"
    else:
        wrong = _bisect(examine, sum(sizes))
        count = f"at least {len(wrong)} of {sum(sizes)} entries are wrong"
    if not wrong:
        return _along(point, examine(0, sum(sizes)))
    worst = max(wrong, key=lambda found: found.comparison.error / abs(_step(along, sizes, found.start)))
    return _finding(point, gradients, along, worst, count)


def not_finite(point: Point, gradients: Sequence[Array | None], along: Direction) -> Finding | None:
    """The finding for a gradient with an entry that is not finite where forward is smooth; None where it is not."""
    sizes = [x.size for x in point.case.inputs]
    flat = np.concatenate([_flat(x_bar, size) for x_bar, size in zip(gradients, sizes, strict=True)])
    first = int(np.flatnonzero(~np.isfinite(flat))[0])
    part = _restrict(along, sizes, first, first + 1)
    zeroed = [None if x_bar is None else np.where(np.isfinite(x_bar), x_bar, 0) for x_bar in gradients]
    comparison = compare(point, part, claim(point.case, zeroed, part))
    slope = comparison.measured
    if slope is None or not (slope.unchanged or slope.allowed < abs(slope.value)):
        return None
    count = f"{int((~np.isfinite(flat)).sum())} of {sum(sizes)} entries are not finite"
    finding = _finding(point, gradients, along, _Range(first, first + 1, comparison), count)
    return replace(finding, what="a gradient is not finite where forward is smooth")


def _each(examine: Callable[[int, int], Comparison], size: int) -> list[_Range]:
    ranges = (_Range(k, k + 1, examine(k, k + 1)) for k in range(size))
    return [found for found in ranges if found.comparison.accuses]


def _bisect(examine: Callable[[int, int], Comparison], size: int) -> list[_Range]:
    """Single entries that are wrong. Not all of them: an error may be too small to show in the sum over a half."""
    wrong: list[_Range] = []
    waiting = [(0, size)]
    for _ in range(MOST_MEASUREMENTS // 2):
        if not waiting:
            break
        start, stop = waiting.pop()
        middle = (start + stop) // 2
        for a, b in ((middle, stop), (start, middle)):
            comparison = examine(a, b)
            if comparison.accuses and b - a == 1:
                wrong.append(_Range(a, b, comparison))
            elif comparison.accuses:
                waiting.append((a, b))
    return wrong


def _restrict(along: Direction, sizes: Sequence[int], start: int, stop: int) -> Direction:
    """The direction with every entry outside the range 0, and None for an input that does not move at all."""
    parts: list[Array | None] = []
    offset = 0
    for x_dot, size in zip(along, sizes, strict=True):
        first, last = max(start - offset, 0), min(stop - offset, size)
        offset += size
        if x_dot is None or first >= last:
            parts.append(None)
            continue
        part = np.zeros(size)
        part[first:last] = x_dot.reshape(-1)[first:last]
        parts.append(part.reshape(x_dot.shape))
    return tuple(parts)


def _finding(point: Point, gradients: Sequence[Array | None], along: Direction, wrong: _Range, count: str) -> Finding:
    """The finding about one entry."""
    sizes = [x.size for x in point.case.inputs]
    which, flat = _position(sizes, wrong.start)
    x, x_bar = point.case.inputs[which], gradients[which]
    index = tuple(int(k) for k in np.unravel_index(flat, x.shape))
    got = "None" if x_bar is None else repr(float(x_bar[index]))
    expected = _number(wrong.comparison, _step(along, sizes, wrong.start))
    entry = f", entry [{', '.join(map(str, index))}]" if index else ""
    shown = f"gradients[{which}]" + (f"[{', '.join(map(str, index))}]" if index and x_bar is not None else "")
    closing = f"print({shown})  # {got}, the central difference is {expected}"
    return replace(
        located(point, Finding(what="a gradient differs from the central difference of forward")),
        where=f"gradient of {point.op.inputs[which]}{entry}",
        got=got,
        expected=expected,
        note=count,
        reproduce=as_python(point.op, point.case, point.cotangents, closing),
    )


def _along(point: Point, comparison: Comparison) -> Finding:
    """The finding where no single entry stands out of the rounding: the direction as a whole is wrong."""
    return replace(
        located(point, Finding(what="the gradients differ from the central difference of forward")),
        where="along a random direction of all inputs, ⟨x̄, ẋ⟩",
        got=repr(comparison.claim.slope),
        expected=_number(comparison, 1.0),
        note="no single entry is wrong by more than its own measurement error",
        reproduce=as_python(point.op, point.case, point.cotangents),
    )


def _flat(x_bar: Array | None, size: int) -> Array:
    return np.zeros(size) if x_bar is None else x_bar.reshape(-1)


def _position(sizes: Sequence[int], entry: int) -> tuple[int, int]:
    """Which input an entry belongs to, and its place in it."""
    for which, size in enumerate(sizes):
        if entry < size:
            return which, entry
        entry -= size
    raise IndexError(entry)


def _step(along: Direction, sizes: Sequence[int], entry: int) -> float:
    which, flat = _position(sizes, entry)
    x_dot = along[which]
    return 0.0 if x_dot is None else float(x_dot.reshape(-1)[flat])


def _number(comparison: Comparison, step: float) -> str:
    """The measured derivative with as many digits as the measurement carries."""
    if comparison.measured is None:
        return "unknown"
    value, allowed = comparison.measured.value / step, comparison.measured.allowed / abs(step)
    if not isfinite(value) or allowed == 0:
        return repr(value)
    if abs(value) <= allowed:
        return f"0 ± {allowed:.1e}"
    digits = min(17, ceil(log10(abs(value) / allowed)) + 1)
    return f"{value:.{digits}g} ± {allowed:.1e}"
