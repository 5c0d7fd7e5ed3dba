"""Breaks long statements of emitted code into lines: at the signs of a sum, else at the commas of a call."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["statement"]

WIDTH = 100


def statement(line: str) -> str:
    """The statement in one line if it is short enough, else in several."""
    name, equals, value = line.partition(" = ")
    if len(line) <= WIDTH or not equals or line.lstrip().startswith("#") or "," in name:
        return line
    terms = list(_split(value, (" + ", " - ")))
    if len(terms) > 1:
        return "\n".join([f"{name} = (", *(f"    {term.strip()}" for term in terms), ")"])
    opening = value.find("(")
    if opening < 0 or _closing(value, opening) != len(value) - 1:
        return line
    arguments = [part.removeprefix(", ").strip() for part in _split(value[opening + 1 : -1], (", ",))]
    return "\n".join([f"{name} = {value[: opening + 1]}", *(f"    {each}," for each in arguments), ")"])


def _split(text: str, signs: tuple[str, ...]) -> Iterator[str]:
    """The parts between these signs outside of all brackets and quotes, each with the sign before it."""
    depth, quoted, start = 0, False, 0
    for at, letter in enumerate(text):
        quoted ^= letter == '"'
        if quoted:
            continue
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and at > start and text.startswith(signs, at):
            yield text[start:at]
            start = at
    yield text[start:]


def _closing(text: str, opening: int) -> int:
    """Where the bracket that opens here is closed."""
    depth = 0
    for at in range(opening, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0:
            return at
    return -1
