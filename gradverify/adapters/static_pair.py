"""The convention of gradverify's own ops: a class with static `forward(context, x, …)` and `backward(context, ȳ, …)`.

Takes such a class and gives the uniform `Op`. Nothing is copied or hidden: arrays, context and gradients are the very
objects that the user's code takes and returns, so that what it does to them can be seen.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType, MappingProxyType
from typing import Any

import numpy as np

from gradverify.adapters.locate import PREFIX, has_method
from gradverify.adapters.signature import Signature, read_signature
from gradverify.adapters.target import import_lines, parse_target
from gradverify.errors import UsageError
from gradverify.model import Array, Op
from gradverify.paths import shown

NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})
EXPECTED = "a class with static methods forward(context, x, …) and backward(context, grad_output, …)"


def refusal(candidate: object) -> str:
    """Why this object is not an op in this convention, in words; empty if it is one."""
    if not inspect.isclass(candidate):
        kind = "a function" if inspect.isroutine(candidate) else f"a {type(candidate).__name__}"
        if has_method(type(candidate), "backward"):
            return f"this is an object; give its class, {type(candidate).__qualname__}"
        return f"this is {kind}, not a class"
    for name in ("forward", "backward"):
        if not has_method(candidate, name):
            abstract = " of its own, only an abstract one" if hasattr(candidate, name) else ""
            return f"class {candidate.__qualname__} has no {name}{abstract}"
        method = inspect.getattr_static(candidate, name)
        if isinstance(method, FunctionType) and next(iter(inspect.signature(method).parameters), "") == "self":
            return f"{candidate.__qualname__}.{name} takes self; it must be a static method"
    return ""


def from_static_pair(
    cls: object,
    *,
    target: str | None = None,
    parameters: Mapping[str, Any] = NO_PARAMETERS,
    input_count: int | None = None,
) -> Op:
    """Adapt a class with static (or class) methods `forward(context, x, …, **params)` and `backward(context, ȳ, …)`.

    Inputs are forward's positional parameters without a default, parameters all others, and those named in
    `parameters`, and those annotated int, bool, str, tuple, slice or Literal. `input_count`, the number of shapes
    given, says how many `*inputs` there are, and turns `bias=None` right after the inputs into one.
    Raises `UsageError` if `cls` is not such a class, or if a parameter is missing or unknown.
    """
    name = target or getattr(cls, "__qualname__", repr(cls))
    reason = refusal(cls)
    if reason or not inspect.isclass(cls):
        raise UsageError(f"{name}: {reason}; expected {EXPECTED}")
    op = ".".join(parse_target(target).names) if target else cls.__qualname__.rpartition("<locals>.")[2]
    pair = StaticPair(cls, op, read_signature(cls.forward, op, parameters, input_count))  # type: ignore[attr-defined]
    return Op(
        name=op,
        forward=pair.forward,
        backward=pair.backward,
        inputs=pair.signature.inputs,
        parameters=pair.signature.parameters,
        location=_location(cls),
        snippet="\n".join([*_import(cls, target), "", *_run(op.rpartition(".")[2], pair.signature)]),
        defaults=pair.signature.defaults,
    )


@dataclass(frozen=True)
class StaticPair:
    """The class and how to call it. Its two methods are those of the `Op`; picklable wherever the class is."""

    cls: type
    name: str
    signature: Signature

    def forward(self, /, *inputs: Array, **parameters: Any) -> tuple[tuple[Array, ...], dict[str, Any]]:
        """Run the user's forward on a fresh context; gives the outputs and that context."""
        context: dict[str, Any] = {}
        positional, keywords = self.signature.arguments(inputs, parameters)
        returned = self.cls.forward(context, *positional, **keywords)  # type: ignore[attr-defined]
        outputs = _as_tuple(returned)
        if not outputs or any(output is None for output in outputs):
            raise UsageError(f"{self.name}: forward returned {returned!r}; expected an array or a tuple of arrays")
        return tuple(_as_array(output, f"{self.name}: forward") for output in outputs), context

    def backward(self, context: Any, cotangents: tuple[Array, ...]) -> tuple[Array | None, ...]:
        """Run the user's backward; gives one gradient, or None, for each input; all there is if that does not fit."""
        returned = self.cls.backward(context, *cotangents)  # type: ignore[attr-defined]
        gradients = self.signature.gradients(_as_tuple(returned))
        return tuple(None if g is None else _as_array(g, f"{self.name}: backward") for g in gradients)


def _as_tuple(returned: Any) -> tuple[Any, ...]:
    return tuple(returned) if isinstance(returned, tuple | list) else (returned,)


def _as_array(value: Any, who: str) -> Array:
    """The array itself, or a NumPy or Python number as an array of no axes."""
    if isinstance(value, str | bytes | Mapping | set):
        raise UsageError(f"{who} returned a {type(value).__name__}; expected an array or a tuple of arrays")
    return value if isinstance(value, np.ndarray) else np.asarray(value)


def _location(cls: type) -> str:
    """FILE:LINE of the class, of its forward where Python cannot find that, empty where there is no file."""
    try:
        return f"{shown(inspect.getfile(cls))}:{inspect.getsourcelines(cls)[1]}"
    except (OSError, TypeError):
        code = getattr(inspect.unwrap(cls.forward), "__code__", None)  # type: ignore[attr-defined]
        return f"{shown(code.co_filename)}:{code.co_firstlineno}" if code is not None else ""


def _import(cls: type, target: str | None) -> list[str]:
    """The lines that import the class as the user did; a comment where it cannot be imported by name."""
    module, name = cls.__module__, cls.__qualname__
    if target is None and module.startswith(PREFIX):
        target = f"{sys.modules[module].__file__}:{name}"
    if target is None and (module == "__main__" or "<locals>" in name):
        return [f"# run this where {name.rpartition('.')[2]} is defined: {_location(cls)}"]
    return import_lines(parse_target(target or f"{module}:{name}"))


def _run(name: str, signature: Signature) -> list[str]:
    """The lines that run the class on `inputs`, `parameters` and `cotangents` and bind `outputs` and `gradients`."""
    lines = [
        "context = {}",
        f"outputs = {name}.forward(context, {signature.arguments_text()})",
        "outputs = tuple(outputs) if isinstance(outputs, (tuple, list)) else (outputs,)",
        f"gradients = {name}.backward(context, *cotangents)",
        "gradients = tuple(gradients) if isinstance(gradients, (tuple, list)) else (gradients,)",
    ]
    positions, count = signature.gradient_positions, len(signature.gradient_names)
    if positions != tuple(range(len(positions))):
        # one gradient for each positional argument: keep those of the inputs
        lines.append(
            f"gradients = tuple(gradients[k] for k in {positions}) if len(gradients) == {count} else gradients"
        )
    return lines
