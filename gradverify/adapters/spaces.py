"""Says what an adapted op is tried on: guesses shapes where none are given, draws parameters that have a default.

A guess rests on running the op's own forward on small arrays (probe.py) and is always told in words beside the space.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gradverify.adapters.defaults import Drawn, drawn_defaults, values_in_words
from gradverify.adapters.notation import Shape, Shapes, parse_shape, shape_in_words, spec_of
from gradverify.adapters.probe import Probe, gradients_fit, probe, sides, sizes_of
from gradverify.errors import UsageError
from gradverify.model import Choice, Op, Sign, Space

NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})

# Shapes that are tried when the user gives none. Those with more free sizes come first, so that a product is not tried
# on square matrices only. The shapes in one row are readings of one forward that broadcasting may all accept: the first
# for which backward gives gradients of the inputs' shapes is taken, or the first that runs.
_FOR_ONE = (("mxn",), ("nxn",), ("m",), ("mx1",), ("1xn",), ("mxnxk",), ("mxnx1",), ("bxcxhxw",), ("scalar",))
_FOR_TWO = (
    ("mxk kxn", "mxk nxk", "m n"),  # matrix product, linear layer, outer product
    ("mxn mxk",),  # joined columns
)
_FOR_THREE = (
    ("mxk nxk nxp",),  # attention
    ("mxk kxn n", "mxk kxn 1xn", "mxk kxn mx1", "mxk nxk n", "mxk nxk 1xn"),  # layers with a bias
)
_FOR_SEVERAL = (
    ("mxn …mxn", "mxn …n", "mxn …1xn", "mxn …mx1", "mxn …scalar"),
    ("nxn …n",),
    ("nxn …nxm",),
    ("nxn …nxn",),
    ("bxmxk …bxkxn",),
    ("mxnxk …mxnxk",),
    ("m …m",),
    ("bxcxhxw …bxcxhxw",),
    ("scalar …scalar",),
)


@dataclass(frozen=True)
class Described:
    """A space and one line that says what it is: `inputs x: m×n, drawn; dim=0`."""

    space: Space
    note: str


def space_for(op: Op, *, shapes: Sequence[Shape] = (), parameters: Mapping[str, Any] = NO_PARAMETERS) -> Described:
    """The space that this op is tried on, in the shapes given, one for each input, or in guessed ones.

    A parameter whose text is a size name of `shapes` gets the drawn size; any other text is passed as it is.
    An input is positive if the op gives NaN or infinity, or raises, for real entries but not for positive ones.
    Raises `UsageError` if the number of shapes is wrong or the op refuses them, or if no guess runs.
    """
    names = {side for shape in shapes for side in spec_of("", shape).shape if isinstance(side, str)}
    values = {
        name: Choice((value,)) if isinstance(value, str) and value not in names else value
        for name, value in parameters.items()
    }
    if shapes:
        chosen = tuple(shapes)
        probes = _given(op, chosen, values)
    else:
        chosen, probes = _guess(op, values)
    others, refused = _other_values(op, chosen, probes, values)
    plain = [p for p in probes if p.signs]
    probes += others
    specs = tuple(
        spec_of(name, shape, _sign(probes, k)) for k, (name, shape) in enumerate(zip(op.inputs, chosen, strict=True))
    )
    positive = [spec.name for spec in specs if spec.sign is Sign.POSITIVE]
    drawn = drawn_defaults(op, chosen, plain, values)
    space = Space(specs, {**values, **drawn.choices}, domain=f"{' and '.join(positive)} positive" if positive else "")
    inputs = [
        f"{spec.name}: {shape_in_words(shape, '×')}{' positive' if spec.sign is Sign.POSITIVE else ''}"
        for spec, shape in zip(specs, chosen, strict=True)
    ]
    parts = [f"inputs {', '.join(inputs)}, {'as given' if shapes else 'drawn'}"]
    parts += _about_parameters(op, parameters, drawn)
    parts += refused
    parts += [f"refuses {_tried(op, chosen, p)} ({p.refusal})" for p in probes if p.refusal]
    if not shapes and (broadcast := _broadcasting(op, chosen, probes, values)):
        parts.append(f"{broadcast} tries broadcasting")
    return Described(space, "; ".join(parts))


def _sign(probes: Sequence[Probe], k: int) -> Sign:
    """Positive if the op wants that of input k at any of the sizes that it takes."""
    return Sign.POSITIVE if any(p.signs[k] is Sign.POSITIVE for p in probes if p.signs) else Sign.REAL


def _given(op: Op, shapes: Shapes, parameters: Mapping[str, Any]) -> list[Probe]:
    """Probe the shapes that the user gave; an error if their number is wrong or the op takes them at no size."""
    if len(shapes) != len(op.inputs):
        given = f"{len(shapes)} --shape {'was' if len(shapes) == 1 else 'were'} given"
        inputs = f"{len(op.inputs)} input{'s' if len(op.inputs) > 1 else ''} ({', '.join(op.inputs)})"
        raise UsageError(f"{op.name} has {inputs}, but {given}; give one for each input, in this order")
    probes = [probe(op, shapes, sizes, parameters) for sizes in sizes_of(shapes)]
    if not any(p.signs for p in probes):
        options = " ".join(f"--shape {shape_in_words(shape)}" for shape in shapes)
        tried = f" (tried {' and '.join(_tried(op, shapes, p) for p in probes)})" if probes[0].sizes else ""
        raise UsageError(
            f"{op.name} refuses {options}{tried}: its forward raised {probes[0].refusal}; "
            "give shapes and --param values that it takes"
        )
    return probes


def _guess(op: Op, parameters: Mapping[str, Any]) -> tuple[Shapes, list[Probe]]:
    """The first candidate that runs at both choices of sizes; an error with the op's first complaint if none does."""
    complaint = ""
    for readings in _candidates(len(op.inputs)):
        running = []
        for shapes in readings:
            probes = [probe(op, shapes, sizes, parameters) for sizes in sizes_of(shapes)]
            refused = next((p for p in probes if p.refusal), None)
            if refused is None:
                running.append((shapes, probes))
            elif not complaint:
                complaint = f"; at {_tried(op, shapes, refused)} its forward raised {refused.refusal}"
        fitting = (r for r in running if len(running) > 1 and all(gradients_fit(op, r[0], p, parameters) for p in r[1]))
        if running:
            return next(fitting, running[0])
    raise UsageError(
        f"{op.name} takes none of the shapes that gradverify tries by itself{complaint}; give --shape for each of "
        f"{', '.join(op.inputs)}, or --param NAME=VALUE for one that is no array of real numbers"
    )


def _candidates(count: int) -> Iterator[tuple[Shapes, ...]]:
    """The rows of the tables for this number of inputs; `…` stands for all inputs that remain."""
    rows = {1: _FOR_ONE, 2: (*_FOR_TWO, *_FOR_SEVERAL), 3: (*_FOR_THREE, *_FOR_SEVERAL)}.get(count, _FOR_SEVERAL)
    for row in rows:
        readings = []
        for text in row:
            *first, last = text.split()
            last_count = count - len(first) if last.startswith("…") else 1
            readings.append(tuple(parse_shape(side) for side in (*first, *[last.lstrip("…")] * last_count)))
        yield tuple(readings)


def _other_values(
    op: Op, shapes: Shapes, probes: Sequence[Probe], parameters: Mapping[str, Any]
) -> tuple[list[Probe], list[str]]:
    """What forward makes of the other values of every choice, and in words which it refuses wherever it takes the first."""
    taken: list[Probe] = []
    refused: list[str] = []
    for name, choice in parameters.items():
        for value in choice.values[1:] if isinstance(choice, Choice) else ():
            one = {**parameters, name: Choice((value,))}
            found = [probe(op, shapes, p.sizes, one) for p in probes if p.signs]
            taken += [p for p in found if p.signs]
            if found and all(p.refusal for p in found):
                refused.append(f"refuses {name}={value} ({found[0].refusal})")
    return taken, refused


def _about_parameters(op: Op, given: Mapping[str, Any], drawn: Drawn) -> list[str]:
    """What parameters are given, drawn, and left alone."""
    parts = [
        f"{name}={textwrap.shorten(values_in_words(value), 60, placeholder=' …')}" for name, value in given.items()
    ]
    choices = [f"{name}={values_in_words(choice)}" for name, choice in drawn.choices.items()]
    parts += [f"{', '.join(choices)}, drawn"] if choices else []
    kept = [name for name in op.parameters if name not in given and name not in drawn.choices]
    if kept:
        parts.append(f"{', '.join(kept)} at {'its default' if len(kept) == 1 else 'their defaults'}")
    return parts + list(drawn.left_out)


def _broadcasting(op: Op, shapes: Shapes, probes: Sequence[Probe], parameters: Mapping[str, Any]) -> str:
    """The options that try broadcasting, if forward takes the last input with a side of 1; empty otherwise."""
    if len(shapes) < 2 or not shapes[-1] or shapes[-1] != shapes[0]:
        return ""
    first, *rest = shapes[-1]
    if any(probe(op, (*shapes[:-1], (1, *rest)), p.sizes, parameters).refusal for p in probes):
        return ""
    free = tuple(f"{side}?" for side in (first, *rest))
    return " ".join(f"--shape {shape_in_words(shape)}" for shape in (*shapes[:-1], free))


def _tried(op: Op, shapes: Shapes, found: Probe) -> str:
    texts = (shape_in_words(sides(shape, found.sizes)) for shape in shapes)
    return ", ".join(f"{name}: {text}" for name, text in zip(op.inputs, texts, strict=True))
