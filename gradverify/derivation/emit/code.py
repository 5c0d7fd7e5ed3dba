"""Pieces of NumPy code for index expressions, each with the index that every axis of its array belongs to.

A piece stands in a frame, a row of indices; its axes are the last ones of the frame, so that pieces of one frame broadcast
as NumPy broadcasts. Nothing here knows what an expression means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

__all__ = [
    "Code",
    "Frame",
    "Level",
    "align",
    "call",
    "difference",
    "divide",
    "multiply",
    "negative",
    "scalar",
    "spread",
    "subscript",
]

Frame = tuple[Any, ...]
"""One index for each axis, `None` for an axis of size 1."""


class Level(IntEnum):
    """How tightly a text holds together in Python."""

    COMPARISON = 0
    SUM = 1
    PRODUCT = 2
    POWER = 3
    ATOM = 4


@dataclass(frozen=True)
class Code:
    """A Python expression whose value is an array with these axes, or a Python number."""

    text: str
    axes: Frame = ()
    level: Level = Level.ATOM
    whole: bool = False
    """Its entries are truth values or integers, not numbers of the inputs' dtype."""
    fresh: bool = True
    """It is new memory, which nobody else holds."""
    number: bool = False
    """It is a Python number: it takes the dtype of the array that it meets."""

    def at(self, level: Level) -> str:
        """The text, in brackets unless it holds together at least this tightly."""
        return self.text if self.level >= level else f"({self.text})"


def scalar(text: str, level: Level = Level.ATOM) -> Code:
    """A Python number."""
    return Code(text, (), level, number=True)


def spread(*frames: Frame) -> Frame:
    """The axes of what several arrays broadcast to."""
    count = max(map(len, frames), default=0)
    padded = [(None,) * (count - len(frame)) + frame for frame in frames]
    return tuple(next((index for index in column if index is not None), None) for column in zip(*padded, strict=True))


def _joined(text: str, level: Level, parts: Sequence[Code]) -> Code:
    whole = all(part.whole or part.number for part in parts) and any(part.whole for part in parts)
    number = all(part.number for part in parts)
    return Code(text, spread(*(part.axes for part in parts)), level, whole=whole, number=number)


def multiply(factors: Sequence[Code]) -> Code:
    """The product; 1 where there are no factors."""
    if not factors:
        return scalar("1")
    first, *others = factors
    if not others:
        return first
    text = " * ".join([first.at(Level.PRODUCT), *(other.at(Level.POWER) for other in others)])
    return _joined(text, Level.PRODUCT, factors)


def divide(over: Sequence[Code], under: Sequence[Code]) -> Code:
    """The product of some factors over that of others."""
    numerator = multiply(over)
    if not under:
        return numerator
    denominator = multiply(under)
    text = f"{numerator.at(Level.PRODUCT)} / {denominator.at(Level.POWER)}"
    return replace(_joined(text, Level.PRODUCT, [numerator, denominator]), whole=False)


def negative(code: Code) -> Code:
    """Its negative."""
    return replace(code, text=f"-{code.at(Level.PRODUCT)}", level=Level.SUM, fresh=True)


def difference(terms: Sequence[tuple[bool, Code]]) -> Code:
    """The sum of terms, those with True subtracted."""
    text = ""
    for minus, term in terms:
        written = term.at(Level.PRODUCT) if minus or term.text.startswith("-") else term.text
        sign = ("-" if minus else "") if not text else (" - " if minus else " + ")
        text += sign + written
    return _joined(text, Level.SUM, [term for _, term in terms])


def call(function: str, *arguments: Code, whole: bool = False, fresh: bool = True) -> Code:
    """A function of arrays, entry by entry."""
    text = f"{function}({', '.join(argument.text for argument in arguments)})"
    return Code(text, spread(*(argument.axes for argument in arguments)), whole=whole, fresh=fresh)


def align(code: Code, labels: Sequence[Any], frame: Frame) -> Code:
    """An array whose axes belong to these different indices (`None`: an axis of size 1), moved to where the frame has them."""
    last = frame[len(frame) - len(labels) :] if len(labels) <= len(frame) else ()
    if len(last) == len(labels) and all(label in (None, index) for label, index in zip(labels, last, strict=True)):
        return replace(code, axes=tuple(labels))
    text, named = code.at(Level.ATOM), [label for label in labels if label is not None]
    if len(named) < len(labels):
        text += f"[{_trimmed([':' if label is not None else '0' for label in labels])}]"
    places = [frame.index(label) for label in named]
    order = sorted(range(len(named)), key=places.__getitem__)
    if order != list(range(len(named))):
        if order == [1, 0]:
            text = text.removesuffix(".T") if text.endswith(".T") else text + ".T"
        else:
            text += f".transpose({', '.join(map(str, order))})"
    kept = frame[min(places, default=len(frame)) :]
    parts = [":" if index in named else "None" for index in kept]
    if "None" in parts:
        text += f"[{', '.join(parts) if parts[-1] == 'None' else _trimmed(parts)}]"
    axes = tuple(index if index in named else None for index in kept)
    return replace(code, text=text, axes=axes, level=Level.ATOM, fresh=False)


def _trimmed(parts: Sequence[str]) -> str:
    """What stands in the brackets of an index, without the colons at its end."""
    kept = list(parts)
    while len(kept) > 1 and kept[-1] == ":":
        kept.pop()
    return ", ".join(kept)


def subscript(parts: Sequence[str]) -> str:
    """An index of an array: `[:, t]`."""
    return f"[{_trimmed(parts)}]"


Lower = Callable[[Any, Frame], Code]
"""Makes the code of an expression in a frame."""
