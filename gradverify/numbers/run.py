"""One exact run of an op: its own forward on numbers with tangents, its own backward on what that saved.

The two sides of ⟨ȳ, Jẋ⟩ = ⟨Jᵀȳ, ẋ⟩ come back as elements of the field; nothing is rounded and nothing compared here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import flint
import numpy as np

from gradverify.numbers import functions, linalg  # noqa: F401  # they fill the table of NumPy functions
from gradverify.numbers.array import ExactArray, entries, exact_array
from gradverify.numbers.fields import Balls, Field
from gradverify.numbers.modules import own_code
from gradverify.numbers.number import Number
from gradverify.numbers.signals import NotExact
from gradverify.numbers.standin import exactly

Forward = Callable[..., tuple[tuple[Any, ...], Any]]
Backward = Callable[[Any, tuple[Any, ...]], tuple[Any, ...]]


@dataclass(frozen=True)
class Code:
    """An op's two functions and the user's own modules and closures behind them."""

    forward: Forward
    backward: Backward
    namespaces: tuple[dict[str, Any], ...]
    functions: tuple[Any, ...]

    def running(self) -> AbstractContextManager[None]:
        """The context in which these modules make exact arrays."""
        return exactly(self.namespaces, self.functions)


def code_of(forward: Forward, backward: Backward, roots: Sequence[Any]) -> Code:
    """The code of an op whose user-written parts are `roots` (classes, functions)."""
    namespaces, found = own_code(roots)
    return Code(forward, backward, tuple(namespaces), tuple(found))


@dataclass(frozen=True)
class Trial:
    """The two sides of the identity, the field they are in, and the sum of the sizes of the terms on the left."""

    left: Any
    right: Any
    field: Field
    outputs: tuple[Any, ...]
    gradients: tuple[Any, ...]
    inputs: tuple[Any, ...]
    cotangents: tuple[Any, ...]


class WrongGradients(Exception):
    """Backward returned something that cannot be compared: the number, None or the shape of the gradients is wrong."""


def precision(field: Field) -> AbstractContextManager[Any]:
    """The precision that a field's arithmetic needs."""
    context: AbstractContextManager[Any] = flint.ctx.workprec(field.bits) if isinstance(field, Balls) else nullcontext()
    return context


def run(
    code: Code,
    inputs: Sequence[Any],
    parameters: Mapping[str, Any],
    field: Field,
    *,
    tangents: Callable[[int, int], Any],
    values: Callable[[int, int, Fraction], Any],
    cotangents: Callable[[int, Sequence[Any]], Any],
) -> Trial:
    """Run forward and backward once.

    `values(k, e, x)` and `tangents(k, e)` give input k's entry e, whose float is x; `cotangents(k, shape)` output k's.
    Raises the signals, `WrongGradients`, and whatever the op itself raises.
    """
    with precision(field):
        arrays = tuple(_input(array, place, field, values, tangents) for place, array in enumerate(inputs))
        with code.running():
            outputs, context = code.forward(*arrays, **parameters)
            barred = tuple(
                exact_array(cotangents(place, output.shape), output.shape) for place, output in enumerate(outputs)
            )
            # Taken before backward runs, which may write into what it was lent.
            left = total(
                field,
                (
                    pair(field, y, b)
                    for output, bar in zip(outputs, barred, strict=True)
                    for y, b in zip(entries(output), entries(bar), strict=True)
                ),
            )
            moved = [list(entries(array)) for array in arrays]
            gradients = code.backward(context, barred)
        check_shapes(arrays, gradients)
        right = total(
            field,
            (
                pair_value(field, x, g)
                for row, gradient in zip(moved, gradients, strict=True)
                for x, g in zip(row, entries(gradient), strict=True)
            ),
        )
    return Trial(left, right, field, outputs, gradients, arrays, barred)


def _input(array: Any, place: int, field: Field, values: Any, tangents: Any) -> ExactArray:
    numbers = []
    for entry, x in enumerate(np.asarray(array, dtype=float).reshape(-1).tolist()):
        exact = Fraction(x)
        numbers.append(field.number(values(place, entry, exact), tangents(place, entry), field.near(exact)))
    made = exact_array(numbers, np.shape(array))
    if isinstance(array, np.ndarray) and array.ndim > 1 and array.flags.f_contiguous and not array.flags.c_contiguous:
        made = np.asfortranarray(made.view(np.ndarray)).view(ExactArray)
    return made


def check_shapes(inputs: Sequence[Any], gradients: Sequence[Any]) -> None:
    """Raise `WrongGradients` where gradients and inputs do not fit."""
    if len(gradients) != len(inputs):
        raise WrongGradients(f"{len(gradients)} gradients for {len(inputs)} inputs")
    for gradient, array in zip(gradients, inputs, strict=True):
        if gradient is None or np.shape(gradient) != np.shape(array):
            raise WrongGradients("a gradient is missing or has the wrong shape")


def pair(field: Field, output: Any, cotangent: Any) -> Any:
    """ȳ·ẏ of one output entry; an entry that is a plain number has no tangent."""
    return cotangent.value * output.tangent if isinstance(output, Number) else field.zero


def pair_value(field: Field, x: Any, gradient: Any) -> Any:
    """x̄·ẋ of one input entry."""
    return value_of(field, gradient) * x.tangent


def value_of(field: Field, entry: Any) -> Any:
    """The field element of an entry that may be a plain number."""
    if isinstance(entry, Number):
        if entry.value is None:
            raise NotExact("an infinite gradient")
        return entry.value
    lifted = field.lift(entry)
    if lifted is NotImplemented:
        raise NotExact(f"a gradient entry of type {type(entry).__name__}")
    return lifted.value


def total(field: Field, terms: Any) -> Any:
    """The sum in the field."""
    result = field.zero
    for term in terms:
        result = result + term
    return result


def where(error: BaseException) -> str:
    """FILE:LINE of the deepest line of the user's own that an error came through."""
    found = ""
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        module = trace.tb_frame.f_globals.get("__name__", "")
        inside = module.startswith(("gradverify.numbers", "gradverify.witnesses", "gradverify.adapters", "numpy"))
        if not inside and not file.startswith("<"):
            found = f"{short(file)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def short(file: str) -> str:
    """The path from the working directory, where it lies below it."""
    path = Path(file)
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def roots_of(*callables: Any) -> list[Any]:
    """The user's functions and classes behind an adapter's bound methods."""
    found: list[Any] = []
    for function in callables:
        owner = getattr(function, "__self__", None)
        wrapped = getattr(owner, "cls", None)
        found.append(wrapped if wrapped is not None else getattr(function, "__func__", function))
        if owner is not None and wrapped is None:
            found.append(type(owner))
    return [
        root
        for root in found
        if (root is not None and sys.modules.get(getattr(root, "__module__", "") or "") is not None) or callable(root)
    ]
