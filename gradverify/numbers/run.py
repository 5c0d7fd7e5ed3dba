"""One exact run of an op: its own forward on numbers with tangents, its own backward on what that saved.

The two sides of ⟨ȳ, Jẋ⟩ = ⟨Jᵀȳ, ẋ⟩ come back as elements of the field; nothing is rounded and nothing compared here.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flint
import numpy as np

from gradverify.numbers import calling, functions, linalg, special, statistics  # noqa: F401  # they replace NumPy's
from gradverify.numbers.array import ExactArray, entries, exact_array
from gradverify.numbers.binding import exactly
from gradverify.numbers.fields import Balls, Field
from gradverify.numbers.makers import constants
from gradverify.numbers.modules import OwnCode, is_library, own_code
from gradverify.numbers.number import Number
from gradverify.numbers.signals import NotExact, OutsideField, Unwritten
from gradverify.numbers.unset import Unset

Forward = Callable[..., tuple[tuple[Any, ...], Any]]
Backward = Callable[[Any, tuple[Any, ...]], tuple[Any, ...]]


@dataclass(frozen=True)
class Code:
    """An op's two functions and the user's own code behind them."""

    forward: Forward
    backward: Backward
    own: OwnCode

    def running(self, field: Field) -> AbstractContextManager[None]:
        """The context in which this code makes exact arrays."""
        return exactly(self.own, field)


def code_of(forward: Forward, backward: Backward, roots: Sequence[Any]) -> Code:
    """The code of an op whose user-written parts are `roots` (classes, functions)."""
    return Code(forward, backward, own_code(roots))


@dataclass(frozen=True)
class Trial:
    """The two sides of the identity, the field they are in, and the arrays that the run took and gave."""

    left: Any
    right: Any
    field: Field
    outputs: tuple[Any, ...]
    gradients: tuple[Any, ...]
    inputs: tuple[Any, ...]
    cotangents: tuple[Any, ...]


class WrongGradients(Exception):
    """Backward returned something that cannot be compared: the number, None or the shape of the gradients is wrong."""


_ball_lock = threading.RLock()


@contextmanager
def precision(field: Field) -> Iterator[None]:
    """The precision that a field's arithmetic needs. It is one for the whole process, so runs in balls take turns."""
    if not isinstance(field, Balls):
        yield
        return
    with _ball_lock, flint.ctx.workprec(field.bits):
        yield


@contextmanager
def without_collector() -> Iterator[None]:
    """Pause the collector of reference cycles: it would go through all the numbers again and again, and find nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def run(
    code: Code,
    inputs: Sequence[Any],
    parameters: Mapping[str, Any],
    field: Field,
    *,
    tangents: Callable[[int, int], Any],
    values: Callable[[int, int, float], Any],
    cotangents: Callable[[int, Sequence[Any]], Any],
    sides: bool = True,
) -> Trial:
    """Run forward and backward once; without `sides` neither side of the identity is added up.

    `values(k, e, x)` and `tangents(k, e)` give input k's entry e, whose float is x; `cotangents(k, shape)` output k's.
    Raises the signals, `WrongGradients`, and whatever the op itself raises.
    """
    with precision(field), without_collector():
        arrays = tuple(_input(array, place, field, values, tangents) for place, array in enumerate(inputs))
        parameters = {name: _parameter(value) for name, value in parameters.items()}
        with code.running(field):
            # The op works on copies: what it writes into them must not change what the sides are computed from.
            outputs, context = code.forward(*_copies(arrays), **parameters)
            barred = tuple(
                _barred(field, cotangents(place, np.shape(y)), np.shape(y)) for place, y in enumerate(outputs)
            )
            outputs = tuple(outputs)
            kept = tuple(y.copy() if isinstance(y, np.ndarray) else y for y in outputs)  # backward may write into them
            left = field.zero
            for y, bar in zip(kept, barred, strict=True) if sides else ():
                left = left + _tangents_times(field, y, bar)
            field.forget_tangents()
            gradients = code.backward(context, _copies(barred))
        check_shapes(arrays, gradients)
        right = field.zero
        for gradient, array in zip(gradients, arrays, strict=True) if sides else ():
            right = right + _values_times(field, gradient, array)
    return Trial(left, right, field, kept, gradients, arrays, barred)


def _input(array: Any, place: int, field: Field, values: Any, tangents: Any) -> ExactArray:
    flat = np.asarray(array, dtype=float).reshape(-1).tolist()
    numbers = [
        field.number(values(place, entry, x), tangents(place, entry), field.near(x)) for entry, x in enumerate(flat)
    ]
    made = exact_array(numbers, np.shape(array))
    if isinstance(array, np.ndarray) and array.ndim > 1 and array.flags.f_contiguous and not array.flags.c_contiguous:
        made = np.asfortranarray(made.view(np.ndarray)).view(ExactArray)
    return made


def _copies(arrays: tuple[ExactArray, ...]) -> tuple[ExactArray, ...]:
    return tuple(array.copy(order="K") for array in arrays)


def _parameter(value: Any) -> Any:
    """A float64 array as an array of constants, so that the code may write into its copies."""
    return constants(value) if type(value) is np.ndarray and value.dtype == np.float64 else value


def _barred(field: Field, numbers: Any, shape: tuple[int, ...]) -> ExactArray:
    return exact_array(map(field.as_cotangent, numbers), shape)


def _tangents_times(field: Field, y: Any, bar: ExactArray) -> Any:
    """Σ ȳ·ẏ over the entries of one output; those whose tangent is known to be 0 are left out."""
    total, zero, kind, is_defined = field.zero, field.zero, field.number, field.is_defined
    for entry, b in zip(entries(y), entries(bar), strict=True):
        number = entry if type(entry) is kind and is_defined(entry) else defined(field, entry)
        if number.tangent is not zero:
            total = total + b.value * number.tangent
    return total


def _values_times(field: Field, gradient: Any, array: ExactArray) -> Any:
    """Σ x̄·ẋ over the entries of one gradient."""
    total, zero, kind, is_defined = field.zero, field.zero, field.number, field.is_defined
    for entry, x in zip(entries(gradient), entries(array), strict=True):
        number = entry if type(entry) is kind and is_defined(entry) else defined(field, entry)
        if x.tangent is not zero:
            total = total + number.value * x.tangent
    return total


def defined(field: Field, entry: Any) -> Number:
    """The number that an entry of an output or a gradient is; raises where it is none."""
    number = field.lift(entry)
    if number is NotImplemented:
        if isinstance(entry, Unset):
            raise Unwritten("an output or a gradient has an entry of np.empty that was not written")
        raise NotExact(f"an output or a gradient has an entry of type {type(entry).__name__}")
    if number.value is None or not field.is_defined(number):
        raise OutsideField("an output or a gradient is infinite or undefined")
    made: Number = number
    return made


def check_shapes(inputs: Sequence[Any], gradients: Sequence[Any]) -> None:
    """Raise `WrongGradients` where gradients and inputs do not fit."""
    if len(gradients) != len(inputs):
        raise WrongGradients(f"{len(gradients)} gradients for {len(inputs)} inputs")
    for gradient, array in zip(gradients, inputs, strict=True):
        if gradient is None or np.shape(gradient) != np.shape(array):
            raise WrongGradients("a gradient is missing or has the wrong shape")


def value_of(field: Field, entry: Any) -> Any:
    """The field element of an entry that may be a plain number."""
    return defined(field, entry).value


def where(error: BaseException) -> str:
    """FILE:LINE of the deepest line of the user's own that an error came through."""
    ours, theirs = "", ""
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        module = trace.tb_frame.f_globals.get("__name__", "")
        if not module.startswith(_NOT_THEIRS) and not file.startswith("<"):
            ours = f"{short(file)}:{trace.tb_lineno}"
            theirs = theirs if is_library(file) else ours
        trace = trace.tb_next
    return theirs or ours


_NOT_THEIRS = ("gradverify.numbers", "gradverify.witnesses", "gradverify.adapters", "numpy", "scipy")


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
