"""Measures the slope at 0 of φ(h) = ⟨ȳ, f(x + hẋ)⟩ by extrapolated central differences, and how far off that may be.

Takes values of f only. The estimate has these parts: truncation (how much the last extrapolation step changed),
prediction (applied to the even part of φ, the same extrapolation must give f(x), which is known) and rounding (the
larger of a model, units in the last place of f, and of the noise seen: how far the smallest step is off the curve).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradverify.model import Array

STEPS = tuple(2.0 ** -(5 + 2 * k) for k in range(8))
"""Candidate steps. Four are used; the smaller ones only where f cannot be evaluated at a larger one."""

LEVELS = 4
MOST_EVALUATIONS = 9

SAFETY = 4.0
"""Allowed error over estimated error: its parts are estimates, not bounds."""

ULPS = 4.0
"""Rounding of one output, in units of its last place, that any reasonable implementation stays below."""

CHUNK = 1 << 15
SAMPLE = 4096
"""Output entries whose own error is followed; beyond that number, evenly spread ones stand for the rest."""


@dataclass(frozen=True)
class Slope:
    """A measured slope: its value, the error allowed for it, and the parts of the estimate behind that."""

    value: float
    truncation: float
    prediction: float
    rounding: float
    noise: float
    unchanged: bool
    """Whether f returned the same bits at every step."""

    @property
    def allowed(self) -> float:
        """Largest difference from the true slope that this measurement allows."""
        return SAFETY * (self.truncation + self.prediction + max(self.rounding, self.noise))

    @property
    def weakness(self) -> str:
        """What limits the measurement most, in words."""
        parts = {
            "rounding hides the slope": self.rounding,
            "the slopes on both sides differ: a kink": self.prediction,
            "the extrapolation does not settle: a kink nearby": self.truncation,
            "forward is not smooth in its last digits: noise, or a kink nearby": self.noise,
        }
        return max(parts, key=lambda words: parts[words])


@dataclass(frozen=True)
class _Level:
    """φ at ±step: its central difference, and for the sampled output entries the odd part, even part and size."""

    step: float
    difference: float
    odd: Array
    even: Array
    size: Array


def inner(a: Sequence[Array], b: Sequence[Array], c: Sequence[Array] | None = None) -> float:
    """Σ a·b, or Σ a·(b − c), as if summed exactly; in chunks, so memory stays small. NaN where the sum overflows."""
    return _exact_sum(_exact_sum(products) for products in _products(a, b, c))


def _exact_sum(terms: Iterable[float]) -> float:
    try:
        return math.fsum(terms)
    except (OverflowError, ValueError):  # too large, or ∞ − ∞
        return math.nan


def _products(a: Sequence[Array], b: Sequence[Array], c: Sequence[Array] | None) -> Iterator[list[float]]:
    for index, factor in enumerate(a):
        left, right = factor.reshape(-1), b[index].reshape(-1)
        minus = None if c is None else c[index].reshape(-1)
        for start in range(0, left.size, CHUNK):
            part = slice(start, start + CHUNK)
            other = right[part].astype(float)
            if minus is not None:
                other -= minus[part]
            yield (other * left[part]).tolist()


def sample(arrays: Sequence[Array]) -> Array:
    """Copies of evenly spread entries, at most about `SAMPLE` (all, where there are few), as one float64 vector."""
    stride = max(1, -(-sum(array.size for array in arrays) // SAMPLE))
    return np.concatenate([array.reshape(-1)[::stride].astype(float) for array in arrays] or [np.zeros(0)])


def measure(
    evaluate: Callable[[float], tuple[Array, ...] | None],
    center: Array,
    cotangents: Sequence[Array],
    *,
    conditioning: float,
    epsilon: float,
    scale: float = 1.0,
) -> Slope | None:
    """Measure the slope of φ; None where fewer than three steps could be evaluated.

    `evaluate(h)` gives f(x + hẋ), or None where f has no finite value; `center` is `sample(f(x))`; `conditioning` is
    Σ|x̄ x|, by which the rounding of f's own inputs moves φ, in units of `epsilon`, the outputs' unit roundoff × 2.
    `scale` multiplies every step (another grid, to confirm a result). At most 9 evaluations, 8 where f is defined all around.
    """
    levels: list[_Level] = []
    weights = sample(cotangents)
    evaluations = 0
    side = 1.0  # where f ended last time: asked first, so a side without values costs one evaluation, not two
    for step in (scale * step for step in STEPS):
        if len(levels) == LEVELS or evaluations + 2 > MOST_EVALUATIONS:
            break
        evaluations += 1
        first = evaluate(side * step)
        if first is None:
            continue
        evaluations += 1
        second = evaluate(-side * step)
        if second is None:
            side = -side
            continue
        plus, minus = (first, second) if side > 0 else (second, first)
        levels.append(_level(step, plus, minus, center, weights, cotangents))
        del first, second, plus, minus
    if len(levels) < 3:
        return None
    spread = max(1.0, sum(cotangent.size for cotangent in cotangents) / max(1, weights.size))
    noise = _noise(levels)
    windows = [(a, b) for a in range(len(levels)) for b in range(a + 2, len(levels) + 1)]
    slopes = [_extrapolate(levels[a:b], noise, spread, conditioning * epsilon, epsilon) for a, b in windows]
    ends = [b for _, b in windows]
    return min(_no_better_than_finer(slopes, ends), key=lambda slope: slope.allowed)


def _no_better_than_finer(slopes: Sequence[Slope], ends: Sequence[int]) -> list[Slope]:
    """The slopes, each with at least the prediction error that all of those with smaller steps have.

    A kink fails the prediction by the same amount at every step, and by chance not at some; noise fails it by more at
    smaller steps.
    """
    adjusted = []
    for slope, end in zip(slopes, ends, strict=True):
        finer = [other.prediction for other, other_end in zip(slopes, ends, strict=True) if other_end > end]
        adjusted.append(replace(slope, prediction=max(slope.prediction, min(finer, default=0.0))))
    return adjusted


def _level(
    step: float,
    plus: Sequence[Array],
    minus: Sequence[Array],
    center: Array,
    weights: Array,
    cotangents: Sequence[Array],
) -> _Level:
    right, left = sample(plus), sample(minus)
    return _Level(
        step=step,
        difference=inner(cotangents, plus, minus) / (2 * step),
        odd=weights * (right - left) / (2 * step),
        even=weights * ((right - center) + (left - center)) / 2,
        size=np.abs(weights) * (np.abs(right) + np.abs(left)),
    )


def _noise(levels: Sequence[_Level]) -> Array:
    """How far each sampled entry of f, at the smallest step, is from where the larger steps say it should be.

    Even where a coincidence makes two extrapolations agree, this shows the rounding that f commits inside.
    """
    *before, last = levels
    weights = _weights([level.step for level in before], last.step)
    odd = last.odd - _combine(weights, [level.odd for level in before])
    curvature = [level.even / level.step**2 for level in before]
    even = last.even - _combine(weights, curvature) * last.step**2
    return np.asarray(np.maximum(np.abs(odd) * last.step, np.abs(even)))


def _extrapolate(levels: Sequence[_Level], noise: Array, spread: float, conditioning: float, epsilon: float) -> Slope:
    """Extrapolate these levels to step 0, with the estimate of the error."""
    steps = [level.step for level in levels]
    weights = _weights(steps)
    odd = _combine(weights, [level.odd for level in levels])
    shorter = max(
        _total(odd - _combine(_weights(steps[part]), [level.odd for level in levels[part]]))
        for part in (slice(1, None), slice(None, -1))
    )
    # For |h|, the worst even function, the prediction fails by half the jump of the slope times this step.
    effective_step = math.fsum(w * step for w, step in zip(weights, steps, strict=True))
    even = _combine(weights, [level.even for level in levels])
    amplified = [abs(w) / step for w, step in zip(weights, steps, strict=True)]
    model = math.fsum(
        factor * (spread * epsilon * _total(level.size) / 2 + conditioning)
        for factor, level in zip(amplified, levels, strict=True)
    )
    return Slope(
        value=_exact_sum(w * level.difference for w, level in zip(weights, levels, strict=True)),
        truncation=spread * shorter,
        prediction=spread * _total(even) / effective_step,
        rounding=ULPS * model,
        noise=spread * _total(noise) * math.fsum(amplified),
        unchanged=not any(level.difference or level.odd.any() or level.even.any() for level in levels),
    )


def _weights(steps: Sequence[float], at: float = 0.0) -> list[float]:
    """Lagrange weights that carry an even polynomial from these steps to `at` (0: a row of Richardson's table)."""
    squares = [step * step for step in steps]
    return [
        math.prod((other - at * at) / (other - own) for m, other in enumerate(squares) if m != k)
        for k, own in enumerate(squares)
    ]


def _combine(weights: Sequence[float], vectors: Sequence[Array]) -> Array:
    total = np.zeros_like(vectors[0])
    for weight, vector in zip(weights, vectors, strict=True):
        total += weight * vector
    return total


def _total(vector: Array) -> float:
    return float(np.abs(vector).sum())
