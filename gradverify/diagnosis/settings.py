"""The settings that an op is used in: one value for each parameter that has several, one way of broadcasting its inputs.

A backward is often right in most of them. Takes a space, gives spaces in which such a choice is made, each with its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import Any

from gradverify.model import Choice, InputSpec, Leading, Space

MOST = 12
"""The most combinations of parameters that are looked at."""


@dataclass(frozen=True)
class Setting:
    """One way of using an op: its words follow `where`, and are empty for the plain way."""

    space: Space
    words: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


def settings(space: Space, used: Mapping[str, Any]) -> tuple[Setting, ...]:
    """The plain setting first; `used` are the parameters of the case that failed."""
    fixed = tuple(_fixed(space, used))
    if any(spec.may_be_one or spec.leading is not Leading.NONE for spec in space.inputs):
        first = fixed[0]
        return (first, *(Setting(other, words) for other, words in _broadcasting(first.space)))
    return fixed


def _fixed(space: Space, used: Mapping[str, Any]) -> Iterator[Setting]:
    choices = {
        name: value.values
        for name, value in space.parameters.items()
        if isinstance(value, Choice) and len(value.values) > 1 and all(map(_is_plain, value.values))
    }
    combined = [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
    if len(combined) > MOST:  # one parameter at a time is moved away from what the failing case has
        base = {name: used.get(name, values[0]) for name, values in choices.items()}
        combined = [base, *({**base, name: value} for name, values in choices.items() for value in values)]
        combined = [each for k, each in enumerate(combined) if each not in combined[:k]][: 2 * MOST]
    for chosen in combined:
        text = " and ".join(f"{name}={value!r}" for name, value in chosen.items())
        yield Setting(replace(space, parameters={**space.parameters, **chosen}), text, chosen)


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float))


def _broadcasting(space: Space) -> Iterator[tuple[Space, str]]:
    """The inputs broadcast one at a time, along the axes where the space allows it; then axes in front."""
    plain = replace(space, inputs=tuple(replace(spec, may_be_one=(), leading=Leading.NONE) for spec in space.inputs))
    for k, spec in enumerate(space.inputs):
        for count in range(1, len(spec.may_be_one) + 1):
            for ones in combinations(spec.may_be_one, count):
                shape = tuple(1 if axis in ones else side for axis, side in enumerate(spec.shape))
                yield _with(plain, k, shape)
    for k, spec in enumerate(space.inputs):
        if spec.leading is not Leading.NONE:
            for count in (1, 2):
                yield _with(plain, k, (*(f"{name}′" for name in "bc"[:count]), *spec.shape))


def _with(space: Space, k: int, shape: tuple[int | str, ...]) -> tuple[Space, str]:
    inputs = [*space.inputs]
    inputs[k] = replace(inputs[k], shape=shape)
    return replace(space, inputs=tuple(inputs)), " and ".join(map(_shaped, inputs))


def _shaped(spec: InputSpec) -> str:
    inside = ", ".join(str(side) for side in spec.shape) + ("," if len(spec.shape) == 1 else "")
    return f"{spec.name} is ({inside})"


def in_words(wrong: Sequence[Setting], right: Sequence[Setting]) -> str:
    """Where an op is wrong: `only where axis is negative`; empty where it is wrong everywhere."""
    if not right:
        return ""
    if wrong[0].parameters:
        for words in _properties(wrong[0].parameters, [*wrong, *right]):
            if all(words in _of(each) for each in wrong) and not any(words in _of(each) for each in right):
                return f"only where {words}"
    return f"only where {wrong[0].words}" if len(wrong) == 1 else f"in some cases, such as where {wrong[0].words}"


def _properties(first: Mapping[str, Any], every: Sequence[Setting]) -> list[str]:
    """What may be said of the parameters of the first of the wrong ones: single properties, then two of them."""
    names = [name for name in first if len({repr(each.parameters[name]) for each in every}) > 1]
    single = [(name, words) for name in names for words in _of_value(name, first[name])]
    both = [f"{a} and {b}" for (n, a), (m, b) in combinations(single, 2) if n != m]
    return [*(words for _, words in single), *both]


def _of(setting: Setting) -> set[str]:
    """All that may be said of a setting's parameters."""
    single = [(name, words) for name, value in setting.parameters.items() for words in _of_value(name, value)]
    both = {f"{a} and {b}" for (n, a), (m, b) in combinations(single, 2) if n != m}
    return {words for _, words in single} | both


def _of_value(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, tuple):
        if len(set(value)) < len(value):
            yield f"{name} has a repeated index"
        if any(isinstance(each, int) and each < 0 for each in value):
            yield f"{name} has a negative index"
        yield f"{name}={value!r}"
        yield f"{name} is a tuple"
        return
    yield f"{name}={value!r}"
    if isinstance(value, int) and not isinstance(value, bool):
        yield f"{name} is negative" if value < 0 else f"{name} is not negative"
        if value != 0:
            yield f"{name} is not 0"
    if value is not None:
        yield f"{name} is given"


def located(sentence: str, where: str) -> str:
    """A sentence with the words that say where it holds."""
    found = re.match(r"the gradient of ([^\s,]+) (.*)$", sentence, re.DOTALL)
    if found is None or " is wrong " in sentence:
        return f"{where}: {sentence}"
    if where.startswith("only "):
        return f"the gradient of {found[1]} is wrong {where}; there it {found[2]}"
    return f"{where}: {sentence}"
