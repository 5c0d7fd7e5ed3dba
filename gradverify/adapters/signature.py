"""Reads which of a forward's arguments are differentiated inputs and which are parameters, and how to pass them on.

Takes a function `forward(context, …)` and what the user said about its parameters; calls nothing.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter
from typing import Any

from gradverify.adapters.target import did_you_mean
from gradverify.errors import UsageError

_VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
# annotations that say: not an array, so not differentiated
_PLAIN = {"int", "bool", "str", "tuple", "Tuple", "slice", "Literal", "None", "NoneType"}


@dataclass(frozen=True)
class Signature:
    """How to call a forward: its inputs and parameters by name, and what goes by position.

    `leading` are the arguments up to the last input, in the order of the call: an input's name, or a parameter's name
    with its default. All other parameters go by keyword. `gradient_names` are all positional arguments: a backward may
    return one gradient for each of them, as frameworks ask, instead of one for each input.
    """

    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    leading: tuple[tuple[str, Any], ...]
    gradient_names: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Of the parameters that have one."""

    def arguments(self, inputs: Sequence[Any], given: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The positional and the keyword arguments after the context. KeyError for a parameter without a value."""
        known = {**{name: value for name, value in self.leading if value is not Parameter.empty}, **given}
        known.update(zip(self.inputs, inputs, strict=True))
        passed = {name for name, _ in self.leading}
        keywords = {name: value for name, value in given.items() if name not in passed}
        return [known[name] for name, _ in self.leading], keywords

    def arguments_text(self) -> str:
        """The same as Python text, for given `inputs` and `parameters`."""
        parameters = [name for name, _ in self.leading if name not in self.inputs]
        if not parameters:
            return "*inputs, **parameters"
        texts = []
        for name, default in self.leading:
            if name in self.inputs:
                texts.append(f"inputs[{self.inputs.index(name)}]")
            elif default is Parameter.empty:
                texts.append(f"parameters[{name!r}]")
            else:
                texts.append(f"parameters.get({name!r}, {default!r})")
        texts.append(f"**{{name: value for name, value in parameters.items() if name not in {parameters!r}}}")
        return ", ".join(texts)

    def gradients(self, returned: tuple[Any, ...]) -> tuple[Any, ...]:
        """The inputs' gradients among those returned; all that was returned where the number fits neither reading."""
        if len(returned) == len(self.gradient_names):
            return tuple(returned[k] for k in self.gradient_positions)
        return returned

    @property
    def gradient_positions(self) -> tuple[int, ...]:
        """Where the inputs' gradients stand if there is one for each positional argument."""
        return tuple(self.gradient_names.index(name) for name in self.inputs)


def read_signature(
    forward: Callable[..., Any], op: str, given: Mapping[str, Any], input_count: int | None = None
) -> Signature:
    """Sort the arguments of `forward(context, …)`; `given` are the parameters that the user names with their values.

    Raises `UsageError` where no input is left, a parameter is unknown or has no value, or `*inputs` has no number.
    """
    arguments = _after_context(forward, op)
    positional = [a for a in arguments if a.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    variadic = [a.name for a in arguments if a.kind is Parameter.VAR_POSITIONAL]
    if variadic and input_count is None:
        raise UsageError(
            f"{op}: forward takes any number of inputs (*{variadic[0]}); give one --shape for each of them"
        )
    inputs = _fixed_inputs(positional, given, 0 if variadic else input_count or 0)
    several = [f"{name}_{k}" for name in variadic for k in range((input_count or 0) - len(inputs))]
    _check_values(op, arguments, {*inputs, *several}, given)
    if not inputs and not several:
        raise UsageError(f"{op}: forward takes no array after its context, so there is nothing to differentiate by")
    by_position = [a.name in inputs or a.kind is Parameter.POSITIONAL_ONLY or bool(several) for a in positional]
    before = [a for k, a in enumerate(positional) if any(by_position[k:])]
    named = [a.name for a in arguments if a.kind not in _VARIADIC and a.name not in inputs]
    return Signature(
        inputs=(*inputs, *several),
        parameters=tuple(dict.fromkeys([*named, *given])),
        leading=(*((a.name, a.default) for a in before), *((name, Parameter.empty) for name in several)),
        gradient_names=(*(a.name for a in positional), *several),
        defaults={a.name: a.default for a in arguments if a.name in named and a.default is not Parameter.empty},
    )


def _after_context(forward: Callable[..., Any], op: str) -> list[Parameter]:
    """The arguments after the context, which is the first positional one or the first of `*arguments`."""
    try:
        arguments = list(inspect.signature(forward).parameters.values())
    except (TypeError, ValueError) as error:
        raise UsageError(f"{op}: Python cannot read the arguments of its forward: {error}") from error
    if not arguments or arguments[0].kind in (Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD):
        raise UsageError(f"{op}: forward takes no context; expected forward(context, x, …)")
    return arguments if arguments[0].kind is Parameter.VAR_POSITIONAL else arguments[1:]


def _fixed_inputs(positional: Sequence[Parameter], given: Mapping[str, Any], wanted: int) -> list[str]:
    """The arguments without a default that may be arrays, then, up to the number wanted, those that may be None."""
    free = [a for a in positional if a.name not in given and not _is_plain(a.annotation)]
    inputs = [a.name for a in free if a.default is Parameter.empty]
    for optional in [a for a in free if a.default is not Parameter.empty]:
        if len(inputs) >= wanted or optional.default is not None:
            break
        inputs.append(optional.name)
    return inputs


def _check_values(op: str, arguments: Sequence[Parameter], inputs: set[str], given: Mapping[str, Any]) -> None:
    """Raise `UsageError` for a parameter that forward does not have, or that has neither a value nor a default."""
    named = [a for a in arguments if a.kind not in _VARIADIC]
    if not any(a.kind is Parameter.VAR_KEYWORD for a in arguments):
        known = [a.name for a in named]
        for name in given:
            if name not in known:
                near = did_you_mean(difflib.get_close_matches(name, known, n=3))
                raise UsageError(f"{op}: forward has no parameter {name}{near or '; it has ' + ', '.join(known)}")
    missing = [a.name for a in named if a.default is Parameter.empty and a.name not in {*inputs, *given}]
    if missing:
        options = " ".join(f"--param {name}=VALUE" for name in missing)
        raise UsageError(f"{op}: forward needs a value for {' and '.join(missing)}; give {options}")


def _is_plain(annotation: Any) -> bool:
    """Whether an annotation says int, bool, str, tuple, slice or Literal, alone or with None."""
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    if annotation is Parameter.empty:
        return False
    text = re.sub(r"^(?:\w+\.)*(?:Optional|Union)\[(.*)\]$", r"\1", text.strip("'\""))
    while "[" in text and text != (shorter := re.sub(r"\[[^\[\]]*\]", "", text)):
        text = shorter
    return {part.rpartition(".")[2].strip() for part in re.split(r"[|,]", text)} <= _PLAIN
