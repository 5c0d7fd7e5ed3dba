"""Runs an op's forward on small random arrays to learn which shapes and which signs of entries it takes.

It only asks whether the op runs, whether its outputs are finite and whether its gradients have the inputs' shapes;
whether a gradient is right is not its business. Every array is drawn anew for each run, from fixed seeds.
"""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradverify.adapters.notation import Shape, Shapes, spec_of
from gradverify.errors import UsageError
from gradverify.model import FURTHER_AXES, Array, Choice, Leading, Op, Sign

# sizes for the first, second, … name of a size: no two alike, so that only what belongs together fits; none is 1
_SIZES = ((3, 4, 2, 5, 6, 7, 8, 9), (2, 5, 4, 3, 7, 8, 9, 6))
_FURTHER = dict(zip(FURTHER_AXES, (2, 3), strict=True))
_REAL_DRAWS, _POSITIVE_DRAWS = 5, 2


@dataclass(frozen=True)
class Probe:
    """What an op made of inputs of some shapes at one choice of sizes: the signs it takes, or why it refuses them."""

    sizes: Mapping[str, int]
    signs: tuple[Sign, ...] = ()
    refusal: str = ""


def sizes_of(shapes: Sequence[Shape]) -> tuple[dict[str, int], ...]:
    """Two choices of sizes for the size names in these shapes, the second with further axes where they may be.

    Only one where there is neither.
    """
    plain = [spec_of("", shape).shape for shape in shapes]
    names = list(dict.fromkeys(side for shape in plain for side in shape if isinstance(side, str)))
    further = _FURTHER if any(spec_of("", shape).leading is Leading.ALL for shape in shapes) else {}
    if not names and not further:
        return ({},)
    more = range(10, 10 + len(names))
    first, second = (dict(zip(names, (*sizes, *more), strict=False)) for sizes in _SIZES)
    return first, {**second, **further}


def sides(shape: Shape, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The shape with its size names replaced by numbers; broadcasting leaves nothing out and makes nothing 1."""
    spec = spec_of("", shape)
    further = () if spec.leading is Leading.NONE else tuple(sizes[name] for name in FURTHER_AXES if name in sizes)
    return (*further, *(sizes[side] if isinstance(side, str) else side for side in spec.shape))


def probe(op: Op, shapes: Shapes, sizes: Mapping[str, int], parameters: Mapping[str, Any]) -> Probe:
    """Run forward at these sizes. The signs are the freest for which all outputs are finite, if any, else the freest.

    Inputs are tried as real, then one of them as positive, then all.
    """
    refusal, running = "", None
    for signs in _choices_of_signs(len(shapes)):
        finite = True
        try:
            for draw in range(_REAL_DRAWS if Sign.REAL in signs else _POSITIVE_DRAWS):
                finite &= _is_finite(_run(op, _draw(shapes, sizes, signs, draw), sizes, parameters)[0])
        except Exception as error:  # noqa: BLE001  # forward is the user's; what it raises is its refusal
            refusal = refusal or told(error)
            continue
        if finite:
            return Probe(sizes, signs)
        running = running or signs
    return Probe(sizes, running) if running else Probe(sizes, refusal=refusal)


def takes(op: Op, shapes: Shapes, found: Probe, parameters: Mapping[str, Any]) -> str:
    """Why forward does not take these parameters on what it is known to take otherwise; empty where it does."""
    try:
        for draw in range(_REAL_DRAWS if Sign.REAL in found.signs else _POSITIVE_DRAWS):
            inputs = _draw(shapes, found.sizes, found.signs, draw)
            outputs, _ = _run(op, inputs, found.sizes, parameters)
            if not any(y.dtype.kind == "f" for y in outputs):
                return "no output has a floating dtype"
            if not _is_finite(outputs):
                return "not finite"
    except Exception as error:  # noqa: BLE001  # forward is the user's; what it raises is its refusal
        return told(error)
    return ""


def gradients_fit(op: Op, shapes: Shapes, found: Probe, parameters: Mapping[str, Any]) -> bool:
    """Whether backward runs there and gives each input a gradient of exactly its shape, or None."""
    inputs = _draw(shapes, found.sizes, found.signs, 0)
    try:
        outputs, context = _run(op, inputs, found.sizes, parameters)
        rng = np.random.default_rng(len(outputs))
        cotangents = tuple(rng.uniform(0.5, 2, np.shape(y)) for y in outputs)
        with _quiet():
            gradients = op.backward(context, cotangents)
    except Exception:  # noqa: BLE001  # backward is the user's; what is wrong with it is for the witnesses to say
        return False
    return len(gradients) == len(shapes) and all(
        g is None or np.shape(g) == sides(shape, found.sizes) for g, shape in zip(gradients, shapes, strict=True)
    )


def told(error: Exception) -> str:
    """What the user's code raised, on one line."""
    text = str(error) if isinstance(error, UsageError) else f"{type(error).__name__}: {error}".rstrip(": ")
    return textwrap.shorten(text, 300, placeholder=" …")


def _choices_of_signs(count: int) -> Iterator[tuple[Sign, ...]]:
    yield (Sign.REAL,) * count
    for positive in range(count):
        yield tuple(Sign.POSITIVE if k == positive else Sign.REAL for k in range(count))
    if count > 1:
        yield (Sign.POSITIVE,) * count


def _draw(shapes: Shapes, sizes: Mapping[str, int], signs: Sequence[Sign], draw: int) -> tuple[Array, ...]:
    """Entries between 1/2 and 2 in magnitude; real ones alternate in sign, then are all negative, then are random."""
    inputs = []
    for k, (shape, sign) in enumerate(zip(shapes, signs, strict=True)):
        rng = np.random.default_rng((k, draw))
        x = rng.uniform(0.5, 2, sides(shape, sizes))
        if sign is Sign.REAL:
            alternating = (np.arange(x.size).reshape(x.shape) + k + draw) % 2 == 0
            negative = {0: alternating, 1: alternating, 2: np.ones(x.shape, bool)}.get(draw, rng.random(x.shape) < 0.5)
            x = np.asarray(np.where(negative, -x, x))
        inputs.append(x)
    return tuple(inputs)


def _run(
    op: Op, inputs: tuple[Array, ...], sizes: Mapping[str, int], parameters: Mapping[str, Any]
) -> tuple[tuple[Array, ...], Any]:
    values = {name: _value(value, sizes) for name, value in parameters.items()}
    with _quiet():
        return op.forward(*inputs, **values)


def _value(value: Any, sizes: Mapping[str, int]) -> Any:
    """What a parameter of a space stands for: a drawn size, the first of a choice, or itself."""
    if isinstance(value, Choice):
        return value.values[0]
    return sizes.get(value, value) if isinstance(value, str) else value


def _is_finite(outputs: Sequence[Array]) -> bool:
    return all(y.dtype.kind not in "fc" or bool(np.isfinite(y).all()) for y in outputs)


@contextmanager
def _quiet() -> Iterator[None]:
    """No warning of the user's code is shown or raised: here it would be about our guesses, not about their work."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
