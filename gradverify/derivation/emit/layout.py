"""Breaks long lines of emitted code: inside the longest pair of brackets, at its commas or at the signs of a sum."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

__all__ = ["comment", "statement"]

WIDTH = 100
OPENING, CLOSING = "([{", ")]}"


def comment(text: str) -> str:
    """A comment, in as many lines as it takes."""
    return textwrap.fill(
        text, WIDTH, initial_indent="# ", subsequent_indent="#     ", break_long_words=False, break_on_hyphens=False
    )


def statement(line: str) -> str:
    """The statement in one line if it is short enough, else in several."""
    name, equals, value = line.partition(" = ")
    if len(line) <= WIDTH or line.startswith("#"):
        return line
    if equals and not _split(name, ",")[1:] and len(_split(value, " + ", " - ")) > 1:
        return _folded(f"{name} = ({value})")
    return _folded(line)


def _folded(text: str) -> str:
    """A piece of a statement, broken in its longest pair of brackets if it is too long."""
    found = _longest(text) if len(text) > WIDTH else None
    if found is None:
        return text
    opening, closing = found
    inside = text[opening + 1 : closing]
    parts = _split(inside, ", ")
    if len(parts) > 1:
        lines = [f"{part.removeprefix(', ')}," for part in parts]
    else:
        lines = [part.strip() for part in _split(inside, " + ", " - ", " | ", " & ")]
    body = textwrap.indent("\n".join(_folded(line) for line in lines), "    ")
    return f"{text[: opening + 1]}\n{body}\n{text[closing:]}"


def _longest(text: str) -> tuple[int, int] | None:
    """The places of the outermost pair of round brackets with the most in it; none where there is no such pair."""
    pairs, waiting, quoted = [], [], False
    for at, letter in enumerate(text):
        quoted ^= letter == '"'
        if not quoted and letter in OPENING:
            waiting.append(at)
        elif not quoted and letter in CLOSING:
            start = waiting.pop()
            if not waiting and letter == ")" and at - start > 20:
                pairs.append((start, at))
    return max(pairs, key=lambda pair: pair[1] - pair[0], default=None)


def _split(text: str, *signs: str) -> list[str]:
    """The parts between these signs outside of all brackets and quotes, each with the sign before it."""
    parts: list[str] = []
    depth, quoted, start = 0, False, 0
    for at, letter in enumerate(text):
        quoted ^= letter == '"'
        if quoted:
            continue
        depth += (letter in OPENING) - (letter in CLOSING)
        if depth == 0 and at > start and _starts(text, at, signs):
            parts.append(text[start:at])
            start = at
    return [*parts, text[start:]]


def _starts(text: str, at: int, signs: Sequence[str]) -> bool:
    return text.startswith(tuple(signs), at)
