"""Draws the error of a finite difference against its step, log-log, as inline SVG without any script or outside file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from gradverify.report.curve import Curve
from gradverify.report.escape import in_html

__all__ = ["as_svg", "in_words"]

WIDTH, HEIGHT = 560, 320
LEFT, RIGHT, TOP, BOTTOM = 72, 12, 14, 50
MOST_DECADES = 24


def as_svg(curve: Curve) -> str:
    """The picture; empty where there is no error to draw."""
    points = [(step, error) for step, error in curve.errors if error]
    if not points:
        return ""
    off = curve.off
    x, y = _Axis(LEFT, WIDTH - RIGHT, [step for step, _ in points]), _vertical(points, off)
    parts = [*_ticks(x, y), *_lines(points, off, x, y)]
    return (
        f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>Error of the central difference against the step h</title><desc>{in_html(in_words(curve))}</desc>\n"
        + "\n".join(parts)
        + "\n</svg>"
    )


def in_words(curve: Curve) -> str:
    """What the picture shows."""
    measured = [(error, step) for step, error in curve.errors if error is not None]
    if not measured:
        return "The forward has no value beside this point."
    error, step = min(measured)
    said = f"The central difference comes closest to the true slope {curve.slope:.6g} at h = {step:.0e}, "
    said += f"where it is off by {error:.1e}."
    off = curve.off
    if off is None:
        return f"{said} The backward gives no slope to compare."
    return (
        f"{said} The backward's own slope is off by {off:.1e}."
        if off
        else f"{said} The backward's own slope is the same."
    )


class _Axis:
    """A logarithmic axis between two pixels, over whole powers of ten."""

    def __init__(self, start: float, end: float, values: Sequence[float]) -> None:
        exponents = [math.log10(value) for value in values]
        self.high = math.ceil(max(exponents) - 1e-9)
        self.low = max(math.floor(min(exponents) + 1e-9), self.high - MOST_DECADES)
        self.high = max(self.high, self.low + 1)
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self.start + (self.end - self.start) * min(max(share, 0.0), 1.0), 1)

    @property
    def exponents(self) -> range:
        """Those that get a tick, at most about ten."""
        return range(self.low, self.high + 1, max(1, -(-(self.high - self.low) // 9)))


def _vertical(points: Sequence[tuple[float, float]], off: float | None) -> _Axis:
    errors = [error for _, error in points]
    return _Axis(HEIGHT - BOTTOM, TOP, [*errors, off] if off else errors)


def _ticks(x: _Axis, y: _Axis) -> Iterator[str]:
    bottom = HEIGHT - BOTTOM
    for exponent in x.exponents:
        at = x(10.0**exponent)
        yield f'<line class="grid" x1="{at}" y1="{TOP}" x2="{at}" y2="{bottom}"/>'
        yield f'<text x="{at}" y="{bottom + 20}" text-anchor="middle">1e{exponent}</text>'
    for exponent in y.exponents:
        at = y(10.0**exponent)
        yield f'<line class="grid" x1="{LEFT}" y1="{at}" x2="{WIDTH - RIGHT}" y2="{at}"/>'
        yield f'<text x="{LEFT - 6}" y="{at + 4}" text-anchor="end">1e{exponent}</text>'
    yield f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">step h</text>'
    middle = (TOP + bottom) / 2
    yield f'<text transform="rotate(-90 12 {middle})" x="12" y="{middle}" text-anchor="middle">error</text>'


def _lines(points: Sequence[tuple[float, float]], off: float | None, x: _Axis, y: _Axis) -> Iterator[str]:
    path = " ".join(f"{x(step)},{y(error)}" for step, error in points)
    yield f'<polyline class="difference" points="{path}"/>'
    for step, error in points:
        yield f'<circle class="difference" cx="{x(step)}" cy="{y(error)}" r="2.5"/>'
    if off:
        at = y(off)
        above = at - 6 if at > TOP + 16 else at + 16
        yield f'<line class="claim" x1="{LEFT}" y1="{at}" x2="{WIDTH - RIGHT}" y2="{at}"/>'
        yield f'<text x="{LEFT + 8}" y="{above}" class="label">backward is off by {off:.1e}</text>'
