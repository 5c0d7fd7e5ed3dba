"""Runs an op's own forward and backward on copies of a case, and turns whatever goes wrong into one of two errors.

The only place where user code is called: its exceptions, warnings and floating-point flags end here.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradverify.cases import Refused, lay_out_together
from gradverify.model import Array, Case, Finding, Op


class UserError(Exception):
    """The op's own code raised. `kind` is the exception's type, `message` its first line."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}" if message else kind)
        self.kind = kind
        self.message = message


@dataclass(frozen=True)
class Run:
    """One forward call: the arrays it got, what it returned and what it saved."""

    inputs: tuple[Array, ...]
    parameters: Mapping[str, Any]
    outputs: tuple[Array, ...]
    context: Any


def forward(op: Op, inputs: Sequence[Array], parameters: Mapping[str, Any]) -> Run:
    """Call the op's forward on these very arrays; raises `Refused` when it raises or returns something else."""
    try:
        arrays, context = _call(lambda: _outputs(*op.forward(*inputs, **parameters)))
    except UserError as error:
        raise Refused(str(error)) from None
    for index, array in enumerate(arrays):
        if array.dtype.kind not in "fiub":
            raise Refused(f"output {index} of forward has dtype {array.dtype}, not a real number's")
    return Run(tuple(inputs), parameters, arrays, context)


def run_case(op: Op, case: Case, layout: str | None = None) -> Run:
    """Call forward on copies of the case's inputs, in the case's layout unless another is given."""
    copies = lay_out_together(case.inputs, layout or case.layout)
    return forward(op, copies, copy_parameters(case.parameters))


def backward(op: Op, context: Any, cotangents: Sequence[Array]) -> tuple[Array | None, ...]:
    """Call the op's backward; raises `UserError` when it raises. Arrays come back as they are, scalars as arrays."""
    gradients: tuple[Array | None, ...] = _call(lambda: _gradients(op.backward(context, tuple(cotangents))))
    return gradients


def _outputs(outputs: Sequence[Any], context: Any) -> tuple[tuple[Array, ...], Any]:
    return tuple(np.asarray(output) for output in outputs), context


def _gradients(returned: Any) -> tuple[Array | None, ...]:
    gradients = tuple(returned) if isinstance(returned, tuple | list) else (returned,)
    return tuple(None if gradient is None else np.asarray(gradient) for gradient in gradients)


def copy_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with fresh copies of the arrays in them, so an op that changes one harms nobody else."""
    return {name: _copied(value) for name, value in parameters.items()}


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(_copied(part) for part in value)
    if type(value) is dict:
        return {key: _copied(part) for key, part in value.items()}
    return value


def misfit(op: Op, inputs: Sequence[Array], gradients: Sequence[Array | None]) -> Finding | None:
    """What is wrong with the gradients before any entry is looked at: their number, their kind, their shapes."""
    if len(gradients) != len(inputs):
        return Finding(
            what="backward returns the wrong number of gradients",
            where=op.name,
            got=str(len(gradients)),
            expected=f"{len(inputs)}: one for each of {', '.join(op.inputs)}",
        )
    for name, array, gradient in zip(op.inputs, inputs, gradients, strict=True):
        if gradient is None:
            continue
        if gradient.dtype.kind not in "fiub":
            return Finding(
                what="a gradient is not an array of real numbers",
                where=f"gradient of {name}",
                got=f"dtype {gradient.dtype}",
                expected=f"dtype {array.dtype}",
            )
        if gradient.shape != array.shape:
            return Finding(
                what="a gradient has the wrong shape",
                where=f"gradient of {name}",
                got=str(gradient.shape),
                expected=f"{array.shape}, the shape of {name}",
            )
    return None


def raised(error: UserError) -> Finding:
    """The finding for a backward that raises."""
    return Finding(
        what=f"backward raises {error.kind}",
        where="backward",
        got=str(error),
        expected="a gradient: forward accepted this input",
    )


def _call(code: Callable[[], Any]) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return code()
        except Exception as error:  # noqa: BLE001 - this is the user's code: whatever it raises is what we report
            lines = str(error).strip().splitlines()
            raise UserError(type(error).__name__, lines[0][:200] if lines else "") from None
