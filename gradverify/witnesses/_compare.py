"""Compares, at one case, ⟨backward(ȳ), ẋ⟩ with the measured slope of φ(h) = ⟨ȳ, f(x + hẋ)⟩.

Takes an op and a case; the forward is believed, the backward is not. Raises `Mismatch` for a backward that returns
something no comparison could accept (an exception, a wrong number of gradients, a wrong shape).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradverify.cases import Mismatch, Refused, Skipped, draw_cotangents, draw_directions, in_words, inside, lay_out
from gradverify.model import Array, Case, Finding, Op, Sign, Space
from gradverify.witnesses import _run
from gradverify.witnesses._slope import ULPS, Slope, inner, measure, sample

RESOLUTION = 1e-3
"""A comparison counts as effective when it would have seen an error of this fraction of the gradient."""

DOUBT = 20.0
"""A measurement too coarse to count as effective accuses only what is this many times further off than it allows."""

CONFIRMING_SCALES = (0.75, 0.618)
"""Nothing is accused before it has failed again on steps scaled by these: rounding falls otherwise there.

With the second, x + hẋ is off the dyadic grid on which all the other points lie.
"""

Direction = tuple[Array | None, ...]
"""How far each input moves for a step of 1; None where it stays."""


@dataclass(frozen=True)
class Point:
    """Where the slopes are measured: a case, its cotangents and (a sample of) the value of forward there."""

    op: Op
    space: Space
    case: Case
    cotangents: tuple[Array, ...]
    center: Array
    epsilon: float

    def evaluate(self, direction: Direction, step: float) -> tuple[Array, ...] | None:
        """The outputs at x + step·ẋ; None outside the domain and where forward refuses or is not finite."""
        moved = tuple(
            lay_out(x, "C") if x_dot is None else np.asarray(x + step * x_dot)
            for x, x_dot in zip(self.case.inputs, direction, strict=True)
        )
        if not inside(self.space, moved):
            return None
        try:
            outputs = _run.forward(self.op, moved, _run.copy_parameters(self.case.parameters)).outputs
        except Refused:
            return None
        same = tuple(y.shape for y in outputs) == tuple(y_bar.shape for y_bar in self.cotangents)
        return outputs if same and all(np.isfinite(y).all() for y in outputs) else None

    def repeats(self) -> bool:
        """Whether forward gives the same bits twice: one that draws random numbers has no slope to measure."""
        still: Direction = (None,) * len(self.case.inputs)
        first, second = self.evaluate(still, 0.0), self.evaluate(still, 0.0)
        if first is None or second is None:
            return False
        return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@dataclass(frozen=True)
class Claim:
    """What the gradients say about one direction: ⟨x̄, ẋ⟩, and input by input how much of it there is."""

    slope: float
    scales: tuple[float, ...]
    """Σ|x̄ ẋ| for each input: the size of the terms that `slope` adds up."""
    conditioning: float
    """Σ|x̄ x| over all inputs, moved or not."""


@dataclass(frozen=True)
class Comparison:
    """One direction at one case: the claim, the measurement, and what follows."""

    claim: Claim
    measured: Slope | None
    moved: tuple[bool, ...]
    """Which inputs moved."""
    undecided: str = ""
    """Why nothing follows; empty where something does."""
    epsilon: float = 0.0

    @property
    def error(self) -> float:
        """The difference between claim and measurement."""
        return abs(self.claim.slope - self.measured.value) if self.measured else 0.0

    @property
    def allowed(self) -> float:
        """The largest difference that rounding and truncation explain, on both sides."""
        rounding = ULPS * self.epsilon * sum(self.claim.scales)
        return (self.measured.allowed if self.measured else 0.0) + rounding

    @property
    def fails(self) -> bool:
        """Whether the claim is further from the measurement than that, beyond doubt where the measurement is coarse."""
        if self.measured is None or not self.error > self.allowed:
            return False
        scale = max(abs(self.measured.value), sum(self.claim.scales))
        return self.allowed <= RESOLUTION * scale or self.error > DOUBT * self.allowed

    @property
    def accuses(self) -> bool:
        """Whether it fails, and failed again when measured on other steps."""
        return self.fails and not self.undecided

    def agrees(self, other: Comparison) -> bool:
        """Whether the two measurements allow the same slope."""
        if self.measured is None or other.measured is None:
            return False
        apart = abs(self.measured.value - other.measured.value)
        return apart <= self.measured.allowed + other.measured.allowed

    @property
    def reason(self) -> str:
        """Why the comparison says little or nothing."""
        return self.undecided or (self.measured.weakness if self.measured else "")

    def sees(self, index: int) -> bool:
        """Whether an error of a thousandth of this input's gradient would have been seen."""
        if self.measured is None or self.undecided or not self.moved[index] or not self.error <= self.allowed:
            return False  # the last of these also where a sum overflowed and the error is NaN
        if self.measured.unchanged and self.claim.slope == 0:
            return self.claim.scales[index] == 0
        alone = sum(self.moved) == 1
        scale = max(self.claim.scales[index], abs(self.measured.value) if alone else 0.0)
        return self.allowed <= RESOLUTION * scale


def prepare(op: Op, space: Space, case: Case) -> tuple[Point, tuple[Array | None, ...]]:
    """Run forward and backward once at the case; raises `Refused`, `Skipped` or `Mismatch`."""
    run = _run.run_case(op, case)
    floating = [np.finfo(y.dtype).eps for y in run.outputs if y.dtype.kind == "f"]
    if not floating:
        raise Skipped("no output is an array of floats")
    if not all(np.isfinite(y).all() for y in run.outputs):
        raise Skipped("forward is not finite")
    cotangents = draw_cotangents(run.outputs, case.seed)
    point = Point(op, space, case, cotangents, sample(run.outputs), float(max(floating)))
    try:
        gradients = _run.backward(op, run.context, [y_bar.copy() for y_bar in cotangents])
    except _run.UserError as error:
        raise Mismatch(located(point, _run.raised(error))) from None
    finding = _run.misfit(op, case.inputs, gradients)
    if finding is not None:
        raise Mismatch(located(point, finding))
    if not any(array.size for array in case.inputs):
        raise Skipped("the inputs are empty: only the gradients' shapes were checked")
    return point, gradients


def located(point: Point, finding: Finding) -> Finding:
    """The finding with its case in words."""
    return replace(finding, case=in_words(point.op.inputs, point.case))


def direction(space: Space, case: Case, stream: int, only: int | None = None) -> Direction:
    """A random direction for all inputs, or for one; relative to the entry where 0 is not in the domain."""
    return tuple(
        None if only not in (None, index) else u * _reach(x, spec.sign)
        for index, (u, x, spec) in enumerate(
            zip(draw_directions(case.inputs, case.seed, stream=stream), case.inputs, space.inputs, strict=True)
        )
    )


def _reach(x: Array, sign: Sign) -> Array | float:
    """How far an entry may move for a step of 1: a power of two near the typical |x|, so that nothing is rounded."""
    if sign is not Sign.REAL:
        return np.abs(x)
    nonzero = np.abs(x[x != 0])
    return float(2.0 ** np.round(np.log2(np.median(nonzero)))) if nonzero.size else 1.0


def claim(case: Case, gradients: Sequence[Array | None], along: Direction) -> Claim:
    """What these gradients say about this direction; a gradient of None says 0."""
    slope, conditioning = 0.0, 0.0
    scales = []
    for x, x_bar, x_dot in zip(case.inputs, gradients, along, strict=True):
        scale = 0.0
        if x_bar is not None:
            conditioning += float(np.abs(x_bar * x).sum())
            if x_dot is not None:
                slope += inner([x_dot], [x_bar])
                scale = float(np.abs(x_bar * x_dot).sum())
        scales.append(scale)
    return Claim(slope, tuple(scales), conditioning)


def compare(point: Point, along: Direction, claimed: Claim) -> Comparison:
    """Measure the slope along this direction; an apparent failure is measured again on other steps."""
    best = _measured(point, along, claimed, 1.0)
    if not best.fails:
        return best
    for scale in CONFIRMING_SCALES:
        again = _measured(point, along, claimed, scale)
        if not (again.fails and best.agrees(again)):
            return replace(best, undecided="two measurements of the slope disagree: a kink nearby, or noise")
        best = min(best, again, key=lambda comparison: comparison.allowed)
    return best


def _measured(point: Point, along: Direction, claimed: Claim, scale: float) -> Comparison:
    moved = tuple(x_dot is not None for x_dot in along)
    slope = measure(
        lambda step: point.evaluate(along, step),
        point.center,
        point.cotangents,
        conditioning=claimed.conditioning,
        epsilon=point.epsilon,
        scale=scale,
    )
    why = "" if slope else "forward is defined at too few points nearby"
    return Comparison(claimed, slope, moved, why, point.epsilon)
