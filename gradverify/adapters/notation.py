"""Reads the texts of `--shape` and `--param`: sides, drawn sizes, what broadcasting may leave out, choices of values.

Takes text and calls nothing; every mistake is a `UsageError`.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Any

from gradverify.errors import UsageError
from gradverify.model import Choice, InputSpec, Leading, Sign

Shape = tuple[str | int, ...]
"""A shape as it is written: fixed sides, size names, sides with `?`, and `...` or `...?` in front."""
Shapes = tuple[Shape, ...]

_LEADING = {"...": Leading.ALL, "...?": Leading.SOME}


def parse_shape(text: str) -> Shape:
    """`3x4` is (3, 4); `mxn` has drawn sizes; `5` and `n` are vectors; `scalar` and `()` have no axis.

    A side with `?` is drawn as it is or as 1, in this input alone: `m?xn?` is m×n, 1×n, m×1 or 1×1. `...` in front stands
    for 0, 1 or 2 further axes, the same in every input that has it. `...?` in front stands for as many of those as there
    are or fewer, each as it is or 1; where none is left, leading sides with `?` may be missing as well: `...?xm?xn?` is
    also n, 1 or a scalar. So `mxn?` and `...?xm?xn?` together reach (n, 1) against (n,), where m and n are equal.

    >>> parse_shape("3x4"), parse_shape("m x n"), parse_shape("scalar")
    ((3, 4), ('m', 'n'), ())
    >>> parse_shape("...x3?xn")
    ('...', '3?', 'n')
    """
    if text.strip() in ("scalar", "()"):
        return ()
    first, *more = (side.strip() for side in re.split("[xX×]", text))
    sides = more if first in _LEADING else [first, *more]
    names = [side.removesuffix("?") for side in sides]
    if not all(name.isidentifier() or re.fullmatch("[1-9][0-9]*", name) for name in names):
        raise UsageError(f"--shape {text}: expected sides joined by x, such as 3x4 or mxn")
    read = tuple(int(side) if side.isdecimal() else side for side in sides)
    return (first, *read) if first in _LEADING else read


def spec_of(name: str, shape: Shape, sign: Sign = Sign.REAL) -> InputSpec:
    """The input of a written shape."""
    leading = _LEADING.get(str(shape[0]), Leading.NONE) if shape else Leading.NONE
    sides = shape if leading is Leading.NONE else shape[1:]
    may_be_one = tuple(k for k, side in enumerate(sides) if str(side).endswith("?"))
    plain = (side.removesuffix("?") if isinstance(side, str) else side for side in sides)
    read = tuple(int(side) if isinstance(side, str) and side.isdecimal() else side for side in plain)
    return InputSpec(name, read, sign, may_be_one, leading)


def shape_in_words(shape: Shape, by: str = "x") -> str:
    """The text of a shape; the other way round from `parse_shape`."""
    return by.join(map(str, shape)) or "scalar"


def parse_parameter(text: str) -> tuple[str, Any]:
    """`NAME=VALUE`, the value a Python literal or a bare word; several of them with `|` between are a `Choice`.

    A `|` within quotes or brackets is part of the literal.

    >>> parse_parameter("axis=1"), parse_parameter("mode=same")
    (('axis', 1), ('mode', 'same'))
    >>> parse_parameter("axis=0|-1|(0, 1)|None")[1].values
    (0, -1, (0, 1), None)
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name.isidentifier() or not value:
        raise UsageError(f"--param {text}: expected NAME=VALUE, such as axis=1 or mode=same")
    values = [_value(text, part.strip()) for part in _alternatives(value)]
    different = {f"{type(each).__name__} {each!r}": each for each in values}  # 1 and True are not the same here
    return name, values[0] if len(values) == 1 else Choice(tuple(different.values()))


def parameter_text(name: str, value: Any) -> str:
    """The text that `parse_parameter` reads as this, where the values are Python literals.

    >>> parameter_text("axis", Choice((0, (0, 1), "a|b")))
    "axis=0|(0, 1)|'a|b'"
    """
    return f"{name}={'|'.join(map(repr, value.values)) if isinstance(value, Choice) else repr(value)}"


def _alternatives(text: str) -> Iterator[str]:
    """The parts between the `|` that stand outside quotes and brackets."""
    start, depth, quote = 0, 0, ""
    for k, character in enumerate(text):
        if quote:
            quote = "" if character == quote and not _is_escaped(text, k) else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "|" and depth == 0:
            yield text[start:k]
            start = k + 1
    yield text[start:]


def _is_escaped(text: str, place: int) -> bool:
    """Whether an odd number of backslashes stands before this place."""
    before = text[:place]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _value(text: str, value: str) -> Any:
    try:
        with warnings.catch_warnings():
            # Python warns about texts such as 1or; they are refused below or are words
            warnings.simplefilter("ignore")
            return ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        if re.fullmatch(r"[^\W\d][\w.-]*", value):
            return value
    shown = value or "an empty text"
    raise UsageError(f"--param {text}: {shown} is neither a Python literal, such as 1, (0, 2) or 'same', nor one word")
