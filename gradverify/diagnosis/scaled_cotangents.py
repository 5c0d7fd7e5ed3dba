"""Whether backward in floats is homogeneous: ȳ times a power of two must give that times the gradient, bit for bit.

Code that clips cotangents, or takes small ones for 0, is right for those of usual size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gradverify.diagnosis.float_runs import FloatRun, float_run
from gradverify.model import Case, Op

SMALLER = range(-1, -41, -1)
LARGER = range(1, 41)
"""The exponents of two; none takes a usual gradient to where floats under- or overflow."""

BROKEN = 4
"""So many entries must be wrong, and as many right."""


def not_linear(op: Op, cases: Sequence[Case]) -> Iterator[str]:
    """One sentence for an input whose gradient is not scaled with the cotangent."""
    for case in cases[:2]:
        plain = float_run(op, case)
        if plain is None or plain.error:
            continue
        for exponents, size, side in ((SMALLER, "small", "below"), (LARGER, "large", "above")):
            scaled = [(e, run) for e in exponents if (run := float_run(op, case, exponent=e)) is not None]
            for k, name in enumerate(op.inputs):
                said = _said(plain, scaled, k, side)
                if said is not None:
                    yield f"the gradient of {name} is not linear in the cotangent ȳ: wrong only for {size} ones{said}"
                    return


def _said(plain: FloatRun, scaled: Sequence[tuple[int, FloatRun]], k: int, side: str) -> str | None:
    first = plain.gradients[k]
    if first is None or first.dtype.kind != "f" or not np.isfinite(first).all():
        return None
    wrong, right, got = [], [], []
    alike = len(plain.cotangents) == 1 and plain.cotangents[0].shape == first.shape
    failed = 0
    for exponent, run in scaled:
        found = run.gradients[k] if not run.error else None
        if found is None or found.shape != first.shape:
            return None
        bad = np.ldexp(first, exponent) != found
        failed += bool(bad.any())
        if alike:
            sizes = np.abs(run.cotangents[0])
            wrong += sizes[bad].tolist()
            right += sizes[~bad].tolist()
            got += found[bad].tolist()
    if not failed:
        return None
    if min(len(wrong), len(right)) < BROKEN:
        return ""
    bound = _between(wrong, right, side)
    if bound is None:
        return ""
    zero = ", where it is 0" if not any(got) else ""
    return f", where |ȳ| is {side} about {bound:.1g}{zero}"


def _between(wrong: Sequence[float], right: Sequence[float], side: str) -> float | None:
    """A number between the sizes of cotangents that came out wrong and those that came out right; None if they mix."""
    low, high = (wrong, right) if side == "below" else (right, wrong)
    return float(np.sqrt(max(low) * min(high))) if max(low) < min(high) else None
