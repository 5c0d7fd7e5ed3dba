"""Says what an adapted op is tried on: reads `--shape` and `--param` texts, guesses shapes where none are given.

A guess rests on running the op's own forward on small arrays (probe.py) and is always told in words beside the space.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gradverify.adapters.probe import Probe, Shape, Shapes, gradients_fit, probe, sides, sizes_of
from gradverify.errors import UsageError
from gradverify.model import Choice, InputSpec, Op, Sign, Space

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


def parse_shape(text: str) -> Shape:
    """`3x4` is (3, 4); `mxn` has drawn sizes; `5` and `n` are vectors; `scalar` and `()` have no axis.

    >>> parse_shape("3x4"), parse_shape("m x n"), parse_shape("scalar")
    ((3, 4), ('m', 'n'), ())
    """
    if text.strip() in ("scalar", "()"):
        return ()
    texts = [side.strip() for side in re.split("[xX×]", text)]
    if not all(side.isidentifier() or re.fullmatch("[1-9][0-9]*", side) for side in texts):
        raise UsageError(f"--shape {text}: expected sides joined by x, such as 3x4 or mxn")
    return tuple(side if side.isidentifier() else int(side) for side in texts)


def parse_parameter(text: str) -> tuple[str, Any]:
    """`NAME=VALUE`, the value a Python literal or a bare word.

    >>> parse_parameter("axis=1"), parse_parameter("mode=same")
    (('axis', 1), ('mode', 'same'))
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name.isidentifier() or not value:
        raise UsageError(f"--param {text}: expected NAME=VALUE, such as axis=1 or mode=same")
    try:
        with warnings.catch_warnings():
            # Python warns about texts such as 1or; they are refused below or are words
            warnings.simplefilter("ignore")
            return name, ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        if re.fullmatch(r"[^\W\d][\w.-]*", value):
            return name, value
    raise UsageError(f"--param {text}: {value} is neither a Python literal, such as 1, (0, 2) or 'same', nor one word")


def space_for(op: Op, *, shapes: Sequence[Shape] = (), parameters: Mapping[str, Any] = NO_PARAMETERS) -> Described:
    """The space that this op is tried on, in the shapes given, one for each input, or in guessed ones.

    A parameter whose text is a size name of `shapes` gets the drawn size; any other text is passed as it is.
    An input is positive if the op gives NaN or infinity, or raises, for real entries but not for positive ones.
    Raises `UsageError` if the number of shapes is wrong or the op refuses them, or if no guess runs.
    """
    names = {side for shape in shapes for side in shape if isinstance(side, str)}
    values = {
        name: Choice((value,)) if isinstance(value, str) and value not in names else value
        for name, value in parameters.items()
    }
    if shapes:
        chosen = tuple(shapes)
        probes = _given(op, chosen, values)
    else:
        chosen, probes = _guess(op, values)
    specs = tuple(
        InputSpec(name, shape, _sign(probes, k)) for k, (name, shape) in enumerate(zip(op.inputs, chosen, strict=True))
    )
    positive = [spec.name for spec in specs if spec.sign is Sign.POSITIVE]
    space = Space(specs, values, domain=f"{' and '.join(positive)} positive" if positive else "")
    return Described(space, _note(op, space, parameters, [p for p in probes if p.refusal], drawn=not shapes))


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
        options = " ".join(f"--shape {_text(shape)}" for shape in shapes)
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


def _note(op: Op, space: Space, parameters: Mapping[str, Any], refused: Sequence[Probe], *, drawn: bool) -> str:
    specs = [f"{s.name}: {_text(s.shape, '×')}{' positive' if s.sign is Sign.POSITIVE else ''}" for s in space.inputs]
    parts = [f"inputs {', '.join(specs)}, {'drawn' if drawn else 'as given'}"]
    parts += [f"{name}={textwrap.shorten(str(value), 60, placeholder=' …')}" for name, value in parameters.items()]
    kept = [name for name in op.parameters if name not in parameters]
    if kept:
        parts.append(f"{', '.join(kept)} at {'its default' if len(kept) == 1 else 'their defaults'}")
    shapes = tuple(s.shape for s in space.inputs)
    parts += [f"refuses {_tried(op, shapes, p)} ({p.refusal})" for p in refused]
    return "; ".join(parts)


def _tried(op: Op, shapes: Shapes, found: Probe) -> str:
    return ", ".join(f"{name}: {_text(sides(s, found.sizes))}" for name, s in zip(op.inputs, shapes, strict=True))


def _text(shape: Shape, by: str = "x") -> str:
    return by.join(map(str, shape)) or "scalar"
