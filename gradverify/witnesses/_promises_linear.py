"""What conduct asks of the map from cotangents to gradients: that it is linear, and that every output has a part in it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradverify.cases import Refused, draw_directions
from gradverify.model import Array, Finding
from gradverify.witnesses import _run
from gradverify.witnesses._breaches import Breach, beyond, each, shown
from gradverify.witnesses._trial import Trial

STEPS = 2.0**-6, 2.0**-10
"""Relative steps of the inputs; where an output has a slope it moves 16 times as far by the first as by the second."""

FAR = 20, -20
"""Exponents of two: cotangents a million times larger and smaller."""

SMALL = 2.0**-10
"""Entries between this and its inverse are ordinary."""


def doubles_and_negates(trial: Trial) -> Iterator[Breach]:
    """Doubling or negating the cotangents doubles or negates the gradients, bit for bit; so does any power of two."""
    for factor, words in ((2.0, "doubled"), (-1.0, "negated")):
        for k, name, (found, plain) in trial.pairs(trial.scaled(factor), trial.gradients):
            underflow = float(np.finfo(found.dtype).tiny) if found.dtype.kind == "f" else 0.0
            kind = f"backward is not linear in the cotangent: {words}", f"gradient of {name}"
            yield from beyond(kind, found, factor * plain, underflow, shown(k), each(f"{factor} * y_bar"))
    if _is_ordinary(trial):
        for exponent in FAR:
            yield from _scales_far(trial, exponent)


def _scales_far(trial: Trial, exponent: int) -> Iterator[Breach]:
    """The breaches of cotangents so much larger or smaller: a threshold or a clipped length shows there alone."""
    factor = 2.0**exponent
    for k, name, (found, plain) in trial.pairs(trial.scaled(factor), trial.gradients):
        if found.dtype.kind != "f" or np.finfo(found.dtype).bits < 32:
            continue
        info = np.finfo(found.dtype)
        expected = np.asarray(factor * plain)
        # What leaves the range of float32 on the way is lost, and no fault of the formula.
        if not np.isfinite(expected).all() or (info.bits < 64 and (exponent < 0 or not np.isfinite(found).all())):
            continue
        kind = f"backward is not linear in the cotangent: times 2^{exponent}", f"gradient of {name}"
        # What was rounded because it was subnormal is multiplied, too.
        lost = float(info.tiny) * max(factor, 1.0)
        yield from beyond(kind, found, expected, lost, shown(k), each(f"2.0**{exponent} * y_bar"))


def _is_ordinary(trial: Trial) -> bool:
    """Whether no entry is so large or so small that a product of a few of them leaves the range of its dtype."""
    return all(
        x.dtype.itemsize >= 4 and not np.any((np.abs(x) > 1 / SMALL) | ((np.abs(x) < SMALL) & (x != 0)))
        for x in trial.case.inputs
    )


def adds(trial: Trial) -> Iterator[Breach]:
    """The gradients of a sum of cotangents are the sum of the gradients, up to rounding."""
    second = trial.other_gradients
    pairs = zip(trial.cotangents, trial.other_cotangents, strict=True)
    total = trial.again([(a + b).astype(a.dtype) for a, b in pairs])
    allowed = trial.allowed(trial.gradients, second, total)
    for k, name, (first, other, found) in trial.pairs(trial.gradients, second, total):
        kind = "backward is not linear in the cotangent: a sum", f"gradient of {name}"
        if first.shape == other.shape:
            yield from beyond(kind, found, np.asarray(first + other), allowed[k], shown(k))


def zero_gives_zero(trial: Trial) -> Iterator[Breach]:
    """A cotangent of zeros gives a gradient of zeros."""
    for k, name, (found,) in trial.pairs(trial.scaled(0.0)):
        kind = "backward is not linear in the cotangent: zeros", f"gradient of {name}"
        yield from beyond(kind, found, np.zeros_like(found), 0.0, shown(k), each("0 * y_bar"))


def outputs_add_up(trial: Trial) -> Iterator[Breach]:
    """The gradients for one output's cotangent at a time, the others zero, sum up to the gradient for all of them."""
    if not trial.one_by_one:
        return
    allowed = trial.allowed(trial.gradients, *trial.one_by_one)
    for k, name, (found, *parts) in trial.pairs(trial.gradients, *trial.one_by_one):
        kind = "backward is not linear in the cotangent: one output at a time", f"gradient of {name}"
        if all(part.shape == found.shape for part in parts):
            yield from beyond(kind, found, np.asarray(sum(parts)), allowed[k], shown(k))


def every_output_counts(trial: Trial) -> Iterator[Breach]:
    """No output whose slope is not 0 is ignored: its cotangent alone gives a gradient."""
    for index, gradients in enumerate(trial.one_by_one):
        present = [array for _, _, (array,) in trial.pairs(gradients)]
        if not present or any(array.any() for array in present) or not trial.cotangents[index].any():
            continue
        if _has_slope(trial, index):
            alone = f"cotangents = tuple(y_bar if k == {index} else 0 * y_bar for k, y_bar in enumerate(cotangents))"
            got, expected = (
                "only zeros where its cotangent alone is not 0",
                "a gradient: the output moves with the inputs",
            )
            yield Breach(Finding("backward ignores an output", f"output {index}", got, expected), opening=alone)


def _has_slope(trial: Trial, index: int) -> bool:
    """Whether an output surely has a derivative other than 0 here.

    It must move oppositely for opposite steps and in proportion to them, far beyond rounding: a jump, a kink or an
    extremum does not.
    """
    plain = _moved(trial, index, 0.0)
    if plain is None or not plain.size:
        return False
    sizes = []
    for step in STEPS:
        forth, back = _moved(trial, index, step), _moved(trial, index, -step)
        if forth is None or back is None or not forth.shape == back.shape == plain.shape:
            return False
        difference = np.abs(forth - back)
        entry = np.unravel_index(int(np.nanargmax(difference)), plain.shape) if np.isfinite(difference).all() else None
        if entry is None or abs(forth[entry] + back[entry] - 2 * plain[entry]) > difference[entry] / 4:
            return False
        sizes.append(float(difference[entry]))
    rounding = float(np.finfo(trial.run.outputs[index].dtype).eps) * float(np.abs(plain).max())
    return sizes[1] > 100 * rounding and 8 < sizes[0] / sizes[1] < 32


def _moved(trial: Trial, index: int, step: float) -> Array | None:
    """An output, in float64, at the inputs moved by this share of themselves."""
    directions = draw_directions(trial.case.inputs, trial.case.seed)
    inputs = [(x * (1 + step * u)).astype(x.dtype) for x, u in zip(trial.case.inputs, directions, strict=True)]
    try:
        run = _run.forward(trial.op, inputs, _run.copy_parameters(trial.case.parameters))
    except Refused:
        return None
    return run.outputs[index].astype(np.float64) if index < len(run.outputs) else None
